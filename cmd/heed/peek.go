package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"heed/bots"
	"heed/cmd/heed/table"
	"heed/config"
	"heed/guards"
	"heed/runner"
)

// passing is when an intent would pass, as far as it can be told today.
type passing struct {
	At    time.Time `json:"at,omitzero"`     // zero: at no time that can be told
	Steps []string  `json:"waits,omitempty"` // what it waits for on the way
	Never string    `json:"never,omitempty"` // why no time can be told
}

// maxWaits bounds the search: a window that stays full gives a new time again and again.
const maxWaits = 32

// whenPasses follows deferrals to the instant at which nothing objects, as if nothing
// else happened until then and heed went on reading inboxes and bios.
func whenPasses(ctx context.Context, desk runner.Desk, b config.Bot, in bots.Intent, v guards.Verdict, f guards.Facts) (w passing, err error) {
	stored, err := in.Encode()
	if err != nil {
		return w, err
	}
	inbox, bio := f.InboxAt, f.Profile.CheckedAt
	at := f.Now
	for range maxWaits {
		switch {
		case v.Effect == guards.Allow:
			w.At = at
			return w, nil
		case v.Effect != guards.Defer:
			w.Never = fmt.Sprintf("%s: %s", v.Effect, v.Message)
			return w, nil
		case v.Until.IsZero():
			w.Never = "it waits until this is lifted: " + v.Message
			return w, nil
		case in.Late(v.Until):
			w.Never = fmt.Sprintf("it expires at %s, and waits longer than that: %s", stamp(in.ExpiresAt), v.Message)
			return w, nil
		}
		w.Steps = append(w.Steps, fmt.Sprintf("until %s: %s", stamp(v.Until), v.Message))
		passed := v.Until.Sub(f.Now)
		at = v.Until
		_, then, err := desk.Peek(ctx, b.Bot, b.Pipeline, in, at)
		if err != nil {
			return w, err
		}
		then.InboxAt, then.Profile.CheckedAt = aged(inbox, passed), aged(bio, passed)
		v = b.Pipeline.Judge(in, bots.Hash(stored), then)
	}
	w.Never = fmt.Sprintf("no end was found after %d waits", maxWaits)
	return w, nil
}

// aged is a reading that heed will have renewed by then; one that never was, stays so.
func aged(t time.Time, by time.Duration) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(by)
}

func (a *app) tellPeek(v guards.Verdict, w passing) error {
	if a.json {
		if err := json.NewEncoder(a.out).Encode(map[string]any{"verdict": v, "passes": v.Effect == guards.Allow, "when": w}); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(a.out, table.CleanLines(verdictText(v)))
		switch {
		case v.Effect == guards.Allow:
			fmt.Fprintf(a.out, "it would pass now; it costs %s\n", v.Cost)
		case w.Never != "":
			fmt.Fprintf(a.out, "no time can be told: %s\n", w.Never)
		default:
			fmt.Fprintf(a.out, "it would pass at %s, if nothing else happens until then\n", stamp(w.At))
			for _, s := range w.Steps {
				fmt.Fprintf(a.out, "  %s\n", s)
			}
		}
	}
	if v.Effect != guards.Allow {
		return exit{code: exitRefused}
	}
	return nil
}
