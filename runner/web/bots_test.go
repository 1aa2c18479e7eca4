package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// fleetDesk is a waitingDesk that knows of several bots as well.
type fleetDesk struct {
	*waitingDesk
	profiles map[string]guards.Profile
	used     map[string]guards.Use // by window, of every bot
	inbox    time.Time
	queues   []runner.Queue
	log      []runner.Record
	waiting  []runner.Case
}

func (f *fleetDesk) Waiting(ctx context.Context, states []runner.State, bot string, limit int) ([]runner.Case, error) {
	if bot == "" {
		return f.waitingDesk.Waiting(ctx, states, bot, limit)
	}
	return f.waiting[:min(limit, len(f.waiting))], f.fails
}

func (f *fleetDesk) Halts(context.Context, time.Time) ([]guards.Halt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.halts), f.fails
}

func (f *fleetDesk) Halt(_ context.Context, h guards.Halt) error {
	f.note("%s %s %s %s", h.Kind, h.Scope, h.By, h.Until.Sub(h.At))
	f.change(func() { f.halts = append(f.halts, h) })
	return nil
}

func (f *fleetDesk) Resume(_ context.Context, scope string, kinds []guards.HaltKind, by string, _ time.Time) (n int, err error) {
	f.note("resume %s %v %s", scope, kinds, by)
	f.change(func() {
		was := len(f.halts)
		f.halts = slices.DeleteFunc(f.halts, func(h guards.Halt) bool { return h.Scope == scope && slices.Contains(kinds, h.Kind) })
		n = was - len(f.halts)
	})
	return n, nil
}

func (f *fleetDesk) Profile(_ context.Context, bot string) (guards.Profile, error) {
	if p, ok := f.profiles[bot]; ok {
		return p, nil
	}
	return guards.Profile{}, fmt.Errorf("ledger: profile of %s: %w", bot, runner.ErrNotFound)
}

func (f *fleetDesk) InboxAt(context.Context, string) (time.Time, error) { return f.inbox, nil }

func (f *fleetDesk) Used(_ context.Context, _ bots.Bot, windows []guards.Window, _ time.Time) (map[string]guards.Use, error) {
	out := map[string]guards.Use{}
	for _, w := range windows {
		out[w.Name] = f.used[w.Name]
	}
	return out, nil
}

func (f *fleetDesk) Queues(context.Context) ([]runner.Queue, error) { return f.queues, nil }

func (f *fleetDesk) Log(_ context.Context, q runner.LogQuery) (p runner.LogPage, err error) {
	for _, r := range f.log {
		if q.Bot == "" || r.Bot == q.Bot {
			p.Records = append(p.Records, r)
		}
	}
	if q.Bot == "" {
		p.Records, p.Older = append(p.Records, filled().log.Records...), 5
	}
	return p, nil
}

func (f *fleetDesk) Case(ctx context.Context, ref runner.Ref) (runner.Case, error) {
	if one := filled().one; ref.ID == one.ID {
		return one, nil
	}
	return f.waitingDesk.Case(ctx, ref)
}

func (f *fleetDesk) Choices(context.Context, runner.ChoiceQuery) (runner.ChoicePage, error) {
	return runner.ChoicePage{Rows: append(slices.Clone(f.reviews), filled().rows...)}, nil
}

func (f *fleetDesk) ChoiceCounts(context.Context) (map[string]int, error) {
	return map[string]int{"opt_out": 7, "opt_in": 3, "review": len(f.reviews)}, nil
}

func (f *fleetDesk) Hours(_ context.Context, _ string, since, _ time.Time) ([]runner.Hour, error) {
	first := since.UTC().Truncate(time.Hour)
	return append(filled().hours, runner.Hour{At: now.Add(-20 * time.Hour), Of: runner.HourVerdicts, Name: "allow", N: 3}, runner.Hour{At: now.Add(-20 * time.Hour), Of: runner.HourActs, Name: "post", N: 3},
		runner.Hour{At: first, Of: runner.HourChoices, Name: "opt_out", N: 1}), nil
}

