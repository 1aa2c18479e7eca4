// Package ledger is the durable record in one SQLite file: what every bot wanted,
// how it was judged and how it ended, and what people said about being contacted.
//
// One goroutine writes; callers that wait at the same time share a commit, which is
// on the disk (WAL, synchronous FULL) before any of them returns. Other processes may
// open the same file: SQLite's lock keeps their transactions apart, and what this
// process holds in memory follows theirs before it decides anything.
//
// What is kept of people are ids, choices and times; of pictures hashes, of their bytes
// and their looks. The bytes of an outgoing direct message are needed until it has ended
// and are wiped then; only their hash stays. Other texts are wiped when their retention is over, see Sweep. What somebody wrote
// to a bot never reaches this package.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"heed/runner"
)

// Options are the ledger's settings. The zero value is the default of each.
type Options struct {
	ApprovalTTL time.Duration // how long a person's yes holds; default 24h
	Retry       time.Duration // when a deferral without a time is judged again; default 15min
	Retention   time.Duration // how far back texts are compared; default 720h
	RefusedKept int           // refused lines kept of each bot; default 1000
	Watch       time.Duration // how soon another process's write is noticed; default 200ms
	Trust       bool          // skip the check of the file: for verbs beside a daemon that made it
	CheckAtOnce int64         // bytes; a larger file that heed closed is checked beside the work; default 1 GiB
	// Say takes what a person who waits wants to know; nil: nobody does.
	Say func(format string, args ...any)
}

func (o Options) filled() Options {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&o.ApprovalTTL, 24*time.Hour)
	def(&o.Retry, 15*time.Minute)
	def(&o.Retention, 720*time.Hour)
	def(&o.Watch, 200*time.Millisecond)
	if o.CheckAtOnce <= 0 {
		o.CheckAtOnce = 1 << 30
	}
	if o.Say == nil {
		o.Say = func(string, ...any) {}
	}
	if o.RefusedKept <= 0 {
		o.RefusedKept = 1000
	}
	return o
}

// Ledger implements runner.Ledger and runner.Desk. Its methods are safe for many goroutines.
type Ledger struct {
	path string
	o    Options

	jobs    chan *job
	urgent  chan *job     // see writeFirst
	closing chan struct{} // closed by Close
	ended   chan struct{} // closed when the writer has ended
	once    sync.Once
	shut    error

	readers chan *conn // idle connections for reading; nil ones are dialled when taken
	watched atomic.Bool
	commits atomic.Int64

	mu      sync.Mutex
	changed chan struct{}
	due     map[string]chan struct{} // by bot

	// The rest belongs to the writer alone.
	conn        *conn
	house       *house
	texts       *texts
	tally       *tally
	outs        outs
	seenVersion int64 // what of other processes' writes the caches know
	toldVersion int64
	lastRecord  int64  // the last record that the caches follow
	end         end    // of the chain of decisions
	going       []*job // stops that have more to recall

	partly bool        // the file was checked in part before it was used
	check  *inspection // of the whole file, beside the work; nil: there is none
}

var (
	_ runner.Ledger = (*Ledger)(nil)
	_ runner.Desk   = (*Ledger)(nil)
)

const (
	maxReaders     = 4
	writerCacheKiB = 64 << 10
	readerCacheKiB = 4 << 10
)

// Open opens the file, makes it when it is missing (0600, its folder 0700), checks it (a
// large one that heed closed well in part, and the whole beside the work: see check.go)
// and brings an older schema up to date after a copy was made beside it. A damaged
// file and one of a newer heed are refused. The journal of opt-outs beside it is
// brought in step.
func Open(path string, o Options) (*Ledger, error) {
	l, err := assemble(path, o)
	if err != nil {
		return nil, err
	}
	if err := l.unmark(); err != nil {
		return nil, errors.Join(err, l.conn.close())
	}
	l.outs = outs{Journal(path)}
	if err := l.inStep(); err != nil {
		return nil, errors.Join(err, l.conn.close())
	}
	if l.partly {
		l.inspectLater()
	}
	go l.run()
	return l, nil
}

