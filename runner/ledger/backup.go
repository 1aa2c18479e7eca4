package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"
	"golang.org/x/sys/unix"

	"heed/runner"
)

// Backup says what a backup holds.
type Backup struct {
	Path    string    `json:"path"`
	Bytes   int64     `json:"bytes"`
	At      time.Time `json:"at"` // when it was made; of a plain copy its newest record
	Schema  int       `json:"schema"`
	Intents int       `json:"intents"`
	Pending int       `json:"pending"`  // waiting, deferred, held, on their way or of unknown outcome
	OptOuts int       `json:"opt_outs"` // in force

	// Head is the end of its record of decisions, to be kept elsewhere for heed audit
	// verify, and Faults in how many places that record does not agree with itself. Of a
	// schema before 3 neither is known.
	Head   runner.Head `json:"head,omitzero"`
	Faults int         `json:"faults"`
}

// BackupOptions are the settings of MakeBackup. The zero value is the default of each.
type BackupOptions struct {
	Force    bool                    // replace the target
	Progress func(done, total int64) // bytes, each second
}

const backedUp = "backed up" // Unix milliseconds, in a backup alone

// MakeBackup writes a ledger as it is now to a new file, which is checked and on the disk
// when this returns. It may run beside a daemon. A failure leaves nothing behind.
func MakeBackup(ctx context.Context, path, target string, now time.Time, o BackupOptions) (b Backup, err error) {
	if err := writable(path, target, o.Force); err != nil {
		return b, err
	}
	c, err := openPlain(path, nil)
	if err != nil {
		return b, unreadable(path, err)
	}
	defer c.close()
	size, err := sound(c, path)
	if err != nil {
		return b, err
	}
	if err := roomFor(filepath.Dir(target), size); err != nil {
		return b, err
	}
	part := filepath.Join(filepath.Dir(target), "."+filepath.Base(target)+".part")
	clear := func() { _ = errors.Join(os.Remove(part), os.Remove(part+"-journal")) }
	clear() // of a backup that was killed
	defer func() {
		if err != nil {
			clear()
		}
	}()
	stop := watch(part, size, o.Progress)
	err = ctx.Err()
	if err == nil {
		err = copyInto(ctx, c, part)
	}
	stop()
	if err != nil {
		return b, fmt.Errorf("ledger: %s cannot be copied to %s: %w", path, target, err)
	}
	if err := finish(part, now); err != nil {
		return b, fmt.Errorf("ledger: %s: %w", target, err)
	}
	if b, err = VerifyBackup(part); err != nil {
		return b, err
	}
	if err := writable(path, target, o.Force); err != nil { // somebody may have been quicker
		return b, err
	}
	if err := os.Rename(part, target); err != nil {
		return b, fmt.Errorf("ledger: %w", err)
	}
	b.Path = target
	return b, runner.SyncFolder(filepath.Dir(target))
}

// writable refuses a target that is there, and always one that is part of the ledger.
func writable(path, target string, force bool) error {
	there, err := os.Lstat(target)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	for _, own := range []string{path, path + "-wal", path + "-shm", path + ".lock", Journal(path)} {
		if mine, err := os.Stat(own); err == nil && os.SameFile(mine, there) {
			return fmt.Errorf("ledger: %s is part of the ledger itself: name another file", target)
		}
	}
	switch {
	case !there.Mode().IsRegular():
		return fmt.Errorf("ledger: %s is no plain file: name another one, or a folder with a / at its end", target)
	case !force:
		return fmt.Errorf("ledger: %s is there already: name another file, or replace it with --force", target)
	}
	return nil
}

// roomFor refuses to begin what the disk cannot hold.
func roomFor(dir string, bytes int64) error {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return fmt.Errorf("ledger: %s: %w", dir, err)
	}
	if free := int64(s.Bavail) * s.Bsize; free < bytes {
		return fmt.Errorf("ledger: nothing was written: %d bytes are needed in %s and %d are free: make room, or name another disk", bytes, dir, free)
	}
	return nil
}

// sound checks a ledger before it is copied, and gives the size of a copy: a damaged one
// must not take the place of an older good one.
func sound(c *conn, path string) (size int64, err error) {
	verdict, err := c.ask(`PRAGMA quick_check(1)`)
	if err != nil {
		return 0, unreadable(path, err)
	}
	if verdict != "ok" {
		return 0, spoilt(path, fmt.Errorf("%v", verdict))
	}
	v, err := askInt(c, `SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size`)
	if err != nil {
		return 0, fmt.Errorf("ledger: %s: %w", path, err)
	}
	return int64(v), nil
}

// watch tells each second how far a file has grown, until stop.
func watch(part string, total int64, tell func(done, total int64)) (stop func()) {
	if tell == nil {
		return func() {}
	}
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if info, err := os.Stat(part); err == nil {
					tell(min(info.Size(), total), total)
				}
			case <-end:
				return
			}
		}
	}()
	return func() { close(end); <-ended }
}

// copyInto writes the database behind a connection to a new private file.
func copyInto(ctx context.Context, c *conn, target string) error {
	f, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if _, err = c.db.ExecContext(ctx, `VACUUM INTO '`+strings.ReplaceAll(target, `'`, `''`)+`'`, nil); err != nil {
		return err
	}
	return runner.SyncFolder(filepath.Dir(target))
}

// finish writes into a copy when it was made, and puts it on the disk.
func finish(part string, now time.Time) error {
	c, err := openPlain(part, nil)
	if err != nil {
		return err
	}
	_, err = c.exec(putCount, backedUp, now.UnixMilli())
	if err = errors.Join(err, c.close()); err != nil {
		return err
	}
	return syncFile(part)
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Copy writes the ledger as it is now to a new file. It may run beside a daemon.
func (l *Ledger) Copy(ctx context.Context, target string) error {
	_, err := MakeBackup(ctx, l.path, target, time.Now(), BackupOptions{})
	return err
}

// openPlain opens a file that must be there, as it is.
func openPlain(path string, more url.Values) (*conn, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("ledger: %s is no plain file", path)
	}
	opts := url.Values{"mode": {"rw"}, "_busy_timeout": {"5000"}, "_synchronous": {"FULL"}, "_secure_delete": {"1"}, "_mutex": {"no"}}
	for k, v := range more {
		opts[k] = v
	}
	u := url.URL{Path: abs}
	raw, err := (&sqlite3.SQLiteDriver{}).Open("file:" + u.EscapedPath() + "?" + opts.Encode())
	if err != nil {
		return nil, fmt.Errorf("ledger: %s: %w", path, err)
	}
	return &conn{db: raw.(*sqlite3.SQLiteConn)}, nil
}
