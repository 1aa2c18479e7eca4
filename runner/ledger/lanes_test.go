package ledger

import (
	"path/filepath"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// lanesFor are the lanes that a bot's next decision would see.
func lanesFor(t *testing.T, l *Ledger, bot string, now time.Time) map[string]guards.Lane {
	t.Helper()
	pipe := guards.Pipeline{Stations: []guards.Station{{Rule: guards.Rule{Name: "g"}, Guard: needy{guards.Needs{Lanes: true}}}}}
	in := post("next")
	in.V, in.Key = 1, "next"
	_, f, err := l.Peek(t.Context(), bots.Bot{Name: bot, Mode: bots.Live}, pipe, in, now)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]guards.Lane{}
	for _, lane := range f.Lanes {
		all[lane.Name] = lane
	}
	return all
}

func learnt(t *testing.T, l *Ledger, bot, key string, now time.Time, out runner.State, a runner.Answer) {
	t.Helper()
	enter(t, l, bot, key, post(key))
	p := guards.Pipeline{Stations: []guards.Station{{Rule: guards.Rule{Name: "g"}, Guard: needy{}}}}
	turn, ok, _, err := l.Decide(t.Context(), bots.Bot{Name: bot, Mode: bots.Live}, p, now)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if err := l.Settle(t.Context(), runner.Closing{Seq: turn.Seq, At: now, State: out, Answer: a}); err != nil {
		t.Fatal(err)
	}
}

// The windows of one action stand apart, those of the app are every bot's, and a stop
// outlives the program (promise P11).
func TestP11LanesOutliveTheProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "heed.db")
	l, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	in := func(d time.Duration) time.Time { return t0.Add(d) }
	told := []guards.Lane{
		{Name: "post", Limit: 100, Remaining: 40, Reset: in(9 * time.Minute)},
		{Name: "post.day", Limit: 200, Remaining: 0, Reset: in(20 * time.Hour), Stopped: true},
		{Name: "app.post.day", Limit: 10000, Remaining: 7, Reset: in(21 * time.Hour)},
		{Name: guards.LaneCredits, Reset: in(time.Hour), Stopped: true},
	}
	learnt(t, l, "tides", "a", t0, runner.Failed, runner.Answer{Outcome: runner.Refused, Lanes: told})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = openAt(t, path, Options{})
	for _, c := range []struct {
		bot   string
		after time.Duration
		want  []int // of told
	}{
		{"tides", time.Minute, []int{0, 1, 2, 3}},
		{"waves", time.Minute, []int{2, 3}}, // another bot of the app
		{"tides", 9 * time.Minute, []int{1, 2, 3}},
		{"tides", time.Hour, []int{1, 2}},
		{"tides", 20 * time.Hour, []int{2}},
		{"tides", 21 * time.Hour, nil},
	} {
		got := lanesFor(t, l, c.bot, in(c.after))
		for _, i := range c.want {
			if got[told[i].Name] != told[i] {
				t.Errorf("%s after %s: %+v, want %+v", c.bot, c.after, got[told[i].Name], told[i])
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("%s after %s: %d lanes, want %d", c.bot, c.after, len(got), len(c.want))
		}
	}
	// An answer that was on its way does not lift a stop; its own window is learnt.
	learnt(t, l, "tides", "b", in(time.Second), runner.Done, runner.Answer{Outcome: runner.Landed, Lanes: []guards.Lane{
		{Name: "post", Limit: 100, Remaining: 39, Reset: in(9 * time.Minute)},
		{Name: "post.day", Limit: 200, Remaining: 1, Reset: in(20 * time.Hour)}}})
	got := lanesFor(t, l, "tides", in(time.Minute))
	if got["post"].Remaining != 39 || got["post.day"] != told[1] {
		t.Errorf("%+v", got)
	}
}

// A lane of the app that one bot was told to rest defers the next act of another, by the
// guard that reads it, until that lane's reset.
func TestP11TheAppsLaneStopsEveryBot(t *testing.T) {
	rule, guard, err := guards.New("x_limit")
	if err != nil {
		t.Fatal(err)
	}
	p := guards.Pipeline{Stations: []guards.Station{{Rule: rule, Guard: guard}}}
	for name, row := range map[string]struct {
		lane string
		want guards.Effect
	}{
		"tides' own":            {"post.day", guards.Allow},
		"the app's posts":       {"app.post.day", guards.Defer},
		"the app's credits":     {guards.LaneCredits, guards.Defer},
		"the app's cap":         {guards.LaneUsage, guards.Defer},
		"the app's messages":    {"app.dm.day", guards.Allow},
		"whatever the app does": {"app", guards.Defer},
	} {
		l, until := open(t), t0.Add(5*time.Hour)
		learnt(t, l, "tides", "a", t0, runner.Failed, runner.Answer{Outcome: runner.Refused, Lanes: []guards.Lane{{Name: row.lane, Stopped: true, Reset: until}}})
		enter(t, l, "waves", "b", post("b"))
		turn, ok, _, err := l.Decide(t.Context(), bots.Bot{Name: "waves", Mode: bots.Live}, p, t0.Add(time.Minute))
		if err != nil || !ok || turn.Verdict.Effect != row.want || row.want == guards.Defer && !turn.Verdict.Until.Equal(until) {
			t.Errorf("%s: %+v, %v, %v", name, turn.Verdict, ok, err)
		}
	}
}
