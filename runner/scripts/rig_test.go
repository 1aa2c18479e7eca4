package scripts_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"heed/bots"
	"heed/runner"
	"heed/runner/scripts"
)

func TestMain(m *testing.M) {
	scripts.Shim()
	if err := scripts.Adopt(); err != nil {
		panic(err)
	}
	// Version managers put programs where no script may read.
	os.Setenv("PATH", "/usr/bin:/bin")
	goleak.VerifyTestMain(m)
}

// clock stands still until a test moves it.
type clock struct {
	mu      sync.Mutex
	now     time.Time
	waiting map[chan struct{}]time.Time
	asked   chan time.Duration // each wait that begins
}

func newClock() *clock {
	return &clock{now: time.Date(2026, 11, 22, 10, 20, 30, 0, time.UTC), waiting: map[chan struct{}]time.Time{}, asked: make(chan time.Duration, 1024)}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Wait(ctx context.Context, d time.Duration) error {
	due := make(chan struct{})
	c.mu.Lock()
	c.waiting[due] = c.now.Add(d)
	c.mu.Unlock()
	c.asked <- d
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-due:
		return ctx.Err()
	}
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	for due, at := range c.waiting {
		if !at.After(c.now) {
			close(due)
			delete(c.waiting, due)
		}
	}
}

// next is how long the next wait is meant to be.
func (c *clock) next(t *testing.T) time.Duration {
	t.Helper()
	select {
	case d := <-c.asked:
		return d
	case <-time.After(20 * time.Second):
		t.Fatal("nobody waits")
		return 0
	}
}

// rig is a kept script with everything it is joined to.
type rig struct {
	*clock
	state   string
	dir     string
	frames  chan runner.Frame
	reports chan runner.ScriptReport
	events  chan []byte
	lines   func(context.Context, runner.Frame) error
	seen    []string
	stop    context.CancelFunc
	done    chan error
}

type setting func(*rig, *bots.Bot, *scripts.Options)

func sh(text string) setting {
	return func(_ *rig, b *bots.Bot, _ *scripts.Options) { b.Script.Command = []string{"sh", "-c", text} }
}

func python(text string) setting {
	return func(_ *rig, b *bots.Bot, _ *scripts.Options) { b.Script.Command = []string{"python3", "-c", text} }
}

func service(_ *rig, b *bots.Bot, _ *scripts.Options) { b.Script.Service, b.Script.Every = true, 0 }

func every(d time.Duration) setting {
	return func(_ *rig, b *bots.Bot, _ *scripts.Options) { b.Script.Every = d }
}

// keep runs a script, once an hour if nothing else is said.
func keep(t *testing.T, settings ...setting) *rig {
	t.Helper()
	r := &rig{clock: newClock(), state: t.TempDir(), dir: t.TempDir(), frames: make(chan runner.Frame, 1<<16),
		reports: make(chan runner.ScriptReport, 1<<16), events: make(chan []byte, 256), done: make(chan error, 1)}
	r.lines = func(_ context.Context, f runner.Frame) error { r.frames <- f; return nil }
	bot := bots.Bot{Name: "tides", Script: bots.Script{Dir: r.dir, Every: time.Hour}}
	o := scripts.Options{StateDir: r.state, Grace: 20 * time.Second, KillGrace: 20 * time.Second,
		Rand: func() float64 { return 0.5 }, Wait: r.Wait}
	for _, s := range settings {
		s(r, &bot, &o)
	}
	if c := bot.Script.Command; len(c) > 0 && c[0] == "python3" {
		if _, err := exec.LookPath("python3"); err != nil {
			t.Skip("needs python3 in /usr/bin")
		}
	}
	k, err := scripts.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.stop = cancel
	io := runner.ScriptIO{Events: r.events, Now: r.Now, Report: func(s runner.ScriptReport) { r.reports <- s },
		Lines: func(ctx context.Context, f runner.Frame) error { return r.lines(ctx, f) }}
	over := make(chan struct{})
	go func() {
		defer close(over)
		r.done <- k.Keep(ctx, bot, io)
	}()
	t.Cleanup(func() { cancel(); <-over })
	return r
}

// end stops the script and waits until nothing of it is left.
func (r *rig) end(t *testing.T) {
	t.Helper()
	r.stop()
	select {
	case err := <-r.done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the script is not stopped")
	}
}

func (r *rig) frame(t *testing.T) runner.Frame {
	t.Helper()
	select {
	case f := <-r.frames:
		return f
	case <-time.After(20 * time.Second):
		t.Fatalf("no frame came; reports: %s", r.all())
		return runner.Frame{}
	}
}

// want waits for a report of this code.
func (r *rig) want(t *testing.T, code string) runner.ScriptReport {
	t.Helper()
	for {
		select {
		case s := <-r.reports:
			r.note(s)
			if s.Code == code {
				return s
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("no report %s; there were: %s", code, r.all())
			return runner.ScriptReport{}
		}
	}
}

func (r *rig) note(s runner.ScriptReport) {
	r.seen = append(r.seen, fmt.Sprintf("%s %s %s", s.Level, s.Code, s.Text))
}

// all is every report so far.
func (r *rig) all() string {
	for {
		select {
		case s := <-r.reports:
			r.note(s)
		default:
			return strings.Join(r.seen, "\n")
		}
	}
}

func joined(f runner.Frame) string {
	var l []string
	for _, line := range f.Lines {
		l = append(l, string(line))
	}
	return strings.Join(l, "|")
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(text), 0o600))
}
