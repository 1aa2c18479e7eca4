package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"heed/guards"
)

// post is what the house says of one guard. Its guard value serves every bot that says
// nothing itself: a thousand bots need no thousand copies, and guards are pure.
type post struct {
	rule     guards.Rule
	guard    guards.Guard
	section  section // without keys when the house says nothing
	set      bool
	place    string // of the section; "" when the house says nothing
	strength guards.Strength
	faults   []string
}

var strengths = []guards.Strength{guards.Off, guards.Watch, guards.Enforce} // weakest first

// stations reads the house's [guards.*].
func (l *loader) stations() map[string]*post {
	house := map[string]*post{}
	var names []string
	for _, r := range l.shelf.rules() {
		names = append(names, r.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(l.guards)) {
		if !slices.Contains(names, name) {
			l.guards[name].bad("", "no guard has this name", DidYouMean(name, names))
		}
	}
	for _, name := range names {
		rule, guard, err := l.shelf.make(name)
		if err != nil {
			l.main.bad("guards", err.Error(), "")
			continue
		}
		p := &post{rule: rule, guard: guard, strength: rule.Strength()}
		if p.section, p.set = l.guards[name]; p.set {
			p.place = p.section.place("")
		} else {
			p.section = l.main
			p.section.path, p.section.keys = []string{"guards", name}, nil
		}
		p.section.fillGuard(guard)
		p.strength = p.section.strength(rule, rule.Strength())
		p.faults = guard.Check()
		p.section.faults(p.faults)
		house[name] = p
	}
	return house
}

// pipeline is one bot's guards: defaults, then the house's settings, then the bot's.
func (l *loader) pipeline(s section, house map[string]*post) guards.Pipeline {
	own, _ := s.table("guards")
	for _, name := range slices.Sorted(maps.Keys(own.keys)) {
		if house[name] == nil {
			own.bad(name, "no guard has this name", DidYouMean(name, slices.Collect(maps.Keys(house))))
		}
	}
	var p guards.Pipeline
	for _, name := range slices.Sorted(maps.Keys(house)) {
		h := house[name]
		if sub, ok := own.table(name); ok {
			p.Stations = append(p.Stations, l.station(h, sub, own.has(name)))
		}
	}
	return p
}

func (l *loader) station(h *post, own section, set bool) guards.Station {
	st := guards.Station{Rule: h.rule, Guard: h.guard, Mode: h.strength, Place: h.place}
	if !set {
		return st
	}
	_, guard, _ := l.shelf.make(h.rule.Name)
	mistakes := len(l.problems)
	h.section.fillGuard(guard) // a second time: what is wrong here is reported already, and dropped again below
	l.problems = l.problems[:mistakes]
	st.Guard, st.Place = guard, own.place("")
	own.fillGuard(guard)
	st.Mode = own.strength(h.rule, h.strength)
	if slices.Index(strengths, st.Mode) < slices.Index(strengths, h.strength) {
		own.bad("mode", fmt.Sprintf("%q is weaker than the house's %q", st.Mode, h.strength), "a bot may only be stricter than the house")
	}
	own.faults(slices.DeleteFunc(guard.Check(), func(f string) bool { return slices.Contains(h.faults, f) }))
	if t, ok := guard.(guards.Tightener); ok && len(h.faults) == 0 {
		for _, f := range t.Loosens(h.guard) {
			key, what := own.locate(f)
			own.bad(key, what, "a bot may only be stricter than the house; the house's setting is "+h.where(key))
		}
	}
	return st
}

// where is the place of the house's setting, for a hint.
func (p *post) where(key string) string {
	if p.set && p.section.has(key) {
		return "at " + p.section.place(key)
	}
	return "the default"
}

// fillGuard decodes settings onto a guard. The key "mode" is the pipeline's.
func (s section) fillGuard(g guards.Guard) { s.fill(g, "mode") }

// strength reads how the guard is used, given what it is without a word.
func (s section) strength(r guards.Rule, without guards.Strength) guards.Strength {
	if !s.has("mode") {
		return without
	}
	var t struct {
		Mode guards.Strength `toml:"mode"`
	}
	only := s
	only.keys = map[string]toml.Primitive{"mode": s.keys["mode"]}
	only.fill(&t)
	enum(s, "mode", t.Mode, strengths...)
	if !slices.Contains(strengths, t.Mode) {
		return without
	}
	if r.Firm && t.Mode != guards.Enforce {
		s.bad("mode", fmt.Sprintf("%s is firm: it can be neither watched nor off", r.Name), "leave the line out; rules "+strings.Join(r.Clauses, ", "))
		return without
	}
	return t.Mode
}

// faults reports what a guard said about its settings.
func (s section) faults(all []string) {
	for _, f := range all {
		key, what := s.locate(f)
		s.bad(key, what, "")
	}
}

var settingKey = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// locate splits "key: what is wrong".
func (s section) locate(fault string) (key, what string) {
	key, what, ok := strings.Cut(fault, ": ")
	if !ok || !settingKey.MatchString(key) {
		return "", oneLine(fault)
	}
	return key, oneLine(what)
}
