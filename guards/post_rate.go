package guards

import (
	"fmt"
	"time"

	"heed/bots"
)

func init() {
	register(Rule{
		Name:    "post_rate",
		Says:    "a bot posts, answers, messages and deletes no more than its settings and X's account limits allow",
		Clauses: []string{"A6", "C4", "C9", "F4", "F6"},
		Actions: []bots.Action{bots.Post, bots.Quote, bots.Repost, bots.Reply, bots.DM, bots.Delete},
	}, func() Guard {
		return &postRate{PerHour: 12, PerDay: 50, RepliesPerDay: 200, DMsPerDay: 200, DeletesPerDay: 50, DeletesUnasked: 5}
	})
	Declare(Clause{ID: "F4", Says: "reposts and quotes inform or entertain, and are never bulk",
		Source: SourceGuidelines, Served: []Service{ByGuard},
		Tests:    []string{"guards TestPostRate", "guards TestXLimit", "guards TestSameTarget"},
		Operator: "repost and quote what informs or entertains: heed counts, and cannot tell"})
	Declare(Clause{ID: "F6", Says: "deleting in bulk says first that posts cannot be brought back",
		Source: SourceAutomation + " II.A", Served: []Service{ByGuard}, Tests: []string{"guards TestBulkDeletionsAskFirst"},
		Operator: "approve a held deletion only when you know the post: a deleted post cannot be brought back"})
}

type postRate struct {
	PerHour       int `toml:"per_hour"`        // posts, quotes and reposts in the last hour; default 12, from 0 to 2400
	PerDay        int `toml:"per_day"`         // posts, quotes and reposts in the last 24 hours; default 50, from 0 to 2400
	RepliesPerDay int `toml:"replies_per_day"` // replies in the last 24 hours; default 200, from 0 to 2400
	DMsPerDay     int `toml:"dms_per_day"`     // messages in the last 24 hours; default 200, from 0 to 500
	DeletesPerDay int `toml:"deletes_per_day"` // deletions in the last 24 hours; default 50, from 0 to 2400
	// DeletesUnasked is how many deletions in 24 hours need no person: each further one
	// waits for somebody who knows that it cannot be undone. Default 5, from 0 to 2400. Rule F6.
	DeletesUnasked int `toml:"deletes_unasked_per_day"`
}

// X's account limits, all clients together: the limits table has their sources.
const (
	postCeiling = 2400
	dmCeiling   = 500
)

const deletesWindow = "post_rate.deletes_day" // counts for both settings of deletions

var originals = []bots.Action{bots.Post, bots.Quote, bots.Repost}

func (g *postRate) Check() []string {
	var f faults
	why := "X's ceiling is 2,400 posts a day"
	f.count("per_hour", g.PerHour, 0, postCeiling, why)
	f.count("per_day", g.PerDay, 0, postCeiling, why)
	f.count("replies_per_day", g.RepliesPerDay, 0, postCeiling, why)
	f.count("dms_per_day", g.DMsPerDay, 0, dmCeiling, "X's ceiling is 500 messages a day")
	f.count("deletes_per_day", g.DeletesPerDay, 0, postCeiling, "more would be a bulk deletion, see rule F6")
	f.count("deletes_unasked_per_day", g.DeletesUnasked, 0, postCeiling, "more would be a bulk deletion, see rule F6")
	return f
}

func (g *postRate) Loosens(house Guard) []string {
	h, ok := house.(*postRate)
	if !ok {
		return notOurs(house)
	}
	var l looser
	l.count("per_hour", g.PerHour, h.PerHour)
	l.count("per_day", g.PerDay, h.PerDay)
	l.count("replies_per_day", g.RepliesPerDay, h.RepliesPerDay)
	l.count("dms_per_day", g.DMsPerDay, h.DMsPerDay)
	l.count("deletes_per_day", g.DeletesPerDay, h.DeletesPerDay)
	l.count("deletes_unasked_per_day", g.DeletesUnasked, h.DeletesUnasked)
	return l
}

// quotas are the windows of an action: one, of the originals two.
func (g *postRate) quotas(a bots.Action) (qs [2]quota, count int) {
	one := func(name string, span time.Duration, limit int, what string) {
		acts := originals
		if a == bots.Reply || a == bots.DM || a == bots.Delete {
			acts = alone(a)
		}
		qs[count] = quota{Window{Name: name, Actions: acts, Span: span, Limit: limit}, what}
		count++
	}
	const day = 24 * time.Hour
	switch a {
	case bots.Reply:
		one("post_rate.replies_day", day, g.RepliesPerDay, "replies")
	case bots.DM:
		one("post_rate.dms_day", day, g.DMsPerDay, "messages")
	case bots.Delete:
		one(deletesWindow, day, g.DeletesPerDay, "deletions")
	default:
		one("post_rate.hour", time.Hour, g.PerHour, "posts")
		one("post_rate.day", day, g.PerDay, "posts")
	}
	return qs, count
}

func (g *postRate) Needs(in bots.Intent) Needs {
	quotas, n := g.quotas(in.Action)
	return windows(quotas[:n])
}

func (g *postRate) Judge(in bots.Intent, f Facts) Finding {
	quotas, n := g.quotas(in.Action)
	found := fill(quotas[:n], &f)
	if found.Effect == Allow {
		return g.asksFirst(&in, &f)
	}
	switch in.Action {
	case bots.Reply:
		return found.Citing("A6", "C4")
	case bots.DM:
		return found.Citing("A6", "C9")
	case bots.Delete:
		return found.Citing("F6")
	}
	return found.Citing("A6", "F4")
}

// asksFirst holds deletions that begin to be bulk. The window was counted: fill saw to it.
func (g *postRate) asksFirst(in *bots.Intent, f *Facts) Finding {
	done := f.Used[deletesWindow].Count
	if in.Action != bots.Delete || done < g.DeletesUnasked {
		return Pass()
	}
	return Held("post_rate.bulk_delete", fmt.Sprintf("the bot deleted %d posts in the last 24h, and %d a day need no person: a deleted post cannot be brought back", done, g.DeletesUnasked),
		"a person who knows that it cannot be undone approves this very deletion: heed approve KEY").Citing("F6").
		With("count", done).With("deletes_unasked_per_day", g.DeletesUnasked)
}
