package mcp

import (
	"cmp"
	"fmt"
	"time"

	"heed/bots"
	"heed/runner"
)

// standing is how one intent stands, without its words.
type standing struct {
	Bot       string       `json:"bot"`
	Key       string       `json:"key"`
	ID        string       `json:"id,omitempty"`
	Action    bots.Action  `json:"action,omitempty"`
	State     runner.State `json:"state"`
	EnteredAt time.Time    `json:"entered_at,omitzero"`
	AgainAt   time.Time    `json:"judged_again_at,omitzero"` // of a deferred one
	EndedAt   time.Time    `json:"ended_at,omitzero"`
	Verdict   *judged      `json:"verdict,omitempty"` // the latest
	Approved  bool         `json:"approved,omitempty"`
	Outcome   *outcome     `json:"outcome,omitempty"`
	Refusal   string       `json:"refusal,omitempty"` // why the line was no intent
	Detail    string       `json:"detail,omitempty"`
	Next      string       `json:"next"`
}

type judged struct {
	Decision string    `json:"decision"`
	Code     string    `json:"code"`
	Message  string    `json:"message"`
	At       time.Time `json:"at"`
}

type outcome struct {
	Code   string      `json:"code,omitempty"`
	PostID bots.PostID `json:"post_id,omitempty"`
	URL    string      `json:"url,omitempty"`
}

func standingOf(c runner.Case) standing {
	out := standing{Bot: c.Bot, Key: c.Key, ID: c.ID, Action: c.Intent.Action, State: c.State, EnteredAt: c.EnteredAt,
		EndedAt: c.EndedAt, Approved: c.Approval != nil, Refusal: c.Refusal, Detail: c.Detail, Next: next(c)}
	if c.State == runner.Deferred {
		out.AgainAt = c.DueAt
	}
	if v := c.Verdict; v != nil {
		out.Verdict = &judged{v.Effect.String(), v.Code, v.Message, v.At}
	}
	if a := c.Answer; a != nil {
		out.Outcome = &outcome{Code: a.Code, PostID: a.PostID}
		if a.PostID != "" && c.Intent.Action != bots.DM {
			out.Outcome.URL = a.PostID.URL()
		}
	}
	return out
}

// next says what follows, and what the agent can do for it.
func next(c runner.Case) string {
	switch c.State {
	case runner.Waiting:
		if c.Approval != nil {
			return "a person has approved it; the guards judge it once more, then it is done"
		}
		return "it waits for its turn; ask again in a moment"
	case runner.Deferred:
		return "heed judges it again by itself; there is nothing to do"
	case runner.Held:
		return fmt.Sprintf("it waits for a person of the operator, who says heed approve %s/%s or heed reject %s/%s; you cannot", c.Bot, c.Key, c.Bot, c.Key)
	case runner.Denied:
		if c.Refusal != "" {
			return "it was no intent: mend it, and propose it again"
		}
		return "it will not be done; explain says what would change the answer; a changed intent needs another key"
	case runner.Doing:
		return "heed is doing it now; ask again in a moment"
	case runner.Done:
		if c.Dry {
			return "it was rehearsed: the bot's mode is dry_run, and nothing was sent"
		}
		return "it is done"
	case runner.Failed:
		return "X refused it, and it will not be tried again"
	case runner.Unknown:
		return "nobody knows yet whether it was sent; heed looks it up; do not propose it again"
	case runner.Cancelled:
		return "it was taken back, by a person or because somebody asked not to be contacted; do not propose it again"
	case runner.Expired:
		return "its time was over before it could be done"
	}
	return ""
}

// line is a standing in one line.
func (s standing) line() string {
	out := fmt.Sprintf("%s/%s is %s", s.Bot, s.Key, s.State)
	switch {
	case s.Refusal != "":
		out += ": " + s.Refusal
	case s.Outcome != nil && s.Outcome.PostID != "":
		out += ": " + cmp.Or(s.Outcome.URL, string(s.Outcome.PostID))
	case s.Detail != "":
		out += ": " + s.Detail
	case s.Verdict != nil:
		out += fmt.Sprintf(": %s %s: %s", s.Verdict.Decision, s.Verdict.Code, s.Verdict.Message)
	}
	if s.Next != "" {
		out += ". Next: " + s.Next
	}
	return out + "."
}
