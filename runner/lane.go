package runner

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"heed/bots"
)

const (
	roadWidth  = 256              // frames of one bot between the road and the ledger
	outboxSize = 256              // events a script may leave unread
	patience   = 2 * time.Second  // after a fault of our own, before the next try
	firstLook  = 15 * time.Second // how long turns wait for the first look at inbox and bio
)

// lane is one bot's way through heed: its intake, its turns, its ears, its script.
// Each is a loop of its own, so that a slow one holds up no other bot.
type lane struct {
	runner *Runner
	name   string
	charge atomic.Pointer[Charge]
	road   chan Delivery
	out    *outbox
	ctx    context.Context
	cancel context.CancelFunc
	script chan struct{} // told when the script's settings have changed
	look   chan struct{} // told when the profile should be read again
	doubt  chan struct{} // told when an act's outcome is unknown
}

// open starts a bot's lane. The caller holds the runner's lock.
func (r *Runner) open(c Charge) *lane {
	l := &lane{
		runner: r,
		name:   c.Bot.Name,
		road:   make(chan Delivery, roadWidth),
		out: newOutbox(func(line []byte) { r.Bus.Tell(c.Bot.Name, line) }, func() {
			r.notice(c.Bot.Name, "script.deaf", "its script does not read its events: %d wait, further ones are dropped", outboxSize)
		}),
		script: make(chan struct{}, 1),
		look:   make(chan struct{}, 1),
		doubt:  make(chan struct{}, 1),
	}
	l.ctx, l.cancel = context.WithCancel(r.root)
	l.charge.Store(&c)
	r.ready.expect(l.name)
	loops := []func(context.Context){l.intake, l.turns, l.probes, l.listen, l.watch, l.keep}
	for _, loop := range loops {
		r.running.Go(func() { loop(l.ctx) })
	}
	return l
}

func (l *lane) stop() { l.cancel() }

// set gives the lane other settings. The script is restarted only when its own changed.
func (l *lane) set(c Charge) {
	old := l.charge.Swap(&c)
	if !sameScript(old.Bot.Script, c.Bot.Script) {
		poke(l.script)
	}
	poke(l.look)
}

func sameScript(a, b bots.Script) bool {
	return slices.Equal(a.Command, b.Command) && a.Dir == b.Dir && a.Every == b.Every &&
		a.Cron == b.Cron && a.Service == b.Service && maps.Equal(a.Env, b.Env) && a.Limits == b.Limits
}

func (l *lane) bot() bots.Bot { return l.charge.Load().Bot }

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

// wait returns when all have looked, or have had their time: the guards then refuse
// what rests on a look that failed.
func (r *readiness) wait(ctx context.Context) {
	late := time.NewTimer(time.Until(r.began.Add(firstLook)))
	defer late.Stop()
	select {
	case <-r.done:
	case <-late.C:
	case <-ctx.Done():
	}
}

// poke tells a loop something without ever waiting for it.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// until waits like sleep for a time of the machine's clock.
func (r *Runner) until(ctx context.Context, t time.Time, wake ...<-chan struct{}) bool {
	if !t.IsZero() {
		t = time.Now().Add(t.Sub(r.now()))
	}
	return sleep(ctx, t, wake...)
}

// sleep waits until t, a poke, or the end; false at the end. The zero t never comes.
func sleep(ctx context.Context, t time.Time, wake ...<-chan struct{}) bool {
	var due <-chan time.Time
	if !t.IsZero() {
		timer := time.NewTimer(time.Until(t))
		defer timer.Stop()
		due = timer.C
	}
	var w <-chan struct{}
	if len(wake) > 0 {
		w = wake[0]
	}
	select {
	case <-due:
	case <-w:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// notice writes a line that belongs to no intent. A ledger that cannot take it is
// itself told to the eye.
func (r *Runner) notice(bot, code, format string, args ...any) {
	rec := Record{At: r.now(), Kind: RecNotice, Bot: bot, Code: code, Message: fmt.Sprintf(format, args...)}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := r.Ledger.Note(ctx, rec); err != nil {
		r.Log(rec)
	}
}

// fault tells of something of our own that failed, for the eye alone: the ledger may
// be what failed.
func (l *lane) fault(code string, err error) {
	l.runner.Log(Record{At: l.runner.now(), Kind: RecNotice, Bot: l.name, Code: code, Message: err.Error()})
}
