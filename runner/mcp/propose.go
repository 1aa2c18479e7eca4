package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"heed/bots"
	"heed/runner"
)

// intentFields are those of the contract that an agent may fill in. The others are heed's.
const intentFields = "action, text, target, key, cause, reason, hold, not_before, expires_at, template, facts, media, poll, reply_settings, made_with_ai, paid_partnership, sensitive, labels"

// propose hands an intent to the running heed and waits a little for what is made of it.
func (s *server) propose(ctx context.Context, args json.RawMessage) (answer, error) {
	in, err := s.readIntent(args)
	if err != nil {
		return answer{}, err
	}
	in.Hold = in.Hold || !s.NoHold
	line, err := in.Encode()
	if err != nil {
		return answer{}, err
	}
	select {
	case s.room <- struct{}{}:
		defer func() { <-s.room }()
	default:
		return answer{}, fmt.Errorf("%d proposals wait for their verdicts already: wait for one, then propose it again under the same key; nothing was done", proposals)
	}
	ctx, cancel := context.WithTimeout(ctx, verdictWithin)
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()
	key, verdict, err := s.emit(ctx, line)
	switch {
	case key == "" && ctx.Err() != nil:
		return answer{}, fmt.Errorf("heed did not answer within %s: propose it again under the same key, which is safe", verdictWithin)
	case key == "":
		return answer{}, err
	case verdict != nil && verdict.Decision == "invalid":
		return answer{}, wrong("", strings.TrimPrefix(verdict.Message, "intent: "), "mend it and propose it again")
	}
	return s.proposed(context.WithoutCancel(ctx), key, verdict)
}

// emit says by which key heed took the intent, "" when it did not, and the verdict if
// there was one in time.
func (s *server) emit(ctx context.Context, line []byte) (key string, verdict *bots.VerdictLine, err error) {
	err = s.Emit(ctx, line, func(l []byte) error {
		var first struct {
			Queued bool
			Key    string
		}
		var e bots.Event
		switch {
		case key == "" && json.Unmarshal(l, &first) == nil && first.Queued:
			key = first.Key
		case json.Unmarshal(l, &e) == nil && e.Verdict != nil:
			verdict = e.Verdict
		}
		return nil
	})
	if key == "" && err == nil {
		err = errors.New("heed gave no answer; propose it again under the same key, which is safe")
	}
	return key, verdict, err
}

// proposed tells what heed made of a proposal that it took.
func (s *server) proposed(ctx context.Context, key string, verdict *bots.VerdictLine) (answer, error) {
	c, err := s.Book.Case(ctx, runner.Ref{Bot: s.Bot, Key: key})
	if errors.Is(err, runner.ErrNotFound) { // it is on the road still
		st := standing{Bot: s.Bot, Key: key, State: runner.Waiting, Next: "heed has it and has not judged it yet; ask for its status"}
		return answer{data: st, text: st.line()}, nil
	}
	if err != nil {
		return answer{}, err
	}
	st := standingOf(c)
	a := answer{data: st, text: st.line()}
	if verdict != nil && verdict.Decision == "duplicate" {
		a.text = "Nothing new was taken in: this key was used before, and this is what became of it. " + a.text
	}
	return a, nil
}

// readIntent reads a proposal and tells every mistake at once, with a way out of it.
func (s *server) readIntent(args []byte) (bots.Intent, error) {
	in, found := bots.DecodeTelling(args)
	for field, given := range map[string]bool{"v": in.V != 0, "type": in.Type != "", "id": in.ID != ""} {
		if given {
			found = append(found, bots.Mistake{Field: field, Says: "is heed's to fill in"})
		}
	}
	if len(found) == 0 {
		return in, nil
	}
	m := &mistaken{head: "nothing was proposed:"}
	for _, f := range found {
		m.all = append(m.all, mistake{f, s.hint(f)})
	}
	return in, m
}

// hint is the way out of a mistake, "" where it says enough by itself.
func (s *server) hint(m bots.Mistake) string {
	switch m.Field {
	case "bot", "handle", "account":
		return fmt.Sprintf("leave it out: you speak for the bot %s and no other", s.Bot)
	case "reply_to", "in_reply_to", "post_id", "to":
		return `write "target": {"post_id": "…"}`
	case "user_id", "user":
		return `write "target": {"user_id": "…"}`
	case "action":
		return "it is one of " + words(bots.Actions())
	case "target", "target.post_id", "target.user_id":
		return "an id stands in target as a string of digits: as a number it would lose some"
	case "not_before", "expires_at":
		return "a time like 2026-11-22T18:00:00Z"
	case "v", "type", "id":
		return "leave it out"
	}
	if strings.HasPrefix(m.Says, "unknown key") && !strings.Contains(m.Says, "did you mean") {
		return "the fields are: " + intentFields
	}
	return ""
}

func words[T ~string](all []T) string {
	out := make([]string, len(all))
	for i, w := range all {
		out[i] = string(w)
	}
	return strings.Join(out, ", ")
}
