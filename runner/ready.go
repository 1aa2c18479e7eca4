package runner

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	firstLook  = 15 * time.Second // how long turns wait for the first look at inbox and bio
	firstStart = time.Second      // how long scripts do
)

// readiness holds back turns until every bot's inbox and bio were looked at once:
// a STOP that came while heed was off is heard before the first act.
type readiness struct {
	mu      sync.Mutex
	waiting map[look]bool
	done    chan struct{}
	began   time.Time
}

// look is one first look that turns wait for.
type look struct{ bot, at string }

const (
	atInbox = "inbox"
	atBio   = "bio"
)

func newReadiness() *readiness {
	return &readiness{waiting: map[look]bool{}, done: make(chan struct{}), began: time.Now()}
}

func (r *readiness) expect(bot string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting[look{bot, atInbox}], r.waiting[look{bot, atBio}] = true, true
}

func (r *readiness) looked(bot, at string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if l := (look{bot, at}); r.waiting[l] {
		delete(r.waiting, l)
		if len(r.waiting) > 0 {
			return
		}
		select {
		case <-r.done: // a bot that came later has looked too
		default:
			close(r.done)
		}
	}
}

// wait returns when all have looked, or have had so long for it from the beginning: the
// guards then refuse what rests on a look that failed.
func (r *readiness) wait(ctx context.Context, most time.Duration) {
	late := time.NewTimer(time.Until(r.began.Add(most)))
	defer late.Stop()
	select {
	case <-r.done:
	case <-late.C:
	case <-ctx.Done():
	}
}

// missing counts the looks that turns wait for still.
func (r *readiness) missing() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.waiting)
}

// tellReady says when turns begin. It says nothing of how long that took: it would tell
// of X (promise P8).
func (r *Runner) tellReady(ctx context.Context) {
	r.ready.wait(ctx, firstLook)
	if ctx.Err() != nil {
		return
	}
	rec := Record{At: r.now(), Kind: RecNotice, Code: "ready", Message: "every inbox and bio was looked at, turns begin"}
	if n := r.ready.missing(); n > 0 {
		rec.Message = fmt.Sprintf("turns begin; %d inboxes and bios are not read yet, and the guards refuse what rests on them", n)
	}
	r.Log(rec)
	if r.Ready != nil {
		r.Ready()
	}
}
