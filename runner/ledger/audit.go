package ledger

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"

	"heed/runner"
)

// mostFaults is how many faults are told one by one.
const mostFaults = 20

// auditor walks the record on one connection, in one state of the file.
type auditor struct {
	*conn
	out    runner.Audit
	before []byte // the hash before
	last   int64  // the place before
	lists  map[int64]map[int64]bool
}

// Verify walks the whole record of decisions in one state of the file: every entry of the
// chain, its end, and whether intents, choices, halts and grants are as their last entries
// say. What does not agree is in the answer; an error is that it could not be read.
func (l *Ledger) Verify(ctx context.Context, kept *runner.Head) (out runner.Audit, err error) {
	err = l.read(ctx, func(c *conn) error {
		out, err = audit(ctx, c, kept)
		return err
	})
	return out, err
}

// audit is Verify on one connection.
func audit(ctx context.Context, c *conn, kept *runner.Head) (runner.Audit, error) {
	a := &auditor{conn: c, before: make([]byte, 32), lists: map[int64]map[int64]bool{}}
	steps := []func(context.Context) error{a.walk, a.ends, a.intents, a.states}
	if kept != nil {
		steps = append(steps, func(context.Context) error { return a.against(*kept) })
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return runner.Audit{}, err
		}
	}
	return a.out, nil
}

func (a *auditor) fault(what runner.FaultKind, entry, record int64, format string, args ...any) {
	a.out.Count++
	if len(a.out.Faults) < mostFaults {
		a.out.Faults = append(a.out.Faults, runner.Fault{Entry: entry, Record: record, What: what, Says: fmt.Sprintf(format, args...)})
	}
}

// walk goes along all records by their numbers, page by page.
func (a *auditor) walk(ctx context.Context) error {
	for last, more := int64(-1<<62), true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		var page []*line
		if err := a.each(linesAfter, func(r *row) { page = append(page, scanLine(r)) }, last); err != nil {
			return err
		}
		for _, x := range page {
			last = x.n
			if err := a.entry(x); err != nil {
				return err
			}
		}
		more = len(page) > 0
	}
	a.out.Head = runner.Head{Entry: a.last, Hash: hex.EncodeToString(a.before)}
	return nil
}

func (a *auditor) entry(x *line) error {
	if x.link == 0 {
		if chained(runner.RecordKind(x.kind)) {
			a.fault(runner.Added, 0, x.n, "a record of kind %s has no place in the chain", x.kind)
		}
		return nil
	}
	a.out.Entries++
	before := a.before
	switch {
	case x.link == a.last+2:
		a.fault(runner.Removed, a.last+1, 0, "entry %d is missing", a.last+1)
		before = nil
	case x.link > a.last+1:
		a.fault(runner.Removed, a.last+1, 0, "entries %d to %d are missing", a.last+1, x.link-1)
		before = nil
	case x.link <= a.last:
		a.fault(runner.Reordered, x.link, x.n, "it stands after entry %d", a.last)
		before = nil
	}
	ids, words, bad := x.commitments()
	switch {
	case bad != "":
		a.fault(runner.Edited, x.link, x.n, "%s", bad)
	case x.seq != nil && x.id == nil:
		a.fault(runner.Removed, x.link, x.n, "its intent, number %v, is gone", x.seq)
	case before != nil && !bytes.Equal(x.sum(before, ids, words), x.hash):
		a.fault(runner.Edited, x.link, x.n, "what it says is not what its hash was made of")
	}
	a.last, a.before = x.link, x.hash
	if err := a.erasedRightly(x); err != nil {
		return err
	}
	if x.kind == string(runner.RecAudit) && x.about == nil && x.proof != nil {
		return a.erasureDone(x)
	}
	return a.rowIsThere(x)
}

var (
	lineOfLink = sql(`SELECT ` + lineColumns + ` FROM records r LEFT JOIN intents i ON i.seq = r.seq WHERE r.link = ? LIMIT 1`)
	lastAbout  = sql(`SELECT link, proof FROM records WHERE about = ? AND link IS NOT NULL ORDER BY link DESC LIMIT 1`)
)

func (a *auditor) lineOf(link int64) (x *line, err error) {
	_, err = a.first(lineOfLink, func(r *row) { x = scanLine(r) }, link)
	return x, err
}

