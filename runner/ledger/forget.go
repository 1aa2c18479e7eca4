package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"heed/bots"
	"heed/runner"
)

const (
	// forgetBatch is how many rows one transaction of an erasure takes, so that nobody
	// waits long for the writer.
	forgetBatch = 200
	// mostRounds is how often an erasure looks again for what came in meanwhile.
	mostRounds = 4
)

// Forget erases a person or a post: what was wanted, judged, done, heard and said of them.
// Of a person stay opt-outs and reviews in force, without what led to them. What is still
// to be done to them is recalled first. Acts count in windows as before, but for nobody.
// A key that a bot used is known again by its fingerprint alone, and so is an event: the
// same intent is not done twice, and the same message not answered twice.
//
// What is on its way to X (doing, unknown) stays until it has ended, because heed must be
// able to find out whether it happened: Forgotten.UnderWay names it, and Forget is to be
// called again then. It goes in several transactions; one that was broken off can be
// begun again.
func (l *Ledger) Forget(ctx context.Context, e runner.Erasure) (out runner.Forgotten, err error) {
	if !bots.IsSnowflake(e.ID()) || e.User != "" && e.Post != "" {
		return out, errors.New("ledger: an erasure needs the id of one person or of one post")
	}
	if e.At.IsZero() || e.By == "" {
		return out, errors.New("ledger: an erasure needs who does it and when")
	}
	o := &oblivion{Erasure: e, id: e.ID(), out: &out}
	if err := l.notOurs(ctx, e); err != nil {
		return out, err
	}
	if !e.DryRun {
		if err := l.write(ctx, func(t *tx) error { return o.recall(t) }); err != nil {
			return out, err
		}
	}
	for round := range mostRounds {
		found, err := o.search(ctx, l)
		if err != nil {
			return out, err
		}
		if e.DryRun {
			o.count(found)
			break
		}
		todo := found.steps(o)
		if len(todo) == 0 && round > 0 {
			break
		}
		if err := o.take(ctx, l, todo, round == 0); err != nil {
			return out, err
		}
	}
	if !e.DryRun {
		if err := l.write(ctx, o.inJournal); err != nil {
			return out, err
		}
		if out.Shrunk, err = l.emptyLog(); err != nil {
			return out, err
		}
	}
	if err := o.rest(ctx, l); err != nil || e.DryRun || !out.Shrunk {
		return out, err
	}
	return out, o.wipeRemnants(l)
}

// inJournal erases them from the journal of opt-outs.
func (o *oblivion) inJournal(t *tx) error {
	if o.User == "" {
		return nil
	}
	return t.forgetOuts(o.User)
}

// notOurs refuses to forget one of the house's own accounts: heed could not tell its own
// posts from those of others.
func (l *Ledger) notOurs(ctx context.Context, e runner.Erasure) error {
	return l.read(ctx, func(c *conn) error {
		h, err := loadHouse(c)
		if err == nil && e.User != "" && h.own[e.User] != "" {
			err = fmt.Errorf("ledger: %s is the account of the bot %s: it is not forgotten", e.User, h.own[e.User])
		}
		return err
	})
}

// oblivion is one erasure on its way.
type oblivion struct {
	runner.Erasure
	id  string
	out *runner.Forgotten
}

var (
	pendingTo = sql(`SELECT ` + intentColumns + ` FROM intents WHERE person = ? AND pending = 1 ORDER BY seq`)
	pendingOn = sql(`SELECT ` + intentColumns + ` FROM intents WHERE target_post = ? AND pending = 1 ORDER BY seq`)
)

// recall cancels what is still to be done to the person or on the post, before anything
// that could stop it is erased. Their confirmation of a stop is among it.
func (o *oblivion) recall(t *tx) error {
	stmt := pendingOn
	if o.User != "" {
		stmt = pendingTo
	}
	var all []*intent
	if err := t.each(stmt, func(r *row) { all = append(all, scanIntent(r)) }, o.id); err != nil {
		return err
	}
	for _, it := range all {
		if err := o.cancel(t, it); err != nil {
			return err
		}
	}
	return nil
}

func (o *oblivion) cancel(t *tx, it *intent) error {
	it.person = "" // the record of it names nobody
	o.out.Recalled++
	return t.end(it, runner.Cancelled, o.At, runner.RecOutcome, "forget.recalled", "it was about what is to be forgotten", "M4")
}

