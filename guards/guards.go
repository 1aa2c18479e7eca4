// Package guards is heed's judgement. One guard is one file, one test and one TOML
// section. A guard is a pure function: facts in, finding out. It does no I/O, reads
// no clock, and there is no order among guards: all are asked, the gravest answer wins.
package guards

import (
	"fmt"
	"slices"
	"strings"

	"heed/bots"
)

// Guard judges intents. Its exported fields are its settings, named by toml tags;
// New returns it with its defaults.
type Guard interface {
	// Check says what is wrong with the settings, each "key: what is wrong".
	Check() []string
	// Needs says what this guard must know to judge the intent. It is asked before
	// every judgement, so it may depend on the intent.
	Needs(bots.Intent) Needs
	// Judge answers. The zero Finding is no answer: the pipeline turns it into a hold.
	Judge(bots.Intent, Facts) Finding
}

// Tightener is a guard whose settings a bot may only make stricter than the house's.
type Tightener interface {
	// Loosens says which of g's settings allow more than the house's, each "key: why".
	Loosens(house Guard) []string
}

// Fitter is a guard that can tell before any intent that a bot's declaration cannot
// work under its settings.
type Fitter interface {
	// Misfits says what, each "key: why", by the keys of the bot's own section.
	Misfits(bots.Bot) []string
}

// Rule is a guard's name plate.
type Rule struct {
	Name    string        // file, TOML section and id in one
	Says    string        // what it demands, in one sentence
	Clauses []string      // ids of the policy clauses it serves, see Policy
	Actions []bots.Action // none means all
	Firm    bool          // cannot be off or watched
	Watched bool          // watched unless the settings say otherwise
}

// Strength is how the guard is used when no setting says it.
func (r Rule) Strength() Strength {
	if r.Watched && !r.Firm {
		return Watch
	}
	return Enforce
}

// Claims says whether the rule has anything to say about an action.
func (r *Rule) Claims(a bots.Action) bool {
	return len(r.Actions) == 0 || slices.Contains(r.Actions, a)
}

type entry struct {
	rule Rule
	make func() Guard
}

var registry = map[string]entry{}

// register is called by each guard's file. Twice the same name is a mistake of ours.
func register(r Rule, make func() Guard) {
	if _, twice := registry[r.Name]; twice {
		panic("guards: " + r.Name + " is registered twice")
	}
	registry[r.Name] = entry{r, make}
}

// Rules lists every rule by name.
func Rules() []Rule {
	var all []Rule
	for _, e := range registry {
		all = append(all, e.rule)
	}
	slices.SortFunc(all, func(a, b Rule) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// RuleNames are the names of all rules, in the order of Rules.
func RuleNames() (names []string) {
	for _, r := range Rules() {
		names = append(names, r.Name)
	}
	return names
}

// New makes the named guard with its defaults.
func New(name string) (Rule, Guard, error) {
	e, ok := registry[name]
	if !ok {
		return Rule{}, nil, fmt.Errorf("guards.%s: no guard has this name", name)
	}
	return e.rule, e.make(), nil
}
