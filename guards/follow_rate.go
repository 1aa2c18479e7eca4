package guards

import (
	"fmt"
	"time"

	"heed/bots"
)

func init() {
	register(Rule{
		Name:    "follow_rate",
		Says:    "follows and unfollows are few and start with the bot, and nobody is followed, dropped and followed again",
		Clauses: []string{"F1", "F2"},
		Actions: []bots.Action{bots.Follow, bots.Unfollow},
	}, func() Guard {
		return &followRate{PerHour: 5, PerDay: 20, AllPerDay: 40, Churn: 720 * time.Hour, MaxFollowing: 4500, MaxRatio: 1.5}
	})
	Declare(Clause{ID: "F1", Says: "no bulk, aggressive or indiscriminate following and unfollowing",
		Source: SourceSpam + "; " + SourceAutomation, Served: []Service{ByGuard},
		Tests:    []string{"guards TestFollowRate", "guards TestFollowingStaysWithinBounds"},
		Operator: "choose whom a bot follows with care: heed counts follows, and cannot tell a good choice from a random one"})
	Declare(Clause{ID: "F2", Says: "no following back by machine, no following to unfollow, no copying of follows",
		Source: SourceFollowing + "; " + SourceGuidelines, Served: []Service{ByGuard},
		Tests:    []string{"guards TestFollowRate", "guards TestNoFollowByReflex"},
		Operator: "do not copy the follows of another account, and let no script follow back: heed sees a follow, and not where a script took it from"})
}

// followRate counts follows and unfollows apart, each against the same numbers.
// X's technical ceiling of 400 a day is no permission: rule F1 forbids far fewer.
type followRate struct {
	PerHour   int           `toml:"per_hour"`    // of one bot in the last hour; default 5, from 0 to 400
	PerDay    int           `toml:"per_day"`     // of one bot in the last 24 hours; default 20, from 0 to 400
	AllPerDay int           `toml:"all_per_day"` // of all bots in the last 24 hours; default 40, from 0 to 400
	Churn     time.Duration `toml:"churn"`       // a follow is not undone or done again so soon; default 720h, from 24h to 8784h
	// MaxFollowing is how many the account may follow in all. Default 4500, from 1 to
	// 5000: from there on X asks for a ratio that it does not publish.
	MaxFollowing int `toml:"max_following"`
	// MaxRatio is how many the account may follow for each follower, once it follows
	// 100. Default 1.5, from 0.1 to 10.
	MaxRatio float64 `toml:"max_ratio"`
}

const (
	followCeiling    = 400
	followingCeiling = 5000
	ratioFrom        = 100 // followed accounts: below, a ratio says nothing
)

func (g *followRate) Check() []string {
	var f faults
	why := "X's ceiling is 400 follows a day"
	f.count("per_hour", g.PerHour, 0, followCeiling, why)
	f.count("per_day", g.PerDay, 0, followCeiling, why)
	f.count("all_per_day", g.AllPerDay, 0, followCeiling, why)
	f.span("churn", g.Churn, 24*time.Hour, 366*24*time.Hour)
	f.count("max_following", g.MaxFollowing, 1, followingCeiling, "from 5,000 on X asks for an unpublished ratio")
	if !(g.MaxRatio >= 0.1 && g.MaxRatio <= 10) { // written so that NaN is refused too
		f.add("max_ratio", "%v; must be from 0.1 to 10 accounts followed per follower", g.MaxRatio)
	}
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
	l.count("max_following", g.MaxFollowing, h.MaxFollowing)
	if g.MaxRatio > h.MaxRatio {
		l.add("max_ratio", "%v; the house allows %v", g.MaxRatio, h.MaxRatio)
	}
	return l
}

func (g *followRate) quotas(a bots.Action) [3]quota {
	acts, what := alone(a), "follows"
	if a == bots.Unfollow {
		what = "unfollows"
	}
	return [...]quota{
		{Window{Name: "follow_rate.hour", Actions: acts, Span: time.Hour, Limit: g.PerHour}, what},
		{Window{Name: "follow_rate.day", Actions: acts, Span: 24 * time.Hour, Limit: g.PerDay}, what},
		{Window{Name: "follow_rate.all_day", Actions: acts, Span: 24 * time.Hour, All: true, Limit: g.AllPerDay}, what},
	}
}

func (g *followRate) Needs(in bots.Intent) Needs {
	quotas := g.quotas(in.Action)
	n := windows(quotas[:])
	n.Same = g.Churn
	n.Profile = in.Action == bots.Follow
	return n
}

func (g *followRate) Judge(in bots.Intent, f Facts) Finding {
	if in.Action == bots.Follow && (in.Cause != "" || f.Cause != nil) {
		return Denied("follow_rate.reflex", "this follow answers an event, and a bot follows nobody because they followed or spoke to it",
			"leave it: who wants to be followed by a machine is followed by hand at X").Citing("F2")
	}
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
	quotas := g.quotas(in.Action)
	found := fill(quotas[:], &f)
	if in.Action == bots.Follow && found.Effect != Deny {
		if bound := g.bounds(&f.Profile); bound.Effect > found.Effect {
			found = bound
		}
	}
	if found.Effect != Allow {
		found = found.Citing("F1")
	}
	return found
}

// bounds judges how many the account would follow in all.
func (g *followRate) bounds(p *Profile) Finding {
	var found Finding
	switch {
	case !p.Counted || p.Following < 0 || p.Followers < 0: // promise P9
		return Held("follow_rate.uncounted", "how many the account follows, and how many follow it, was not read",
			"heed reads the profile again by itself; a person may approve the follow")
	case p.Following >= g.MaxFollowing:
		found = Denied("follow_rate.ceiling", fmt.Sprintf("the account follows %d, and %d are allowed", p.Following, g.MaxFollowing),
			"unfollow first, slowly, those it need not follow")
	case p.Following >= ratioFrom && float64(p.Following+1) > g.MaxRatio*float64(p.Followers):
		found = Denied("follow_rate.ratio", fmt.Sprintf("the account follows %d and has %d followers, and %v to one are allowed", p.Following, p.Followers, g.MaxRatio),
			"wait until more people follow it")
	default:
		return Pass()
	}
	return found.With("following", p.Following).With("followers", p.Followers).With("max_following", g.MaxFollowing).With("max_ratio", g.MaxRatio)
}