// assemble opens the file alone, and starts no writer.
func assemble(path string, o Options) (*Ledger, error) {
	o = o.filled()
	fresh, err := prepareFile(path)
	if err != nil {
		return nil, err
	}
	logged := loggedPages(path)
	c, err := dial(path, false, writerCacheKiB)
	if err != nil {
		return nil, unreadable(path, err)
	}
	partly, err := ready(c, path, fresh, logged, o)
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	l := &Ledger{path: path, o: o, conn: c, partly: partly,
		jobs: make(chan *job, maxBatch), urgent: make(chan *job, maxBatch), closing: make(chan struct{}), ended: make(chan struct{}),
		readers: make(chan *conn, maxReaders), changed: make(chan struct{}), due: map[string]chan struct{}{}, texts: newTexts()}
	for range maxReaders {
		l.readers <- nil
	}
	l.seenVersion, err = l.version()
	if err == nil {
		_, err = c.first(newestRecord, func(r *row) { l.lastRecord = r.num() })
	}
	if err != nil {
		return nil, errors.Join(unreadable(path, err), c.close())
	}
	l.toldVersion = l.seenVersion
	return l, nil
}

// prepareFile makes folder and file private before SQLite touches them.
func prepareFile(path string) (fresh bool, err error) {
	if err := runner.MakeFolder(filepath.Dir(path)); err != nil {
		return false, fmt.Errorf("ledger: %w", err)
	}
	if err := suspect(path); err != nil {
		return false, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return false, fmt.Errorf("ledger: %w", err)
	}
	info, err := f.Stat()
	if err = errors.Join(err, f.Close()); err != nil {
		return false, fmt.Errorf("ledger: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(path, 0o600); err != nil {
			return false, fmt.Errorf("ledger: %s can be read by others: %w", path, err)
		}
	}
	return info.Size() == 0, nil
}

// ready checks and migrates an open file. logged says that a log of pages stood beside it.
func ready(c *conn, path string, fresh, logged bool, o Options) (partly bool, err error) {
	if err := c.script(`PRAGMA wal_autocheckpoint = 8000; PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY`); err != nil {
		return false, unreadable(path, err)
	}
	if !fresh && !o.Trust {
		if partly, err = inspect(c, path, o, logged); err != nil {
			return false, err
		}
	}
	return partly, migrate(c, path)
}

// unreadable tells a damaged file from other troubles of opening one.
func unreadable(path string, err error) error {
	if damaged(err) {
		return spoilt(path, err)
	}
	return err
}

// Close ends the writer after what waits for it was written, and closes the file.
func (l *Ledger) Close() error {
	l.once.Do(func() {
		close(l.closing)
		<-l.ended
		l.markSound()
		// What was wiped must not live on in the log of pages.
		_, err := l.conn.ask(`PRAGMA wal_checkpoint(TRUNCATE)`)
		if err != nil {
			err = fmt.Errorf("ledger: %w", err)
		}
		for range maxReaders {
			if c := <-l.readers; c != nil {
				err = errors.Join(err, c.close())
			}
		}
		l.shut = errors.Join(err, l.conn.close())
	})
	return l.shut
}

// read runs do on a connection of its own, seeing one state of the file throughout.
func (l *Ledger) read(ctx context.Context, do func(*conn) error) (err error) {
	var c *conn
	select {
	case <-l.closing:
		return ErrClosed
	default:
	}
	select {
	case c = <-l.readers:
	case <-ctx.Done():
		return ctx.Err()
	case <-l.closing:
		return ErrClosed
	}
	defer func() { l.readers <- c }()
	if c == nil {
		if c, err = dial(l.path, true, readerCacheKiB); err != nil {
			return err
		}
	}
	if _, err := c.exec(beginRead); err != nil {
		return err
	}
	defer func() {
		if _, again := c.exec(rollback); again != nil {
			err = errors.Join(err, again)
		}
	}()
	return do(c)
}

var beginRead = sql(`BEGIN`)

var newestRecord = sql(`SELECT max(n) FROM records`)
