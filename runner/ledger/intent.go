package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// intent is a row of the table intents.
type intent struct {
	seq        int64
	bot        string
	key        string
	id         string
	action     bots.Action
	state      runner.State
	dueAt      time.Time // the zero time when nothing is due; see ready
	ready      bool      // due now
	enteredAt  time.Time
	expiresAt  time.Time
	claimedAt  time.Time
	endedAt    time.Time
	attempts   int
	probes     int
	dry        bool
	targetUser bots.UserID
	targetPost bots.PostID
	person     bots.UserID
	cause      string
	postID     bots.PostID
	hash       string
	said       string
	code       string
	detail     string
	refusal    string
	approval   *guards.Approval
	answer     string
	stored     []byte
	origin     guards.Origin
	files      int // pictures it was entered with
}

const intentColumns = `seq, bot, key, id, action, state, coalesce(due_at, probe_at), entered_at, expires_at, claimed_at, ended_at, attempts, probes, dry,
	target_user, target_post, person, cause, post_id, hash, said, code, detail, refusal, approval, answer, stored, origin, files`

var (
	intentBySeq  = sql(`SELECT ` + intentColumns + ` FROM intents WHERE seq = ?`)
	intentByKey  = sql(`SELECT ` + intentColumns + ` FROM intents WHERE bot = ? AND key = ?`)
	intentByID   = sql(`SELECT ` + intentColumns + ` FROM intents WHERE id = ? LIMIT 2`)
	intentByTail = sql(`SELECT ` + intentColumns + ` FROM intents WHERE substr(id, -8) = ? AND recent = 1 ORDER BY seq DESC LIMIT 100`)
)

func scanIntent(r *row) *intent {
	it := &intent{seq: r.num(), bot: r.str(), key: r.str(), id: r.str(), action: bots.Action(r.str()), state: runner.State(r.str())}
	if due := r.when(); !due.IsZero() {
		it.dueAt, it.ready = due, due.UnixMilli() == 0
	}
	it.enteredAt, it.expiresAt, it.claimedAt, it.endedAt = r.when(), r.when(), r.when(), r.when()
	it.attempts, it.probes, it.dry = int(r.num()), int(r.num()), r.flag()
	it.targetUser, it.targetPost, it.person = bots.UserID(r.str()), bots.PostID(r.str()), bots.UserID(r.str())
	it.cause, it.postID, it.hash, it.said = r.str(), bots.PostID(r.str()), r.str(), r.str()
	it.code, it.detail, it.refusal = r.str(), r.str(), r.str()
	if a := r.blob(); len(a) > 0 {
		it.approval = new(guards.Approval)
		if json.Unmarshal(a, it.approval) != nil {
			it.approval = nil // an approval that cannot be read is none
		}
	}
	it.answer, it.stored, it.origin, it.files = r.str(), r.blob(), guards.Origin(r.str()), int(r.num())
	return it
}

// loadIntent gives nil for a number that is not there.
func loadIntent(c *conn, seq int64) (it *intent, err error) {
	_, err = c.first(intentBySeq, func(r *row) { it = scanIntent(r) }, seq)
	return it, err
}

var errWiped = errors.New("ledger: the intent's text is no longer kept")

// decode reads the stored bytes, and refuses bytes that are not those that were
// entered (promise P6).
func (it *intent) decode() (bots.Intent, error) {
	if it.stored == nil {
		return bots.Intent{}, errWiped
	}
	if bots.Hash(it.stored) != it.hash {
		return bots.Intent{}, fmt.Errorf("ledger: the stored bytes of intent %s are not those that were entered", it.id)
	}
	return bots.DecodeIntent(it.stored)
}

// claim is the row as the runner knows it. Without its bytes the Intent holds what the row tells.
func (it *intent) claim() runner.Claim {
	in, err := it.decode()
	if err != nil {
		in = bots.Intent{ID: it.id, Key: it.key, Action: it.action, Cause: it.cause, ExpiresAt: it.expiresAt,
			Target: bots.Target{UserID: it.targetUser, PostID: it.targetPost}}
	}
	return runner.Claim{Seq: it.seq, Bot: it.bot, ID: it.id, Key: it.key, Intent: in, Stored: it.stored,
		Since: it.claimedAt, Attempts: it.attempts, Probes: it.probes, Dry: it.dry}
}

