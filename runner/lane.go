package runner

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"heed/bots"
)

const (
	outboxSize = 256             // events a script may leave unread
	patience   = 2 * time.Second // after a fault of our own, before the next try
)

// lane is one bot's way through heed: its intake, its turns, its ears, its script.
// Each is work of its own, so that a slow one holds up no other bot.
type lane struct {
	runner *Runner
	name   string
	charge atomic.Pointer[Charge]
	road   road
	out    *outbox
	ctx    context.Context
	cancel context.CancelFunc
	script chan struct{}                      // told when the script's settings have changed
	kept   atomic.Pointer[context.CancelFunc] // ends the script as it is kept now
	status status
	by     atomic.Pointer[time.Time] // when the step must be over that the turns are at; nil: they rest

	intake *errand // poked when a frame waits
	ears   *errand
	look   *errand // poked when the profile should be read again
	doubt  *errand // poked when an act's outcome is unknown
}

// open starts a bot's lane. The caller holds the runner's lock.
func (r *Runner) open(c Charge) *lane {
	l := &lane{
		runner: r,
		name:   c.Bot.Name,
		out: newOutbox(func(line []byte) { r.Bus.Tell(c.Bot.Name, line) }, func() {
			r.notice(c.Bot.Name, "script.deaf", "its script does not read its events: %d wait, further ones are dropped", outboxSize)
		}),
		script: make(chan struct{}, 1),
	}
	l.ctx, l.cancel = context.WithCancel(r.root)
	l.charge.Store(&c)
	l.out.read.Store(len(c.Bot.Script.Command) > 0) // what is heard before it starts waits for it
	r.ready.expect(l.name)
	l.intake, l.doubt = l.errand(l.takingIn()), l.errand(l.probes)
	l.ears, l.look = l.errand(l.listening()), l.errand(l.watching())
	l.doubt.poke()
	l.look.poke() // its first look begins the listening
	r.running.Go(func() { l.turns(l.ctx) })
	r.running.Go(func() { l.keep(l.ctx) })
	return l
}

func (l *lane) stop() { l.cancel() }

// set gives the lane other settings. The script is restarted only when its own changed.
func (l *lane) set(c Charge) {
	old := l.charge.Swap(&c)
	if !sameScript(old.Bot.Script, c.Bot.Script) {
		poke(l.script)
		if end := l.kept.Load(); end != nil {
			(*end)()
		}
	}
	l.look.poke()
}

func sameScript(a, b bots.Script) bool {
	return slices.Equal(a.Command, b.Command) && a.Dir == b.Dir && a.Every == b.Every &&
		a.Cron == b.Cron && a.Service == b.Service && maps.Equal(a.Env, b.Env) && a.Limits == b.Limits
}

func (l *lane) bot() bots.Bot { return l.charge.Load().Bot }

// poke tells a loop something without ever waiting for it.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// until waits like sleep for a time of the machine's clock.
func (r *Runner) until(ctx context.Context, t time.Time, wake ...<-chan struct{}) bool {
	return sleep(ctx, r.timer(t), wake...)
}

// timer is a time of the machine's clock by that of timers. The zero t stays it.
func (r *Runner) timer(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return time.Now().Add(t.Sub(r.now()))
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
	r := Record{At: l.runner.now(), Kind: RecNotice, Bot: l.name, Code: code, Message: err.Error()}
	l.status.failed(r)
	l.runner.Log(r)
}
