package ledger

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// pastActs are a little more than a sweep takes at once, an hour apart.
const (
	pastActs   = sweepBatch + 100
	pastPeople = 40
	pastKept   = 100 * time.Hour
)

var pastUntil = t0.Add(pastActs * time.Hour)

func pastPerson(n int, at time.Time) PastChoice {
	c := guards.Choice{At: at, How: "dm", Scope: "*", Event: fmt.Sprint("e", n), Rule: "en.stop"}
	if n%3 == 0 {
		return PastChoice{User: bots.UserID(fmt.Sprint(7000 + n)), Kind: optOut, Choice: c}
	}
	c.Scope, c.Channel, c.Rule, c.Behaviour = "tides", "dm", "en.start", "b1"
	return PastChoice{User: bots.UserID(fmt.Sprint(7000 + n)), Kind: optIn, Choice: c}
}

// pastSelf is a bot's own account.
func pastSelf(bot string) bots.UserID { return bots.UserID(fmt.Sprint(100 + len(bot))) }

func pastAct(n int, at time.Time) (PastAct, error) {
	bot := []string{"tides", "quakes"}[n/3%2]
	in := bots.Intent{Key: fmt.Sprint("k", n), ID: fmt.Sprintf("0198f000-0000-7000-8000-%012d", n), ExpiresAt: at.Add(24 * time.Hour)}
	a := PastAct{Post: bots.PostID(fmt.Sprint(1_000_000 + n)), Self: pastSelf(bot)}
	switch n % 3 {
	case 0:
		in.Action, in.Text, in.Template = bots.Post, fmt.Sprintf("Report %d: the wind has turned", n), "report"
	case 1:
		in.Action, in.Text, in.Target.PostID = bots.Reply, fmt.Sprintf("Answer %d", n), bots.PostID(fmt.Sprint(2_000_000+n))
		in.Cause, a.Person = string(in.Target.PostID), bots.UserID(fmt.Sprint(7001+n%30))
		a.Heard = &runner.Heard{Invitation: guards.Invitation{Event: in.Cause, Kind: guards.ByMention, Bot: bot, From: a.Person, Post: in.Target.PostID,
			At: at.Add(-time.Minute), Summons: true, Mentions: []bots.UserID{pastSelf(bot)}}}
	case 2:
		a.Person, a.Post = bots.UserID(fmt.Sprint(9000+n)), ""
		in.Action, in.Target.UserID = bots.Follow, a.Person
	}
	stored, err := in.Encode()
	a.Entry = runner.Entry{Bot: bot, At: at, Intent: in, Stored: stored}
	return a, err
}

// livePast does what a past tells, one by one, and sweeps.
func livePast(t *testing.T, path string) map[bots.Action]runner.Case {
	t.Helper()
	l := openAt(t, path, Options{Retention: pastKept})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	last := pastUntil.Add(-pastActs*time.Hour - pastKept - 24*time.Hour)
	for n := range pastPeople {
		x := pastPerson(n, last.Add(-time.Duration(pastPeople-n)*time.Second))
		must(l.write(t.Context(), func(t *tx) error { _, err := t.choose(x.User, x.Kind, x.Choice); return err }))
	}
	for _, bot := range []string{"tides", "quakes"} {
		must(l.SetProfile(t.Context(), bot, guards.Profile{UserID: pastSelf(bot)}))
	}
	cases := map[bots.Action]runner.Case{}
	for n := range pastActs {
		at := t0.Add(time.Duration(n) * time.Hour)
		a, err := pastAct(n, at)
		must(err)
		if a.Heard != nil {
			_, err := l.Hear(t.Context(), *a.Heard)
			must(err)
		}
		_, err = l.Enter(t.Context(), []runner.Entry{a.Entry})
		must(err)
		who := bots.Bot{Name: a.Entry.Bot, Mode: bots.Live, Actions: bots.Actions()}
		turn, ok, _, err := l.Decide(t.Context(), who, pipeline(guards.Needs{Contacts: true, Cause: true}), at)
		must(err)
		if !ok || turn.State != runner.Doing {
			t.Fatalf("act %d: %+v", n, turn)
		}
		must(l.Settle(t.Context(), runner.Closing{Seq: turn.Seq, At: at, State: runner.Done,
			Answer: runner.Answer{Outcome: runner.Landed, Status: 201, PostID: a.Post}}))
		c, err := l.Case(t.Context(), runner.Ref{Bot: a.Entry.Bot, Key: a.Entry.Intent.Key})
		must(err)
		cases[a.Entry.Intent.Action] = c
	}
	for more := true; more; {
		var err error
		_, more, err = l.Sweep(t.Context(), pastUntil, 0)
		must(err)
	}
	return cases
}

