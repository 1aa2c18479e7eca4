package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// form is what the judgements of one action have in common: all but their time.
type form struct {
	said, code, message string
	cost                guards.Money
	whole, thin, facts  stamped
}

// stamped is JSON with the places where a time belongs cut out.
type stamped [][]byte

// mark is a moment that no case has.
var mark = time.Date(1999, 3, 1, 7, 8, 9, 0, time.UTC)

func stamp(v any) (stamped, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return bytes.Split(raw, []byte(mark.Format(time.RFC3339Nano))), nil
}

func (s stamped) at(t time.Time) []byte {
	return bytes.Join(s, []byte(t.Format(time.RFC3339Nano)))
}

func formsOf(cases map[bots.Action]runner.Case) (map[bots.Action]*form, error) {
	out := map[bots.Action]*form{}
	for action, c := range cases {
		if c.Verdict == nil || c.Facts == nil || c.Verdict.Effect != guards.Allow {
			return nil, fmt.Errorf("ledger: the case of a %s must be one that was allowed, with its verdict and facts", action)
		}
		v, facts := *c.Verdict, *c.Facts
		v.At, facts.Now = mark, mark
		f := &form{said: saying(v), code: v.Code, message: v.Message, cost: max(v.Cost, 0)}
		var err error
		if f.whole, err = stamp(v); err != nil {
			return nil, err
		}
		if f.thin, err = stamp(thinned(v)); err != nil {
			return nil, err
		}
		if f.facts, err = stamp(facts); err != nil {
			return nil, err
		}
		out[action] = f
	}
	return out, nil
}

// judged writes the verdict with its record, or what a sweep leaves of both.
func (f *form) judged(t *tx, it *intent, at time.Time, sweep int64) (*line, error) {
	x := lineOf(runner.Record{At: at, Kind: runner.RecVerdict, Bot: it.bot, State: runner.Doing, Code: f.code, Message: f.message, User: it.person})
	x.seq, x.id, x.bytes = it.seq, it.id, it.hash
	whole := f.whole.at(at)
	x.proof = proofOfVerdict(whole)
	if sweep == 0 {
		if _, err := t.exec(putVerdict, it.seq, string(whole), string(f.facts.at(at)), at); err != nil {
			return nil, err
		}
		return x, t.put(x)
	}
	if _, err := t.exec(putVerdict, it.seq, string(f.thin.at(at)), nil, nil); err != nil {
		return nil, err
	}
	x.n = t.l.end.n + 1
	if err := t.bind(x); err != nil {
		return nil, err
	}
	_, err := t.exec(pastLine, x.n, x.seq, x.at, x.bot, x.state, x.code, x.link, x.proof, x.salt[:saltBytes], x.words(), sweep, x.hash, x.user)
	t.l.end.n = x.n
	return x, err
}

// landed is the answer of an act that surely happened.
func landed(post bots.PostID) ([]byte, error) {
	answer := runner.Answer{Outcome: runner.Landed, PostID: post, Status: 201}
	raw, err := json.Marshal(answer)
	if err != nil {
		return nil, fmt.Errorf("ledger: answer: %w", err)
	}
	return raw, nil
}
