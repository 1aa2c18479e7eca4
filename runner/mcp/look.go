package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"heed/bots"
	"heed/runner"
)

const (
	mostRecent  = 50
	someRecent  = 20 // when the agent does not say
	recentPages = 10 // of the record looked through: other bots write there too
)

// find finds one of the bot's own intents. What another bot has under that name is not
// found, as if it did not exist.
func (s *server) find(ctx context.Context, args json.RawMessage) (runner.Case, error) {
	var by struct {
		Key string `json:"key"`
		ID  string `json:"id"`
	}
	if err := read(args, &by, "key, id"); err != nil {
		return runner.Case{}, err
	}
	if (by.Key == "") == (by.ID == "") {
		return runner.Case{}, wrong("key", "name one intent, by its key or by its id", "recent lists both")
	}
	name := by.Key + by.ID
	if len(name) > 4*bots.MaxKey {
		return runner.Case{}, wrong("key", fmt.Sprintf("more than %d characters", bots.MaxKey), "recent lists the keys")
	}
	c, err := s.Book.Case(ctx, runner.Ref{Bot: s.Bot, Key: by.Key, ID: by.ID})
	if errors.Is(err, runner.ErrNotFound) || err == nil && c.Bot != s.Bot {
		return runner.Case{}, fmt.Errorf("%.80q: the bot %s has no intent of this key or id; recent lists its last ones", name, s.Bot)
	}
	return c, err
}

func (s *server) status(ctx context.Context, args json.RawMessage) (answer, error) {
	c, err := s.find(ctx, args)
	if err != nil {
		return answer{}, err
	}
	st := standingOf(c)
	return answer{data: st, text: st.line()}, nil
}

// brief is an intent in a list.
type brief struct {
	Key       string       `json:"key"`
	ID        string       `json:"id"`
	Action    bots.Action  `json:"action,omitempty"`
	State     runner.State `json:"state"`
	Code      string       `json:"code,omitempty"` // of its verdict
	EnteredAt time.Time    `json:"entered_at"`
}

// recent lists the bot's own last intents, newest first.
func (s *server) recent(ctx context.Context, args json.RawMessage) (answer, error) {
	by := struct {
		Limit int `json:"limit"`
	}{someRecent}
	if err := read(args, &by, "limit"); err != nil {
		return answer{}, err
	}
	if by.Limit < 1 || by.Limit > mostRecent {
		return answer{}, wrong("limit", fmt.Sprintf("%d; 1 to %d", by.Limit, mostRecent), "")
	}
	list := []brief{}
	seen := map[string]bool{}
	q := runner.LogQuery{Bot: s.Bot, Kinds: []runner.RecordKind{runner.RecEntered}, Limit: by.Limit}
	for range recentPages {
		page, err := s.Book.Log(ctx, q)
		if err != nil {
			return answer{}, err
		}
		for _, r := range page.Records {
			if r.ID == "" || seen[r.ID] || len(list) == by.Limit {
				continue
			}
			seen[r.ID] = true
			c, err := s.Book.Case(ctx, runner.Ref{Bot: s.Bot, ID: r.ID})
			if errors.Is(err, runner.ErrNotFound) { // a refused line that is no longer kept
				continue
			}
			if err != nil {
				return answer{}, err
			}
			list = append(list, briefOf(c))
		}
		if q.Before = page.Older; q.Before == 0 || len(list) == by.Limit {
			break
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d intents of %s, newest first", len(list), s.Bot)
	for _, x := range list {
		fmt.Fprintf(&b, "\n%s %s %s %s", x.EnteredAt.UTC().Format(time.RFC3339), x.State, x.Action, x.Key)
	}
	return answer{data: map[string]any{"bot": s.Bot, "intents": list}, text: b.String()}, nil
}

func briefOf(c runner.Case) brief {
	b := brief{Key: c.Key, ID: c.ID, Action: c.Intent.Action, State: c.State, EnteredAt: c.EnteredAt}
	if c.Verdict != nil {
		b.Code = c.Verdict.Code
	}
	return b
}
