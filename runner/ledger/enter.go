package ledger

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"heed/bots"
	"heed/guards/likeness"
	"heed/runner"
)

var (
	addIntent = sql(`INSERT INTO intents (bot, key, id, action, state, due_at, entered_at, expires_at, target_user, target_post,
		person, cause, template, hash, stored, origin, files, recent) VALUES (?, ?, ?, ?, 'waiting', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT DO NOTHING`)
	addRefused = sql(`INSERT INTO intents (bot, key, id, action, state, pending, entered_at, ended_at, hash, code, refusal, recent)
		VALUES (?, ?, ?, '', 'denied', 0, ?, ?, '', ?, ?, 1) ON CONFLICT DO NOTHING`)
	knownKey   = sql(`SELECT seq, id, state FROM intents WHERE bot = ? AND key = ?`)
	knownID    = sql(`SELECT key FROM intents WHERE id = ? AND bot = ?`)
	countOne   = sql(`INSERT INTO counters (name, n) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET n = n + excluded.n`)
	counter    = sql(`SELECT n FROM counters WHERE name = ?`)
	oldRefused = sql(`SELECT seq FROM intents WHERE bot = ? AND refusal IS NOT NULL ORDER BY seq LIMIT ?`)
	dropIntent = sql(`DELETE FROM intents WHERE seq = ?`)
	dropRecord = sql(`DELETE FROM records WHERE seq = ?`)
)

// Codes of lines that never became intents.
const (
	codeRefused = "intent.refused"
	codeTwiceID = "intent.id_used"
)

