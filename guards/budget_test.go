package guards

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"heed/bots"
)

// spent fills a purse, its oldest act so long ago.
func spent(name string, usd float64, oldest time.Duration) edit {
	return func(_ *bots.Intent, f *Facts) {
		f.Used[name] = Use{Count: 9, Spent: Dollars(usd), Oldest: noon.Add(-oldest)}
	}
}

func linked(e edit) edit {
	return func(in *bots.Intent, f *Facts) { in.Text = link; e(in, f) }
}

func byContract(e edit) edit {
	return func(in *bots.Intent, f *Facts) { f.Bot.House.Tier = bots.Enterprise; e(in, f) }
}

func unread(name string) edit {
	return func(_ *bots.Intent, f *Facts) { delete(f.Used, name) }
}

func TestBudget(t *testing.T) {
	try(t, "budget", []trial{
		{"with nothing spent it passes", bots.Post, nil, Allow, ""},
		{"the last cent may be spent", bots.Post, spent("budget.day", 4.985, time.Hour), Allow, ""},
		{"a fraction more waits", bots.Post, spent("budget.day", 4.985001, time.Hour), Defer, "budget.day_spent"},
		{"what a plain post may, a post with a link may not", bots.Post, linked(spent("budget.day", 4.95, time.Hour)), Defer, "budget.day_spent"},
		{"a summoned reply costs less, whatever it links to", bots.Reply, linked(spent("budget.day", 4.99, time.Hour)), Allow, ""},
		{"messages cost money", bots.DM, spent("budget.day", 5, time.Hour), Defer, "budget.day_spent"},
		{"so do deletions", bots.Delete, spent("budget.day", 5, time.Hour), Defer, "budget.day_spent"},
		{"and undoing", bots.Unrepost, spent("budget.day", 5, time.Hour), Defer, "budget.day_spent"},
		{"the month has its own end", bots.Post, spent("budget.month", 50, 300*time.Hour), Defer, "budget.month_spent"},
		{"all bots share a day", bots.Post, spent("budget.all_day", 20, time.Hour), Defer, "budget.all_day_spent"},
		{"and a month", bots.Post, spent("budget.all_month", 200, time.Hour), Defer, "budget.all_month_spent"},
		{"how many acts there were does not bind", bots.Post, used("budget.day", 100000, time.Minute), Allow, ""},
		{"more than all was spent already", bots.Post, spent("budget.day", 7000, time.Hour), Defer, "budget.day_spent"},
		{"a day that was not counted may be spent", bots.Post, unread("budget.day"), Hold, "budget.unread"},
		{"so may the month of all bots", bots.Post, unread("budget.all_month"), Hold, "budget.unread"},
		{"a rehearsal has a budget too", bots.Post, func(in *bots.Intent, f *Facts) { f.Bot.Mode = bots.DryRun; spent("budget.day", 5, time.Hour)(in, f) }, Defer, "budget.day_spent"},
		{"by contract nothing is counted", bots.Post, byContract(linked(spent("budget.day", 5000, time.Hour))), Allow, ""},
		{"but what was not read is a fault there too", bots.Post, byContract(unread("budget.day")), Hold, "budget.unread"},
		{"a tier that does not exist is priced", bots.Post, func(in *bots.Intent, f *Facts) { f.Bot.House.Tier = ""; spent("budget.day", 5, time.Hour)(in, f) }, Defer, "budget.day_spent"},
	})
}

