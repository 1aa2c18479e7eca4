package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxSnapshot is the largest saved world that is read.
const maxSnapshot = 1 << 30

// Save writes the world to a file that only its owner can read, all or nothing. Its
// tokens open nothing but a sandbox. The text of direct messages stays out, unless
// Options.SaveMessages; calls, faults and seen nonces always do.
func (w *World) Save(path string) error {
	b, err := w.snapshot()
	if err != nil {
		return fmt.Errorf("sandbox %s: %w", path, err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".sandbox-*")
	if err != nil {
		return fmt.Errorf("sandbox %s: %w", path, err)
	}
	// CreateTemp makes the file 0600; a failed write leaves the old world whole.
	_, err = tmp.Write(b)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("sandbox %s: %w", path, errors.Join(err, os.Remove(tmp.Name())))
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (w *World) snapshot() ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	st := w.st
	st.Media = make(map[string]*Media, len(w.st.Media))
	for id, m := range w.st.Media {
		bare := *m
		if categories[m.Category].dm && !w.opt.SaveMessages {
			bare.Alt = "" // words of a message
		}
		st.Media[id] = &bare
	}
	if w.opt.Clock != nil {
		st.Clock = w.opt.Clock.Now()
	}
	if !w.opt.SaveMessages {
		st.Messages = make([]*Message, len(w.st.Messages))
		for i, m := range w.st.Messages {
			bare := *m
			bare.Raw, bare.Text, bare.Entities, bare.Forgotten = "", "", nil, true
			st.Messages[i] = &bare
		}
		st.Acts = slices.Clone(w.st.Acts)
		for i := range st.Acts {
			if st.Acts[i].Action == "dm" {
				st.Acts[i].Text = ""
			}
		}
	}
	var b bytes.Buffer
	err := json.MarshalWrite(&b, &st, json.Deterministic(true), jsontext.WithIndent(" "))
	return b.Bytes(), err
}

// Load makes a world from a saved one. A file that is not one is an error, and so is
// one of another version.
func Load(path string, o Options) (*World, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSnapshot+1))
	if err != nil || len(b) > maxSnapshot {
		return nil, fmt.Errorf("sandbox %s: cannot be read whole: %w", path, errors.Join(err))
	}
	w := New(o)
	st := newState(0)
	st.Version = 0
	if err := json.Unmarshal(b, &st, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("sandbox %s: %w", path, err)
	}
	if st.Version != 1 {
		return nil, fmt.Errorf("sandbox %s: version %d, this program knows 1", path, st.Version)
	}
	w.st = st
	if o.Clock != nil && o.Clock.Now().Before(st.Clock) {
		o.Clock.back(st.Clock)
	}
	w.dice = rand.New(rand.NewPCG(st.Seed, 0x5eed))
	if err := w.reindex(); err != nil {
		return nil, fmt.Errorf("sandbox %s: %w", path, err)
	}
	return w, nil
}
