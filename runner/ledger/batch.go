package ledger

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"
)

// maxWork is how long a batch works before it commits: a stop waits for its commit, and that
// takes the longer the more was written.
const maxWork = 20 * time.Millisecond

// commitBatch does jobs in one transaction, with those of who is woken by them. It gives
// back those that it has not begun, because it has worked long enough, or something came
// that does not wait in line.
func (l *Ledger) commitBatch(batch []*job) (rest []*job) {
	t := &tx{conn: l.conn, l: l}
	var stops []*job
	batch, results, err := l.inTransaction(t, batch)
	if err != nil {
		if !batch[0].first { // a stop does not fail with what it came upon
			stops = keep(batch, func(j *job) bool { return j.first })
		}
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
	if len(stops) > 0 {
		l.commitBatch(stops)
	}
	for i, j := range batch {
		switch {
		case len(stops) > 0 && j.first: // answered
		case results[i] == nil && len(j.left) > 0:
			l.going = append(l.going, j.further())
		default:
			j.done <- results[i]
		}
	}
	return t.rest
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
	began := time.Now()
	for i := 0; i < len(batch); i++ {
		late := i > 0 && time.Since(began) > maxWork
		if i > 0 && !batch[i].first && (late || len(l.urgent) > 0) {
			t.rest = slices.Clone(batch[i:])
			batch = l.hurried(batch[:i])
			if len(batch) == i {
				results = results[:i]
				break
			}
			results = append(results[:i], make([]error, len(batch)-i)...)
		}
		if results[i], err = l.runTaken(t, batch[i]); err != nil {
			return batch, results, err
		}
		if i == len(batch)-1 && !late {
			batch = l.joined(t, batch)
			results = append(results, make([]error, len(batch)-len(results))...)
		}
	}
	return batch, results, l.keep(t)
}

// joined wakes whose turn it may be by what this batch has written, and lets them join it:
// an intent is then entered and judged in one commit. What does not wait in line joins too,
// and then waits for nobody.
func (l *Ledger) joined(t *tx, batch []*job) []*job {
	batch = l.hurried(batch)
	if t.woken == len(t.stirred) || len(batch) >= maxBatch || batch[len(batch)-1].first {
		return batch
	}
	l.wake(t.stirred[t.woken:]...)
	t.woken = len(t.stirred)
	return l.gather(batch)
}

// runTaken runs a job that its caller still waits for. An error of its own is no end of
// the batch; err is one.
func (l *Ledger) runTaken(t *tx, j *job) (result, err error) {
	if !j.begun && !j.taken.CompareAndSwap(false, true) {
		return context.Canceled, nil
	}
	if result = j.ctx.Err(); result != nil && !j.begun {
		return result, nil
	}
	j.begun, j.left, t.left = true, nil, nil
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
		err = t.keepHours()
	}
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
	mark, outs, hours, end := len(t.texts), len(t.outs), len(t.hours), l.end
	err := guarded(t, j.do)
	if err == nil {
		j.left = t.left
		_, err = t.exec(release)
		return err
	}
	l.forgetMemory(t, mark)
	t.outs, t.hours, l.end = t.outs[:outs], t.hours[:hours], end
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
