package sandbox

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Clock is a time that stands until it is driven. Its methods may be called from any
// goroutine.
type Clock struct {
	mu    sync.Mutex
	at    time.Time
	moved chan struct{} // closed and replaced whenever it moves
}

// NewClock makes a clock that stands at an instant.
func NewClock(at time.Time) *Clock { return &Clock{at: at.UTC(), moved: make(chan struct{})} }

// Now is the instant at which the clock stands.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Advance moves the clock on. Time does not run backwards: a negative step is an error.
func (c *Clock) Advance(d time.Duration) error { return c.Set(c.Now().Add(d)) }

// Set moves the clock to an instant that is not before its own.
func (c *Clock) Set(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.Before(c.at) {
		return fmt.Errorf("clock: %s is before %s, and only a reset goes back", t.UTC().Format(time.RFC3339), c.at.Format(time.RFC3339))
	}
	c.put(t)
	return nil
}

func (c *Clock) put(t time.Time) {
	c.at = t.UTC()
	close(c.moved)
	c.moved = make(chan struct{})
}

// back is for a world that returns to an earlier day.
func (c *Clock) back(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put(t)
}

// Waiter gives a Stage's Wait by this clock, counting from now.
func (c *Clock) Waiter() func(context.Context, time.Duration) error {
	start := c.Now()
	return func(ctx context.Context, d time.Duration) error {
		for {
			c.mu.Lock()
			there, moved := !c.at.Before(start.Add(d)), c.moved
			c.mu.Unlock()
			if there {
				return ctx.Err()
			}
			select {
			case <-moved:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}

// Time is the world's time.
func (w *World) Time() time.Time { return w.opt.Now() }

// SetLag sets how long reads are behind writes: from 0 to 24 hours.
func (w *World) SetLag(d time.Duration) error {
	if d < 0 || d > day {
		return fmt.Errorf("lag %s: need 0 to 24h", d)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.opt.Lag = d
	return nil
}

func (w *World) controlClock(_ *http.Request, b []byte) (any, error) {
	var in struct {
		Advance Duration  `json:"advance"`
		Set     time.Time `json:"set"`
	}
	if err := strict(b, &in); err != nil {
		return nil, err
	}
	c := w.opt.Clock
	var err error
	switch {
	case c == nil:
		err = fmt.Errorf("clock: it is the real one; start with --clock driven")
	case in.Set.IsZero() == (in.Advance == 0):
		err = fmt.Errorf(`clock: need either "advance" or "set"`)
	case in.Advance != 0:
		err = c.Advance(time.Duration(in.Advance))
	default:
		err = c.Set(in.Set)
	}
	if err != nil {
		return nil, err
	}
	return w.tellTime(), nil
}

func (w *World) tellTime() any {
	kind := "real"
	if w.opt.Clock != nil {
		kind = "driven"
	}
	return map[string]string{"now": w.Time().UTC().Format(time.RFC3339Nano), "clock": kind}
}