// Enter writes new intents as waiting, and refused lines as denied, in the order
// given. A key that the bot used before changes nothing.
func (l *Ledger) Enter(ctx context.Context, entries []runner.Entry) (out []runner.Entered, err error) {
	texts := make([]text, len(entries)) // made ready before the one writer is asked
	for i, e := range entries {
		texts[i] = textOf(e.Intent)
	}
	err = l.write(ctx, func(t *tx) error {
		out = make([]runner.Entered, len(entries))
		refused := map[string]int{}
		for i, e := range entries {
			if err := check(e); err != nil {
				return fmt.Errorf("ledger: entry %d of %d: %w", i+1, len(entries), err)
			}
			var err error
			if out[i], err = t.enterText(e, texts[i]); err != nil {
				return err
			}
			if out[i].State == runner.Denied && !out[i].Twice {
				refused[e.Bot]++
			}
		}
		for bot, n := range refused {
			if err := t.dropOldRefused(bot, n, entries[len(entries)-1]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// text is what of an intent is compared with other texts.
type text struct {
	sketch likeness.Sketch
	has    bool
}

func textOf(in bots.Intent) (x text) {
	x.sketch, x.has = sketch(in)
	return x
}

func (t *tx) enter(e runner.Entry) (runner.Entered, error) { return t.enterText(e, textOf(e.Intent)) }

func (t *tx) enterText(e runner.Entry, x text) (runner.Entered, error) {
	if e.Refusal != "" {
		return t.enterRefused(e, codeRefused)
	}
	if out, known, err := t.forgottenKey(e); err != nil || known {
		return out, err
	}
	in := e.Intent
	var due any = 0
	if in.NotBefore.After(e.At) {
		due = in.NotBefore
	}
	person, err := t.reached(in)
	if err != nil {
		return runner.Entered{}, err
	}
	hash := bots.Hash(e.Stored)
	res, err := t.exec(addIntent, e.Bot, in.Key, in.ID, in.Action, due, e.At, in.ExpiresAt, null(in.Target.UserID),
		null(in.Target.PostID), null(person), null(in.Cause), null(in.Template), hash, e.Stored, e.Origin, len(e.Media))
	if err != nil {
		return runner.Entered{}, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		if err != nil {
			return runner.Entered{}, err
		}
		return t.enteredBefore(e)
	}
	seq, err := res.LastInsertId()
	if err != nil {
		return runner.Entered{}, err
	}
	t.stir(e.Bot)
	it := &intent{seq: seq, bot: e.Bot, key: in.Key, id: in.ID, action: in.Action, state: runner.Waiting,
		enteredAt: e.At, hash: hash, stored: e.Stored, origin: e.Origin, files: len(e.Media)}
	if err := t.keepPictures(it, e.Media); err != nil {
		return runner.Entered{}, err
	}
	if t.l.texts.loaded {
		if x.has || it.files > 0 {
			err = t.place(it, x.sketch, x.has)
		}
	} else {
		t.texts = append(t.texts, seq)
	}
	if err != nil {
		return runner.Entered{}, err
	}
	err = t.log(seq, runner.Record{At: e.At, Kind: runner.RecEntered, Bot: e.Bot, State: runner.Waiting})
	return runner.Entered{Seq: seq, ID: in.ID, Key: in.Key, State: runner.Waiting}, err
}

// reached is whom an intent reaches, as far as that is known when it is entered. An
// undoing reaches nobody: it stays possible towards somebody who opted out.
func (t *tx) reached(in bots.Intent) (person bots.UserID, err error) {
	if !in.Action.Contacts() {
		return "", nil
	}
	if in.Target.UserID != "" {
		return in.Target.UserID, nil
	}
	a, _, err := authorship(t.conn, in.Target.PostID)
	return a.Author, err
}

// enteredBefore answers for an insert that changed nothing. A new key with the id of
// another intent of the bot is refused: ids name intents in what a cause was spent by.
func (t *tx) enteredBefore(e runner.Entry) (runner.Entered, error) {
	if out, found, err := t.twice(e.Bot, e.Intent.Key); err != nil || found {
		return out, err
	}
	var other string
	found, err := t.first(knownID, func(r *row) { other = r.str() }, e.Intent.ID, e.Bot)
	if err != nil {
		return runner.Entered{}, err
	}
	if !found {
		return runner.Entered{}, fmt.Errorf("ledger: intent %q of %s was not stored", e.Intent.Key, e.Bot)
	}
	e.Key = e.Intent.Key
	e.Refusal = fmt.Sprintf("id: %q names the intent with the key %q already; leave the id out, or make it unique", e.Intent.ID, other)
	return t.enterRefused(e, codeTwiceID)
}

func (t *tx) twice(bot, key string) (out runner.Entered, found bool, err error) {
	out.Key, out.Twice = key, true
	found, err = t.first(knownKey, func(r *row) {
		out.Seq, out.ID, out.State = r.num(), r.str(), runner.State(r.str())
	}, bot, key)
	return out, found, err
}

// forgottenKey knows an intent again whose person or post was forgotten: it is not done
// another time.
func (t *tx) forgottenKey(e runner.Entry) (out runner.Entered, known bool, err error) {
	h, err := t.inhabited()
	if err != nil || !h.forgot {
		return out, false, err
	}
	if out, known, err = t.twice(e.Bot, fingerprint(e.Intent.Key)); known {
		out.Key = e.Intent.Key
	}
	return out, known, err
}

func (t *tx) enterRefused(e runner.Entry, code string) (runner.Entered, error) {
	made, err := uuid.NewV7()
	if err != nil {
		return runner.Entered{}, fmt.Errorf("ledger: %w", err)
	}
	why := cut(e.Refusal, 4*maxMessage)
	res, err := t.exec(addRefused, e.Bot, e.Key, made.String(), e.At, e.At, code, why)
	if err != nil {
		return runner.Entered{}, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		if err != nil {
			return runner.Entered{}, err
		}
		out, _, err := t.twice(e.Bot, e.Key)
		return out, err
	}
	seq, err := res.LastInsertId()
	if err != nil {
		return runner.Entered{}, err
	}
	err = t.log(seq, runner.Record{At: e.At, Kind: runner.RecEntered, Bot: e.Bot, State: runner.Denied, Code: code, Message: why})
	return runner.Entered{Seq: seq, ID: made.String(), Key: e.Key, State: runner.Denied}, err
}

// dropOldRefused keeps a bot that prints rubbish from filling the disk: of its refused
// lines the newest are kept. How many were dropped is told when the first one is, and
// at every further thousand.
func (t *tx) dropOldRefused(bot string, added int, last runner.Entry) error {
	if _, err := t.exec(countOne, "refused "+bot, added); err != nil {
		return err
	}
	have, err := t.count("refused " + bot)
	if err != nil {
		return err
	}
	gone, err := t.count("refused dropped " + bot)
	if err != nil {
		return err
	}
	excess := have - gone - t.l.o.RefusedKept
	if excess <= 0 {
		return nil
	}
	var seqs []int64
	if err := t.each(oldRefused, func(r *row) { seqs = append(seqs, r.num()) }, bot, excess); err != nil {
		return err
	}
	for _, seq := range seqs {
		if _, err := t.exec(dropRecord, seq); err != nil {
			return err
		}
		if _, err := t.exec(dropIntent, seq); err != nil {
			return err
		}
	}
	if _, err := t.exec(countOne, "refused dropped "+bot, len(seqs)); err != nil {
		return err
	}
	if gone > 0 && gone/1000 == (gone+len(seqs))/1000 {
		return nil
	}
	return t.log(0, runner.Record{At: last.At, Kind: runner.RecNotice, Bot: bot, Code: "intent.refused_dropped",
		Message: fmt.Sprintf("%d refused lines so far; only the newest %d are kept", have, t.l.o.RefusedKept)})
}

func (t *tx) count(name string) (n int, err error) {
	_, err = t.first(counter, func(r *row) { n = int(r.num()) }, name)
	return n, err
}

func sortBySeq(all []*intent) {
	slices.SortFunc(all, func(a, b *intent) int { return int(a.seq - b.seq) })
}
