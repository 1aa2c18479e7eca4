package guards

import (
	"slices"

	"heed/bots"
)

// Gauge is a window as a person watches it: what a guard counts, and how much of it there
// may be. Of a window with Money it is Most that binds, and not the number of acts.
type Gauge struct {
	Window
	Guard   string // whose window it is
	Most    Money  // of windows with Money: what its acts may cost
	Watched bool   // the guard is told and not obeyed
}

// Gauger is a guard that knows more of its windows than Needs tells: what they may cost,
// or that one does not bind this account.
type Gauger interface {
	Gauges(Profile) []Gauge
}

// Gauges are the windows that count for what a bot may do, each once, in the order of the
// guards. p is the bot's account as it was last seen; the zero one when it never was.
func (p Pipeline) Gauges(b bots.Bot, account Profile) (all []Gauge) {
	for i := range p.Stations {
		s := &p.Stations[i]
		if s.Mode == Off && !s.Rule.Firm {
			continue
		}
		for _, g := range s.gauges(account) {
			counts := func(a bots.Action) bool { return len(g.Actions) == 0 || slices.Contains(g.Actions, a) }
			twice := slices.ContainsFunc(all, func(o Gauge) bool { return o.Name == g.Name })
			if twice || !slices.ContainsFunc(b.Actions, counts) {
				continue
			}
			g.Guard, g.Watched = s.Rule.Name, s.Mode == Watch && !s.Rule.Firm
			all = append(all, g)
		}
	}
	return all
}

func (s *Station) gauges(account Profile) (all []Gauge) {
	if g, ok := s.Guard.(Gauger); ok {
		return g.Gauges(account)
	}
	for _, a := range bots.Actions() {
		if s.judges(a) {
			for _, w := range s.Guard.Needs(bots.Intent{Action: a}).Windows {
				all = append(all, Gauge{Window: w})
			}
		}
	}
	return all
}
