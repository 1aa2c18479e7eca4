package runner

import (
	"context"
	"sync"
	"time"
)

// errand is a part of a lane's work that is done when it is due and when it is poked,
// never twice at once. Between times it holds a timer and nothing else: a thousand bots
// that wait must not cost a thousand stacks.
type errand struct {
	runner *Runner
	ctx    context.Context // of its lane
	// do does the work once and says when it is due again, by the time of timers; the
	// zero time: only when poked.
	do func(context.Context) time.Time

	mu    sync.Mutex
	timer *time.Timer // nil while it is done, and while only a poke can begin it
	busy  bool
	again bool // poked while it was done
}

// errand makes one. It begins with the first poke.
func (l *lane) errand(do func(context.Context) time.Time) *errand {
	return &errand{runner: l.runner, ctx: l.ctx, do: do}
}

// poke has the work done now, or once more if it is being done. It never waits. After
// the lane's end it does nothing.
func (e *errand) poke() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.timer != nil {
		e.timer.Stop()
		e.timer = nil
	}
	if e.busy {
		e.again = true
		return
	}
	e.busy = e.runner.begin(e.ctx, e.run)
}

func (e *errand) run() {
	for {
		next := e.do(e.ctx)
		if e.rest(next) {
			return
		}
	}
}

// rest ends a run, unless it was poked meanwhile.
func (e *errand) rest(next time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ctx.Err() == nil && e.again {
		e.again = false
		return false
	}
	e.busy = false
	if e.ctx.Err() == nil && !next.IsZero() {
		e.timer = time.AfterFunc(time.Until(next), e.poke)
	}
	return true
}

// begin starts work that Run waits for; false when the lane or all of it has ended.
func (r *Runner) begin(ctx context.Context, work func()) bool {
	r.starting.Lock()
	defer r.starting.Unlock()
	if ctx.Err() != nil {
		return false
	}
	r.running.Go(work)
	return true
}