// take runs the steps, some to a transaction.
func (o *oblivion) take(ctx context.Context, l *Ledger, todo []step, first bool) error {
	if first {
		if err := l.write(ctx, func(t *tx) error { return o.begin(t) }); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(todo, forgetBatch) {
		before := *o.out
		err := l.write(ctx, func(t *tx) error {
			*o.out = before // where a transaction is tried again
			var lines []*line
			for _, s := range some {
				more, err := s(t)
				if err != nil {
					return err
				}
				lines = append(lines, more...)
			}
			n, err := t.erase(distinct(lines), true, o.record("audit.forgotten"))
			o.out.Entries += n
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// record begins a record of the erasure. It does not say whose.
func (o *oblivion) record(code string) runner.Record {
	what := "a person"
	if o.Post != "" {
		what = "a post"
	}
	return runner.Record{At: o.At, Kind: runner.RecAudit, Code: code, Rules: []string{"M4"}, Message: fmt.Sprintf("%s was forgotten, by %s", what, o.By)}
}

// begin puts on record that something is forgotten.
func (o *oblivion) begin(t *tx) error {
	t.moved() // from now on keys and events may be known by their fingerprint alone
	if _, err := t.exec(countOne, countForgotten, 1); err != nil {
		return err
	}
	return t.log(0, o.record("audit.forget"))
}

// countForgotten counts erasures: while there was none, nobody looks for fingerprints.
const countForgotten = "forgotten"

func distinct(lines []*line) (out []*line) {
	met := map[int64]bool{}
	return keep(lines, func(x *line) bool {
		again := met[x.n]
		met[x.n] = true
		return !again
	})
}

// step erases one thing, and gives the entries of the chain that are to lose their words.
type step func(*tx) ([]*line, error)

var (
	blankIntent = sql(`UPDATE intents SET key = ?, id = ?, target_user = NULL, target_post = NULL, person = NULL, cause = NULL, template = NULL,
		post_id = CASE WHEN post_id = ? THEN NULL ELSE post_id END, detail = NULL, answer = NULL, approval = NULL,
		refusal = CASE WHEN refusal IS NULL THEN NULL ELSE 'forgotten' END WHERE seq = ?`)
	blankActs    = sql(`UPDATE acts SET target_user = NULL, target_post = NULL WHERE seq = ? AND (target_user IS NOT NULL OR target_post IS NOT NULL)`)
	dropUnlinked = sql(`DELETE FROM records WHERE seq = ? AND link IS NULL`)
)

// intent erases what is known of one that is about them. One on its way stays.
func (o *oblivion) intent(seq int64) step {
	return func(t *tx) ([]*line, error) {
		it, err := loadIntent(t.conn, seq)
		if err != nil || it == nil {
			return nil, err
		}
		switch it.state {
		case runner.Doing, runner.Unknown: // since it was found
			return nil, nil
		case runner.Waiting, runner.Deferred, runner.Held:
			if err := o.cancel(t, it); err != nil {
				return nil, err
			}
		}
		o.out.Intents++
		if _, err := t.forgetText(seq); err != nil {
			return nil, err
		}
		id := it.id
		if o.names(id) {
			id = fingerprint(id)
		}
		if _, err := t.exec(blankIntent, fingerprint(it.key), id, o.id, seq); err != nil {
			return nil, err
		}
		n, err := t.changed(blankActs, seq)
		if err != nil {
			return nil, err
		}
		o.out.Acts += n
		if n, err = t.changed(dropUnlinked, seq); err != nil {
			return nil, err
		}
		o.out.Lines += n
		lines, err := o.of(t, seq)
		if err != nil {
			return nil, err
		}
		// Other processes look again at what this intent says.
		return lines, t.log(seq, runner.Record{At: o.At, Kind: runner.RecNotice, Bot: it.bot, State: it.state, Code: "intent.forgotten"})
	}
}

func (o *oblivion) of(t *tx, seq int64) (lines []*line, err error) {
	err = t.each(linesOf, func(r *row) { lines = append(lines, scanLine(r)) }, seq)
	return lines, err
}

// verdict wipes the facts of an intent that is about somebody else and where they are named.
func (o *oblivion) verdict(seq int64) step {
	return func(t *tx) ([]*line, error) {
		o.out.Verdicts++
		verdicts, err := t.forgetVerdict(seq)
		if err != nil {
			return nil, err
		}
		// These lose their words, and whom they were about stays.
		n, err := t.erase(verdicts, false, o.record("audit.forgotten"))
		o.out.Entries += n
		return nil, err
	}
}