// find looks an intent up by what a person names it: bot and key, its id, or until it is
// swept the last 8 or more characters of that.
func find(c *conn, ref runner.Ref) (*intent, error) {
	var found []*intent
	scan := func(r *row) { found = append(found, scanIntent(r)) }
	name := ref.ID
	var err error
	switch {
	case ref.ID == "" && ref.Bot != "" && ref.Key != "":
		name = ref.Bot + " " + ref.Key
		if err = c.each(intentByKey, scan, ref.Bot, ref.Key); err == nil && len(found) == 0 { // it may have been forgotten
			err = c.each(intentByKey, scan, ref.Bot, fingerprint(ref.Key))
		}
	case ref.ID != "":
		err = c.each(intentByID, scan, ref.ID)
		if err == nil && len(found) == 0 && len(ref.ID) >= 8 && len(ref.ID) <= 64 {
			err = c.each(intentByTail, func(r *row) {
				if it := scanIntent(r); strings.HasSuffix(it.id, ref.ID) {
					found = append(found, it)
				}
			}, ref.ID[len(ref.ID)-8:])
		}
	default:
		return nil, errors.New("ledger: an intent is named by its bot and key, or by its id")
	}
	if ref.Bot != "" {
		found = keep(found, func(it *intent) bool { return it.bot == ref.Bot })
	}
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, fmt.Errorf("ledger: intent %q: %w", name, runner.ErrNotFound)
	case len(found) > 1:
		return nil, fmt.Errorf("ledger: %q is the id of more than one intent (%s %s and %s %s): name bot and key",
			name, found[0].bot, found[0].key, found[1].bot, found[1].key)
	}
	return found[0], nil
}

func keep[T any](all []T, want func(T) bool) []T {
	var out []T
	for _, v := range all {
		if want(v) {
			out = append(out, v)
		}
	}
	return out
}

var judgementOf = sql(`SELECT verdict, facts FROM judgements WHERE seq = ?`)

// Case is all that is known of one intent; runner.ErrNotFound.
func (l *Ledger) Case(ctx context.Context, key runner.Ref) (out runner.Case, err error) {
	err = l.read(ctx, func(c *conn) error {
		it, err := find(c, key)
		if err != nil {
			return err
		}
		if out, err = fullCase(c, it); err != nil {
			return err
		}
		out.History, err = history(c, it.seq)
		return err
	})
	return out, err
}

func fullCase(c *conn, it *intent) (runner.Case, error) {
	out := runner.Case{Claim: it.claim(), State: it.state, EnteredAt: it.enteredAt, DueAt: it.dueAt, EndedAt: it.endedAt,
		Hash: it.hash, Origin: it.origin, Refusal: it.refusal, Detail: it.detail, Approval: it.approval}
	if it.ready {
		out.DueAt = it.enteredAt
	}
	if it.answer != "" {
		out.Answer = new(runner.Answer)
		if err := json.Unmarshal([]byte(it.answer), out.Answer); err != nil {
			return out, fmt.Errorf("ledger: answer of intent %s: %w", it.id, err)
		}
	}
	var err error
	if out.Media, err = picturesOf(c, it); err != nil {
		return out, err
	}
	var verdict, facts []byte
	if _, err := c.first(judgementOf, func(r *row) { verdict, facts = r.blob(), r.blob() }, it.seq); err != nil {
		return out, err
	}
	if len(verdict) > 0 {
		out.Verdict = new(guards.Verdict)
		if err := json.Unmarshal(verdict, out.Verdict); err != nil {
			return out, fmt.Errorf("ledger: verdict of intent %s: %w", it.id, err)
		}
	}
	if len(facts) > 0 {
		out.Facts = new(guards.Facts)
		if err := json.Unmarshal(facts, out.Facts); err != nil {
			return out, fmt.Errorf("ledger: facts of intent %s: %w", it.id, err)
		}
	}
	return out, nil
}

var inState = sql(`SELECT ` + intentColumns + ` FROM intents WHERE state = ? AND (? = '' OR bot = ?) ORDER BY seq LIMIT ?`)

// Waiting lists intents by state, oldest first, at most limit; 0 means 100. Without a
// state it lists what is not final.
func (l *Ledger) Waiting(ctx context.Context, states []runner.State, bot string, limit int) (out []runner.Case, err error) {
	if limit <= 0 {
		limit = 100
	}
	if len(states) == 0 {
		states = []runner.State{runner.Waiting, runner.Deferred, runner.Held, runner.Doing, runner.Unknown}
	}
	err = l.read(ctx, func(c *conn) error {
		var all []*intent
		for _, s := range states {
			if err := c.each(inState, func(r *row) { all = append(all, scanIntent(r)) }, s, bot, bot, limit); err != nil {
				return err
			}
		}
		sortBySeq(all)
		for _, it := range all[:min(len(all), limit)] {
			one, err := fullCase(c, it)
			if err != nil {
				return err
			}
			out = append(out, one)
		}
		return nil
	})
	return out, err
}