// aFleet is a house of six bots, of which each stands in another way.
func aFleet() (*fleetDesk, House) {
	w := morning()
	good := guards.Profile{UserID: "1", Bio: "A bot by Harbour Lab. DM STOP to end.", Automated: true, CheckedAt: now.Add(-4 * time.Minute)}
	bare := guards.Profile{UserID: "2", Bio: "I like <b>tea</b>\u202E", CheckedAt: now.Add(-4 * time.Minute)}
	w.halts = []guards.Halt{{Kind: guards.Latched, Scope: "circle", By: "heed", Reason: "X answered 403: the account is suspended", At: now.Add(-time.Hour)},
		{Kind: guards.Paused, Scope: "desk", By: "ann", Reason: "tea <i>", At: now.Add(-time.Minute), Until: now.Add(59 * time.Minute)}}
	f := &fleetDesk{waitingDesk: w, inbox: now.Add(-40 * time.Second),
		profiles: map[string]guards.Profile{"tides": good, "quakes": good, "circle": good, "desk": good, "shy": bare},
		used: map[string]guards.Use{"post_rate.hour": {Count: 12, Oldest: now.Add(-30 * time.Minute)}, "post_rate.day": {Count: 21},
			"budget.day": {Count: 21, Spent: guards.Dollars(1.25)}, "budget.month": {Count: 90, Spent: guards.Dollars(12.5)}},
		queues:  []runner.Queue{{Bot: "tides", Waiting: 1, Deferred: 3, Held: 1, Unknown: 1}},
		waiting: []runner.Case{heldCase("tide-14", "x")},
		log:     []runner.Record{{N: 9, At: now.Add(-time.Minute), Kind: runner.RecOutcome, Bot: "tides", Key: "tide-13", Action: bots.Post, State: runner.Done, PostID: "1234567"}, {N: 8, At: now.Add(-time.Hour), Kind: runner.RecOutcome, Bot: "tides", Key: "t<12>", Action: bots.Post, State: runner.Failed, Code: "x.403", Message: "X said no <b>"}}}
	house := bots.House{Operator: bots.Operator{Name: "Harbour Lab", Handle: "@harbourlab"}, Tier: bots.SelfServe}
	charge := func(name string, mode bots.Mode) runner.Charge {
		p := guards.Default()
		for i := range p.Stations {
			if r := p.Stations[i].Rule.Name; r == "post_rate" {
				p.Stations[i].Place = "heed.toml:14:1"
			}
		}
		return runner.Charge{Pipeline: p, Bot: bots.Bot{Name: name, Handle: "@" + name + "bot", Purpose: "tells of " + name, Mode: mode, House: house,
			Actions: []bots.Action{bots.Post, bots.Reply}}}
	}
	all := []runner.Charge{charge("tides", bots.Live), charge("quakes", bots.DryRun), charge("circle", bots.Live), charge("desk", bots.Live), charge("shy", bots.Live), charge("nats", bots.Live)}
	return f, House{Name: "Harbour Lab", Version: "v1", Desk: f, Bots: func() []runner.Charge { return all },
		Fresh: func() time.Duration { return 15 * time.Minute }, Facts: func(guards.Facts) string { return nastyText },
		Beats: func(since time.Time) []runner.Beat {
			return []runner.Beat{{At: since.Add(time.Hour), Turns: 9, P50: 2 * time.Millisecond, P99: 11 * time.Millisecond, Queue: 4}, {At: now.Add(-time.Minute), Turns: 3, P50: time.Millisecond, P99: 3 * time.Millisecond}}
		},
		Status: func() []runner.Status {
			return []runner.Status{
				{Bot: "circle", Script: runner.ScriptStatus{State: runner.ScriptRunning, Since: now}},
				{Bot: "desk", Script: runner.ScriptStatus{State: runner.ScriptRunning, Since: now}},
				{Bot: "nats", Script: runner.ScriptStatus{State: runner.ScriptNone, Since: now}},
				{Bot: "quakes", Script: runner.ScriptStatus{State: runner.ScriptBacked, Since: now, Ended: now, Exit: 3, Last: "ended with 3", Until: now.Add(4 * time.Minute)},
					Fault: runner.Record{At: now, Code: runner.ScriptEnded, Message: "ended with 3 <b>"}},
				{Bot: "shy", Script: runner.ScriptStatus{State: runner.ScriptResting, Since: now, Next: now.Add(time.Hour), LineAt: now}},
				{Bot: "tides", Script: runner.ScriptStatus{State: runner.ScriptRunning, Since: now.Add(-time.Hour), LineAt: now.Add(-time.Minute)}},
			}
		},
		Settings: func(bot string) []Setting {
			return []Setting{{"post_rate", "enforce", "per_hour", "6", "heed.toml:14:1"}, {"asked", "enforce", "", "", ""}}
		},
		Signs: func(context.Context) []Sign {
			return []Sign{{"bad", "bots.shy", "the bio does not say that it is a bot", "set the bio to: A bot <b>"}, {"warning", "backup", "none was made", "heed backup FOLDER/"},
				{"good", "disk", "51200 MiB are free at /srv", ""}, {"good", "clock", "is kept right", ""}, {"odd", "new", "a level of tomorrow", ""}}
		}}
}

