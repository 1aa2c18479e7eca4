// Package ledgertest is the contract of runner.Ledger and runner.Desk as tests. It
// knows the interfaces alone: every implementation must pass it.
package ledgertest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// Reopen closes what open gave and opens the same record again, as after a restart.
type Reopen func() (runner.Ledger, runner.Desk)

// Run holds an implementation against the contract. open gives a fresh, empty one.
func Run(t *testing.T, open func(t *testing.T) (runner.Ledger, runner.Desk, Reopen)) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			l, d, reopen := open(t)
			c.run(&bench{T: t, Ledger: l, Desk: d, reopen: reopen})
		})
	}
}

type testCase struct {
	name string
	run  func(*bench)
}

var cases []testCase

func add(name string, run func(*bench)) bool {
	cases = append(cases, testCase{name, run})
	return true
}

// t0 is the beginning of every test.
var t0 = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func at(d time.Duration) time.Time { return t0.Add(d) }

// bench is one test's ledger with what makes tests short.
type bench struct {
	*testing.T
	runner.Ledger
	Desk   runner.Desk
	reopen Reopen
	made   int
}

func (b *bench) restart() { b.Ledger, b.Desk = b.reopen() }

func (b *bench) ctx() context.Context { return b.T.Context() }

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) refuses(what string, err error) {
	b.Helper()
	if err == nil {
		b.Fatalf("%s: no error", what)
	}
}

func bot(name string) bots.Bot {
	return bots.Bot{Name: name, Handle: "@" + name, Mode: bots.Live, Actions: bots.Actions(),
		House: bots.House{Environment: bots.Production, Tier: bots.Enterprise}}
}

func dry(name string) bots.Bot {
	b := bot(name)
	b.Mode = bots.DryRun
	return b
}

// post, reply, dm and follow make intents of the forms that tests need.
func post(text string) bots.Intent { return bots.Intent{Action: bots.Post, Text: text} }

func reply(to bots.PostID, text string) bots.Intent {
	return bots.Intent{Action: bots.Reply, Text: text, Target: bots.Target{PostID: to}}
}

func dm(to bots.UserID, text string) bots.Intent {
	return bots.Intent{Action: bots.DM, Text: text, Target: bots.Target{UserID: to}}
}

func follow(who bots.UserID) bots.Intent {
	return bots.Intent{Action: bots.Follow, Target: bots.Target{UserID: who}}
}

// entry fills in what intake does.
func (b *bench) entry(name, key string, in bots.Intent, now time.Time) runner.Entry {
	b.Helper()
	b.made++
	if in.Key = key; in.ID == "" {
		in.ID = fmt.Sprintf("0198f000-0000-7000-8000-%012d", b.made)
	}
	if in.ExpiresAt.IsZero() {
		in.ExpiresAt = now.Add(1000 * time.Hour)
	}
	stored, err := in.Encode()
	b.must(err)
	return runner.Entry{Bot: name, At: now, Intent: in, Stored: stored}
}

func (b *bench) enter(name, key string, in bots.Intent, now time.Time) runner.Entered {
	b.Helper()
	out, err := b.Enter(b.ctx(), []runner.Entry{b.entry(name, key, in, now)})
	b.must(err)
	return out[0]
}

// guard is a guard made of two functions.
type guard struct {
	needs guards.Needs
	judge func(bots.Intent, guards.Facts) guards.Finding
	panic bool
}

func (*guard) Check() []string { return nil }
func (g *guard) Needs(bots.Intent) guards.Needs {
	if g.panic {
		panic("needs nothing good")
	}
	return g.needs
}
func (g *guard) Judge(in bots.Intent, f guards.Facts) guards.Finding { return g.judge(in, f) }

func pipe(gs ...*guard) guards.Pipeline {
	p := guards.Pipeline{Policy: "test"}
	for i, g := range gs {
		p.Stations = append(p.Stations, guards.Station{Rule: guards.Rule{Name: fmt.Sprintf("g%d", i)}, Guard: g, Mode: guards.Enforce})
	}
	return p
}

