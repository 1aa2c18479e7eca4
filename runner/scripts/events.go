package scripts

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"sync"
	"time"

	"heed/bots"
)

// maxQueued is how many events wait for a script that does not read.
const maxQueued = 64

// events passes what a bot is told on to the script's stdin, and to those who wait at
// its socket for one intent. It waits for neither.
type events struct {
	in    <-chan []byte
	queue chan []byte
	over  chan struct{} // closed when nothing more will be passed on
	dms   messages

	mu      sync.Mutex
	lost    func()                          // called when an event finds the queue full; nil while no script runs
	waiters map[string]map[chan []byte]bool // by the intent's key
}

func newEvents(in <-chan []byte) *events {
	return &events{in: in, queue: make(chan []byte, maxQueued), over: make(chan struct{}), waiters: map[string]map[chan []byte]bool{}}
}

// forward passes events on until ctx ends, and then what is already there: the last
// event says that the script will be stopped.
func (e *events) forward(ctx context.Context) {
	defer close(e.over)
	for {
		select {
		case line, ok := <-e.in:
			if !ok {
				return
			}
			e.pass(line)
		case <-ctx.Done():
			e.passRest()
			return
		}
	}
}

func (e *events) passRest() {
	for {
		select {
		case line, ok := <-e.in:
			if !ok {
				return
			}
			e.pass(line)
		default:
			return
		}
	}
}

func (e *events) pass(line []byte) {
	e.dms.note(line)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.wake(line)
	select {
	case e.queue <- line:
	default:
		if e.lost != nil {
			e.lost()
		}
	}
}

// wake tells those who wait for the intent of a verdict or outcome.
func (e *events) wake(line []byte) {
	if len(e.waiters) == 0 || !bytes.Contains(line, []byte(`"key"`)) {
		return
	}
	for w := range e.waiters[eventKey(line)] {
		select {
		case w <- line:
		default:
		}
	}
}

func eventKey(line []byte) string {
	var ev bots.Event
	if json.Unmarshal(line, &ev) != nil {
		return ""
	}
	switch {
	case ev.Verdict != nil:
		return ev.Verdict.Key
	case ev.Outcome != nil:
		return ev.Outcome.Key
	}
	return ""
}

// waitFor gives the events about one intent, until stop is called.
func (e *events) waitFor(key string) (lines <-chan []byte, stop func()) {
	w := make(chan []byte, 16)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.waiters[key] == nil {
		e.waiters[key] = map[chan []byte]bool{}
	}
	e.waiters[key][w] = true
	return w, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		if delete(e.waiters[key], w); len(e.waiters[key]) == 0 {
			delete(e.waiters, key)
		}
	}
}

// clear forgets what waits for the script.
func (e *events) clear() {
	for {
		select {
		case <-e.queue:
		default:
			return
		}
	}
}

// feed writes events to a script's stdin until ended says that the script ended, or
// until ctx ends and all that was told before is written. It closes stdin. lost is
// called for an event that finds no room.
func (e *events) feed(ctx context.Context, ended <-chan struct{}, stdin *os.File, lost func()) {
	e.setLost(lost)
	defer e.setLost(nil)
	defer stdin.Close()
	defer context.AfterFunc(ctx, func() {
		// A script that does not read must not hold up its own end.
		_ = stdin.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
	})()
	for {
		select {
		case line := <-e.queue:
			if !write(stdin, line) {
				return
			}
		case <-ended:
			return
		case <-ctx.Done():
			<-e.over
			e.feedRest(stdin)
			return
		}
	}
}

func (e *events) feedRest(stdin *os.File) {
	for {
		select {
		case line := <-e.queue:
			if !write(stdin, line) {
				return
			}
		default:
			return
		}
	}
}

func (e *events) setLost(f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lost = f
}

func write(stdin *os.File, line []byte) bool {
	_, err := stdin.Write(append(bytes.Clone(line), '\n'))
	return err == nil
}
