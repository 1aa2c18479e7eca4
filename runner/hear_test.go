package runner

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"heed/bots"
	"heed/guards"
)

// notes is a ledger that writes down what it is asked.
type notes struct {
	Ledger
	heard   []Heard
	latched []guards.Halt
	deleted []bots.PostID
	halts   []guards.Halt
	fails   int // so many calls of Hear fail first
	inbound atomic.Int64
}

func (n *notes) Hear(_ context.Context, h Heard) (Receipt, error) {
	if n.fails > 0 {
		n.fails--
		return Receipt{}, errors.New("no disk")
	}
	n.heard = append(n.heard, h)
	return Receipt{New: true}, nil
}

func (n *notes) Latch(_ context.Context, h guards.Halt) error {
	n.latched = append(n.latched, h)
	return nil
}

func (n *notes) Deleted(_ context.Context, _ string, post bots.PostID, _ time.Time) error {
	n.deleted = append(n.deleted, post)
	return nil
}

func (n *notes) Halts(context.Context, time.Time) ([]guards.Halt, error) { return n.halts, nil }
func (n *notes) Inbound(context.Context, time.Time) (int, error)         { return int(n.inbound.Load()), nil }
func (n *notes) Note(context.Context, Record) error                      { return nil }

// ears is a lane whose runner has only a ledger, and what its bot was told.
func ears(ctx context.Context, n *notes, h House) (*lane, *[]string) {
	var told []string
	r := &Runner{Ledger: n, Log: func(Record) {}, house: h, cut: context.Background(),
		ready: newReadiness(), through: make(chan struct{}, 1)}
	l := &lane{runner: r, name: "desk", ctx: ctx, cancel: func() {},
		out: newOutbox(func(line []byte) { told = append(told, string(line)) }, func() {})}
	idle := func(context.Context) time.Time { return time.Time{} }
	l.intake, l.ears, l.look, l.doubt = l.errand(idle), l.errand(idle), l.errand(idle), l.errand(idle)
	l.charge.Store(&Charge{Bot: bots.Bot{Name: "desk", Actions: bots.Actions()}})
	r.lanes = map[string]*lane{"desk": l}
	return l, &told
}

// TestALatePushIsNoInvitation: what is older than ten minutes may be a replay. A stop in
// it counts; an invitation, a START or a HELP in it does not, and polling finds them.
func TestALatePushIsNoInvitation(t *testing.T) {
	now := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		text    string
		age     time.Duration
		heard   bool
		meaning Meaning
		summons bool
		told    int
	}{
		"a word in time":           {"hello", late, true, Nothing, true, 1},
		"a late word":              {"hello", late + time.Second, false, "", false, 0},
		"a stop in time":           {"STOP", time.Minute, true, WantsOut, true, 0},
		"a late stop":              {"STOP", 20 * time.Hour, true, WantsOut, false, 0},
		"a late START":             {"START", late + time.Second, false, "", false, 0},
		"a late HELP":              {"HELP", late + time.Second, false, "", false, 0},
		"a stop of a time to come": {"STOP", -time.Hour, true, WantsOut, true, 0},
	} {
		n := &notes{}
		l, told := ears(t.Context(), n, House{Confirm: true})
		s := Said{Text: c.text, Invitation: guards.Invitation{Event: "dm:5", Kind: guards.ByDM, Bot: "desk", From: "42", At: now.Add(-c.age), Summons: true}}
		if err := l.take(t.Context(), Push{Bot: "desk", Event: s.Event, At: s.At, Said: &s}, now); err != nil {
			t.Fatal(err)
		}
		if (len(n.heard) == 1) != c.heard || len(*told) != c.told {
			t.Errorf("%s: heard %d times, told %d", name, len(n.heard), len(*told))
			continue
		}
		if !c.heard {
			continue
		}
		h := n.heard[0]
		if h.Word.Meaning != c.meaning || h.Summons != c.summons || h.At.After(now) {
			t.Errorf("%s: %+v", name, h)
		}
		if c.meaning == WantsOut && (h.Answer != nil) != c.summons {
			t.Errorf("%s: confirmed %v", name, h.Answer != nil)
		}
	}
}

// TestWhatAPushDoes beside words.
func TestWhatAPushDoes(t *testing.T) {
	now := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	n := &notes{}
	l, told := ears(t.Context(), n, House{})
	looked := false
	l.look = l.errand(func(context.Context) time.Time { looked = true; return time.Time{} })
	for _, p := range []Push{{Profile: true}, {Deleted: "77"}, {Revoked: true}, {Encrypted: "42", Event: "chat:1"}, {Encrypted: "43"},
		{Said: &Said{Invitation: guards.Invitation{Event: "dm:1", Bot: "another", From: "42", At: now}}}, {}} {
		p.Bot = "desk"
		if err := l.take(t.Context(), p, now); err != nil {
			t.Fatal(err)
		}
	}
	if l.runner.running.Wait(); !looked {
		t.Error("the profile is not read again")
	}
	if len(n.deleted) != 1 || n.deleted[0] != "77" {
		t.Errorf("deleted %v", n.deleted)
	}
	if len(n.latched) != 1 || n.latched[0].Scope != "desk" || n.latched[0].Kind != guards.Latched || n.latched[0].Reason == "" {
		t.Errorf("latched %+v", n.latched)
	}
	if len(n.heard) != 1 || n.heard[0].Word != (Word{Meaning: MaybeOut, Rule: "chat.encrypted", Scope: EveryBot}) || n.heard[0].Summons ||
		n.heard[0].Event != "chat:1" || !n.heard[0].At.Equal(now) {
		t.Errorf("heard %+v", n.heard)
	}
	if len(*told) != 0 {
		t.Errorf("the bot is told %q", *told)
	}
}

