package bus_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"heed/runner"
	"heed/runner/bus"
)

// holding lists the files below a folder that hold some bytes.
func holding(t *testing.T, dir, what string) (found []string) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // the server has removed it meanwhile
			return nil
		}
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && bytes.Contains(b, []byte(what)) {
			found = append(found, strings.TrimPrefix(path, dir))
		}
		return err
	}))
	return found
}

// takenOutOfOrder puts frames on the road that fill more than one of the server's files,
// and takes all of them, the oldest last: the server then keeps a file of which every
// frame was taken.
func takenOutOfOrder(t *testing.T, b *bus.Bus, r *road) {
	t.Helper()
	const frames = 14
	filler := strings.Repeat("x", 900<<10)
	var all []runner.Delivery
	for i := range frames {
		publish(t, b, "tides", frame("r", i, "private "+strconv.Itoa(i)+filler))
	}
	for range frames {
		all = append(all, r.next(t))
	}
	for _, d := range append(all[1:], all[0]) {
		must(t, d.Accept())
	}
}

func TestP7WhatWasTakenLeavesNATS(t *testing.T) {
	dir := t.TempDir()
	b := open(t, bus.Options{Dir: dir})
	r := receive(t, b)
	takenOutOfOrder(t, b, r)
	clean, err := b.Wipe(t.Context())
	must(t, err)
	if !clean {
		t.Error("a road on which nothing waits was not wiped")
	}
	if f := holding(t, dir, "private"); len(f) > 0 {
		t.Errorf("after a wipe there are words in %v", f)
	}
	publish(t, b, "tides", frame("r", 99, "after the wipe"))
	if d := r.next(t); text(d.Frame) != "r/99/after the wipe" || d.Seq != 15 {
		t.Errorf("after a wipe came %d %s", d.Seq, text(d.Frame))
	}
	if clean, err := b.Wipe(t.Context()); err != nil || clean {
		t.Errorf("with a frame on the road: clean %v, %v", clean, err)
	}
	must(t, b.Close())
	b = open(t, bus.Options{Dir: dir})
	if d := receive(t, b).next(t); text(d.Frame) != "r/99/after the wipe" {
		t.Errorf("what waited at the wipe came back as %s", text(d.Frame))
	}
}

// TestP7WhatAKillLeftIsWiped: the server drops a file whose last frame was taken, and
// may die before it has. Nobody would ever look at that file again.
func TestP7WhatAKillLeftIsWiped(t *testing.T) {
	dir := t.TempDir()
	block := filepath.Join(dir, "jetstream", "CORE", "streams", bus.Stream, "msgs", "1.blk")
	b := open(t, bus.Options{Dir: dir})
	r := receive(t, b)
	publish(t, b, "tides", frame("r", 1, "private"))
	words, err := os.ReadFile(block)
	must(t, err)
	must(t, r.next(t).Accept())
	eventually(t, "the server has dropped the file", func() bool { return len(holding(t, dir, "private")) == 0 })
	must(t, b.Close())
	must(t, os.WriteFile(block, words, 0o600))

	b = open(t, bus.Options{Dir: dir})
	r = receive(t, b)
	publish(t, b, "tides", frame("r", 2, "later"))
	for { // what was put back may come again, which is no harm: it bears its old number
		d := r.next(t)
		must(t, d.Accept())
		if d.Frame.First == 2 {
			break
		}
	}
	eventually(t, "the later frame is taken", func() bool {
		clean, err := b.Wipe(t.Context())
		must(t, err)
		return clean
	})
	if f := holding(t, dir, "private"); len(f) > 0 {
		t.Errorf("the words that a kill had left are in %v", f)
	}
	publish(t, b, "tides", frame("r", 3, "after"))
	if d := r.next(t); text(d.Frame) != "r/3/after" {
		t.Errorf("after the wipe came %s", text(d.Frame))
	}
}

func TestP7AnOrderlyEndWipes(t *testing.T) {
	dir := t.TempDir()
	b := open(t, bus.Options{Dir: dir})
	takenOutOfOrder(t, b, receive(t, b))
	must(t, b.Close())
	if f := holding(t, dir, "private"); len(f) > 0 {
		t.Errorf("after an orderly end there are words in %v", f)
	}
}

// TestAWipeTakesNothingThatComesMeanwhile: publishers go on while the road is wiped
// again and again; what was acknowledged comes.
func TestAWipeTakesNothingThatComesMeanwhile(t *testing.T) {
	b := open(t, bus.Options{})
	r := receive(t, b)
	const frames = 600
	published := make(chan struct{})
	var wipes atomic.Int64
	go func() {
		defer close(published)
		for i := range frames {
			// Now and then the road is left empty until a wipe has come.
			for seen := wipes.Load(); i%100 == 99 && wipes.Load() == seen && t.Context().Err() == nil; {
				runtime.Gosched()
			}
			for b.Publish(t.Context(), "tides", frame("r", i, "x")) != nil {
			}
		}
	}()
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-published:
				return
			default:
			}
			if clean, err := b.Wipe(t.Context()); err != nil {
				t.Error(err)
			} else if clean {
				wipes.Add(1)
			}
		}
	}()
	for i := range frames {
		d := r.next(t)
		if d.Frame.First != i {
			t.Fatalf("frame %d came, %d was due", d.Frame.First, i)
		}
		must(t, d.Accept())
	}
	<-stopped
	if wipes.Load() == 0 {
		t.Error("no wipe came between")
	}
	t.Attr("wipes", strconv.FormatInt(wipes.Load(), 10))
	t.Attr("frames", strconv.Itoa(frames))
}

func TestP7TheOperatorsServerIsWipedToo(t *testing.T) {
	dir := t.TempDir()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: dir, NoSigs: true, NoLog: true, MaxPayload: 1<<20 + 8<<10})
	must(t, err)
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(nats.DefaultTimeout * 5) {
		t.Fatal("not ready")
	}
	b := open(t, bus.Options{URL: "nats://" + s.Addr().String()})
	r := receive(t, b)
	takenOutOfOrder(t, b, r)
	if clean, err := b.Wipe(t.Context()); err != nil || !clean {
		t.Fatal(clean, err)
	}
	eventually(t, "the words are gone", func() bool { return len(holding(t, dir, "private")) == 0 })
	publish(t, b, "tides", frame("r", 99, "after"))
	if d := r.next(t); text(d.Frame) != "r/99/after" {
		t.Errorf("after a wipe came %s", text(d.Frame))
	}
}
