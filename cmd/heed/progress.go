package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/clipperhouse/displaywidth"

	"heed/cmd/heed/table"
)

// How often a person who waits is told how far something has come.
const (
	tellTerminal  = time.Second      // by a line that is written over
	tellElsewhere = 10 * time.Second // by a line each
)

// work is something that may take long, and tells a person who waits how far it is. What
// is over sooner says nothing, and with --json nothing is said.
type work struct {
	name  string
	unit  string // of what is counted; bytes are told in MB
	to    io.Writer
	width int // of the terminal, in cells; 0: it is none
	began time.Time

	done, total atomic.Int64 // total 0: nobody knows

	mu    sync.Mutex // of what is written
	shown int        // cells of the line that is to be written over
	stop  func()
}

// working begins to tell of work on the standard error, until its end is called.
func (a *app) working(name, unit string) *work {
	if a.json {
		return startWork(name, unit, io.Discard, 0)
	}
	return startWork(name, unit, a.errs, table.Of(a.errs, os.Getenv).Width)
}

func startWork(name, unit string, to io.Writer, width int) *work {
	w := &work{name: name, unit: unit, to: to, width: width, began: time.Now()}
	every := tellElsewhere
	if width > 0 {
		every = tellTerminal
	}
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case now := <-tick.C:
				w.tell(now)
			case <-over:
				return
			}
		}
	}()
	w.stop = sync.OnceFunc(func() { close(over); <-ended })
	return w
}

// end takes the line away. It may be called again.
func (w *work) end() {
	w.stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wipe()
}

// add counts what is done.
func (w *work) add(n int64) { w.done.Add(n) }

// of says how much there is in all.
func (w *work) of(total int64) { w.total.Store(total) }

// set says how much is done of how much.
func (w *work) set(done, total int64) {
	w.done.Store(done)
	w.total.Store(total)
}

// say writes a line of its own, above the one that is written over.
func (w *work) say(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wipe()
	_, _ = fmt.Fprintf(w.to, format+"\n", args...)
}

// clear is a writer that takes the line away before anything is written to out, which
// may be the same terminal.
func (w *work) clear(out io.Writer) io.Writer { return clearing{w, out} }

type clearing struct {
	*work
	out io.Writer
}

func (c clearing) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wipe()
	return c.out.Write(b)
}

// text is what is known at an instant.
func (w *work) text(now time.Time) string {
	done, total, unit := w.done.Load(), w.total.Load(), w.unit
	if unit == "bytes" {
		done, total, unit = done>>20, total>>20, "MB"
	}
	count := ""
	switch {
	case total > 0:
		count = fmt.Sprintf("%d of %d %s, ", done, total, unit)
	case done > 0:
		count = fmt.Sprintf("%d %s, ", done, unit)
	}
	return fmt.Sprintf("%s: %s%s so far", w.name, count, now.Sub(w.began).Round(time.Second))
}

func (w *work) tell(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := table.Clean(w.text(now))
	if w.width == 0 {
		_, _ = fmt.Fprintln(w.to, text)
		return
	}
	w.wipe()
	text = displaywidth.TruncateString(text, w.width-1, "…") // a full line would begin another
	w.shown = displaywidth.String(text)
	_, _ = io.WriteString(w.to, text)
}

// wipe takes the line away by blanks, which every terminal knows.
func (w *work) wipe() {
	if w.shown > 0 {
		_, _ = fmt.Fprintf(w.to, "\r%*s\r", w.shown, "")
		w.shown = 0
	}
}
