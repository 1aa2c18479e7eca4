package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"heed/bots"
	"heed/guards"
)

// The guards of these tests are their own, so that the golden files tell of this
// package alone and not of the house's real limits.

type quiet struct{}

func (quiet) Needs(bots.Intent) guards.Needs                 { return guards.Needs{} }
func (quiet) Judge(bots.Intent, guards.Facts) guards.Finding { return guards.Pass() }

type duplicateGuard struct {
	quiet
	Window time.Duration `toml:"window"`
	Deny   float64       `toml:"deny"`
}

func (g *duplicateGuard) Check() []string {
	if g.Window < time.Hour {
		return []string{fmt.Sprintf("window: %s; must be at least 1h", g.Window)}
	}
	return nil
}

type postRateGuard struct {
	quiet
	PerHour int `toml:"per_hour"`
	PerDay  int `toml:"per_day"`
}

func (g *postRateGuard) Check() (faults []string) {
	if g.PerDay < 0 {
		faults = append(faults, fmt.Sprintf("per_day: %d; must be from 0 to 2400", g.PerDay))
	}
	return faults
}

func (g *postRateGuard) Loosens(house guards.Guard) (more []string) {
	h := house.(*postRateGuard)
	if g.PerDay > h.PerDay {
		more = append(more, fmt.Sprintf("per_day: %d; the house allows %d", g.PerDay, h.PerDay))
	}
	if g.PerHour > h.PerHour {
		more = append(more, fmt.Sprintf("per_hour: %d; the house allows %d", g.PerHour, h.PerHour))
	}
	return more
}

type optOutGuard struct {
	quiet
	InboxAge time.Duration `toml:"inbox_age"`
}

func (g *optOutGuard) Check() []string { return nil }

type linksGuard struct {
	quiet
	Hosts  []string       `toml:"hosts"`
	Seats  map[string]int `toml:"seats"`
	Limits struct {
		PerPost int `toml:"per_post"`
		PerDay  int `toml:"per_day"`
	} `toml:"limits"`
	Pattern pattern `toml:"pattern"`
	Ports   uint    `toml:"ports"`
	Bytes   uint8   `toml:"bytes"`
	Share   float64 `toml:"share"`
	Rules   []struct {
		Host string `toml:"host"`
		Most int    `toml:"most"`
	} `toml:"rules"`
}

// pattern is a setting with a form of its own.
type pattern struct{ text string }

func (p *pattern) UnmarshalText(b []byte) error {
	if _, err := regexp.Compile(string(b)); err != nil {
		return errors.New("is no pattern")
	}
	p.text = string(b)
	return nil
}

func (p pattern) MarshalText() ([]byte, error) { return []byte(p.text), nil }

func (g *linksGuard) Check() []string { return nil }

// sharedHosts stands for a default that a careless guard shares between its values.
var sharedHosts = []string{"one.example", "two.example"}

var testGuards = map[string]func() (guards.Rule, guards.Guard){
	"duplicate": func() (guards.Rule, guards.Guard) {
		return guards.Rule{Name: "duplicate"}, &duplicateGuard{Window: 720 * time.Hour, Deny: 0.9}
	},
	"post_rate": func() (guards.Rule, guards.Guard) {
		return guards.Rule{Name: "post_rate"}, &postRateGuard{PerHour: 12, PerDay: 50}
	},
	"opt_out": func() (guards.Rule, guards.Guard) {
		return guards.Rule{Name: "opt_out", Firm: true, Clauses: []string{"C2", "C3"}}, &optOutGuard{InboxAge: 15 * time.Minute}
	},
	"links": func() (guards.Rule, guards.Guard) {
		return guards.Rule{Name: "links"}, &linksGuard{Hosts: sharedHosts, Seats: map[string]int{"a": 1}}
	},
}

var testShelf = shelf{
	rules: func() []guards.Rule {
		var all []guards.Rule
		for _, name := range []string{"duplicate", "links", "opt_out", "post_rate"} {
			r, _ := testGuards[name]()
			all = append(all, r)
		}
		return all
	},
	make: func(name string) (guards.Rule, guards.Guard, error) {
		if !slices.Contains([]string{"duplicate", "links", "opt_out", "post_rate"}, name) {
			return guards.Rule{}, nil, fmt.Errorf("guards.%s: no guard has this name", name)
		}
		r, g := testGuards[name]()
		return r, g, nil
	},
}
