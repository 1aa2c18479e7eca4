package ledger

import (
	"errors"
	"fmt"
	"os"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// Past is a history to fill a new ledger with, so that what heed costs years from now can
// be measured today. The rows are those that Enter, Decide, Settle, Hear and Sweep would
// have written one by one: TestPastIsAsHeedWritesIt compares them. Two things differ. What
// was swept has its record of that at once, and not a retention later in the chain; and
// the verdicts and facts are those of Cases, with the time of the act.
type Past struct {
	Acts      int           // done, oldest first
	Step      time.Duration // from one act to the next
	Until     time.Time     // when the next act after these would be; the past was swept then
	Retention time.Duration // what ended longer ago was swept; default as in Options
	// Act tells what the n-th act was, from 0 on. It is called on a goroutine of its own.
	Act   func(n int, at time.Time) (PastAct, error)
	Cases map[bots.Action]runner.Case // of each action one that was allowed, with verdict and facts

	People int // choices in force
	// Person tells the n-th of them, as Choice.At: at, well before the acts.
	Person func(n int, at time.Time) PastChoice

	Say func(format string, args ...any) // told how far it is; nil: nobody
}

// PastAct is one intent that was entered, allowed and done within its millisecond.
type PastAct struct {
	Entry  runner.Entry
	Person bots.UserID   // whom it reached
	Post   bots.PostID   // what it made
	Self   bots.UserID   // the bot's own account, as its profile says
	Heard  *runner.Heard // what it answers
}

// PastChoice is a choice in force. Kind is "opt_out" or "opt_in".
type PastChoice struct {
	User   bots.UserID
	Kind   string
	Choice guards.Choice
}

// pastCacheKiB lets the random keys of ten million rows be filed without reading them back.
const pastCacheKiB = 1 << 20

// FillPast makes a ledger with a past. It is not durable before it returns, and a file
// that it leaves beside an error is to be thrown away. There must be none at path.
func FillPast(path string, p Past) (err error) {
	if _, err := os.Stat(path); !isMissing(err) {
		return errors.Join(fmt.Errorf("ledger: a past is written into a new file, and %s is there", path), err)
	}
	l, err := Open(path, Options{})
	if err != nil {
		return err
	}
	if err := l.Close(); err != nil {
		return err
	}
	c, err := dial(path, false, pastCacheKiB)
	if err != nil {
		return err
	}
	if p.Say == nil {
		p.Say = func(string, ...any) {}
	}
	if p.Retention == 0 {
		p.Retention = Options{}.filled().Retention
	}
	f := &filler{tx: &tx{conn: c, l: &Ledger{}}, Past: p, horizon: p.Until.Add(-p.Retention)}
	if err := errors.Join(f.write(), c.close()); err != nil {
		return err
	}
	if err := syncFile(path); err != nil {
		return err
	}
	return f.journal(path)
}

// filler writes a past. Nobody else has the file, and who loses it makes it again: so
// there is one transaction without a journal, and no wait for the disk before its end.
type filler struct {
	*tx
	Past
	horizon time.Time
	forms   map[bots.Action]*form
	seq     int64
	swept   int64 // the last record that sweeps have walked
	outs    int   // opt-outs
}

func (f *filler) write() (err error) {
	if f.forms, err = formsOf(f.Cases); err != nil {
		return err
	}
	if err := f.script(`PRAGMA journal_mode = DELETE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; BEGIN`); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	if err := f.knowEnd(); err != nil {
		return err
	}
	for _, step := range []func() error{f.people, f.acts, f.keepEnd} {
		if err := step(); err != nil {
			return err
		}
	}
	if _, err := f.exec(putCount, "swept records", f.swept); err != nil {
		return err
	}
	if _, err := f.exec(putCount, outsCount, f.outs); err != nil {
		return err
	}
	if err := f.script(`COMMIT; PRAGMA journal_mode = WAL`); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}

// journal writes the opt-outs into the journal beside the ledger.
func (f *filler) journal(path string) error {
	if err := os.Remove(Journal(path)); err != nil && !isMissing(err) {
		return fmt.Errorf("ledger: %w", err)
	}
	l, err := assemble(path, Options{Trust: true})
	if err != nil {
		return err
	}
	l.outs = outs{Journal(path)}
	err = l.alone(func(t *tx) error { return t.rewriteOuts(f.Until) })
	return errors.Join(err, l.conn.close())
}

// people writes the choices, a second apart, the last a day before the first act.
func (f *filler) people() error {
	last := f.Until.Add(-time.Duration(f.Acts)*f.Step - f.Retention - 24*time.Hour)
	for n := range f.People {
		x := f.Person(n, last.Add(-time.Duration(f.People-n)*time.Second))
		c := x.Choice
		res, err := f.exec(addChoice, x.User, x.Kind, c.Scope, c.Channel, c.At, c.How, c.Event, c.Rule, c.Behaviour, c.Event)
		if err != nil {
			return err
		}
		row, err := res.LastInsertId()
		if err != nil {
			return err
		}
		if x.Kind == optOut {
			f.outs++
		}
		if err := f.logChoice(row, x.User, x.Kind, c, "recorded"); err != nil {
			return err
		}
		if (n+1)%250_000 == 0 {
			f.Say("%d of %d people written", n+1, f.People)
		}
	}
	f.swept = f.l.end.n
	return nil
}
