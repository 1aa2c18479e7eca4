package ledger

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
)

func (l *Ledger) commitBatch(batch []*job) {
	t := &tx{conn: l.conn, l: l}
	batch, results, err := l.inTransaction(t, batch)
	if err != nil {
		l.forgetMemory(t, 0)
		l.end = end{}
		if t.loadedTexts {
			l.texts = newTexts()
		}
		for i := range results {
			if results[i] == nil {
				results[i] = err
			}
		}
	} else {
		l.commits.Add(1)
		l.lastRecord = max(l.lastRecord, t.record)
		l.tidyOuts(t)
		if len(t.stirred) > 0 {
			l.stir(t.stirred[t.woken:]...) // those for whom the batch had no room left
		}
	}
	for i, j := range batch {
		j.done <- results[i]
	}
}

// inTransaction runs the jobs, and those of who is woken by them, and commits. It gives all
// of them with their results. An error means that nothing was written.
func (l *Ledger) inTransaction(t *tx, first []*job) (batch []*job, results []error, err error) {
	batch, results = first, make([]error, len(first), maxBatch)
	if _, err := l.conn.exec(begin); err != nil {
		return batch, results, fmt.Errorf("the ledger cannot be written: %w", err)
	}
	if err := l.catchUp(); err != nil {
		return batch, results, l.abandon(err)
	}
	for i := 0; i < len(batch); i++ {
		if results[i], err = l.runTaken(t, batch[i]); err != nil {
			return batch, results, err
		}
		if i == len(batch)-1 {
			batch = l.joined(t, batch)
			results = append(results, make([]error, len(batch)-len(results))...)
		}
	}
	return batch, results, l.keep(t)
}

// joined wakes whose turn it may be by what this batch has written, and lets them join it:
// an intent is then entered and judged in one commit.
func (l *Ledger) joined(t *tx, batch []*job) []*job {
	if t.woken == len(t.stirred) || len(batch) == maxBatch {
		return batch
	}
	l.wake(t.stirred[t.woken:]...)
	t.woken = len(t.stirred)
	return l.gather(batch)
}

// runTaken runs a job that its caller still waits for. An error of its own is no end of
// the batch; err is one.
func (l *Ledger) runTaken(t *tx, j *job) (result, err error) {
	if !j.taken.CompareAndSwap(false, true) {
		return context.Canceled, nil
	}
	if result = j.ctx.Err(); result != nil {
		return result, nil
	}
	// A full disk or a failing one makes SQLite drop the whole transaction.
	if result = l.runOne(t, j); result != nil && l.conn.db.AutoCommit() {
		return result, fmt.Errorf("the ledger cannot be written, nothing of this batch was kept: %w", result)
	}
	return result, nil
}

// keep commits what the jobs have written.
func (l *Ledger) keep(t *tx) error {
	err := t.keepOuts()
	if err == nil {
		err = t.keepEnd()
	}
	if err == nil {
		_, err = l.conn.exec(commit)
	}
	if err != nil {
		return l.abandon(fmt.Errorf("the ledger cannot be written, nothing of this batch was kept: %w", err))
	}
	return nil
}

func (l *Ledger) abandon(err error) error {
	if !l.conn.db.AutoCommit() {
		if _, again := l.conn.exec(rollback); again != nil {
			return errors.Join(err, again)
		}
	}
	return err
}

// runOne runs a job in a savepoint of its own.
func (l *Ledger) runOne(t *tx, j *job) error {
	if _, err := t.exec(savepoint); err != nil {
		return err
	}
	mark, outs, end := len(t.texts), len(t.outs), l.end
	err := guarded(t, j.do)
	if err == nil {
		_, err = t.exec(release)
		return err
	}
	l.forgetMemory(t, mark)
	t.outs, l.end = t.outs[:outs], end
	if l.conn.db.AutoCommit() {
		return err
	}
	if _, again := t.exec(rollbackTo); again != nil {
		return errors.Join(err, again)
	}
	if _, again := t.exec(release); again != nil {
		return errors.Join(err, again)
	}
	return err
}

// guarded turns a panic into its caller's error: the other callers are not to pay for it.
func guarded(t *tx, do func(*tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("ledger: a fault of heed: %v\n%s", p, debug.Stack())
		}
	}()
	return do(t)
}

// forgetMemory drops what was learnt from rows that are rolled back; it is read again.
func (l *Ledger) forgetMemory(t *tx, mark int) {
	if t.rehouse {
		l.house = nil
	}
	if t.retally {
		l.tally = nil
	}
	l.texts.doubt(t.texts[mark:])
}
