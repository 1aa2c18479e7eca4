package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"heed/bots"
	"heed/guards"
)

// bar is a window that is filling: the text says all that the bar shows.
type bar struct {
	Name    string // "post, quote, repost"
	Span    string // "1 h"
	Guard   string
	Of      string // "of all bots" or ""
	Text    string // "6 of 6"
	Percent int    // 0 to 100
	Full    bool
	Watched bool
	Frees   time.Time // full: when a place is free
}

func barOf(g guards.Gauge, u guards.Use, now time.Time) bar {
	b := bar{Name: gaugeName(g), Span: spanName(g.Span), Guard: g.Guard, Watched: g.Watched}
	if g.All {
		b.Of = "all bots"
	}
	used, most := float64(u.Count), float64(g.Limit)
	b.Text = fmt.Sprintf("%d of %d", u.Count, g.Limit)
	if g.Money {
		used, most = float64(u.Spent), float64(g.Most)
		b.Text = fmt.Sprintf("%s of %s", u.Spent, g.Most)
	}
	switch {
	case used >= most:
		b.Percent, b.Full = 100, true
	default:
		b.Percent = min(99, int(used*100/most))
	}
	if !g.Money && b.Full && g.Limit > 0 && u.Oldest.Add(g.Span).After(now) {
		b.Frees = u.Oldest.Add(g.Span)
	}
	return b
}

// gaugeName says what a window counts; X's own limits have names.
func gaugeName(g guards.Gauge) string {
	switch {
	case g.Guard == "x_limit":
		return "X's " + strings.TrimPrefix(g.Name, "x_limit.")
	case g.Money:
		return "spent"
	case len(g.Actions) == 0 || len(g.Actions) == len(bots.Actions()):
		return "all acts"
	}
	names := make([]string, len(g.Actions))
	for i, a := range g.Actions {
		names[i] = string(a)
	}
	return strings.Join(names, ", ")
}

func spanName(d time.Duration) string {
	switch {
	case d%(24*time.Hour) == 0 && d > 24*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	case d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d min", d/time.Minute)
}

// mostBars is how many windows a row shows.
const mostBars = 4

// fullest are the windows that a person should see first: those of the settings and,
// of X's own, those that are half full. The fullest come first.
func fullest(all []bar) []bar {
	out := slices.DeleteFunc(slices.Clone(all), func(b bar) bool { return b.Guard == "x_limit" && b.Percent < 50 })
	slices.SortStableFunc(out, func(a, b bar) int { return cmp.Compare(b.Percent, a.Percent) })
	return out[:min(mostBars, len(out))]
}

// wider adds the windows over all bots to those seen already. Bots may have narrower ones
// than the house: the widest is the house's.
func wider(seen, more []bar) []bar {
	for _, b := range more {
		same := func(o bar) bool { return o.Name == b.Name && o.Span == b.Span }
		switch i := slices.IndexFunc(seen, same); {
		case b.Of == "":
		case i < 0:
			seen = append(seen, b)
		case b.Percent < seen[i].Percent:
			seen[i] = b
		}
	}
	return seen
}
