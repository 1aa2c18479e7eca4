package trial

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"heed/bots"
	"heed/config"
	"heed/guards"
	"heed/guards/likeness"
	"heed/runner"
)

// states are what an earlier act of a case can be in.
var states = []string{string(runner.Waiting), string(runner.Deferred), string(runner.Held), string(runner.Doing), string(runner.Unknown), string(runner.Done)}

// budgetWindow begins the names of the windows that count money.
const budgetWindow = "budget."

// counted fills the windows that the guards ask for.
func (r *reader) counted(t *factsTable) {
	if r.unread(windows) {
		r.idle(len(t.Used) > 0, fact("used"), "the windows were not counted")
		r.idle(len(t.Spent) > 0, fact("spent"), "the windows were not counted")
		return
	}
	r.Facts.Used = map[string]guards.Use{}
	acts, money := map[string]guards.Window{}, map[string]guards.Window{}
	for _, w := range r.Bot.Pipeline.Needs(r.Intent).Windows {
		r.Facts.Used[w.Name] = guards.Use{}
		if w.Money {
			money[strings.TrimPrefix(w.Name, budgetWindow)] = w
		} else {
			acts[w.Name] = w
		}
	}
	for guard, of := range t.Used {
		for name, n := range of {
			path := fact("used", guard, name)
			w, asked := acts[guard+"."+name]
			if r.count(path, n); !asked {
				r.bad(path, config.DidYouMean(guard+"."+name, slices.Collect(maps.Keys(acts))), "no guard counts this for a %s", r.Intent.Action)
			} else if n > 0 {
				r.Facts.Used[w.Name] = guards.Use{Count: n, Oldest: r.Facts.Now.Add(-w.Span / 2)}
			}
		}
	}
	for name, usd := range t.Spent {
		path := fact("spent", name)
		w, asked := money[name]
		switch {
		case !asked:
			r.bad(path, config.DidYouMean(name, slices.Collect(maps.Keys(money))), "is no window of the budget")
		case !(usd >= 0 && usd <= math.MaxInt32):
			r.bad(path, "", "%v; must be an amount of US dollars", usd)
		case usd > 0:
			r.Facts.Used[w.Name] = guards.Use{Count: 1, Spent: guards.Dollars(usd), Oldest: r.Facts.Now.Add(-w.Span / 2)}
		}
	}
}

// past is what any bot has said and done before.
func (r *reader) past(t *factsTable) {
	r.idle(len(t.Acted) > 0 && r.Bot.Pipeline.Needs(r.Intent).Same == 0, fact("acted"), "no guard asks for it for a "+string(r.Intent.Action))
	for i, a := range t.Acted {
		path := func(key string) []string { return fact("acted", i, key) }
		r.Facts.Same = append(r.Facts.Same, guards.Act{Bot: r.who(path("bot"), a.Bot), Key: cmp.Or(a.Key, fmt.Sprintf("acted-%d", i+1)),
			Action: r.what(path("action"), a.Action), At: r.ago(path("ago"), a.Ago), State: r.state(path("state"), a.State)})
	}
	slices.SortStableFunc(r.Facts.Same, func(a, b guards.Act) int { return b.At.Compare(a.At) })
	r.said(t)
}

// said measures the earlier texts as the ledger does: what only waits is apart from what
// was done, so that it teaches the measure nothing.
func (r *reader) said(t *factsTable) {
	waiting, done := likeness.NewIndex(0), likeness.NewIndex(0)
	all := make([]guards.Alike, len(t.Said))
	for i, s := range t.Said {
		path := func(key string) []string { return fact("said", i, key) }
		all[i] = guards.Alike{Bot: r.who(path("bot"), s.Bot), Key: cmp.Or(s.Key, fmt.Sprintf("said-%d", i+1)), Action: r.what(path("action"), s.Action),
			At: r.ago(path("ago"), s.Ago), State: r.state(path("state"), s.State), Target: bots.Target{UserID: s.To}}
		if all[i].Action == bots.DM && s.To == "" {
			all[i].Target = r.Intent.Target
		}
		sketch := likeness.NewDeclared(s.Text, s.Template, s.Facts)
		if sketch.Empty() {
			r.bad(path("text"), "", "has nothing to compare")
			continue
		}
		index := done
		switch runner.State(all[i].State) {
		case runner.Waiting, runner.Deferred, runner.Held:
			index = waiting
		}
		if err := index.Add(uint64(i), sketch); err != nil {
			r.bad(path("text"), "", "%v", err)
		}
	}
	in := r.Intent
	if !in.Action.Writes() || in.Text == "" {
		r.idle(len(t.Said) > 0, fact("said"), "the intent has no text")
		return
	}
	sketch := likeness.NewDeclared(in.Text, in.Template, in.Facts)
	for _, index := range []*likeness.Index{waiting, done} {
		for _, m := range index.Likest(sketch, len(all), nil) {
			a := all[m.ID]
			a.Score, a.Exact, a.Shared = m.Score, m.Rule == likeness.RuleExact, likeness.Spelled(in.Text, m.Shared)
			r.Facts.Alike = append(r.Facts.Alike, a)
		}
	}
	slices.SortStableFunc(r.Facts.Alike, func(a, b guards.Alike) int { return cmp.Compare(b.Score, a.Score) })
}

