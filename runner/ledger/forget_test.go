package ledger

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

const (
	ann     bots.UserID = "7345678901234567891"
	bert    bots.UserID = "7345678901234567902"
	annPost bots.PostID = "8345678901234567891"
)

// known makes a ledger that knows ann in every way there is, beside another process that
// has it open, and gives both.
func known(t *testing.T) (l, daemon *Ledger) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state", "heed.db")
	daemon = openAt(t, path, Options{})
	l = openAt(t, path, Options{Trust: true})
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := daemon.Recover(ctx, t0); err != nil {
		t.Fatal(err)
	}
	must(daemon.SetProfile(ctx, "tides", guards.Profile{UserID: "9900000000000001", CheckedAt: t0}))
	must(daemon.SetAuthor(ctx, annPost, runner.Authorship{Author: ann, Names: []bots.UserID{bert}}, t0))
	must(daemon.SetAuthor(ctx, "8345678901234567999", runner.Authorship{Author: bert, Names: []bots.UserID{ann, bert}}, t0))
	for i, h := range []runner.Heard{
		{Invitation: guards.Invitation{Event: "dm1", Kind: guards.ByDM, From: ann}, Word: runner.Word{Meaning: runner.WantsIn, Rule: "en.start", Scope: "tides"}},
		{Invitation: guards.Invitation{Event: string(annPost), Kind: guards.ByMention, From: ann, Post: annPost, Thread: annPost, Mentions: []bots.UserID{bert}}},
		{Invitation: guards.Invitation{Event: "8345678901234567888", Kind: guards.ByMention, From: bert, Post: "8345678901234567888", Thread: annPost, Mentions: []bots.UserID{ann}}},
		{Invitation: guards.Invitation{Event: "dm2", Kind: guards.ByDM, From: ann}, Word: runner.Word{Meaning: runner.MaybeOut, Rule: "en.maybe", Scope: "*"}},
	} {
		h.Bot, h.At = "tides", t0.Add(time.Duration(i)*time.Minute)
		if _, err := daemon.Hear(ctx, h); err != nil {
			t.Fatal(err)
		}
	}
	quoting := func(f guards.Finding) guards.Pipeline {
		return guards.Pipeline{Stations: []guards.Station{{Rule: guards.Rule{Name: "quoting"}, Mode: guards.Enforce, Guard: quotes{
			needy{guards.Needs{Contacts: true, Cause: true, Alike: time.Hour, Same: time.Hour, Named: []bots.UserID{ann}}}, f}}}}
	}
	do := func(key string, in bots.Intent, f guards.Finding, s runner.State) {
		enter(t, daemon, "tides", key, in)
		turn, ok, _, err := daemon.Decide(ctx, bots.Bot{Name: "tides", Mode: bots.Live}, quoting(f), t0.Add(time.Hour))
		if err != nil || !ok {
			t.Fatal(key, ok, err)
		}
		if s != "" {
			detail := "for " + string(ann)
			if key == "other" {
				detail = ""
			}
			must(daemon.Settle(ctx, runner.Closing{Seq: turn.Seq, At: t0.Add(time.Hour), State: s, Detail: detail,
				Answer: runner.Answer{Outcome: runner.Landed, PostID: bots.PostID(fmt.Sprint(6600000000000000000 + turn.Seq))}}))
		}
	}
	pass := guards.Pass()
	do("dm-"+string(ann), bots.Intent{Action: bots.DM, Text: "Hi @annika", Target: bots.Target{UserID: ann}, Cause: "dm1"}, pass, runner.Done)
	do("reply", bots.Intent{Action: bots.Reply, Text: "High water for @annika is at four", Target: bots.Target{PostID: annPost}, Cause: string(annPost)}, pass, runner.Done)
	do("mention", bots.Intent{Action: bots.Post, Text: "Thanks to " + string(ann) + " for the tide table"}, pass, runner.Done)
	do("follow", bots.Intent{Action: bots.Follow, Target: bots.Target{UserID: ann}}, pass, runner.Failed)
	do("denied", bots.Intent{Action: bots.Reply, Text: "Once more for @annika", Target: bots.Target{PostID: annPost}}, guards.Denied("q.no", "no", "none"), "")
	do("undo", bots.Intent{Action: bots.Unlike, Target: bots.Target{PostID: annPost}}, guards.Denied("q.no", "no", "none"), "")
	do("held", bots.Intent{Action: bots.Reply, Text: "And held for @annika", Target: bots.Target{PostID: annPost}}, guards.Held("q.look", "look", "look"), "")
	do("other", bots.Intent{Action: bots.Post, Text: "The harbour wall is closed on Monday"}, pass, runner.Done)
	do("bert", bots.Intent{Action: bots.Follow, Target: bots.Target{UserID: bert}}, pass, runner.Done)
	enter(t, daemon, "tides", "waiting", bots.Intent{Action: bots.DM, Text: "Later, @annika", Target: bots.Target{UserID: ann}})
	if _, err := daemon.OptOut(ctx, bert, guards.Choice{At: t0, How: "cli", Scope: "*"}); err != nil {
		t.Fatal(err)
	}
	return l, daemon
}

