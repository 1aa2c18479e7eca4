package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// peoplePage shows what people said about being contacted: ids, how and when; never a
// name, never a text.
var peoplePage = page{path: "/people", name: "People", file: "people", show: (*site).people,
	acts: map[string]act{"opt-out": (*site).addOptOut, "lift": (*site).liftOptOut, "opt-in": (*site).addOptIn, "revoke": (*site).revoke}}

type people struct {
	Begin, Kind string
	Counts      map[string]int
	Most        int
	Rows        []runner.PersonRow
	More        string // the address of the next page, "" for none
	Bots        []string
	Channels    []string // that a consent can be for
}

// choiceKinds are the kinds that the page can be narrowed to.
var choiceKinds = []string{"opt_out", "opt_in", "review"}

func (d *site) people(r *http.Request) (any, error) {
	v := r.URL.Query()
	q := runner.ChoiceQuery{Begin: strings.TrimSpace(v.Get("id")), After: v.Get("after")}
	out := people{Begin: q.Begin, Kind: v.Get("kind"), Most: runner.MostCounted, Bots: d.Server.bots(), Channels: guards.Channels()}
	no := &problem{Status: http.StatusUnprocessableEntity, Detail: "that begins no user id", Remedy: "write its first digits, or all of them; a handle can change hands, so heed keeps none"}
	switch {
	case q.Begin != "" && !runner.UserPrefix(q.Begin):
		return nil, no
	case out.Kind != "" && !slices.Contains(choiceKinds, out.Kind):
		no.Detail, no.Remedy = "there is no such kind", "choose opt-outs, consents or reviews"
		return nil, no
	case out.Kind != "":
		q.Kinds = []string{out.Kind}
	}
	p, err := d.Desk.Choices(r.Context(), q)
	if err != nil {
		return nil, err
	}
	if out.Counts, err = d.Desk.ChoiceCounts(r.Context()); err != nil {
		return nil, err
	}
	out.Rows = p.Rows
	if p.Next != "" {
		out.More = "/people?" + url.Values{"id": {q.Begin}, "kind": {out.Kind}, "after": {p.Next}}.Encode()
	}
	return out, nil
}

// chosen reads whom a form is about.
func (d *site) chosen(r *http.Request) (user bots.UserID, scope string, no *problem) {
	id, scope := strings.TrimSpace(r.PostForm.Get("user")), r.PostForm.Get("scope")
	no = &problem{Status: http.StatusUnprocessableEntity}
	switch {
	case !userID(id):
		no.Detail, no.Remedy = "that is no user id", "write X's id of the person, 1 to 20 digits; a handle can change hands"
	case scope != runner.EveryBot && !slices.Contains(d.Server.bots(), scope):
		no.Detail, no.Remedy = "there is no such bot", "choose one of the list, or all of them"
	default:
		return bots.UserID(id), scope, nil
	}
	return "", "", no
}

// sure says whether the box beside a button was ticked.
func sure(r *http.Request, what string) *problem {
	if r.PostForm.Get("sure") == "yes" {
		return nil
	}
	return &problem{Status: http.StatusUnprocessableEntity, Detail: "nothing was done: it was not confirmed that " + what, Remedy: "go back, tick the box and press the button again"}
}

func (d *site) addOptOut(r *http.Request) (string, error) {
	user, scope, no := d.chosen(r)
	event := strings.TrimSpace(r.PostForm.Get("event"))
	if no == nil && event != "" && !eventForm.MatchString(event) {
		no = &problem{Status: http.StatusUnprocessableEntity, Detail: "where it was asked is no id", Remedy: "write an id such as a post's or a form's, and nothing that the person wrote"}
	}
	if no != nil {
		return "", no
	}
	got, err := d.Desk.OptOut(r.Context(), user, guards.Choice{At: d.now(), How: "dashboard", Scope: scope, Event: event, Rule: "by " + byOf(r)})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s is contacted by %s no more; intents taken back: %d", user, runner.ScopeName(scope), len(got.Cancelled)), nil
}

// addOptIn records an express consent to one bot, with its evidence (rules C1, C6). The
// ledger refuses it for somebody who opted out (rule C2).
func (d *site) addOptIn(r *http.Request) (string, error) {
	user, scope, no := d.chosen(r)
	channel, event := r.PostForm.Get("channel"), strings.TrimSpace(r.PostForm.Get("event"))
	all := d.Bots()
	i := slices.IndexFunc(all, func(c runner.Charge) bool { return c.Bot.Name == scope })
	switch {
	case no != nil:
		return "", no
	case i < 0:
		return "", &problem{Status: http.StatusUnprocessableEntity, Detail: "consent is given to one bot, not to all of them", Remedy: "choose the bot"}
	case !slices.Contains(guards.Channels(), channel):
		return "", &problem{Status: http.StatusUnprocessableEntity, Detail: "there is no such channel", Remedy: "choose one of the list"}
	case !eventForm.MatchString(event):
		return "", &problem{Status: http.StatusUnprocessableEntity, Detail: "the evidence is no id", Remedy: "write where it can be seen, such as a post's id or a form's number; a following or a login is no consent"}
	}
	c := guards.Choice{At: d.now(), How: "import", Scope: scope, Channel: channel, Event: event, Rule: "by " + byOf(r), Behaviour: all[i].Bot.Behaviour()}
	if err := d.Desk.Consent(r.Context(), user, c); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s may be contacted by %s", user, scope), nil
}

func (d *site) liftOptOut(r *http.Request) (string, error) {
	user, scope, no := d.chosen(r)
	reason := strings.TrimSpace(r.PostForm.Get("reason"))
	if no == nil && (reason == "" || len(reason) > mostReason || visibleText(reason) != reason) {
		no = &problem{Status: http.StatusUnprocessableEntity, Detail: fmt.Sprintf("the reason is empty, longer than %d bytes, or holds hidden characters", mostReason),
			Remedy: "say how the person asked to be contacted again; it stays in the record"}
	}
	if no == nil {
		no = sure(r, "the person asked for it")
	}
	if no != nil {
		return "", no
	}
	if err := d.Desk.Forgive(r.Context(), user, scope, byOf(r), reason, d.now()); err != nil {
		return "", err
	}
	return fmt.Sprintf("the opt-out of %s from %s is lifted", user, runner.ScopeName(scope)), nil
}

func (d *site) revoke(r *http.Request) (string, error) {
	user, scope, no := d.chosen(r)
	if no == nil {
		no = sure(r, "the opt-in is to end")
	}
	if no != nil {
		return "", no
	}
	if err := d.Desk.Revoke(r.Context(), user, scope, d.now()); err != nil {
		return "", err
	}
	return fmt.Sprintf("the opt-in of %s to %s is withdrawn", user, runner.ScopeName(scope)), nil
}

// exportOptOuts gives the opt-outs in the form that heed optout import reads.
func (d *site) exportOptOuts(w http.ResponseWriter, r *http.Request) {
	rows, err := d.Desk.People(r.Context(), runner.PeopleQuery{OptedOut: true})
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for _, row := range rows {
		if err == nil {
			err = enc.Encode(row)
		}
	}
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/jsonl; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="opt-outs.jsonl"`)
	_, _ = w.Write(b.Bytes()) // a browser that has gone needs no answer
}
