package main

import (
	"sync"
	"time"
)

// wrongClock is the clock of heed's machine, which is put forward and back beside X's.
type wrongClock struct {
	mu    sync.Mutex
	off   time.Duration
	jumps []jump
}

type jump struct {
	at time.Time // by X's clock
	by time.Duration
}

func (c *wrongClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Round(0).Add(c.off)
}

// set puts the clock so far off X's.
func (c *wrongClock) set(off time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if off != c.off {
		c.jumps = append(c.jumps, jump{time.Now(), off - c.off})
		c.off = off
	}
}

// forward is how much of the time since an instant was never lived through: a window
// is shorter by that. It counts only jumps forward, since a later one back does not
// undo what was done in between.
func (c *wrongClock) forward(since time.Time) (d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, j := range c.jumps {
		if j.by > 0 && !j.at.Before(since) {
			d += j.by
		}
	}
	return d
}

// moved is how far the clock was moved since an instant, either way.
func (c *wrongClock) moved(since time.Time) (d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, j := range c.jumps {
		if !j.at.Before(since) {
			d += j.by.Abs()
		}
	}
	return d
}

// line is what held when: a halt, an opt-out, a faulty bio. A claim of the very instant
// at which something changed may have come before or after it.
type line []mark

type mark struct {
	at time.Time
	on bool
}

func (l *line) put(on bool) { *l = append(*l, mark{time.Now(), on}) }

// binds says whether it surely held at an instant.
func (l line) binds(at time.Time) (on bool) {
	for _, m := range l {
		switch {
		case m.at.Before(at):
			on = m.on
		case m.at.Equal(at) && !m.on:
			return false
		}
	}
	return on
}

// any says whether it held at all between two instants.
func (l line) any(from, to time.Time) bool {
	on := false
	for _, m := range l {
		if m.at.After(to) {
			break
		}
		if !m.at.Before(from) && (m.on || on) {
			return true
		}
		on = m.on
	}
	return on
}
