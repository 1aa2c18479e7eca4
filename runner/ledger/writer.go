package ledger

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"heed/runner"
)

// maxBatch is how many callers share a commit at most. Beyond it the gain is small
// and the first caller's wait is not.
const maxBatch = 256

// ErrClosed is the answer of a ledger that was closed.
var ErrClosed = errors.New("ledger: closed")

var (
	begin       = sql(`BEGIN IMMEDIATE`)
	commit      = sql(`COMMIT`)
	rollback    = sql(`ROLLBACK`)
	savepoint   = sql(`SAVEPOINT one`)
	release     = sql(`RELEASE one`)
	rollbackTo  = sql(`ROLLBACK TO one`)
	dataVersion = sql(`PRAGMA data_version`)
)

// job is one caller's transaction.
type job struct {
	ctx   context.Context
	do    func(*tx) error
	taken atomic.Bool // by the writer, or by its caller who gave up
	done  chan error
}

// tx is what a job may use. Whatever it changes in memory is undone with the rows.
type tx struct {
	*conn
	l       *Ledger
	stirred bool    // something may be due now
	rehouse bool    // rows behind the cached house were changed
	retally bool    // acts were claimed or taken back
	texts   []int64 // intents whose place among the likeness texts this batch changed
	record  int64   // number of the last record written

	loadedTexts bool // the texts were read in this batch, perhaps with rows that are not committed yet
}

// write runs do in a transaction and returns when it is durable. Calls that wait
// at the same time share a commit; one that fails is rolled back alone.
func (l *Ledger) write(ctx context.Context, do func(*tx) error) error {
	j := &job{ctx: ctx, do: do, done: make(chan error, 1)}
	select {
	case l.jobs <- j:
	case <-ctx.Done():
		return ctx.Err()
	case <-l.closing:
		return ErrClosed
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		if j.taken.CompareAndSwap(false, true) {
			return ctx.Err()
		}
		return <-j.done // it has begun: only its end says what became of it
	case <-l.ended:
		select {
		case err := <-j.done:
			return err
		default:
			return ErrClosed
		}
	}
}

// run is the writer: the one goroutine that changes the file.
func (l *Ledger) run() {
	defer close(l.ended)
	tick := time.NewTicker(l.o.Watch)
	defer tick.Stop()
	batch := make([]*job, 0, maxBatch)
	for {
		select {
		case j := <-l.jobs:
			batch = l.gather(append(batch[:0], j))
			l.commitBatch(batch)
		case <-tick.C:
			if l.watched.Load() {
				l.lookAround()
			}
		case <-l.closing:
			for batch = l.gather(batch[:0]); len(batch) > 0; batch = l.gather(batch[:0]) {
				l.commitBatch(batch)
			}
			return
		}
	}
}

// gather takes who waits already. The yield lets callers that were just answered
// come back, so that they share this commit instead of the next.
func (l *Ledger) gather(batch []*job) []*job {
	runtime.Gosched()
	for len(batch) < maxBatch {
		select {
		case j := <-l.jobs:
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}

func (l *Ledger) commitBatch(batch []*job) {
	results := make([]error, len(batch))
	t := &tx{conn: l.conn, l: l}
	err := l.inTransaction(t, batch, results)
	if err != nil {
		l.forgetMemory(t, 0)
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
		if t.stirred {
			l.stir()
		}
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
	if _, err := l.conn.exec(commit); err != nil {
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
	mark := len(t.texts)
	err := guarded(t, j.do)
	if err == nil {
		_, err = t.exec(release)
		return err
	}
	l.forgetMemory(t, mark)
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

// catchUp follows what other processes wrote since the last look.
func (l *Ledger) catchUp() error {
	v, err := l.version()
	if err != nil || v == l.seenVersion {
		return err
	}
	l.seenVersion = v
	l.house = nil
	l.stir() // whatever becomes of this batch
	return l.follow()
}

var recordedSince = sql(`SELECT n, seq, state FROM records WHERE n > ? ORDER BY n LIMIT 4096`)

// follow brings the caches after what other processes changed: whatever changes an
// intent's state or claims an act writes a record.
func (l *Ledger) follow() error {
	for {
		n := 0
		err := l.conn.each(recordedSince, func(r *row) {
			n++
			l.lastRecord = r.num()
			seq, state := r.num(), runner.State(r.str())
			if seq == 0 {
				return
			}
			l.texts.doubt([]int64{seq})
			switch state {
			case runner.Doing, runner.Done, runner.Unknown, runner.Failed, runner.Deferred:
				l.tally = nil
			}
		}, l.lastRecord)
		if err != nil || n == 0 {
			return err
		}
	}
}

func (l *Ledger) version() (v int64, err error) {
	_, err = l.conn.first(dataVersion, func(r *row) { v = r.num() })
	return v, err
}

// lookAround wakes who waits for a change when another process has written. The
// caches follow at the beginning of the next transaction.
func (l *Ledger) lookAround() {
	if v, err := l.version(); err == nil && v != l.seenVersion && v != l.toldVersion {
		l.toldVersion = v
		l.stir()
	}
}

// stir closes and replaces the channel of Changed.
func (l *Ledger) stir() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.changed)
	l.changed = make(chan struct{})
}

// Changed is closed and replaced whenever something was written that may make an
// intent due: at once for this process, within 200 ms for another.
func (l *Ledger) Changed() <-chan struct{} {
	l.watched.Store(true)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}
