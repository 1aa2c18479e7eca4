package ledger

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

const (
	restoredAt = "restored" // Unix milliseconds of the last restore
	codeSince  = "ledger.restored"
	// answeredPerhaps stands in the place of the intent that answered a call, where the
	// answer may be among what a restored ledger has lost.
	answeredPerhaps = "what a restored ledger may have lost"
)

var (
	dropCount   = sql(`DELETE FROM counters WHERE name = ?`)
	notSettled  = sql(`SELECT ` + intentColumns + ` FROM intents WHERE ` + unsettled + ` ORDER BY seq`)
	putPerhaps  = sql(`UPDATE intents SET claimed_at = ?, attempts = ?, probes = 0, dry = 0 WHERE seq = ?`)
	lookAgain   = sql(`UPDATE intents SET probes = 0, probe_at = ? WHERE seq = ?`)
	spendHeard  = sql(`UPDATE inbound SET spent_by = ? WHERE bot = ? AND event = ? AND spent_by = ''`)
	pendingOnly = map[runner.State]bool{runner.Waiting: true, runner.Deferred: true, runner.Held: true}
)

// awake tells a backup what is known of the world since it was made.
func (t *tx) awake(r *Restored, by string, left []runner.PersonRow) error {
	now := r.At
	var open []*intent
	if err := t.each(notSettled, func(r *row) { open = append(open, scanIntent(r)) }); err != nil {
		return err
	}
	for _, it := range open {
		if err := t.perhapsDone(it, now); err != nil {
			return fmt.Errorf("intent %s of %s: %w", it.key, it.bot, err)
		}
	}
	r.Unknown = len(open)
	// Once in a ledger's life, and no look-up: it walks the whole table.
	if _, err := t.db.Exec(`UPDATE inbound SET spent_by = ? WHERE spent_by = ''`, []driver.Value{answeredPerhaps}); err != nil {
		return err
	}
	if _, err := t.exec(putCount, restoredAt, now.UnixMilli()); err != nil {
		return err
	}
	n, err := t.count(outsCount)
	if err != nil {
		return err
	}
	journal, err := t.l.outs.read()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("ledger: the journal of opt-outs cannot be read, and may know of people who said stop: %w", err)
	}
	r.TakenUp = len(journal.after(int64(n)))
	if err := t.inStep(now); err != nil {
		return err
	}
	if r.Salvaged, err = t.salvage(left); err != nil {
		return err
	}
	r.Reason = reasonOf(r, journal.damaged)
	if err := t.log(0, runner.Record{At: now, Kind: runner.RecNotice, Code: codeSince,
		Message: fmt.Sprintf("restored by %s from %s, a backup of %s: %d intents may have been done since and are looked up, %d lines of the journal of opt-outs were taken up, %d opt-outs from the ledger that it replaces",
			first(by, "nobody named"), r.Backup.Path, r.Backup.At.Format(time.RFC3339), r.Unknown, r.TakenUp, r.Salvaged)}); err != nil {
		return err
	}
	return t.halt(guards.Halt{Kind: guards.Paused, Scope: runner.EveryBot, By: "restore", Reason: r.Reason, At: now})
}

// perhapsDone turns what was not settled in the backup into an act of unknown outcome
// (promise P4). It is looked for from its entering on; windows count it as done now, since
// nobody knows when it was; the call that it answers counts as answered.
func (t *tx) perhapsDone(it *intent, now time.Time) error {
	if it.state == runner.Unknown {
		_, err := t.exec(lookAgain, now, it.seq)
		return err
	}
	if pendingOnly[it.state] {
		it.attempts++
		it.claimedAt, it.dry = it.enteredAt, false
		if _, err := t.exec(putPerhaps, it.claimedAt, it.attempts, it.seq); err != nil {
			return err
		}
		if _, err := t.exec(addAct, it.seq, it.attempts, it.bot, it.action, it.dry, now, runner.Doing, null(it.targetUser), null(it.targetPost), 0); err != nil {
			return err
		}
		t.retally = true
		if it.cause != "" && it.action.Writes() {
			if _, err := t.exec(spend, it.id, it.bot, it.cause); err != nil {
				return err
			}
		}
	}
	return t.settle(it, runner.Closing{Seq: it.seq, At: now, State: runner.Unknown, Due: now, Code: codeSince,
		Detail: "it was not settled in the backup and may have been done since", Answer: runner.Answer{Outcome: runner.Uncertain}})
}

func reasonOf(r *Restored, damaged int) string {
	s := fmt.Sprintf("restored from a backup of %s: what happened since is not known here. Before heed resume: "+
		"see on X what the bots did since, a script that says it again under its old keys or new ones would do it twice; "+
		"%d intents are being looked up there, see heed held for what remains; "+
		"approvals, opt-ins, stops and latches since are gone, and grants as they were then hold: see heed consent and heed grant; "+
		"rates do not count what was done since; what heed forget erased since is back.", r.Backup.At.Format(time.RFC3339), r.Unknown)
	if r.Backup.Faults > 0 {
		s += fmt.Sprintf(" Its record of decisions does not agree with itself in %d places: see heed audit verify.", r.Backup.Faults)
	}
	if damaged > 0 {
		s += fmt.Sprintf(" %d lines of the journal of opt-outs cannot be read: look through the bots' inboxes for a STOP.", damaged)
	}
	return s
}

// silencedIn reads who may not be contacted from a ledger that is to be replaced, as far as
// it can be read: it may be damaged. No ledger there is none.
func silencedIn(path string) (out []runner.PersonRow, err error) {
	c, err := openRead(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer c.close()
	// Not a query of ours: the file may be of another schema, or no ledger at all.
	rows, err := c.db.Query(`SELECT user, kind, at, how, scope, event, rule FROM choices WHERE kind IN ('opt_out', 'review') AND ended_at IS NULL`, nil)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	r := row{v: make([]driver.Value, 7)}
	for err = rows.Next(r.v); err == nil; err = rows.Next(r.v) {
		r.i = 0
		x := runner.PersonRow{User: bots.UserID(r.str()), Kind: r.str(), Choice: guards.Choice{At: r.when(), How: r.str(), Scope: r.str(), Event: r.str(), Rule: r.str()}}
		if bots.IsSnowflake(string(x.User)) && x.Scope != "" && !x.At.IsZero() {
			out = append(out, x)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return out, err
}

// salvage records opt-outs of the ledger that is replaced, where neither the backup nor
// the journal has them.
func (t *tx) salvage(left []runner.PersonRow) (n int, err error) {
	for _, x := range left {
		isNew, err := t.choose(x.User, x.Kind, x.Choice)
		if err != nil {
			return n, err
		}
		if !isNew {
			continue
		}
		n++
		if x.Kind == optOut {
			if _, err := t.silence(x.User, x.Choice, ""); err != nil {
				return n, err
			}
		}
	}
	return n, t.recallAll()
}

// beforeRestore takes what was said before the ledger was restored, and may have been
// heard and answered then: it is not answered again, and a START may have been followed by
// a withdrawal at the desk. Every other word holds.
func (t *tx) beforeRestore(h runner.Heard) (runner.Heard, error) {
	at, err := t.count(restoredAt)
	if err != nil || at == 0 || h.At.UnixMilli() > int64(at) {
		return h, err
	}
	if _, err := t.exec(spendHeard, answeredPerhaps, h.Bot, h.Event); err != nil {
		return h, err
	}
	if h.Word.Meaning == runner.WantsIn {
		h.Word = runner.Word{}
	}
	return h, nil
}