// TestAPushWaitsForTheLedger: it is not let go before it is written down.
func TestAPushWaitsForTheLedger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &notes{fails: 3}
		l, _ := ears(t.Context(), n, House{})
		began := time.Now()
		p := Push{Bot: "desk", Encrypted: "42", Event: "chat:1", At: began}
		l.runner.pushed(t.Context(), p)
		if len(n.heard) != 1 || time.Since(began) != 3*patience {
			t.Errorf("heard %d times after %s", len(n.heard), time.Since(began))
		}
		p.Bot = "gone"
		l.runner.pushed(t.Context(), p)
		if len(n.heard) != 1 {
			t.Error("heard for a bot that has left")
		}
	})
}

// told is X telling by itself since a time.
type told struct{ since atomic.Pointer[time.Time] }

func (s *told) Since(string) time.Time {
	if at := s.since.Load(); at != nil {
		return *at
	}
	return time.Time{}
}

func (s *told) Follow(ctx context.Context, _ func(Push)) error {
	<-ctx.Done()
	return nil
}

// TestPollingIsRarerWhileXTells: five times, never so rare that the inbox grows stale, and
// as usual after a break.
func TestPollingIsRarerWhileXTells(t *testing.T) {
	for name, c := range map[string]struct {
		poll, fresh time.Duration
		since       time.Duration // before the look began; negative: after it; 0: X does not tell
		breaks      time.Duration // when it ends to tell; 0: never
		want        time.Duration
	}{
		"told all the time":               {time.Minute, time.Hour, time.Hour, 0, 5 * time.Minute},
		"never beyond half the freshness": {time.Minute, 6 * time.Minute, time.Hour, 0, 3 * time.Minute},
		"never more often than usual":     {time.Hour, 15 * time.Minute, time.Hour, 0, time.Hour},
		"of no known freshness":           {time.Minute, 0, time.Hour, 0, time.Minute},
		"not told":                        {time.Minute, time.Hour, 0, 0, time.Minute},
		"told only since the look":        {time.Minute, time.Hour, -time.Second, 0, time.Minute},
		"a break is noticed":              {time.Minute, time.Hour, time.Hour, 150 * time.Second, 3 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &scene{}
				l, _ := onStage(t, s)
				l.runner.house = House{Poll: c.poll, Fresh: c.fresh}
				began := time.Now()
				x := &told{}
				if c.since != 0 {
					at := began.Add(-c.since)
					x.since.Store(&at)
				}
				if c.breaks != 0 {
					time.AfterFunc(c.breaks, func() { x.since.Store(nil) })
				}
				l.runner.Pushes = x
				var looks atomic.Int64
				listen := l.listening()
				l.errand(func(ctx context.Context) time.Time {
					next := listen(ctx)
					looks.Store(int64(len(s.order)))
					return next
				}).poke()
				for synctest.Wait(); looks.Load() < 2; synctest.Wait() {
					time.Sleep(time.Second)
				}
				if took := time.Since(began); took != c.want {
					t.Errorf("the next look comes after %s, not %s", took, c.want)
				}
			})
		})
	}
}

// TestFollowingRests while the app is latched, and while strangers cost too much.
func TestFollowingRests(t *testing.T) {
	n := &notes{}
	l, _ := ears(t.Context(), n, House{Inbound: 10})
	if err := l.runner.mayFollow(t.Context()); err != nil {
		t.Errorf("refused: %v", err)
	}
	n.inbound.Store(10)
	if err := l.runner.mayFollow(t.Context()); err == nil {
		t.Error("followed beyond what may be read in a day")
	}
	n.inbound.Store(0)
	n.halts = []guards.Halt{{Kind: guards.Latched, Scope: "desk"}, {Kind: guards.Paused, Scope: EveryBot}}
	if err := l.runner.mayFollow(t.Context()); err != nil {
		t.Errorf("one bot's latch keeps the others from hearing: %v", err)
	}
	n.halts = []guards.Halt{{Kind: guards.Latched, Scope: EveryBot}}
	if err := l.runner.mayFollow(t.Context()); err == nil {
		t.Error("followed with a latched app")
	}
}

// TestFollowingEndsWhenItMayNotGoOn and begins again when it may.
func TestFollowingEndsWhenItMayNotGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &notes{}
		ctx, cancel := context.WithCancel(t.Context())
		l, _ := ears(ctx, n, House{Inbound: 10})
		x := &counted{}
		l.runner.Pushes = x
		done := make(chan struct{})
		go func() { l.runner.follow(ctx); close(done) }()
		time.Sleep(10 * time.Minute)
		if synctest.Wait(); x.begun.Load() != 1 || x.ended.Load() != 0 {
			t.Errorf("begun %d, ended %d", x.begun.Load(), x.ended.Load())
		}
		n.inbound.Store(10)
		time.Sleep(3 * follows)
		if synctest.Wait(); x.ended.Load() != 1 {
			t.Errorf("ended %d", x.ended.Load())
		}
		n.inbound.Store(0)
		time.Sleep(5 * follows)
		if synctest.Wait(); x.begun.Load() != 2 {
			t.Errorf("begun %d", x.begun.Load())
		}
		cancel()
		<-done
		l.runner.running.Wait()
	})
}

// counted counts how often it is followed.
type counted struct {
	told
	begun, ended atomic.Int64
}

func (c *counted) Follow(ctx context.Context, _ func(Push)) error {
	c.begun.Add(1)
	<-ctx.Done()
	c.ended.Add(1)
	return nil
}