// What is filled in bulk is, row by row, what heed itself writes.
func TestPastIsAsHeedWritesIt(t *testing.T) {
	lived, filled := filepath.Join(t.TempDir(), "lived.db"), filepath.Join(t.TempDir(), "filled.db")
	p := Past{Acts: pastActs, Step: time.Hour, Until: pastUntil, Retention: pastKept, Act: pastAct, People: pastPeople, Person: pastPerson}
	p.Cases = livePast(t, lived)
	if err := FillPast(filled, p); err != nil {
		t.Fatal(err)
	}
	l := openAt(t, filled, Options{Retention: pastKept})
	swept, more, err := l.Sweep(t.Context(), pastUntil, 0)
	if err != nil || swept > 0 || more {
		t.Fatalf("a sweep had %d things left to do, %t, %v", swept, more, err)
	}
	audit, err := l.Verify(t.Context(), nil)
	if err != nil || audit.Count > 0 || audit.Intents != pastActs || audit.States != pastPeople || audit.Erased == 0 {
		t.Fatalf("%+v, %v", audit, err)
	}
	for _, text := range []string{
		`SELECT * FROM intents ORDER BY seq`,
		`SELECT seq, verdict, facts IS NULL, at FROM judgements ORDER BY seq`,
		`SELECT * FROM acts ORDER BY seq`,
		`SELECT n, user, kind, scope, channel, at, how, event, rule, ended_at, ended_by, reason, behaviour, first_event, length(salt) FROM choices ORDER BY n`,
		`SELECT * FROM inbound ORDER BY bot, event`,
		`SELECT * FROM authors ORDER BY post`,
		`SELECT seq, at, kind, bot, state, code, message, remedy, user, post, rules, about, link IS NULL, length(proof), length(salt), length(sealed), erased IS NULL, length(hash)
			FROM records WHERE code IS NOT 'audit.swept' ORDER BY n`,
		`SELECT DISTINCT seq, kind, code, message, state, user FROM records WHERE code = 'audit.swept'`,
		`SELECT name, sql FROM sqlite_schema ORDER BY name`,
		`SELECT n FROM counters WHERE name = '` + outsCount + `'`,
		`PRAGMA journal_mode`,
	} {
		want, got := dumped(t, lived, text), dumped(t, filled, text)
		if len(want) == 0 {
			t.Errorf("%s: nothing to compare", text)
		}
		for i := range max(len(want), len(got)) {
			if i >= len(want) || i >= len(got) || !reflect.DeepEqual(want[i], got[i]) {
				t.Errorf("%s\nrow %d of %d: heed writes\n%.400s\nthe past has, of %d\n%.400s", text, i, len(want), at(want, i), len(got), at(got, i))
				break
			}
		}
	}
	for _, path := range []string{lived, filled} {
		r, err := outs{Journal(path)}.read()
		if err != nil || len(r.lines) < pastPeople/3 || r.damaged > 0 {
			t.Errorf("%s: %d opt-outs in the journal, %v", path, len(r.lines), err)
		}
	}
}

func at(rows [][]string, i int) string {
	if i >= len(rows) {
		return "no row"
	}
	return strings.Join(rows[i], " | ")
}

func dumped(t *testing.T, path, text string) (out [][]string) {
	t.Helper()
	c, err := dial(path, true, 1024)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for _, r := range rowsOf(t, c, text) {
		one := make([]string, len(r))
		for i, v := range r {
			one[i] = fmt.Sprintf("%T %v", v, v)
		}
		out = append(out, one)
	}
	return out
}

func TestAPastNeedsWhatItIsMadeOf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "heed.db")
	p := Past{Acts: 3, Step: time.Hour, Until: pastUntil, Act: pastAct, People: 1, Person: pastPerson}
	if err := FillPast(path, p); err == nil || !strings.Contains(err.Error(), "needs a case") {
		t.Errorf("without cases: %v", err)
	}
	if err := FillPast(path, p); err == nil || !strings.Contains(err.Error(), "is there") {
		t.Errorf("over a file: %v", err)
	}
	broken := errors.New("broken")
	p.Act = func(int, time.Time) (PastAct, error) { return PastAct{}, broken }
	if err := FillPast(filepath.Join(t.TempDir(), "heed.db"), p); !errors.Is(err, broken) {
		t.Errorf("an act that fails: %v", err)
	}
}
