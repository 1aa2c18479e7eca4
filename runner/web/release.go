package web

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"heed/runner"
)

// The pages on which a person looks once more at what they chose, and says yes or no.
// Each intent is shown whole, and each answer is bound to the bytes that were shown: there
// is no yes to what does not stand on the page (rules P4 and A14).
var (
	approvePage = page{path: "/approve", file: "approve", show: (*site).picked, acts: map[string]act{"now": (*site).approve}, leads: "/needs", still: true}
	rejectPage  = page{path: "/reject", file: "reject", show: (*site).picked, acts: map[string]act{"now": (*site).reject}, leads: "/needs", still: true}
)

const (
	mostPicked = 20  // intents on one page of a yes or a no
	mostReason = 200 // bytes of a reason
)

// pick names an intent as it was looked at: by the hash of its bytes, its bot and its key.
type pick struct {
	Hash string
	runner.Ref
}

func pickOf(c runner.Case) string { return c.Hash + ":" + c.Bot + "/" + c.Key }

func readPicks(all []string) (out []pick, no *problem) {
	switch {
	case len(all) == 0:
		return nil, &problem{Status: http.StatusUnprocessableEntity, Detail: "nothing was chosen", Remedy: "go back and choose what is meant"}
	case len(all) > mostPicked:
		return nil, &problem{Status: http.StatusUnprocessableEntity, Detail: fmt.Sprintf("%d were chosen, and %d at a time can be looked at", len(all), mostPicked), Remedy: "go back and choose fewer"}
	}
	for _, s := range all {
		hash, ref, ok1 := strings.Cut(s, ":")
		bot, key, ok2 := strings.Cut(ref, "/")
		if !ok1 || !ok2 || hash == "" || bot == "" || key == "" {
			return nil, &problem{Status: http.StatusUnprocessableEntity, Detail: "what was chosen is no intent", Remedy: "go back and choose on the page"}
		}
		p := pick{hash, runner.Ref{Bot: bot, Key: key}}
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out, nil
}

// picked shows what was chosen, as it is in the ledger now.
func (d *site) picked(r *http.Request) (any, error) {
	picks, no := readPicks(r.URL.Query()["pick"])
	if no != nil {
		return nil, no
	}
	var out []preview
	for _, p := range picks {
		c, err := d.current(r, p)
		if err != nil {
			return nil, err
		}
		out = append(out, d.preview(c))
	}
	return out, nil
}

// current is a chosen intent, while it is still held and still what was looked at.
func (d *site) current(r *http.Request, p pick) (runner.Case, error) {
	c, err := d.Desk.Case(r.Context(), p.Ref)
	switch {
	case err != nil:
		return c, err
	case c.Hash != p.Hash:
		return c, &problem{Status: http.StatusConflict, Detail: fmt.Sprintf("%s/%s is not what you looked at: its bytes have the hash %.12s, and you looked at %.12s", c.Bot, c.Key, c.Hash, p.Hash),
			Remedy: "look at it again on the page of what needs you"}
	case c.State != runner.Held:
		return c, &problem{Status: http.StatusConflict, Detail: fmt.Sprintf("%s/%s waits for nobody any more: it is %s", c.Bot, c.Key, c.State),
			Remedy: "somebody else may have answered; heed why " + c.Bot + "/" + c.Key + " tells what happened"}
	}
	return c, nil
}

// approve says yes to each chosen intent, one by one, each bound to its own hash.
func (d *site) approve(r *http.Request) (string, error) {
	return d.each(r, "approved", func(p pick) error { return d.Desk.Approve(r.Context(), p.Ref, byOf(r), p.Hash, d.now()) })
}

// reject cancels each chosen intent, with the reason for the record.
func (d *site) reject(r *http.Request) (string, error) {
	reason := strings.TrimSpace(r.PostForm.Get("reason"))
	if len(reason) > mostReason || visibleText(reason) != reason || strings.ContainsAny(reason, "\r\n\t") {
		return "", &problem{Status: http.StatusUnprocessableEntity, Detail: fmt.Sprintf("the reason is longer than %d bytes, or holds hidden characters or line ends", mostReason), Remedy: "say it in one short line"}
	}
	return d.each(r, "rejected", func(p pick) error { return d.Desk.Reject(r.Context(), p.Ref, byOf(r), reason, d.now()) })
}

// each does one thing to all that was chosen. Everything is looked at before anything is
// done; what fails all the same is told beside what was done before it.
func (d *site) each(r *http.Request, word string, do func(pick) error) (string, error) {
	picks, no := readPicks(r.PostForm["pick"])
	if no != nil {
		return "", no
	}
	for _, p := range picks {
		if _, err := d.current(r, p); err != nil {
			return "", err
		}
	}
	var done []string
	for _, p := range picks {
		if err := do(p); err != nil {
			return "", d.halfway(r, p, word, done, err)
		}
		done = append(done, p.Bot+"/"+p.Key)
	}
	return word + " " + strings.Join(done, ", ") + after[word], nil
}

var after = map[string]string{"approved": "; the guards judge it once more before it is done", "rejected": ""}

// halfway tells what was done and what was not.
func (d *site) halfway(r *http.Request, p pick, word string, done []string, err error) error {
	no := &problem{Status: http.StatusServiceUnavailable, Detail: err.Error(), Remedy: "go back to what needs you and try again"}
	var changed *problem
	if _, now := d.current(r, p); errors.As(now, &changed) {
		no = changed
	} else {
		d.report(err)
	}
	if len(done) > 0 {
		no.Detail += "; " + word + " before it: " + strings.Join(done, ", ")
	}
	return no
}

func count(n int) string { return strconv.Itoa(n) }

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
