package ledger

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// moody is a guard that answers by chance, and quotes what it was asked.
type moody struct {
	needy
	rng *rand.Rand
	now time.Time
}

func (m moody) Judge(in bots.Intent, _ guards.Facts) guards.Finding {
	why := fmt.Sprintf("it says %q", in.Text)
	if in.Action == bots.DM {
		why = fmt.Sprintf("it has %d letters", len(in.Text))
	}
	switch m.rng.IntN(8) {
	case 0:
		return guards.Denied("moody.no", why, "say something else").With("text", in.Text).Citing("C2")
	case 1:
		return guards.Held("moody.look", why, "a person looks at it").With("letters", len(in.Text))
	case 2:
		return guards.Deferred("moody.later", why, "it is later", m.now.Add(time.Minute))
	}
	return guards.Pass().With("text", in.Text)
}

// life is a ledger to which everything happens that writes decisions.
type life struct {
	*testing.T
	l     *Ledger
	rng   *rand.Rand
	now   time.Time
	made  int
	names []string
	users []bots.UserID
}

func newLife(t *testing.T, l *Ledger, seed uint64) *life {
	x := &life{T: t, l: l, rng: rand.New(rand.NewPCG(seed, 3)), now: t0, names: []string{"tides", "waves", "wind"}}
	for i := range 8 {
		x.users = append(x.users, bots.UserID(fmt.Sprint(7_000_000_000_000_000_001+i*1_000_003)))
	}
	for _, name := range x.names {
		x.must(l.SetProfile(x.Context(), name, guards.Profile{UserID: bots.UserID("99000000000000" + fmt.Sprint(len(name))), CheckedAt: x.now}))
	}
	return x
}

func (x *life) must(err error) {
	x.Helper()
	if err != nil && !errors.Is(err, runner.ErrNotFound) && !errors.Is(err, runner.ErrSettled) {
		x.Fatal(err)
	}
}

func (x *life) bot() string       { return x.names[x.rng.IntN(len(x.names))] }
func (x *life) user() bots.UserID { return x.users[x.rng.IntN(len(x.users))] }
func (x *life) postOf(u bots.UserID) bots.PostID {
	return bots.PostID("8" + string(u)[1:])
}

func (x *life) intent() bots.Intent {
	x.made++
	u := x.user()
	text := fmt.Sprintf("Dear @person_%s, high water number %d at the pier", u[len(u)-4:], x.made)
	switch x.rng.IntN(5) {
	case 0:
		return bots.Intent{Action: bots.DM, Text: text, Target: bots.Target{UserID: u}}
	case 1:
		return bots.Intent{Action: bots.Reply, Text: text, Target: bots.Target{PostID: x.postOf(u)}}
	case 2:
		return bots.Intent{Action: bots.Follow, Target: bots.Target{UserID: u}}
	case 3:
		return bots.Intent{Action: bots.Like, Target: bots.Target{PostID: x.postOf(u)}}
	}
	return bots.Intent{Action: bots.Post, Text: text}
}

