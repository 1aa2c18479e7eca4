package ledger

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
)

func (l *Ledger) commitBatch(batch []*job) {
	results := make([]error, len(batch))
	t := &tx{conn: l.conn, l: l}
	err := l.inTransaction(t, batch, results)
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
		l.stir(t.stirred...)
	}
	for i, j := range batch {
		j.done <- results[i]
	}
}

// inTransaction runs the jobs and commits. An error means that nothing was written.
func (l *Ledger) inTransaction(t *tx, batch []*job, results []error) error {
	if _, err := l.conn.exec(begin); err != nil {
		return fmt.Errorf("the ledger cannot be written: %w", err)
	}
	if err := l.catchUp(); err != nil {
		return l.abandon(err)
	}
	for i, j := range batch {
		if !j.taken.CompareAndSwap(false, true) {
			results[i] = context.Canceled
			continue
		}
		if results[i] = j.ctx.Err(); results[i] != nil {
			continue
		}
		results[i] = l.runOne(t, j)
		// A full disk or a failing one makes SQLite drop the whole transaction.
		if results[i] != nil && l.conn.db.AutoCommit() {
			return fmt.Errorf("the ledger cannot be written, nothing of this batch was kept: %w", results[i])
		}
	}
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