func always(f guards.Finding) guards.Pipeline {
	return pipe(&guard{judge: func(bots.Intent, guards.Facts) guards.Finding { return f }})
}

func allow() guards.Pipeline { return always(guards.Pass()) }

// heeding is the guard that promise P3 rests on, in its shortest form.
func heeding() guards.Pipeline {
	return pipe(&guard{needs: guards.Needs{Contacts: true}, judge: func(_ bots.Intent, f guards.Facts) guards.Finding {
		for _, p := range f.Contacts {
			if p.OptOut != nil {
				return guards.Denied("test.opted_out", "the person opted out", "none")
			}
		}
		return guards.Pass()
	}})
}

// decide takes a turn that must be there.
func (b *bench) decide(who bots.Bot, p guards.Pipeline, now time.Time) runner.Turn {
	b.Helper()
	turn, ok, _, err := b.Decide(b.ctx(), who, p, now)
	b.must(err)
	if !ok {
		b.Fatalf("%s: no turn at %s", who.Name, now)
	}
	return turn
}

// idle wants no turn but of what expires, and gives when the next one is.
func (b *bench) idle(who bots.Bot, now time.Time) time.Time {
	b.Helper()
	turn, ok, next, err := b.Decide(b.ctx(), who, allow(), now)
	for ok && turn.State == runner.Expired {
		turn, ok, next, err = b.Decide(b.ctx(), who, allow(), now)
	}
	b.must(err)
	if ok {
		b.Fatalf("%s took the turn of %q at %s", who.Name, turn.Key, now)
	}
	return next
}

// facts are what a guard with these needs is told about the bot's next intent, which
// it then defers so that it stays.
func (b *bench) facts(who bots.Bot, needs guards.Needs, now time.Time) (got guards.Facts) {
	b.Helper()
	b.decide(who, pipe(&guard{needs: needs, judge: func(_ bots.Intent, f guards.Facts) guards.Finding {
		got = f
		return guards.Deferred("test.again", "again", "none", now.Add(time.Millisecond))
	}}), now)
	return got
}

// claim enters an intent and sees it allowed.
func (b *bench) claim(who bots.Bot, key string, in bots.Intent, now time.Time) runner.Turn {
	b.Helper()
	b.enter(who.Name, key, in, now)
	turn := b.decide(who, allow(), now)
	if turn.Key != key {
		b.Fatalf("claimed %q, not %q", turn.Key, key)
	}
	return turn
}

func (b *bench) settle(seq int64, s runner.State, a runner.Answer, now time.Time) {
	b.Helper()
	b.must(b.Settle(b.ctx(), runner.Closing{Seq: seq, At: now, State: s, Answer: a}))
}

// did claims and lands an act.
func (b *bench) did(who bots.Bot, key string, in bots.Intent, now time.Time) runner.Turn {
	b.Helper()
	turn := b.claim(who, key, in, now)
	if turn.State == runner.Doing {
		b.settle(turn.Seq, runner.Done, runner.Answer{Outcome: runner.Landed, PostID: "77" + bots.PostID(fmt.Sprint(turn.Seq))}, now)
	}
	return turn
}

func (b *bench) look(bot, key string) runner.Case {
	b.Helper()
	c, err := b.Desk.Case(b.ctx(), runner.Ref{Bot: bot, Key: key})
	b.must(err)
	return c
}

func (b *bench) wantState(bot, key string, s runner.State) runner.Case {
	b.Helper()
	c := b.look(bot, key)
	if c.State != s {
		b.Fatalf("%s %s is %s, not %s", bot, key, c.State, s)
	}
	return c
}

func (b *bench) hear(bot, event string, from bots.UserID, w runner.Word, now time.Time) runner.Receipt {
	b.Helper()
	r, err := b.Hear(b.ctx(), runner.Heard{Invitation: guards.Invitation{Event: event, Kind: guards.ByDM, Bot: bot, From: from, At: now}, Word: w})
	b.must(err)
	return r
}

func stop(scope string) runner.Word {
	return runner.Word{Meaning: runner.WantsOut, Rule: "en.stop", Scope: scope}
}
