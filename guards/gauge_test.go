package guards

import (
	"slices"
	"testing"
	"time"

	"heed/bots"
)

func TestGaugesAreWhatAJudgementCounts(t *testing.T) {
	p := Default()
	for _, a := range bots.Actions() {
		gauges := p.Gauges(bots.Bot{Actions: []bots.Action{a}}, Profile{})
		for _, w := range p.Needs(bots.Intent{Action: a}).Windows {
			i := slices.IndexFunc(gauges, func(g Gauge) bool { return g.Name == w.Name })
			if i < 0 {
				t.Errorf("%s: nobody sees %s, which is counted", a, w.Name)
				continue
			}
			g := gauges[i]
			if g.Span != w.Span || g.Limit != w.Limit || g.All != w.All || !slices.Equal(g.Actions, w.Actions) || g.Guard == "" || g.Money != (g.Most > 0) {
				t.Errorf("%s: %+v is shown and %+v counted", a, g, w)
			}
		}
		for i, g := range gauges {
			if slices.ContainsFunc(gauges[:i], func(o Gauge) bool { return o.Name == g.Name }) {
				t.Errorf("%s: %s is shown twice", a, g.Name)
			}
		}
	}
	if all := p.Gauges(bots.Bot{}, Profile{}); slices.ContainsFunc(all, func(g Gauge) bool { return len(g.Actions) != 0 }) {
		t.Errorf("a bot that does nothing has %+v", all)
	}
}

func TestGaugesLeaveOutWhatDoesNotBind(t *testing.T) {
	b := bots.Bot{Actions: bots.Actions()}
	names := func(p Pipeline, account Profile) (all []string) {
		for _, g := range p.Gauges(b, account) {
			all = append(all, g.Name)
		}
		return all
	}
	p := Default()
	unknown, verified := names(p, Profile{}), names(p, Profile{Verified: true, CheckedAt: time.Unix(1, 0)})
	if len(verified) >= len(unknown) {
		t.Errorf("limits of unverified accounts bind all: %d and %d", len(unknown), len(verified))
	}
	for i := range p.Stations {
		p.Stations[i].Mode = Off
	}
	for _, g := range p.Gauges(b, Profile{}) {
		if g.Guard != "x_limit" { // the one firm guard that counts
			t.Errorf("%s is off, and %s is shown", g.Guard, g.Name)
		}
	}
	for i := range p.Stations {
		p.Stations[i].Mode = Watch
	}
	for _, g := range p.Gauges(b, Profile{}) {
		if g.Watched == (g.Guard == "x_limit") {
			t.Errorf("%s of %s: watched is %t", g.Name, g.Guard, g.Watched)
		}
	}
}
