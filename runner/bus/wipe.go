package bus

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"heed/runner"
)

const (
	wipeTime = 10 * time.Second
	// bare is what a block's file may weigh that holds no frame: the mark of the last
	// number, and some to spare.
	bare = 64
)

// Wipe takes out of the server's files what heed has taken off the road: its words must
// not outlive what the ledger keeps of them. The server only marks an accepted frame as
// gone, and drops the file of a block when the last of its frames was accepted. A kill in
// between leaves the file for good.
//
// It is for a moment at which nothing waits on the road: while a frame does, clean is
// false and nothing is done; ask again. What is published meanwhile stays.
func (b *Bus) Wipe(ctx context.Context) (clean bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, wipeTime)
	defer cancel()
	b.settle()
	s, err := b.js.Stream(ctx, Stream)
	if err != nil {
		return false, fmt.Errorf("bus: wipe: %w", err)
	}
	state := s.CachedInfo().State
	switch {
	case state.Msgs > 0:
		return false, nil
	case state.LastSeq == 0 || state.LastSeq == b.wiped.Load():
		return true, nil
	}
	if b.server == nil || b.keepsWords() {
		// A number above the last one stands for all that there was. A frame that came
		// since then has that number, and is kept: the server compares under its lock.
		if err := s.Purge(ctx, jetstream.WithPurgeSequence(state.LastSeq+1)); err != nil {
			return false, fmt.Errorf("bus: wipe: %w", err)
		}
	}
	if b.server != nil {
		if err := b.awaitWiped(ctx); err != nil {
			return false, fmt.Errorf("bus: wipe: %w", err)
		}
	}
	b.wiped.Store(state.LastSeq)
	return true, nil
}

// wipeAtEnd leaves no words behind when heed is switched off, perhaps for long. What
// cannot be wiped now is at the next start.
func (b *Bus) wipeAtEnd() {
	if b.js == nil || !b.nc.IsConnected() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), wipeTime/5)
	defer cancel()
	if _, err := b.Wipe(ctx); err != nil {
		b.opts.Logf("%s; it is tried again at the next start", err)
	}
}

// streamDir is where the server of this process keeps the stream.
func (b *Bus) streamDir() string {
	return filepath.Join(b.opts.Dir, "jetstream", coreAccount, "streams", Stream)
}

// keepsWords says whether the files hold more than an empty road needs. An unreadable
// folder counts as one that does.
func (b *Bus) keepsWords() bool {
	var weight int64
	err := filepath.WalkDir(b.streamDir(), func(_ string, e fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(e.Name(), ".blk") {
			return err
		}
		info, err := e.Info()
		if err == nil {
			weight += info.Size()
		}
		return err
	})
	return err != nil || weight > bare
}

// awaitWiped waits until the server has removed what it put aside, and makes that last.
func (b *Bus) awaitWiped(ctx context.Context) error {
	for {
		_, err := os.Lstat(filepath.Join(b.streamDir(), "__msgs__"))
		if os.IsNotExist(err) {
			break
		}
		if err := wait(ctx, 5*time.Millisecond); err != nil {
			return fmt.Errorf("the server has not removed its old files: %w", err)
		}
	}
	for _, dir := range []string{b.streamDir(), filepath.Join(b.streamDir(), "msgs")} {
		if err := runner.SyncFolder(dir); err != nil {
			return err
		}
	}
	return nil
}
