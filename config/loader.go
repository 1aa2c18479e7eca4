package config

import (
	"fmt"
	"maps"
	"slices"
)

const maxBots = 1000

var (
	mainSections     = []string{"operator", "x", "nats", "ledger", "web", "opt_out", "sandbox", "guards", "bots", "include"}
	includedSections = []string{"guards", "bots"}
)

// loader gathers what the files say, and every mistake in it.
type loader struct {
	shelf    shelf
	cfg      *Config
	problems Problems
	main     section
	bots     map[string]section
	guards   map[string]section
	meant    map[string]bool // keys that a mistyped one stands for: they are not missing
}

func (l *loader) report(src *source, path []string, what, hint string, warning bool) {
	if len(l.problems) > 10*maxProblems {
		return
	}
	at := src.where.at(path)
	l.problems = append(l.problems, Problem{File: src.name, Line: at.line, Col: at.col,
		Key: dotted(path), What: what, Hint: hint, Warning: warning})
}

func (l *loader) run(path string) {
	src := l.read(path)
	if src == nil {
		return
	}
	l.bots, l.guards, l.meant = map[string]section{}, map[string]section{}, map[string]bool{}
	root := section{l: l, src: src, keys: src.top}
	l.main = root
	sources := append([]*source{src}, l.include(root)...)
	for i, src := range sources {
		l.gather(section{l: l, src: src, keys: src.top}, i == 0)
	}
	l.house(root)
	house := l.stations()
	l.allBots(root, house)
	l.acrossBots()
	l.seal()
	if len(l.problems.Fatal()) == 0 {
		l.leftovers(sources)
	}
}

// gather notes the bots and guards of one file, and refuses sections that no file may have.
func (l *loader) gather(s section, first bool) {
	known := includedSections
	if first {
		known = mainSections
	}
	for _, key := range slices.Sorted(maps.Keys(s.keys)) {
		switch {
		case slices.Contains(known, key):
		case key == "include":
			s.bad(key, "an included file includes no others", "list the files in the main one")
		case slices.Contains(mainSections, key):
			s.bad(key, "stands in an included file, which holds bots and guards only", "move it to the main file")
		default:
			s.unknown(key, "is no section of heed.toml", known)
		}
	}
	l.collect(s, "bots", l.bots)
	l.collect(s, "guards", l.guards)
}

// collect files the tables under a key by name. A name stands in one file only:
// nobody should have to know which of two wins.
func (l *loader) collect(s section, key string, into map[string]section) {
	all, ok := s.table(key)
	if !ok {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(all.keys)) {
		one, ok := all.table(name)
		if !ok {
			continue
		}
		if first, twice := into[name]; twice {
			all.bad(name, "is defined twice: it also stands in "+first.place(""), "keep one of the two")
			continue
		}
		into[name] = one
	}
}

// allBots reads every bot, in order of their names.
func (l *loader) allBots(root section, house map[string]*post) {
	if len(l.bots) == 0 && !root.refused("bots") {
		root.warn("bots", "the house has no bots", "write a [bots.NAME] section")
	}
	if len(l.bots) > maxBots {
		root.bad("bots", fmt.Sprintf("%d bots; a house has at most %d", len(l.bots), maxBots), "")
		return
	}
	for _, name := range slices.Sorted(maps.Keys(l.bots)) {
		b := l.bot(name, l.bots[name])
		b.Pipeline = l.pipeline(l.bots[name], house)
		l.cfg.Bots = append(l.cfg.Bots, b)
	}
}

// leftovers is the last line of defence: a key that nothing has read and nothing has
// refused would be silently without effect.
func (l *loader) leftovers(sources []*source) {
	for _, src := range sources {
		for _, key := range src.md.Undecoded() {
			if src.md.Type(key...) != "Hash" {
				l.report(src, key, "has no effect here", "", false)
			}
		}
	}
}
