package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

var (
	// What has become due is marked 0, so that the next one is found in the order of
	// entering without walking what is due another day.
	promote    = sql(`UPDATE intents SET due_at = 0 WHERE seq IN (SELECT seq FROM intents WHERE bot = ? AND due_at > 0 AND due_at <= ? ORDER BY due_at LIMIT 1000)`)
	anyDue     = sql(`SELECT 1 FROM intents WHERE bot = ? AND due_at > 0 AND due_at <= ? LIMIT 1`)
	nextReady  = sql(`SELECT ` + intentColumns + ` FROM intents WHERE bot = ? AND due_at = 0 ORDER BY seq LIMIT 1`)
	nextDue    = sql(`SELECT due_at FROM intents WHERE bot = ? AND due_at > 0 ORDER BY due_at LIMIT 1`)
	putVerdict = sql(`INSERT INTO judgements (seq, verdict, facts, at) VALUES (?, ?, ?, ?)
		ON CONFLICT (seq) DO UPDATE SET verdict = excluded.verdict, facts = excluded.facts, at = excluded.at`)
	putState = sql(`UPDATE intents SET state = ?, pending = ?, due_at = ?, open_ended = ?, ended_at = ?, dry = ?, said = ?, code = ?, detail = NULL WHERE seq = ?`)
	putClaim = sql(`UPDATE intents SET state = ?, pending = 0, due_at = NULL, open_ended = 0, claimed_at = ?, ended_at = ?, attempts = ?, probes = 0,
		dry = ?, said = ?, code = NULL, detail = NULL, answer = NULL WHERE seq = ?`)
	addAct   = sql(`INSERT INTO acts (seq, attempt, bot, action, dry, at, state, target_user, target_post, cost) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	spend    = sql(`UPDATE inbound SET spent_by = ? WHERE bot = ? AND event = ? AND spent_by = ''`)
	endState = sql(`UPDATE intents SET state = ?, pending = 0, due_at = NULL, open_ended = 0, ended_at = ?, code = ?, detail = ? WHERE seq = ?`)
	wipe     = sql(`UPDATE intents SET stored = NULL WHERE seq = ?`)
)

// maxExpired is how many late intents one call puts away before it lets others go on.
const maxExpired = 256

// Decide takes the bot's next intent that is due, in the order they were entered, and
// judges it on facts read in the same transaction as its claim. A late one expires
// unjudged.
func (l *Ledger) Decide(ctx context.Context, b bots.Bot, p guards.Pipeline, now time.Time) (turn runner.Turn, ok bool, next time.Time, err error) {
	err = l.write(ctx, func(t *tx) (err error) {
		turn, ok, next, err = t.decide(b, p, now)
		return err
	})
	if err != nil {
		return runner.Turn{}, false, time.Time{}, err
	}
	return turn, ok, next, nil
}

// Next settles what the bot's turn has claimed and takes its next one: one commit on the
// way of an intent less than of Settle and Decide.
func (l *Ledger) Next(ctx context.Context, c runner.Closing, b bots.Bot, p guards.Pipeline, now time.Time) (turn runner.Turn, ok bool, next time.Time, err error) {
	err = l.write(ctx, func(t *tx) (err error) {
		if err := t.close(c); err != nil {
			return err
		}
		turn, ok, next, err = t.decide(b, p, now)
		return err
	})
	if err != nil {
		return runner.Turn{}, false, time.Time{}, err
	}
	return turn, ok, next, nil
}

func (t *tx) decide(b bots.Bot, p guards.Pipeline, now time.Time) (turn runner.Turn, ok bool, next time.Time, err error) {
	if b.Name == "" {
		return turn, false, next, fmt.Errorf("ledger: a bot without a name cannot take a turn")
	}
	if err := t.promote(b.Name, now); err != nil {
		return turn, false, next, err
	}
	for range maxExpired {
		it, err := t.nextFor(b.Name)
		switch {
		case err != nil:
			return turn, false, next, err
		case it == nil:
			_, err = t.first(nextDue, func(r *row) { next = r.when() }, b.Name)
			return turn, false, next, err
		case !it.expiresAt.IsZero() && !now.Before(it.expiresAt):
			turn = runner.Turn{Claim: it.claim(), State: runner.Expired}
			return turn, true, next, t.expire(it, now)
		case it.state == runner.Held: // only an expiry is due of a held one, and the clock went back
			if _, err := t.exec(setDue, it.expiresAt, it.seq); err != nil {
				return turn, false, next, err
			}
		default:
			turn, err = t.turn(b, p, it, now)
			return turn, true, next, err
		}
	}
	return turn, false, now, nil
}

var setDue = sql(`UPDATE intents SET due_at = ? WHERE seq = ?`)

func (t *tx) promote(bot string, now time.Time) error {
	due, err := t.first(anyDue, func(*row) {}, bot, now)
	if err != nil || !due {
		return err
	}
	_, err = t.exec(promote, bot, now)
	return err
}

func (t *tx) nextFor(bot string) (it *intent, err error) {
	_, err = t.first(nextReady, func(r *row) { it = scanIntent(r) }, bot)
	return it, err
}

func (t *tx) expire(it *intent, now time.Time) error {
	why := fmt.Sprintf("it was worth doing until %s", it.expiresAt.Format(time.RFC3339))
	return t.end(it, runner.Expired, now, runner.RecOutcome, "intent.expired", why)
}

// end puts an intent that did not act into a final state.
func (t *tx) end(it *intent, s runner.State, now time.Time, kind runner.RecordKind, code, why string, rules ...string) error {
	if _, err := t.exec(endState, s, now, null(code), null(cut(why, maxMessage)), it.seq); err != nil {
		return err
	}
	it.state, it.endedAt = s, now
	if err := t.ended(it); err != nil {
		return err
	}
	return t.logOf(it, runner.Record{At: now, Kind: kind, Bot: it.bot, State: s, Code: code, Message: why, User: it.person, Rules: rules}, nil)
}

// ended does what every final state asks for: the text counts no more unless it is
// out, and a message's words are wiped.
func (t *tx) ended(it *intent) error {
	if it.action == bots.DM {
		if _, err := t.exec(wipe, it.seq); err != nil {
			return err
		}
		if it.files > 0 {
			if _, err := t.exec(dropPicture, it.seq); err != nil {
				return err
			}
		}
	}
	return t.unplaceUnlessActed(it)
}

// turn judges one intent and writes what follows.
func (t *tx) turn(b bots.Bot, p guards.Pipeline, it *intent, now time.Time) (runner.Turn, error) {
	it.dry = rehearses(b)
	in, err := it.decode()
	s := &subject{intent: it, in: in}
	var v guards.Verdict
	var f guards.Facts
	if err != nil {
		// What cannot be read as it was entered is not sent, and must not stop the bot either.
		v = guards.Verdict{Effect: guards.Deny, At: now, Mode: b.Mode, Policy: p.Policy, Code: "ledger.bytes", Message: err.Error()}
		s.in = bots.Intent{ID: it.id, Key: it.key, Action: it.action}
	} else if v, f, err = t.judge(b, p, s, now); err != nil {
		return runner.Turn{}, fmt.Errorf("%s %s: %w", it.bot, it.key, err)
	}
	out, was := runner.Turn{Verdict: v}, it.state
	var proof []byte
	said := saying(v)
	out.Same = said == it.said
	if !out.Same {
		if proof, err = t.putJudgement(s, v, f); err != nil {
			return runner.Turn{}, err
		}
	}
	it.said, it.code = said, v.Code
	if err := t.obey(s, v, now); err != nil {
		return runner.Turn{}, err
	}
	if !out.Same || it.state != was { // a further attempt is on record even where nothing else is new
		if err := t.logVerdict(it, v, proof, now); err != nil {
			return runner.Turn{}, err
		}
	}
	out.State = it.state
	out.Claim = runner.Claim{Seq: it.seq, Bot: it.bot, ID: it.id, Key: it.key, Intent: s.in, Stored: it.stored,
		Since: it.claimedAt, Attempts: it.attempts, Dry: it.dry}
	if out.State != runner.Doing || it.action != bots.Reply {
		return out, nil
	}
	out.Leave, err = t.leave(it, b, f)
	return out, err
}

// saying is what of a verdict must differ for it to be news. A later time for the
// same reason is none.
func saying(v guards.Verdict) string {
	return v.Effect.String() + " " + v.Code
}

// putJudgement keeps the verdict and its facts, and gives the verdict's proof.
func (t *tx) putJudgement(s *subject, v guards.Verdict, f guards.Facts) ([]byte, error) {
	f = brief(f, s.in)
	if s.in.Action == bots.DM {
		v = mute(v)
	}
	verdict, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("ledger: verdict: %w", err)
	}
	facts, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("ledger: facts: %w", err)
	}
	_, err = t.exec(putVerdict, s.seq, string(verdict), string(facts), v.At.UnixMilli())
	return proofOfVerdict(verdict), err
}

func (t *tx) logVerdict(it *intent, v guards.Verdict, proof []byte, now time.Time) error {
	var rules []string
	remedy := ""
	for _, f := range v.Findings {
		if f.Effect == v.Effect && f.Effect != guards.Allow && f.Binds() {
			rules = append(rules, f.Rules...)
			if f.Code == v.Code {
				remedy = first(remedy, f.Remedy)
			}
		}
	}
	return t.logOf(it, runner.Record{At: now, Kind: runner.RecVerdict, Bot: it.bot, State: it.state, Code: v.Code,
		Message: v.Message, Remedy: remedy, User: it.person, Rules: unique(rules)}, proof)
}

// obey writes the state that the verdict asks for. Whatever is no clear yes holds.
func (t *tx) obey(s *subject, v guards.Verdict, now time.Time) error {
	it := s.intent
	switch v.Effect {
	case guards.Allow:
		return t.act(s, v.Cost, now)
	case guards.Deny:
		if _, err := t.exec(putState, runner.Denied, false, nil, 0, now, it.dry, it.said, v.Code, it.seq); err != nil {
			return err
		}
		it.state, it.endedAt = runner.Denied, now
		return t.ended(it)
	case guards.Defer:
		due := v.Until
		if due.IsZero() {
			due = now.Add(t.l.o.Retry)
		}
		it.state = runner.Deferred
		if _, err := t.exec(putState, it.state, true, least(due, it.expiresAt), v.Until.IsZero(), nil, it.dry, it.said, v.Code, it.seq); err != nil {
			return err
		}
	default:
		it.state = runner.Held
		if _, err := t.exec(putState, it.state, true, it.expiresAt, 0, nil, it.dry, it.said, v.Code, it.seq); err != nil {
			return err
		}
	}
	return t.place(it, s.sketch, s.has)
}