// step lets one thing happen.
func (x *life) step() {
	x.Helper()
	x.now = x.now.Add(time.Duration(1+x.rng.IntN(60)) * time.Second)
	ctx, l := x.Context(), x.l
	p := guards.Pipeline{Policy: "test", Stations: []guards.Station{{Rule: guards.Rule{Name: "moody"}, Mode: guards.Enforce,
		Guard: moody{needy{guards.Needs{Contacts: true, Alike: time.Hour}}, x.rng, x.now}}}}
	name := x.bot()
	who := bots.Bot{Name: name, Mode: bots.Live, Handle: "@" + name}
	switch x.rng.IntN(20) {
	case 0, 1, 2, 3, 4:
		_, err := l.Enter(ctx, []runner.Entry{entryOf(x.T, name, fmt.Sprint("k", x.made), x.intent(), x.now)})
		x.must(err)
	case 5:
		_, err := l.Enter(ctx, []runner.Entry{{Bot: name, At: x.now, Refusal: "not JSON", Key: fmt.Sprint("r:", x.made, x.now.Unix())}})
		x.must(err)
	case 6, 7, 8, 9, 10:
		turn, ok, _, err := l.Decide(ctx, who, p, x.now)
		x.must(err)
		if ok && turn.State == runner.Doing && x.rng.IntN(6) > 0 {
			x.settle(turn)
		}
	case 11:
		u := x.user()
		x.made++
		word := []runner.Meaning{runner.Nothing, runner.WantsOut, runner.MaybeOut, runner.WantsIn, runner.WantsOut}[x.rng.IntN(5)]
		h := runner.Heard{Invitation: guards.Invitation{Event: fmt.Sprint("880000000000000", x.made), Kind: guards.ByDM, Bot: name, From: u, At: x.now},
			Word: runner.Word{Meaning: word, Rule: "en.word", Scope: []string{"*", name}[x.rng.IntN(2)]}}
		if word == runner.WantsIn {
			h.Word.Scope = name
		}
		if x.rng.IntN(2) == 0 {
			h.Kind, h.Post, h.Mentions = guards.ByMention, x.postOf(u), []bots.UserID{x.user(), x.user()}
		}
		h.Signs.Blocks = x.rng.IntN(9) == 0
		_, err := l.Hear(ctx, h)
		x.must(err)
	case 12:
		u := x.user()
		x.must(l.SetAuthor(ctx, x.postOf(u), runner.Authorship{Author: u, Names: []bots.UserID{x.user()}}, x.now))
	case 13:
		held, err := l.Waiting(ctx, []runner.State{runner.Held}, "", 5)
		x.must(err)
		for i, c := range held {
			if i%2 == 0 {
				x.must(l.Approve(ctx, runner.Ref{Bot: c.Bot, Key: c.Key}, "ann", c.Hash, x.now))
			} else {
				x.must(l.Reject(ctx, runner.Ref{Bot: c.Bot, Key: c.Key}, "ann", "no", x.now))
			}
		}
	case 14:
		x.must(l.Halt(ctx, guards.Halt{Kind: []guards.HaltKind{guards.Paused, guards.Halted, guards.Latched}[x.rng.IntN(3)], Scope: name, By: "ann", Reason: "storm", At: x.now}))
	case 15:
		_, err := l.Resume(ctx, name, []guards.HaltKind{guards.Paused, guards.Halted, guards.Latched}, "ann", x.now)
		x.must(err)
	case 16:
		x.must(l.Grant(ctx, name, guards.Grant{Actions: []bots.Action{bots.Post}, Behaviour: "b", By: "the owner", At: x.now}))
		if x.rng.IntN(3) == 0 {
			_, err := l.Withdraw(ctx, name, "the owner", x.now)
			x.must(err)
		}
	case 17:
		u := x.user()
		switch x.rng.IntN(4) {
		case 0:
			_, err := l.OptOut(ctx, u, guards.Choice{At: x.now, How: "cli", Scope: "*", Rule: "by ann"})
			x.must(err)
		case 1:
			x.must(l.Forgive(ctx, u, "*", "ann", "wrote a letter", x.now))
		case 2:
			_ = l.Consent(ctx, u, guards.Choice{At: x.now, How: "form", Scope: name, Channel: "*", Event: "form-7"}) // refused for who opted out
		case 3:
			x.must(l.Reviewed(ctx, u, "ann", x.now))
		}
	case 18:
		_, err := l.Recover(ctx, x.now)
		x.must(err)
	case 19:
		c, ok, _, err := l.Probe(ctx, name, x.now)
		x.must(err)
		if ok {
			x.must(l.Settle(ctx, runner.Closing{Seq: c.Seq, At: x.now, State: runner.Held, Code: "unknown.lost", Answer: runner.Answer{Outcome: runner.Uncertain}}))
		}
	}
}

func (x *life) settle(turn runner.Turn) {
	x.Helper()
	c := runner.Closing{Seq: turn.Seq, At: x.now, State: runner.Done,
		Answer: runner.Answer{Outcome: runner.Landed, PostID: bots.PostID(fmt.Sprint(6_600_000_000_000_000_000 + turn.Seq)), Detail: "it is there"}}
	switch x.rng.IntN(5) {
	case 0:
		c.State, c.Answer = runner.Failed, runner.Answer{Outcome: runner.Refused, Code: "x.403", Detail: "no", Closed: x.rng.IntN(2) == 0}
	case 1:
		c.State, c.Answer, c.Due = runner.Deferred, runner.Answer{Outcome: runner.Refused, Code: "x.503"}, x.now.Add(time.Minute)
	case 2:
		c.State, c.Answer, c.Due = runner.Unknown, runner.Answer{Outcome: runner.Uncertain, Code: "x.timeout"}, x.now
	}
	x.must(x.l.Settle(x.Context(), c))
}

func (x *life) live(steps int) {
	x.Helper()
	for range steps {
		x.step()
	}
}

// verified wants the whole record to agree with itself.
func verified(t *testing.T, l *Ledger, kept *runner.Head) runner.Audit {
	t.Helper()
	a, err := l.Verify(t.Context(), kept)
	if err != nil {
		t.Fatal(err)
	}
	if a.Count != 0 {
		t.Fatalf("%d faults: %+v", a.Count, a.Faults)
	}
	return a
}
