package guards

import (
	"fmt"
	"time"

	"heed/bots"
)

func init() {
	register(Rule{
		Name:    "follow_rate",
		Says:    "follows and unfollows are few, and nobody is followed, dropped and followed again",
		Clauses: []string{"F1", "F2"},
		Actions: []bots.Action{bots.Follow, bots.Unfollow},
	}, func() Guard {
		return &followRate{PerHour: 5, PerDay: 20, AllPerDay: 40, Churn: 720 * time.Hour}
	})
	Declare(Clause{ID: "F1", Says: "no bulk, aggressive or indiscriminate following and unfollowing",
		Source: SourceSpam + "; " + SourceAutomation, Served: []Service{ByGuard}})
	Declare(Clause{ID: "F2", Says: "no following back by machine, no following to unfollow, no copying of follows",
		Source: SourceFollowing + "; " + SourceGuidelines, Served: []Service{ByGuard}})
}

// followRate counts follows and unfollows apart, each against the same numbers.
// X's technical ceiling of 400 a day is no permission: rule F1 forbids far fewer.
type followRate struct {
	PerHour   int           `toml:"per_hour"`    // of one bot in the last hour; default 5, from 0 to 400
	PerDay    int           `toml:"per_day"`     // of one bot in the last 24 hours; default 20, from 0 to 400
	AllPerDay int           `toml:"all_per_day"` // of all bots in the last 24 hours; default 40, from 0 to 400
	Churn     time.Duration `toml:"churn"`       // a follow is not undone or done again so soon; default 720h, from 24h to 8784h
}

const followCeiling = 400

func (g *followRate) Check() []string {
	var f faults
	why := "X's ceiling is 400 follows a day"
	f.count("per_hour", g.PerHour, 0, followCeiling, why)
	f.count("per_day", g.PerDay, 0, followCeiling, why)
	f.count("all_per_day", g.AllPerDay, 0, followCeiling, why)
	f.span("churn", g.Churn, 24*time.Hour, 366*24*time.Hour)
	return f
}

func (g *followRate) Loosens(house Guard) []string {
	h, ok := house.(*followRate)
	if !ok {
		return notOurs(house)
	}
	var l looser
	l.count("per_hour", g.PerHour, h.PerHour)
	l.count("per_day", g.PerDay, h.PerDay)
	l.count("all_per_day", g.AllPerDay, h.AllPerDay)
	l.atLeast("churn", g.Churn, h.Churn)
	return l
}

func (g *followRate) quotas(a bots.Action) []quota {
	acts, what := []bots.Action{a}, string(a)+"s"
	return []quota{
		{Window{Name: "follow_rate.hour", Actions: acts, Span: time.Hour, Limit: g.PerHour}, what},
		{Window{Name: "follow_rate.day", Actions: acts, Span: 24 * time.Hour, Limit: g.PerDay}, what},
		{Window{Name: "follow_rate.all_day", Actions: acts, Span: 24 * time.Hour, All: true, Limit: g.AllPerDay}, what},
	}
}

func (g *followRate) Needs(in bots.Intent) Needs {
	n := windows(g.quotas(in.Action))
	n.Same = g.Churn
	return n
}

func (g *followRate) Judge(in bots.Intent, f Facts) Finding {
	for _, a := range f.Same {
		if a.Action != bots.Follow || a.Bot != f.Bot.Name || !a.counts(in, f, g.Churn) {
			continue
		}
		code, did, remedy := "follow_rate.again", "follow the same person twice", "once is enough; heed remembers a follow for "+spell(g.Churn)
		if in.Action == bots.Unfollow {
			code, did = "follow_rate.churn", "follow and soon unfollow"
			remedy = fmt.Sprintf("unfollow later than %s, or by hand at X", moment(a.At.Add(g.Churn)))
		}
		return Denied(code, fmt.Sprintf("the bot followed user %s at %s (%s, %s), and a bot may not %s", in.Target.UserID, moment(a.At), a.Key, a.State, did),
			remedy).Citing("F2").With("key", a.Key).With("at", a.At).With("churn", spell(g.Churn))
	}
	found := fill(g.quotas(in.Action), f)
	if found.Effect != Allow {
		found = found.Citing("F1")
	}
	return found
}
