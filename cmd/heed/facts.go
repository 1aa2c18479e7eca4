package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"heed/guards"
	"heed/runner"
)

// factsText tells what the guards were told, as it was then. What they did not ask for
// is not among it.
func factsText(f guards.Facts) string {
	var out []string
	line := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	line("the stalest inbox was read %s", stamp(f.InboxAt))
	if p := f.Profile; !p.CheckedAt.IsZero() {
		line("the account was read %s: verified %s, Automated label %s%s", stamp(p.CheckedAt), yes(p.Verified), yes(p.Automated), counts(p))
	}
	for _, h := range f.Halts {
		line("%s of %s since %s by %s: %s", h.Kind, runner.ScopeName(h.Scope), stamp(h.At), h.By, h.Reason)
	}
	for _, p := range append(slices.Clone(f.Contacts), f.Named...) {
		line("user %s: %s", p.ID, standing(p))
	}
	if f.Unknown {
		line("who wrote the target post was not known")
	}
	if c := f.Cause; c != nil {
		line("answers %s %s of user %s to %s, %s; spent by %s", c.Kind, c.Event, c.From, c.Bot, stamp(c.At), orNobody(c.SpentBy))
		line("the bot had answered %d times in this conversation", f.Answered)
	}
	if g := f.Grant; g != nil {
		line("the owner's grant: %v by %s, %s, for behaviour %s; ended %s", g.Actions, g.By, stamp(g.At), g.Behaviour, stamp(g.EndedAt))
	}
	if len(f.Used) > 0 {
		var used []string
		for _, name := range slices.Sorted(maps.Keys(f.Used)) {
			u := f.Used[name]
			if u.Spent > 0 {
				used = append(used, fmt.Sprintf("%s %d (%s)", name, u.Count, u.Spent))
			} else {
				used = append(used, fmt.Sprintf("%s %d", name, u.Count))
			}
		}
		line("counted: %s", strings.Join(used, ", "))
	}
	for _, l := range f.Lanes {
		line("X said of %s: %d of %d left until %s", l.Name, l.Remaining, l.Limit, stamp(l.Reset))
	}
	for _, a := range f.Same {
		line("the same target: %s %s %s by %s (%s)", a.Action, a.Key, stamp(a.At), a.Bot, a.State)
	}
	for _, a := range f.Alike {
		line("like %s %s of %s, %s (%s): %.2f", a.Action, a.Key, a.Bot, stamp(a.At), a.State, a.Score)
	}
	for i, p := range f.Pictures {
		line("file %d: %s, %d x %d, %d bytes, sha256 %.12s", i+1, orUnknown(p.Type), p.Width, p.Height, p.Bytes, p.SHA256)
	}
	for _, s := range f.Seen {
		line("file %d looks like one of %s %s, %s: %d of 256 bits differ", s.File+1, s.Bot, s.Key, stamp(s.At), s.Bits)
	}
	return strings.Join(out, "\n")
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func counts(p guards.Profile) string {
	if !p.Counted {
		return ""
	}
	return fmt.Sprintf(", follows %d, followed by %d", p.Following, p.Followers)
}

// standing is what a person had said about being contacted.
func standing(p guards.Person) string {
	var out []string
	if p.OptOut != nil {
		out = append(out, fmt.Sprintf("opted out by %s %s", p.OptOut.How, stamp(p.OptOut.At)))
	}
	if p.Review != nil {
		out = append(out, fmt.Sprintf("may have said stop %s", stamp(p.Review.At)))
	}
	for _, c := range p.OptIns {
		out = append(out, fmt.Sprintf("opted in to %s by %s %s", c.Channel, c.How, stamp(c.At)))
	}
	if p.DMClosed {
		out = append(out, "takes no messages")
	}
	if out == nil {
		return "has said nothing about being contacted"
	}
	return strings.Join(out, "; ")
}

func orNobody(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}