// who is the bot of something earlier: the case's own where none is named.
func (r *reader) who(path []string, name string) string {
	if name == "" {
		return r.Bot.Name
	}
	r.bot(path, name)
	return name
}

// what is the action of something earlier: the intent's where none is named.
func (r *reader) what(path []string, a bots.Action) bots.Action {
	r.oneOf(path, string(a), actionNames()...)
	return cmp.Or(a, r.Intent.Action)
}

func (r *reader) state(path []string, s string) string {
	r.oneOf(path, s, states...)
	return cmp.Or(s, string(runner.Done))
}

// media are the intent's files, and the earlier ones that they resemble.
func (r *reader) media(t *factsTable) {
	switch {
	case r.unread(pictures):
		r.idle(len(t.Pictures) > 0, fact("pictures"), "the pictures were not read")
	case t.Pictures == nil:
		r.Facts.Pictures = freshPictures(r.Intent)
	case len(t.Pictures) != len(r.Intent.Media):
		r.bad(fact("pictures"), "one for each file of the intent", "%d pictures; the intent has %d files", len(t.Pictures), len(r.Intent.Media))
	default:
		r.Facts.Pictures = freshPictures(r.Intent)
		for i, p := range t.Pictures {
			f := &r.Facts.Pictures[i]
			f.Type, f.Bytes = cmp.Or(p.Type, f.Type), cmp.Or(p.Bytes, f.Bytes)
			f.Width, f.Height, f.Frames = p.Width, p.Height, p.Frames
			f.Hashed = strings.HasPrefix(f.Type, "image/")
		}
	}
	for i, s := range t.Shown {
		path := func(key string) []string { return fact("shown", i, key) }
		if s.File < 0 || s.File >= len(r.Intent.Media) {
			r.bad(path("file"), "files are counted from 0", "%d; the intent has %d files", s.File, len(r.Intent.Media))
		}
		if s.Bits < 0 || s.Bits > 256 {
			r.bad(path("bits"), "", "%d; must be from 0 to 256", s.Bits)
		}
		r.Facts.Seen = append(r.Facts.Seen, guards.Seen{File: s.File, Bot: r.who(path("bot"), s.Bot), Key: cmp.Or(s.Key, fmt.Sprintf("shown-%d", i+1)),
			Action: r.what(path("action"), s.Action), At: r.ago(path("ago"), s.Ago), State: r.state(path("state"), s.State), Exact: s.Bits == 0, Bits: s.Bits})
	}
}

// lanes are X's limits by X's own answers.
func (r *reader) lanes(t *factsTable) {
	var names []string
	for _, a := range append(bots.Actions(), "") {
		for _, app := range []bool{false, true} {
			if a != "" || app {
				names = append(names, guards.LaneName(a, app, false), guards.LaneName(a, app, true))
			}
		}
	}
	names = append(names, guards.LaneCredits, guards.LaneUsage)
	for i, l := range t.Lanes {
		if l.Name == "" || !slices.Contains(names, l.Name) {
			hint := "an action, such as post, or post.day; app.post, app.post.day, app.credits, app.usage"
			if near := config.Nearest(l.Name, names); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			r.bad(fact("lanes", i, "name"), hint, "%q is no lane", l.Name)
		}
		r.count(fact("lanes", i, "limit"), l.Limit)
		r.count(fact("lanes", i, "remaining"), l.Remaining)
		if l.ResetIn <= 0 {
			r.bad(fact("lanes", i, "reset_in"), `like "10m"`, "%s; must be above 0", l.ResetIn)
		}
		r.Facts.Lanes = append(r.Facts.Lanes, guards.Lane{Name: l.Name, Limit: l.Limit, Remaining: l.Remaining, Reset: r.Facts.Now.Add(l.ResetIn), Stopped: l.Stopped})
	}
}
