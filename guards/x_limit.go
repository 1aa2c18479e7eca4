package guards

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/BurntSushi/toml"

	"heed/bots"
)

func init() {
	register(Rule{
		Name:    "x_limit",
		Says:    "X's published limits are never exceeded; a lower number in X's own answers wins, and after a refusal the lane rests until its reset",
		Clauses: []string{"A6", "A12"},
		Firm:    true,
	}, func() Guard { return &xLimit{Percent: 100} })
	Declare(Clause{ID: "A6", Says: "rate limits are neither exceeded nor worked around",
		Source: SourceConduct + "; " + SourceAgreement + " III.D", Served: []Service{ByGuard, ByDuty},
		Tests:    []string{"guards TestXLimit", "guards TestP11StoppedLaneWaitsForItsReset", "guards TestP11SettingsOnlyLowerLimits"},
		Operator: "run no other program on the same account or app: heed counts its own acts, and learns of others only from X's headers"})
	Declare(Clause{ID: "A12", Says: "only numbers that X publishes are disclosed",
		Source: SourceGuidelines + "; " + SourceAgreement + " VI", Served: []Service{ByGuard, ByWords},
		Tests:    []string{"guards TestP11LimitsHaveSourceAndDate", "guards TestPricesHaveSourceAndDate"},
		Operator: "publish no limit or feature that X does not publish itself, such as numbers seen in its headers"})
}

type xLimit struct {
	// Percent is the share of each published limit that the bots may use.
	// Default 100, from 1 to 100. Rule A6.
	Percent int `toml:"percent"`
	// Lower sets single limits below the published number, by the names of Limits:
	// { posts_15m = 50 }. Default none, each from 1 to the published number. Rule A6.
	Lower map[string]int `toml:"lower"`
}

// Limit is one of X's published limits.
type Limit struct {
	Name    string        `toml:"name" json:"name"`
	Actions []bots.Action `toml:"actions" json:"actions"`
	Number  int           `toml:"number" json:"number"`
	Window  time.Duration `toml:"window" json:"window"`
	Scope   string        `toml:"scope" json:"scope"` // user or app
	Kind    string        `toml:"kind" json:"kind"`   // endpoint or account
	Tier    string        `toml:"tier" json:"tier"`   // who is offered it: any or enterprise; the number binds everybody
	// Accounts is whom the number binds: all, or unverified ones alone.
	Accounts string `toml:"accounts" json:"accounts"`
	Source   string `toml:"source" json:"source"` // where X says so
	counted  string // name of the window that counts it
}

//go:embed limits.toml
var limitsFile string

var limits, limitsAsOf = readLimits(limitsFile)

// Limits are X's published limits, and the day they were read.
func Limits() ([]Limit, time.Time) { return slices.Clone(limits), limitsAsOf }

// readLimits panics on a table that cannot be right: it is part of the program.
func readLimits(file string) ([]Limit, time.Time) {
	var t struct {
		AsOf  time.Time `toml:"as_of"`
		Limit []Limit   `toml:"limit"`
	}
	meta, err := toml.Decode(file, &t)
	if err == nil && len(meta.Undecoded()) > 0 {
		err = fmt.Errorf("unknown key %s", meta.Undecoded()[0])
	}
	for i, l := range t.Limit {
		t.Limit[i].counted = "x_limit." + l.Name
		twice := slices.ContainsFunc(t.Limit[:i], func(x Limit) bool { return x.Name == l.Name })
		whole := !twice && l.Name != "" && l.Number > 0 && l.Window > 0 && l.Source != "" && len(l.Actions) > 0 &&
			(l.Scope == "user" || l.Scope == "app") && (l.Kind == "endpoint" || l.Kind == "account") && (l.Tier == "any" || l.Tier == "enterprise") &&
			(l.Accounts == "all" || l.Accounts == "unverified")
		if !whole || slices.ContainsFunc(l.Actions, func(a bots.Action) bool { return !a.Known() }) {
			err = fmt.Errorf("limit %q is not whole, or stands twice", l.Name)
		}
	}
	if err == nil && (len(t.Limit) == 0 || t.AsOf.IsZero()) {
		err = fmt.Errorf("no limits, or no date")
	}
	if err != nil {
		panic(fmt.Sprintf("guards: limits.toml: %v", err))
	}
	return t.Limit, t.AsOf
}