// quotes is a guard that names ann in all that it says.
type quotes struct {
	needy
	f guards.Finding
}

func (q quotes) Judge(in bots.Intent, _ guards.Facts) guards.Finding {
	f := q.f
	if in.Action != bots.DM {
		f.Because += fmt.Sprintf(" (user %s, %q)", ann, in.Text)
		f.Remedy += " of " + string(ann)
	}
	return f.With("user", string(ann)).With("text", in.Text)
}

func forget(t *testing.T, l *Ledger, e runner.Erasure) runner.Forgotten {
	t.Helper()
	e.By, e.At = "ann", t0.Add(2*time.Hour)
	out, err := l.Forget(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// bytesOn counts an id in all files of a ledger.
func bytesOn(t *testing.T, path string, id string) (n int) {
	t.Helper()
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		some, err := occurrences(f, []byte(id))
		if err != nil {
			t.Fatal(err)
		}
		n += some
	}
	return n
}

// Of a person who is forgotten the files hold the opt-out alone, byte for byte; contact
// stays refused, the chain holds, windows count what was done, and nothing is done again
// (rules M4, C2).
func TestForgetLeavesTheOptOutAlone(t *testing.T) {
	l, daemon := known(t)
	ctx := t.Context()
	if _, err := daemon.OptOut(ctx, ann, guards.Choice{At: t0.Add(time.Hour), How: "dm", Scope: "*", Event: "dm" + string(annPost), Rule: "en.stop"}); err != nil {
		t.Fatal(err)
	}
	if _, err := daemon.Hear(ctx, runner.Heard{Invitation: guards.Invitation{Event: "dm9", Bot: "tides", Kind: guards.ByDM, From: ann, At: t0.Add(70 * time.Minute)},
		Word: runner.Word{Meaning: runner.WantsIn, Rule: "en.start", Scope: "tides"}}); err != nil {
		t.Fatal(err)
	}
	head := verified(t, l, nil).Head
	plan := forget(t, l, runner.Erasure{User: ann, DryRun: true})
	if plan.Intents < 6 || plan.Heard < 2 || plan.Choices < 2 || plan.Kept != 1 || bytesOn(t, l.path, string(ann)) < 20 {
		t.Fatalf("a rehearsal: %+v", plan)
	}
	out := forget(t, l, runner.Erasure{User: ann})
	if out.Kept != 1 || len(out.UnderWay) != 0 || len(out.Elsewhere) != 0 || !out.Shrunk || out.Intents < 7 || out.Entries < 8 || out.Acts < 3 {
		t.Fatalf("%+v", out)
	}
	if n := bytesOn(t, l.path, string(ann)); n != 3 { // its row, its index and the journal of opt-outs
		t.Fatalf("the id stands %d times in the files", n)
	}
	for _, word := range []string{"annika", string(annPost)} {
		if n := bytesOn(t, l.path, word); n != 0 {
			t.Fatalf("%q stands %d times in the files", word, n)
		}
	}
	if n := bytesOn(t, l.path, string(bert)); n < 4 {
		t.Fatalf("bert is gone, too: %d", n)
	}
	if a := verified(t, daemon, &head); a.Erased < 8 {
		t.Fatalf("%+v", a)
	}
	again := forget(t, l, runner.Erasure{User: ann})
	if again.Intents+again.Entries+again.Choices+again.Heard != 0 {
		t.Fatalf("a second time: %+v", again)
	}

	// The daemon follows: what it had in memory is gone, what counts still counts.
	p := pipeline(guards.Needs{Alike: 1000 * time.Hour, Contacts: true, Windows: []guards.Window{{Name: "w", Span: 48 * time.Hour, Limit: 99}}})
	tides := bots.Bot{Name: "tides", Mode: bots.Live}
	now := t0.Add(3 * time.Hour)
	_, f, err := daemon.Peek(ctx, tides, p, entryOf(t, "waves", "new", post("High water for @annika is at four"), now).Intent, now)
	if err != nil || len(f.Alike) != 0 || f.Used["w"].Count != 5 {
		t.Fatalf("alike %+v, used %+v, %v", f.Alike, f.Used, err)
	}
	if _, f, err = daemon.Peek(ctx, tides, p, entryOf(t, "waves", "new", post("The harbour wall is closed on Monday!"), now).Intent, now); err != nil || len(f.Alike) != 1 {
		t.Fatalf("what is not hers is forgotten, too: %+v, %v", f.Alike, err)
	}

	// The same intent and the same event are known again, and do nothing.
	e := entryOf(t, "tides", "dm-"+string(ann), bots.Intent{Action: bots.DM, Text: "Hi @annika", Target: bots.Target{UserID: ann}}, now)
	if got, err := daemon.Enter(ctx, []runner.Entry{e}); err != nil || !got[0].Twice || got[0].State != runner.Done || got[0].Key != e.Intent.Key {
		t.Fatalf("%+v, %v", got, err)
	}
	if r, err := daemon.Hear(ctx, runner.Heard{Invitation: guards.Invitation{Event: "dm9", Bot: "tides", Kind: guards.ByDM, From: ann, At: t0.Add(70 * time.Minute)},
		Word: runner.Word{Meaning: runner.WantsIn, Rule: "en.start", Scope: "tides"}}); err != nil || r.New {
		t.Fatalf("an event of before brings her back: %+v, %v", r, err)
	}
	// Her opt-out stands for a new one, until she herself says otherwise.
	for i, want := range []runner.State{runner.Denied, runner.Doing} {
		if i == 1 {
			if _, err := daemon.Hear(ctx, runner.Heard{Invitation: guards.Invitation{Event: "dm10", Bot: "tides", Kind: guards.ByDM, From: ann, At: now},
				Word: runner.Word{Meaning: runner.WantsIn, Rule: "en.start", Scope: "tides"}}); err != nil {
				t.Fatal(err)
			}
		}
		enter(t, daemon, "tides", fmt.Sprint("after", i), bots.Intent{Action: bots.DM, Text: "Hello", Target: bots.Target{UserID: ann}})
		turn, ok, _, err := daemon.Decide(ctx, tides, guards.Pipeline{Stations: []guards.Station{{Rule: guards.Rule{Name: "g"}, Guard: heeding{}}}}, now)
		if err != nil || !ok || turn.State != want {
			t.Fatalf("%d: %+v, %v", i, turn, err)
		}
	}
}

// Without the opt-out's row nothing at all is left, in no corner of the file.
func TestForgetLeavesNoRemnant(t *testing.T) {
	for _, out := range []bool{true, false} {
		l, daemon := known(t)
		if out {
			if _, err := daemon.OptOut(t.Context(), ann, guards.Choice{At: t0.Add(time.Hour), How: "cli", Scope: "tides", Rule: "by ann"}); err != nil {
				t.Fatal(err)
			}
		}
		r := forget(t, l, runner.Erasure{User: ann})
		if want := map[bool]int{true: 2, false: 1}[out]; r.Kept != want { // a review for all bots stands beside an opt-out from one
			t.Fatalf("kept %d, want %d", r.Kept, want)
		}
		target := filepath.Join(t.TempDir(), "copy.db")
		if err := l.Copy(t.Context(), target); err != nil {
			t.Fatal(err)
		}
		sqlite(t, target, `DELETE FROM choices WHERE user = '`+string(ann)+`'; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)`)
		if n := bytesOn(t, target, string(ann)); n != 0 {
			t.Fatalf("the id stands %d times elsewhere", n)
		}
	}
}

// A post: what is kept of it, of answers to it, and of the one that the bot made.
func TestForgetAPost(t *testing.T) {
	l, daemon := known(t)
	r := forget(t, l, runner.Erasure{Post: annPost})
	if len(r.Elsewhere) != 0 || r.Intents < 4 || r.Recalled != 1 || bytesOn(t, l.path, string(annPost)) != 0 {
		t.Fatalf("%+v, %d times in the files", r, bytesOn(t, l.path, string(annPost)))
	}
	if ps, err := daemon.People(t.Context(), runner.PeopleQuery{User: ann}); err != nil || len(ps) != 2 {
		t.Fatalf("her choices: %+v, %v", ps, err)
	}
	c, err := daemon.Case(t.Context(), runner.Ref{Bot: "tides", Key: "other"})
	if err != nil || c.Answer == nil || c.Intent.Text == "" {
		t.Fatalf("%+v, %v", c, err)
	}
	own := c.Answer.PostID
	if r = forget(t, l, runner.Erasure{Post: own}); r.Intents != 1 || len(r.Elsewhere) != 0 || bytesOn(t, l.path, string(own)) != 0 || bytesOn(t, l.path, "harbour wall") != 0 {
		t.Fatalf("%+v, %d times in the files", r, bytesOn(t, l.path, string(own)))
	}
	verified(t, daemon, nil)
}

// What is on its way to X stays until it has ended, and is told; then it goes, too.
func TestForgetWaitsForWhatIsUnderWay(t *testing.T) {
	l := open(t)
	enter(t, l, "tides", "k", bots.Intent{Action: bots.DM, Text: "Hi", Target: bots.Target{UserID: ann}})
	turn, _, _, err := l.Decide(t.Context(), bots.Bot{Name: "tides", Mode: bots.Live}, pipeline(guards.Needs{Contacts: true}), t0)
	if err != nil || turn.State != runner.Doing {
		t.Fatal(turn, err)
	}
	r := forget(t, l, runner.Erasure{User: ann})
	if fmt.Sprint(r.UnderWay) != "[tides/k]" || len(r.Elsewhere) == 0 || r.Intents != 0 {
		t.Fatalf("%+v", r)
	}
	if c, err := l.Case(t.Context(), runner.Ref{Bot: "tides", Key: "k"}); err != nil || c.Intent.Target.UserID != ann {
		t.Fatalf("%+v, %v", c, err)
	}
	if err := l.Settle(t.Context(), runner.Closing{Seq: turn.Seq, At: t0, State: runner.Done, Answer: runner.Answer{Outcome: runner.Landed}}); err != nil {
		t.Fatal(err)
	}
	if r = forget(t, l, runner.Erasure{User: ann}); len(r.UnderWay)+len(r.Elsewhere) != 0 || r.Intents != 1 || bytesOn(t, l.path, string(ann)) != 0 {
		t.Fatalf("%+v", r)
	}
	verified(t, l, nil)
}

func TestForgetRefuses(t *testing.T) {
	l := open(t)
	if err := l.SetProfile(t.Context(), "tides", guards.Profile{UserID: ann, CheckedAt: t0}); err != nil {
		t.Fatal(err)
	}
	for says, e := range map[string]runner.Erasure{
		"nobody":          {By: "a", At: t0},
		"both":            {User: ann, Post: annPost, By: "a", At: t0},
		"a handle":        {User: "@ann", By: "a", At: t0},
		"no time":         {User: ann, By: "a"},
		"nobody who does": {User: ann, At: t0},
		"its own account": {User: ann, By: "a", At: t0},
	} {
		if _, err := l.Forget(t.Context(), e); err == nil {
			t.Errorf("%s: no error", says)
		}
	}
}

// Whatever happened before, nothing is left of whoever is forgotten, and the rest verifies.
func TestForgetAfterAnyLife(t *testing.T) {
	for seed := range uint64(6) {
		l := open(t)
		x := newLife(t, l, 100+seed)
		x.live(500)
		who := x.users[rand.New(rand.NewPCG(seed, 1)).IntN(len(x.users))]
		for range 20 { // what is on its way has to end first
			r := forget(t, l, runner.Erasure{User: who})
			if len(r.UnderWay) == 0 {
				if len(r.Elsewhere) != 0 {
					t.Fatalf("seed %d: %+v", seed, r)
				}
				if n := bytesOn(t, l.path, string(who)); n != 3*r.Kept {
					t.Fatalf("seed %d: the id stands %d times in the files, kept are %d", seed, n, r.Kept)
				}
				break
			}
			for _, k := range r.UnderWay {
				bot, key, _ := strings.Cut(k, "/")
				c, err := l.Case(t.Context(), runner.Ref{Bot: bot, Key: key})
				if err != nil {
					t.Fatal(err)
				}
				x.must(l.Settle(t.Context(), runner.Closing{Seq: c.Seq, At: x.now, State: runner.Done, Answer: runner.Answer{Outcome: runner.Landed}}))
			}
		}
		verified(t, l, nil)
		x.live(50)
		verified(t, l, nil)
	}
}

// What guards quote leaves the log with the text that they quoted (rule M4).
func TestSweepTakesQuotedWords(t *testing.T) {
	l, _ := known(t)
	if !onDisk(t, l, "High water for @annika") {
		t.Fatal("the words are not where they are looked for")
	}
	if n := sweepAll(t, l, t0.Add(800*time.Hour)); n == 0 {
		t.Fatal("nothing was swept")
	}
	for _, words := range []string{"High water for @annika", "Once more for", "harbour wall"} {
		if onDisk(t, l, words) {
			t.Errorf("%q is on the disk", words)
		}
	}
	c, err := l.Case(t.Context(), runner.Ref{Bot: "tides", Key: "denied"})
	if err != nil || c.Verdict.Code != "q.no" || c.Verdict.Message != wipedWords || len(c.History) == 0 || !c.History[len(c.History)-1].Erased ||
		c.History[len(c.History)-1].User != ann {
		t.Fatalf("%+v, %v", c, err)
	}
	verified(t, l, nil)
}
