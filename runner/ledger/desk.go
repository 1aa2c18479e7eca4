package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"heed/guards"
	"heed/guards/likeness"
	"heed/runner"
)

var (
	putApproval = sql(`UPDATE intents SET state = 'waiting', pending = 1, due_at = 0, open_ended = 0, said = NULL, approval = ? WHERE seq = ?`)
	verdictOf   = sql(`SELECT verdict FROM judgements WHERE seq = ?`)
)

// codeApproved is the code of a person's yes.
const codeApproved = "desk.approved"

// Approve releases the holds of one held intent for 24 hours (Options.ApprovalTTL),
// bound to the hash of its bytes. It is judged again before it is done: what is
// forbidden meanwhile stays forbidden.
func (l *Ledger) Approve(ctx context.Context, key runner.Ref, by, hash string, at time.Time) error {
	if by == "" || at.IsZero() {
		return errors.New("ledger: an approval needs who gives it and when")
	}
	return l.write(ctx, func(t *tx) error {
		it, err := find(t.conn, key)
		if err != nil {
			return err
		}
		if it.state != runner.Held {
			return fmt.Errorf("ledger: intent %s of %s is %s: only a held one can be approved", it.key, it.bot, it.state)
		}
		if hash != it.hash {
			return fmt.Errorf("ledger: intent %s of %s has the hash %.12s and the approval was for %.12s: look at it again", it.key, it.bot, it.hash, hash)
		}
		a := guards.Approval{By: by, At: at, Hash: hash}
		if a.Codes, err = t.holds(it); err != nil {
			return err
		}
		raw, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("ledger: approval: %w", err)
		}
		if _, err := t.exec(putApproval, string(raw), it.seq); err != nil {
			return err
		}
		it.state = runner.Waiting
		t.stir(it.bot)
		if err := t.place(it, likeness.Sketch{}, false); err != nil {
			return err
		}
		return t.logOf(it, runner.Record{At: at, Kind: runner.RecVerdict, Bot: it.bot, State: runner.Waiting, Code: codeApproved,
			User: it.person, Message: fmt.Sprintf("%s released %v", by, a.Codes)}, proofOfApproval(raw))
	})
}

// holds are the codes that a yes releases: what held the intent, and what an earlier
// yes has released already.
func (t *tx) holds(it *intent) ([]string, error) {
	codes := []string{}
	if it.code != "" {
		codes = append(codes, it.code)
	}
	var raw []byte
	if _, err := t.first(verdictOf, func(r *row) { raw = r.blob() }, it.seq); err != nil || len(raw) == 0 {
		return codes, err
	}
	var v guards.Verdict
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, fmt.Errorf("ledger: verdict of intent %s: %w", it.id, err)
	}
	for _, f := range v.Findings {
		if f.Effect == guards.Hold && !f.Watched && !slices.Contains(codes, f.Code) {
			codes = append(codes, f.Code)
		}
	}
	return codes, nil
}

// Reject cancels an intent that is held, deferred or waiting.
func (l *Ledger) Reject(ctx context.Context, key runner.Ref, by, reason string, at time.Time) error {
	if by == "" || at.IsZero() {
		return errors.New("ledger: a rejection needs who gives it and when")
	}
	return l.write(ctx, func(t *tx) error {
		it, err := find(t.conn, key)
		if err != nil {
			return err
		}
		switch it.state {
		case runner.Held, runner.Waiting, runner.Deferred:
		default:
			return fmt.Errorf("ledger: intent %s of %s is %s: only one that is held, waiting or deferred can be rejected", it.key, it.bot, it.state)
		}
		return t.end(it, runner.Cancelled, at, runner.RecOutcome, "desk.rejected", fmt.Sprintf("rejected by %s: %s", by, first(reason, "no reason was given")))
	})
}