func TestP10BudgetTellsTheNumbersAndTheTime(t *testing.T) {
	_, g, _ := New("budget")
	judge := func(changes ...edit) Finding {
		in, f := readyCase(bots.Post)
		for _, c := range changes {
			c(&in, &f)
		}
		return g.Judge(in, f)
	}
	got := judge(linked(spent("budget.day", 4.95, 20*time.Hour)))
	if want := "the bot spent $4.95 of $5.00 in the last 24h, and this post would cost $0.20 (it has a link)"; got.Because != want {
		t.Errorf("because %q, want %q", got.Because, want)
	}
	if !got.Until.Equal(noon.Add(4*time.Hour)) || !strings.Contains(got.Remedy, "raise usd_per_day") || !strings.Contains(got.Remedy, "without its link it would cost $0.015") {
		t.Errorf("until %s, remedy %q", got.Until, got.Remedy)
	}
	for key, want := range map[string]Money{"spent": 4_950_000, "price": 200_000, "limit": 5 * Dollar} {
		if got.Evidence[key] != want {
			t.Errorf("evidence %s is %v, want %d", key, got.Evidence[key], int64(want))
		}
	}
	got = judge(spent("budget.all_day", 20, time.Hour))
	if want := "all bots spent $20.00 of $20.00 in the last 24h, and this post would cost $0.015"; got.Because != want {
		t.Errorf("because %q, want %q", got.Because, want)
	}
	if strings.Contains(got.Remedy, "link") {
		t.Errorf("a post without a link is advised to leave it out: %q", got.Remedy)
	}
	got = judge(spent("budget.day", 5, time.Hour), spent("budget.month", 50, 700*time.Hour))
	if want := noon.Add(23 * time.Hour); !got.Until.Equal(want) || got.Code != "budget.day_spent" {
		t.Errorf("%s until %s, want the later of both, %s", got.Code, got.Until, want)
	}
	got = judge(func(_ *bots.Intent, f *Facts) { f.Used["budget.day"] = Use{Spent: 5 * Dollar} })
	if want := noon.Add(24 * time.Hour); !got.Until.Equal(want) {
		t.Errorf("until %s, want %s: nobody knows when the first of it was spent", got.Until, want)
	}
	if got = judge(spent("budget.day", 5, 24*time.Hour)); !got.Until.After(noon) {
		t.Errorf("until %s: asked again at the same instant", got.Until)
	}
}

func TestBudgetThatCanNeverBeEnoughDenies(t *testing.T) {
	small := &budget{USDPerDay: 0.1, USDPerMonth: 50, AllUSDPerDay: 20, AllUSDPerMonth: 200}
	none := &budget{USDPerDay: 0, USDPerMonth: 50, AllUSDPerDay: 20, AllUSDPerMonth: 200}
	nothing := func(*bots.Intent, *Facts) {}
	for _, c := range []struct {
		g *budget
		trial
	}{
		{small, trial{"a link dearer than the whole day is denied", bots.Post, linked(nothing), Deny, "budget.too_dear"}},
		{small, trial{"though nothing was counted", bots.Post, linked(unread("budget.day")), Deny, "budget.too_dear"}},
		{small, trial{"without the link it passes", bots.Post, nil, Allow, ""}},
		{none, trial{"with nothing allowed nothing is done", bots.Post, nil, Deny, "budget.too_dear"}},
		{none, trial{"not even a deletion", bots.Delete, nil, Deny, "budget.too_dear"}},
		{none, trial{"what costs nothing passes", bots.Post, byContract(nothing), Allow, ""}},
		{&budget{}, trial{"no settings at all deny", bots.DM, nil, Deny, "budget.too_dear"}},
	} {
		t.Run(c.says, func(t *testing.T) { judgeOne(t, c.g, c.trial) })
	}
	got := judgeOne(t, small, trial{"", bots.Post, linked(nothing), Deny, "budget.too_dear"})
	if want := "this post would cost $0.20 (it has a link), and the settings allow the bot $0.10 in 24h"; got.Because != want {
		t.Errorf("because %q, want %q", got.Because, want)
	}
	if want := "raise usd_per_day, if the house allows it; without its link it would cost $0.015"; got.Remedy != want {
		t.Errorf("remedy %q, want %q", got.Remedy, want)
	}
}

func TestBudgetSaysWhyItCountsNothing(t *testing.T) {
	got := judgeOne(t, &budget{}, trial{"", bots.Follow, nil, Allow, ""})
	if !strings.Contains(got.Because, "contract") {
		t.Errorf("because %q", got.Because)
	}
}

func TestP7BudgetTellsNoWordOfAMessage(t *testing.T) {
	in, f := readyCase(bots.DM)
	in.Text = "canary https://canary.example.com"
	spent("budget.day", 5, time.Hour)(&in, &f)
	b, err := json.Marshal(Default().Judge(in, "h", f))
	if err != nil || !strings.Contains(string(b), "budget.day_spent") || strings.Contains(string(b), "canary") {
		t.Errorf("%v: %s", err, b)
	}
}