// fleetRig is a rig over a fleet with ann signed in.
func fleetRig(t *testing.T, f *fleetDesk, h House) (*rig, func(method, path string, form url.Values) answer) {
	t.Helper()
	f.desk, f.changed = &desk{}, make(chan struct{})
	r := serve(t, f.desk, func(o *Options) { o.Desk, o.House = f, &h })
	jar := comeIn(r, "ann")
	return r, func(method, path string, form url.Values) answer {
		t.Helper()
		headers := []string{"Accept", "text/html", "Cookie", jar, "Authorization", "-"}
		if method == http.MethodPost {
			headers = append([]string{"Content-Type", "-", "Content-Type", "application/x-www-form-urlencoded"}, headers...)
		}
		return r.visit(method, path, form.Encode(), headers...)
	}
}

// says holds a page to texts, and to what must not stand on it.
func says(t *testing.T, a answer, want []string, never ...string) {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	flat := strings.Join(strings.Fields(a.raw), " ")
	for _, s := range want {
		if !strings.Contains(flat, s) {
			t.Errorf("it does not say %q", s)
		}
	}
	for _, s := range never {
		if strings.Contains(a.raw, s) {
			t.Errorf("it holds %q", s)
		}
	}
	if t.Failed() {
		t.Log(a.raw)
	}
}

func TestBotsStandAsTheyDo(t *testing.T) {
	f, h := aFleet()
	_, visit := fleetRig(t, f, h)
	says(t, visit("GET", "/bots", nil), []string{
		"<b>running</b>", "<b>script backed off, exit 3</b>", "until 2026-09-01 ", "<b>stopped by heed</b>", "<b>paused</b>", "<b>resting</b>", "next run 2026-09-01 ", "<b>by NATS alone</b>",
		"dry run", "ended with 3 &lt;b&gt;", "tea &lt;i&gt;", "never read", "not Automated at X", "1 waiting, 3 deferred, 1 held", "1 unknown",
		"⚠ 12 of 12", "21 of 50", "$1.25 of $5.00", "read 40 s ago",
	}, "<i>", "<b>tea", "\u202E")
	says(t, visit("GET", "/bots/shy", nil), []string{"<title>shy · heed", "A bio to paste", "@harbourlab", "resting since", "per_hour", "heed.toml:14:1", "<td>24 h</td>"}, "<b>tea")
	says(t, visit("GET", "/bots/tides", nil), []string{"t&lt;12&gt;", "X said no &lt;b&gt;", "https://x.com/i/status/1234567", "tide-14", "X&#39;s "})
	if a := visit("GET", "/bots/nobody", nil); a.status != http.StatusNotFound || !strings.Contains(a.raw, "no bot nobody") {
		t.Errorf("%d %s", a.status, a.raw)
	}
	f.inbox = now.Add(-16 * time.Minute)
	says(t, visit("GET", "/bots", nil), []string{"read 16 min ago: nobody is contacted until it is read"})
	f.inbox = time.Time{}
	says(t, visit("GET", "/bots", nil), []string{"never read whole: nobody is contacted before"})
	// A house that does not say how scripts stand has pages all the same.
	h.Status, h.Settings, h.Fresh, h.Signs = nil, nil, nil, nil
	_, visit = fleetRig(t, f, h)
	says(t, visit("GET", "/bots", nil), []string{"<b>not running here</b>"})
	says(t, visit("GET", "/bots/tides", nil), []string{"this heed does not run it"})
	says(t, visit("GET", "/promises", nil), []string{"Promises"})
}

func TestWhatStopsAllBotsStandsAtEach(t *testing.T) {
	f, h := aFleet()
	f.halts = []guards.Halt{{Kind: guards.Paused, Scope: "*", At: now, Until: now.Add(time.Hour)}, {Kind: guards.Halted, Scope: "tides", By: "ann", At: now}}
	_, visit := fleetRig(t, f, h)
	a := visit("GET", "/bots", nil)
	says(t, a, []string{"<b>halted</b>"})
	if n := strings.Count(a.raw, `stand warn"><span aria-hidden="true">‖`); n != 5 {
		t.Errorf("%d bots are shown as paused", n)
	}
}

