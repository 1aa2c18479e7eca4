package trial

import (
	"slices"
	"strings"
	"time"

	"heed/bots"
	"heed/guards"
)

// people are whom the intent reaches and names, with their choices.
func (r *reader) people(t *factsTable) {
	in := r.Intent
	who := in.Target.UserID
	switch {
	case in.Action.OnUser() || !in.Action.Targeted():
		r.idle(t.Author != "", fact("author"), "the intent has no target post")
	case t.Author != "":
		who = r.account(fact("author"), t.Author)
	case r.Facts.Cause != nil && r.Facts.Cause.Post == in.Target.PostID:
		who = r.Facts.Cause.From
	}
	var reached []bots.UserID
	switch {
	case !in.Action.Targeted():
	case who == "":
		r.Facts.Unknown = true
	default:
		reached = []bots.UserID{who}
		r.Facts.Contacts = []guards.Person{r.person(who)}
	}
	for _, id := range r.Bot.Pipeline.Needs(in).Named {
		if !slices.ContainsFunc(r.Facts.Named, func(p guards.Person) bool { return p.ID == id }) {
			r.Facts.Named = append(r.Facts.Named, r.person(id))
			reached = append(reached, id)
		}
	}
	for _, list := range []struct {
		key string
		ids []bots.UserID
	}{{"opted_out", t.OptedOut}, {"opted_in", t.OptedIn}, {"in_review", t.InReview}, {"dm_closed", t.DMClosed}} {
		for i, id := range list.ids {
			r.known(fact(list.key, i), id, reached)
		}
	}
	for i, id := range t.OptedIn {
		if slices.Contains(t.OptedOut, id) {
			r.bad(fact("opted_in", i), "leave one of the two out", "%s stands in opted_out too, and only the later choice is in force", id)
		}
	}
}

// known refuses somebody whose choice could not matter.
func (r *reader) known(path []string, id bots.UserID, reached []bots.UserID) {
	switch {
	case !bots.IsSnowflake(string(id)):
		r.bad(path, "1 to 20 digits in quotation marks", "%q is no user id", id)
	case slices.Contains(reached, id):
	case len(reached) == 0 && r.Facts.Unknown:
		r.bad(path, "say who wrote the target post: author, or invited", "has no effect: whom the intent reaches is not known")
	case len(reached) == 0:
		r.bad(path, "leave it out", "has no effect: the intent reaches nobody")
	default:
		names := make([]string, len(reached))
		for i, id := range reached {
			names[i] = string(id)
		}
		r.bad(path, "it reaches "+strings.Join(names, ", "), "has no effect: the intent neither reaches nor names %s", id)
	}
}

func (r *reader) person(id bots.UserID) guards.Person {
	t, p := &r.table.Facts, guards.Person{ID: id}
	said := guards.Choice{At: r.Facts.Now.Add(-time.Hour), How: "dm", Scope: "*", Event: "dm:1"}
	if slices.Contains(t.OptedOut, id) {
		p.OptOut = &said
	}
	if slices.Contains(t.InReview, id) {
		p.Review = &said
	}
	if slices.Contains(t.OptedIn, id) {
		yes := said
		yes.Scope, yes.Channel, yes.Behaviour = r.Bot.Name, "*", r.Bot.Behaviour()
		p.OptIns = []guards.Choice{yes}
	}
	p.DMClosed = slices.Contains(t.DMClosed, id)
	return p
}
