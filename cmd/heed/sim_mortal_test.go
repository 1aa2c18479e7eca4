package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

var errDead = errors.New("this process has died")

// mortal lets a process die between any two of its steps, and within a call. What it
// does after its death reaches neither the ledger nor the platform.
type mortal struct {
	runner.Ledger
	Platform runner.Platform
	kill     context.CancelFunc
	gone     chan struct{} // closed at its death
	once     sync.Once
	armed    atomic.Bool
	left     atomic.Int64
	fatal    func() (after time.Duration, dies bool) // asked at each call; nil: none is fatal
}

func newMortal(l runner.Ledger, p runner.Platform, kill context.CancelFunc) *mortal {
	return &mortal{Ledger: l, Platform: p, kill: kill, gone: make(chan struct{})}
}

func (m *mortal) dieAfter(steps int64) {
	m.left.Store(steps)
	m.armed.Store(true)
}

func (m *mortal) die() { m.once.Do(func() { close(m.gone); m.kill() }) }

func (m *mortal) over() bool {
	select {
	case <-m.gone:
		return true
	default:
		return false
	}
}

// step is passed before and after everything that leaves the process.
func (m *mortal) step() error {
	if m.armed.Load() && m.left.Add(-1) < 0 {
		m.die()
	}
	if m.over() {
		return errDead
	}
	return nil
}

// calling is a call's context: its connection breaks when the process dies.
func (m *mortal) calling(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-m.gone:
			cancel()
		case <-ctx.Done():
		}
	}()
	if m.fatal != nil {
		if after, dies := m.fatal(); dies {
			timer := time.AfterFunc(after, m.die)
			return ctx, func() { timer.Stop(); cancel() }
		}
	}
	return ctx, cancel
}

type platformOf struct{ *mortal }

func (p platformOf) Do(ctx context.Context, c runner.Claim) runner.Answer {
	if err := p.step(); err != nil { // died before the call
		return runner.Answer{Outcome: runner.Uncertain}
	}
	ctx, cancel := p.calling(ctx)
	defer cancel()
	a := p.Platform.Do(ctx, c)
	if err := p.step(); err != nil { // died after it, before it was written down
		return runner.Answer{Outcome: runner.Uncertain}
	}
	return a
}

func (p platformOf) Find(ctx context.Context, c runner.Claim) (runner.Found, error) {
	ctx, cancel := p.calling(ctx)
	defer cancel()
	f, err := p.Platform.Find(ctx, c)
	if p.over() {
		return runner.Found{}, errDead
	}
	return f, err
}

func (p platformOf) Listen(ctx context.Context, bot, cursor string) ([]runner.Said, string, error) {
	ctx, cancel := p.calling(ctx)
	defer cancel()
	said, cursor, err := p.Platform.Listen(ctx, bot, cursor)
	if p.over() {
		return nil, cursor, errDead
	}
	return said, cursor, err
}

func (p platformOf) Profile(ctx context.Context, bot string) (guards.Profile, error) {
	ctx, cancel := p.calling(ctx)
	defer cancel()
	return p.Platform.Profile(ctx, bot)
}

func (p platformOf) Author(ctx context.Context, bot string, post bots.PostID) (runner.Authorship, error) {
	ctx, cancel := p.calling(ctx)
	defer cancel()
	return p.Platform.Author(ctx, bot, post)
}