// erasedRightly wants of an entry that lost its words a record that says so.
func (a *auditor) erasedRightly(x *line) error {
	if len(x.salt) == 2*saltBytes {
		if x.erased != 0 {
			a.fault(runner.Edited, x.link, x.n, "it is marked as erased and is whole")
		}
		return nil
	}
	a.out.Erased++
	if x.message != nil || x.remedy != nil || x.salt == nil && (x.user != nil || x.post != nil) {
		a.fault(runner.Edited, x.link, x.n, "it was erased and says something again")
	}
	named, err := a.listed(x.erased)
	if err != nil {
		return err
	}
	if all, ok := named[x.link]; !ok || x.salt == nil && !all {
		a.fault(runner.Edited, x.link, x.n, "it was erased without a record of that")
	}
	return nil
}

// listed is what a record of an erasure names, and whether all of it was erased.
func (a *auditor) listed(link int64) (map[int64]bool, error) {
	if known, ok := a.lists[link]; ok {
		return known, nil
	}
	x, err := a.lineOf(link)
	if err != nil {
		return nil, err
	}
	named := map[int64]bool{}
	if x != nil {
		what, all, _ := erasureOf(x)
		for _, place := range all {
			named[place] = what == erasedAll
		}
	}
	if len(a.lists) >= 16 {
		clear(a.lists)
	}
	a.lists[link] = named
	return named, nil
}

// erasureOf reads what a record says that was erased.
func erasureOf(x *line) (what string, places []int64, ok bool) {
	proof, _ := x.proof.([]byte)
	head, list, _ := bytes.Cut(proof, []byte(" "))
	what = string(head)
	if x.kind != string(runner.RecAudit) || x.about != nil || what != erasedWords && what != erasedAll {
		return "", nil, false
	}
	places, err := placesOf(string(list))
	return what, places, err == nil
}

// erasureDone wants that what is on record as erased is gone.
func (a *auditor) erasureDone(x *line) error {
	what, places, ok := erasureOf(x)
	if !ok {
		a.fault(runner.Edited, x.link, x.n, "what it says was erased cannot be read")
	}
	for _, place := range places {
		of, err := a.lineOf(place)
		if err != nil {
			return err
		}
		if of != nil && (len(of.salt) == 2*saltBytes || what == erasedAll && of.salt != nil) {
			a.fault(runner.Edited, of.link, of.n, "entry %d says that it was erased, and it is there", x.link)
		}
	}
	return nil
}

// rowIsThere wants the row that a record tells of, unless a later one says that it is gone.
func (a *auditor) rowIsThere(x *line) error {
	about, ok := x.about.(string)
	if !ok || x.proof == nil {
		return nil
	}
	table, n, ok := aboutOf(about)
	if !ok {
		a.fault(runner.Edited, x.link, x.n, "it is about %.40q, which is nothing that heed knows", about)
		return nil
	}
	proof, err := stateProof(a.conn, table, n)
	if err != nil || proof != nil {
		return err
	}
	gone := false
	if _, err := a.first(lastAbout, func(r *row) { _, gone = r.num(), r.next() == nil }, about); err != nil {
		return err
	}
	if !gone {
		a.fault(runner.Removed, x.link, x.n, "%s is gone without a record of that", about)
	}
	return nil
}

// ends holds the end of the chain against the row that keeps it.
func (a *auditor) ends(context.Context) error {
	var link int64
	var hash []byte
	found, err := a.first(getHead, func(r *row) { link, hash = r.num(), r.blob() })
	switch {
	case err != nil:
		return err
	case !found:
		a.fault(runner.HeadLost, 0, 0, "the row that keeps the end of the chain is missing")
	case link > a.last:
		a.fault(runner.Removed, a.last+1, 0, "the chain ends at entry %d; %d more were written", a.last, link-a.last)
	case link < a.last:
		a.fault(runner.HeadLost, link, 0, "the chain goes on to entry %d behind the end that was kept", a.last)
	case !bytes.Equal(hash, a.before):
		a.fault(runner.HeadLost, link, 0, "the hash of the last entry is not the one that was kept")
	}
	return nil
}

// against holds the chain against an end that somebody kept elsewhere.
func (a *auditor) against(kept runner.Head) error {
	hash := make([]byte, 32) // of entry 0, which is nothing
	if kept.Entry > 0 {
		x, err := a.lineOf(kept.Entry)
		if err != nil {
			return err
		}
		if x == nil {
			a.fault(runner.Removed, kept.Entry, 0, "entry %d of the head that was given is not there; the chain ends at %d", kept.Entry, a.last)
			return nil
		}
		hash = x.hash
	}
	if hex.EncodeToString(hash) != kept.Hash {
		a.fault(runner.HeadLost, kept.Entry, 0, "the record up to entry %d is another than that of the head that was given", kept.Entry)
	}
	return nil
}
