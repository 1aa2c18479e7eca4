package ledger

import (
	"context"
	"errors"
	"runtime"
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

// job is one caller's transaction, or what a stop takes: several, and others' between them.
type job struct {
	ctx   context.Context
	do    func(*tx) error
	first bool        // it does not wait in line
	taken atomic.Bool // by the writer, or by its caller who gave up
	begun bool        // by the writer: it is done to its end
	done  chan error

	left     []recall       // what is to be recalled by further transactions
	recalled []runner.Claim // by them
}

// tx is what a job may use. Whatever it changes in memory is undone with the rows.
type tx struct {
	*conn
	l       *Ledger
	stirred []string  // bots that may have something due now
	woken   int       // how many of them were told
	rehouse bool      // rows behind the cached house were changed
	retally bool      // acts were claimed or taken back
	texts   []int64   // intents whose place among the likeness texts this batch changed
	record  int64     // number of the last record written
	outs    []outLine // for the journal of opt-outs
	hours   []tick    // to be counted by hours
	untidy  bool      // the journal wants more after the commit
	rest    []*job    // of the batch: not begun, and not of this commit
	left    []recall  // by the job under way to further transactions

	loadedTexts bool // the texts were read in this batch, perhaps with rows that are not committed yet
}

// write runs do in a transaction and returns when it is durable. Calls that wait
// at the same time share a commit; one that fails is rolled back alone.
func (l *Ledger) write(ctx context.Context, do func(*tx) error) error {
	_, err := l.await(&job{ctx: ctx, do: do, done: make(chan error, 1)})
	return err
}

// writeFirst is write for what must bind soon, a stop: it waits for the one job that is
// being done, and not for those in line. It gives what was recalled by the transactions
// that followed do's own.
func (l *Ledger) writeFirst(ctx context.Context, do func(*tx) error) ([]runner.Claim, error) {
	return l.await(&job{ctx: ctx, do: do, first: true, done: make(chan error, 1)})
}

func (l *Ledger) await(j *job) ([]runner.Claim, error) {
	if err := l.unsound(); err != nil {
		return nil, err
	}
	line := l.jobs
	if j.first {
		line = l.urgent
	}
	if err := l.answer(j, line); err != nil {
		return nil, err
	}
	return j.recalled, nil
}

// answer puts a job into its line, and waits for its end.
func (l *Ledger) answer(j *job, line chan<- *job) error {
	ctx := j.ctx
	select {
	case line <- j:
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
		l.hurry()
		if batch = l.goOn(batch[:0]); len(batch) > 0 {
			l.commitAll(l.gather(batch))
			continue
		}
		select {
		case j := <-l.urgent:
			l.commitBatch([]*job{j})
		case j := <-l.jobs:
			l.commitAll(l.gather(append(batch[:0], j)))
		case <-tick.C:
			if l.watched.Load() {
				l.lookAround()
			}
		case <-l.closing:
			l.hurry()
			for batch = l.gather(l.goOn(batch[:0])); len(batch) > 0; batch = l.gather(l.goOn(batch[:0])) {
				l.commitAll(batch)
			}
			return
		}
	}
}

// commitAll commits a batch, in parts where something comes that does not wait in line.
func (l *Ledger) commitAll(batch []*job) {
	for rest := l.commitBatch(batch); len(rest) > 0; rest = l.commitBatch(rest) {
		l.hurry()
	}
}

// hurry commits what does not wait in line.
func (l *Ledger) hurry() {
	if batch := l.hurried(nil); len(batch) > 0 {
		l.commitBatch(batch)
	}
}

// hurried adds what does not wait in line.
func (l *Ledger) hurried(batch []*job) []*job {
	for range len(l.urgent) {
		batch = append(batch, <-l.urgent)
	}
	return batch
}

// goOn adds the next step of a stop that has more to recall than one transaction may:
// one step to a batch, so that others wait for no more than that.
func (l *Ledger) goOn(batch []*job) []*job {
	if len(l.going) == 0 {
		return batch
	}
	batch = append(batch, l.going[0])
	l.going = l.going[1:]
	return batch
}

// gather takes who waits already. Each yield lets callers that were just answered come
// back, so that they share this commit instead of the next; it ends when nobody did, or
// somebody came who does not wait in line.
func (l *Ledger) gather(batch []*job) []*job {
	for {
		runtime.Gosched()
		came := len(l.jobs)
		for range min(came, maxBatch-len(batch)) {
			batch = append(batch, <-l.jobs)
		}
		if came == 0 || len(batch) == maxBatch || len(l.urgent) > 0 {
			return batch
		}
	}
}

// catchUp follows what other processes wrote since the last look.
func (l *Ledger) catchUp() error {
	v, err := l.version()
	if err != nil || v == l.seenVersion {
		return err
	}
	l.seenVersion = v
	l.house, l.end = nil, end{}
	l.stir(runner.EveryBot) // whatever becomes of this batch
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
		l.stir(runner.EveryBot)
	}
}