func (g *xLimit) Check() []string {
	var f faults
	f.count("percent", g.Percent, 1, 100, "X's limits can only be lowered")
	for _, name := range slices.Sorted(maps.Keys(g.Lower)) {
		i := slices.IndexFunc(limits, func(l Limit) bool { return l.Name == name })
		if i < 0 {
			f.add("lower", "%.40q is the name of no limit", name)
		} else if n := g.Lower[name]; n < 1 || n > limits[i].Number {
			f.add("lower", "%s at %d; must be from 1 to %d (X's limits can only be lowered)", name, n, limits[i].Number)
		}
	}
	return f
}

func (g *xLimit) Loosens(house Guard) []string {
	h, ok := house.(*xLimit)
	if !ok {
		return notOurs(house)
	}
	var l looser
	l.count("percent", g.Percent, h.Percent)
	for i := range limits {
		x := &limits[i]
		if _, lowered := h.Lower[x.Name]; lowered && g.most(x) > h.most(x) {
			l.add("lower", "%s at %d; the house allows %d", x.Name, g.most(x), h.most(x))
		}
	}
	return l
}

// most is how many calls of a limit the bots may use.
func (g *xLimit) most(l *Limit) int {
	n := max(1, l.Number*g.Percent/100)
	if low, lowered := g.Lower[l.Name]; lowered {
		n = min(n, low)
	}
	return n
}

// binds says whether the number is for this account. One whose profile was not read is
// taken for unverified.
func (l *Limit) binds(p *Profile) bool {
	return l.Accounts == "all" || p.CheckedAt.IsZero() || !p.Verified
}

func (g *xLimit) quota(l *Limit) quota {
	return quota{Window{Name: l.counted, Actions: l.Actions, Span: l.Window, All: l.Scope == "app",
		Limit: g.most(l)}, "calls that X allows"}
}

// limitsOf are the limits of each action.
var limitsOf = func() map[bots.Action][]Limit {
	of := map[bots.Action][]Limit{}
	for _, a := range bots.Actions() {
		for _, l := range limits {
			if slices.Contains(l.Actions, a) {
				of[a] = append(of[a], l)
			}
		}
	}
	return of
}()

func (g *xLimit) Needs(in bots.Intent) Needs {
	of := limitsOf[in.Action]
	n := Needs{Lanes: true, Profile: true, Windows: make([]Window, len(of))}
	for i, l := range of {
		n.Windows[i] = g.quota(&l).Window
	}
	return n
}

// Gauges are the limits that bind this account.
func (g *xLimit) Gauges(account Profile) (all []Gauge) {
	for i := range limits {
		if l := &limits[i]; l.binds(&account) {
			all = append(all, Gauge{Window: g.quota(l).Window})
		}
	}
	return all
}

func (g *xLimit) Judge(in bots.Intent, f Facts) Finding {
	worst := Pass()
	of := limitsOf[in.Action]
	for i := range of {
		l := &of[i]
		if !l.binds(&f.Profile) {
			continue
		}
		q := g.quota(l)
		if found := q.judge(f.Used, f.Now); found.Effect != Allow {
			found = found.Citing("A6").With("source", l.Source).With("published", l.Number).With("as_of", limitsAsOf.Format(time.DateOnly))
			if found.graver(worst) {
				worst = found
			}
		}
	}
	for _, lane := range f.Lanes {
		if lane.leads(in.Action) {
			if found := g.lane(in.Action, lane, f); found.graver(worst) {
				worst = found
			}
		}
	}
	return worst
}