func TestBotsAreStoppedAndResumed(t *testing.T) {
	f, h := aFleet()
	_, visit := fleetRig(t, f, h)
	do := func(what string, status int, pairs ...string) answer {
		t.Helper()
		form := url.Values{}
		for i := 0; i+1 < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		a := visit("POST", "/bots/"+what, form)
		if a.status != status {
			t.Errorf("%s %v: %d %s", what, pairs, a.status, a.raw)
		}
		return a
	}
	do("pause", 303, "scope", "tides", "for", "8h")
	a := do("halt", 303, "scope", "*", "back", "/bots/tides")
	if to := a.header.Get("Location"); !strings.HasPrefix(to, "/bots/tides?did=") {
		t.Errorf("it leads to %q", to)
	}
	says(t, visit("GET", a.header.Get("Location"), nil), []string{"all bots: halted until somebody resumes"})
	do("resume", 303, "scope", "tides")
	do("resume", 409, "scope", "tides")
	do("resume", 303, "scope", "*")
	do("latch", 422, "scope", "circle")
	do("latch", 303, "scope", "circle", "looked", "yes")
	for _, no := range [][]string{{"pause", "scope", "nobody", "for", "1h"}, {"pause", "scope", "tides", "for", "2h"}, {"pause", "scope", "tides"}, {"halt"}, {"halt", "scope", "nobody"}, {"resume", "scope", "nobody"}} {
		do(no[0], 422, no[1:]...)
	}
	want := []string{"pause tides ann 8h0m0s", "halt * ann 0s", "resume tides [pause halt] ann", "resume tides [pause halt] ann", "resume * [pause halt] ann", "resume circle [latch] ann"}
	if got := f.done(); len(got) != len(want) {
		t.Fatalf("%q", got)
	}
	for i, got := range f.done() {
		if got != want[i] && !strings.HasPrefix(want[i], "halt") {
			t.Errorf("%q, not %q", got, want[i])
		}
	}
}

func TestPromisesSayWhatToDo(t *testing.T) {
	f, h := aFleet()
	_, visit := fleetRig(t, f, h)
	a := visit("GET", "/promises", nil)
	says(t, a, []string{"2 things keep bots from acting", "1 to look at", "2 in order", "set the bio to: A bot &lt;b&gt;", "heed backup FOLDER/", "a level of tomorrow"})
	if strings.Index(a.raw, "bots.shy") > strings.Index(a.raw, "backup") || strings.Index(a.raw, "is kept right") > strings.Index(a.raw, "51200 MiB") {
		t.Error("what is worst does not stand first, or the order is not that of the names")
	}
}

func TestBars(t *testing.T) {
	hour := guards.Gauge{Window: guards.Window{Name: "post_rate.hour", Actions: []bots.Action{bots.Post}, Span: time.Hour, Limit: 6}, Guard: "post_rate"}
	purse := guards.Gauge{Window: guards.Window{Name: "budget.month", Span: 720 * time.Hour, Money: true, All: true}, Guard: "budget", Most: guards.Dollars(10)}
	x := guards.Gauge{Window: guards.Window{Name: "x_limit.posts_15m", Span: 15 * time.Minute, Limit: 100}, Guard: "x_limit"}
	none := hour
	none.Limit = 0
	for _, c := range []struct {
		g    guards.Gauge
		u    guards.Use
		want bar
	}{
		{hour, guards.Use{}, bar{Name: "post", Span: "1 h", Guard: "post_rate", Text: "0 of 6"}},
		{hour, guards.Use{Count: 6, Oldest: now.Add(-time.Minute)}, bar{Name: "post", Span: "1 h", Guard: "post_rate", Text: "6 of 6", Percent: 100, Full: true, Frees: now.Add(59 * time.Minute)}},
		{none, guards.Use{}, bar{Name: "post", Span: "1 h", Guard: "post_rate", Text: "0 of 0", Percent: 100, Full: true}},
		{purse, guards.Use{Spent: guards.Dollars(9.99)}, bar{Name: "spent", Span: "30 days", Guard: "budget", Of: "all bots", Text: "$9.99 of $10.00", Percent: 99}},
		{purse, guards.Use{Spent: guards.Dollars(11)}, bar{Name: "spent", Span: "30 days", Guard: "budget", Of: "all bots", Text: "$11.00 of $10.00", Percent: 100, Full: true}},
		{x, guards.Use{Count: 50}, bar{Name: "X's posts_15m", Span: "15 min", Guard: "x_limit", Text: "50 of 100", Percent: 50}},
	} {
		if got := barOf(c.g, c.u, now); got != c.want {
			t.Errorf("%+v, not %+v", got, c.want)
		}
	}
	var all []bar
	for i := range 8 {
		all = append(all, bar{Percent: i * 10, Guard: []string{"x_limit", "post_rate"}[i%2]})
	}
	if got := fullest(all); len(got) != mostBars || got[0].Percent != 70 || got[1].Percent != 60 || got[3].Percent != 30 {
		t.Errorf("%+v", got)
	}
}