func TestBudgetSettings(t *testing.T) {
	settings(t, "budget", map[string]func(*budget){
		"a negative":   func(g *budget) { g.USDPerDay = -0.01 },
		"too much":     func(g *budget) { g.USDPerMonth = 10_000.01 },
		"no number":    func(g *budget) { g.AllUSDPerDay = math.NaN() },
		"without end":  func(g *budget) { g.AllUSDPerMonth = math.Inf(1) },
		"below no end": func(g *budget) { g.AllUSDPerMonth = math.Inf(-1) },
	})
	tighter(t, "budget",
		map[string]func(*budget){
			"a cent more a day":   func(g *budget) { g.USDPerDay = 5.01 },
			"more a month":        func(g *budget) { g.USDPerMonth = 51 },
			"more of all a day":   func(g *budget) { g.AllUSDPerDay = 21 },
			"more of all a month": func(g *budget) { g.AllUSDPerMonth = 201 },
			"no number":           func(g *budget) { g.USDPerDay = math.NaN() },
			"one of them looser":  func(g *budget) { g.USDPerDay, g.USDPerMonth = 1, 50.5 },
		},
		map[string]func(*budget){"less of each": func(g *budget) { *g = budget{4.99, 0, 19, 199.5} }})
	house, bot := &budget{USDPerDay: 1}, &budget{USDPerDay: 1.5}
	if told := bot.Loosens(house); len(told) != 1 || told[0] != "usd_per_day: $1.50; the house allows $1.00" {
		t.Errorf("%v", told)
	}
}

func TestVerdictsCarryTheirCost(t *testing.T) {
	for _, c := range hostile() {
		if v := Default().Judge(c.in, "h", c.f); v.Cost != Price(c.in, c.f) {
			t.Errorf("%s, %s: cost %s, want %s", c.in.Action, v.Effect, v.Cost, Price(c.in, c.f))
		}
	}
	in, f := readyCase(bots.Post)
	in.Text = link
	f.Halts = []Halt{{Kind: Halted, Scope: "*", At: noon}}
	if v := Default().Judge(in, "h", f); v.Effect == Allow || v.Cost != Dollars(0.2) {
		t.Errorf("%s, %s: a refused post tells what it would have cost", v.Effect, v.Cost)
	}
	if v := (Pipeline{}).Judge(in, "h", f); v.Cost != Dollars(0.2) {
		t.Errorf("%s: the cost hangs on no guard", v.Cost)
	}
}

func TestBudgetCountsTheMoneyOfEveryAct(t *testing.T) {
	_, g, _ := New("budget")
	in, _ := readyCase(bots.Post)
	want := map[string]struct {
		span    time.Duration
		all     bool
		setting string
		limit   float64
	}{
		"budget.day": {24 * time.Hour, false, "usd_per_day", 5}, "budget.month": {720 * time.Hour, false, "usd_per_month", 50},
		"budget.all_day": {24 * time.Hour, true, "all_usd_per_day", 20}, "budget.all_month": {720 * time.Hour, true, "all_usd_per_month", 200},
	}
	windows := g.Needs(in).Windows
	if len(windows) != len(want) {
		t.Fatalf("%d windows, want %d", len(windows), len(want))
	}
	for _, w := range windows {
		c := want[w.Name]
		if w.Span != c.span || w.All != c.all || !w.Money || len(w.Actions) != len(bots.Actions()) {
			t.Errorf("%+v, want %+v over every action", w, c)
		}
		got := judgeOne(t, g, trial{"", bots.Post, spent(w.Name, c.limit, time.Hour), Defer, w.Name + "_spent"})
		if !strings.HasSuffix(got.Remedy, "; or raise "+c.setting) || got.Evidence["limit"] != Dollars(c.limit) {
			t.Errorf("%s: remedy %q, limit %v", w.Name, got.Remedy, got.Evidence["limit"])
		}
	}
}
