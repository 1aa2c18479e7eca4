package web

import (
	"context"
	"net/http"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// needsPage shows what waits for a person: intents that are held, people who may have
// said stop, and what heed stopped by itself.
var needsPage = page{path: "/needs", name: "Needs you", file: "needs", show: (*site).needs, acts: map[string]act{
	"reviewed": (*site).reviewed,
	"opt-out":  (*site).optOutReviewed,
	"resume":   (*site).resumeLatch,
}}

// mostShown bounds each list of a page.
const mostShown = 100

// needs is what the page shows.
type needs struct {
	Held    []preview
	Reviews []runner.PersonRow
	Latches []guards.Halt
	Most    int
}

func (d *site) needs(r *http.Request) (any, error) {
	held, err := d.held(r.Context())
	if err != nil {
		return nil, err
	}
	n := needs{Most: mostShown}
	for _, c := range held {
		n.Held = append(n.Held, d.preview(c))
	}
	if n.Reviews, err = d.reviews(r.Context()); err != nil {
		return nil, err
	}
	n.Latches, err = d.latches(r.Context())
	return n, err
}

// waits counts what needs a person, each kind up to what its list shows.
func (d *site) waits(ctx context.Context) (int, error) {
	held, err := d.held(ctx)
	if err != nil {
		return 0, err
	}
	people, err := d.reviews(ctx)
	if err != nil {
		return 0, err
	}
	latches, err := d.latches(ctx)
	return len(held) + len(people) + len(latches), err
}

func (d *site) held(ctx context.Context) ([]runner.Case, error) {
	return d.Desk.Waiting(ctx, []runner.State{runner.Held}, "", mostShown)
}

func (d *site) reviews(ctx context.Context) ([]runner.PersonRow, error) {
	return d.Desk.People(ctx, runner.PeopleQuery{Review: true, Limit: mostShown})
}

func (d *site) latches(ctx context.Context) (out []guards.Halt, err error) {
	halts, err := d.Desk.Halts(ctx, d.now())
	for _, h := range halts {
		if h.Kind == guards.Latched {
			out = append(out, h)
		}
	}
	return out, err
}

// looked refuses what a person has not said that they looked at.
func looked(r *http.Request, at string) *problem {
	if r.PostForm.Get("looked") == "yes" {
		return nil
	}
	return &problem{Status: http.StatusUnprocessableEntity, Detail: "nothing was done: it was not said that you looked at " + at,
		Remedy: "go back, look, tick the box and press the button again"}
}

func userOf(r *http.Request) (bots.UserID, *problem) {
	id := r.PostForm.Get("user")
	if !userID(id) {
		return "", &problem{Status: http.StatusUnprocessableEntity, Detail: "that is no user id", Remedy: "use the buttons of the page"}
	}
	return bots.UserID(id), nil
}

// reviewed says that what somebody wrote was no stop.
func (d *site) reviewed(r *http.Request) (string, error) {
	user, no := userOf(r)
	if no == nil {
		no = looked(r, "what they wrote")
	}
	if no != nil {
		return "", no
	}
	if err := d.Desk.Reviewed(r.Context(), user, byOf(r), d.now()); err != nil {
		return "", err
	}
	return string(user) + " may be contacted again: you looked, and it was no stop", nil
}

// optOutReviewed says that it was one, to every bot. The review ends with it.
func (d *site) optOutReviewed(r *http.Request) (string, error) {
	user, no := userOf(r)
	if no != nil {
		return "", no
	}
	c := guards.Choice{At: d.now(), How: "dashboard", Scope: runner.EveryBot, Rule: "by " + byOf(r)}
	if event := r.PostForm.Get("event"); eventForm.MatchString(event) {
		c.Event = event
	}
	got, err := d.Desk.OptOut(r.Context(), user, c)
	if err != nil {
		return "", err
	}
	return string(user) + " is contacted by no bot any more; intents taken back: " + count(len(got.Cancelled)), nil
}

// resumeLatch lifts what heed stopped by itself, where a person says that it is put right.
func (d *site) resumeLatch(r *http.Request) (string, error) {
	scope := r.PostForm.Get("scope")
	if no := looked(r, "the account at X"); no != nil {
		return "", no
	}
	n, err := d.Desk.Resume(r.Context(), scope, []guards.HaltKind{guards.Latched}, byOf(r), d.now())
	if err != nil {
		return "", err
	}
	if n == 0 {
		return "", &problem{Status: http.StatusConflict, Detail: "nothing of that is stopped any more", Remedy: "go back to what needs you, as it is now"}
	}
	return "what stopped " + runner.ScopeName(scope) + " is lifted; what waited for it is judged anew", nil
}

// soon says whether something ends within the hour.
func soon(now, t time.Time) bool { return !t.IsZero() && t.Sub(now) < time.Hour }
