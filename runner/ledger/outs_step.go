package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// The ledger's own small numbers about its journal of opt-outs.
const (
	outsCount  = "optouts"         // the number of the last line whose choice the ledger has
	outsBehind = "optouts behind"  // 1: the journal lacks a line, and is written anew when it can be
	outsWas    = "optouts written" // bytes of the journal when it was last written anew
)

// outsSmall is below what size the journal is not worth being written anew.
const outsSmall = 1 << 20

// tell keeps for the journal what this transaction does to a choice.
func (t *tx) tell(l outLine) {
	if t.l.outs.path != "" && l.Kind != dmClosed {
		t.outs = append(t.outs, l)
	}
}

func (t *tx) tellChoice(user bots.UserID, kind string, c guards.Choice) {
	if kind != optIn {
		t.tell(outLine{Kind: kind, User: user, Scope: c.Scope, At: c.At.UnixMilli(), How: c.How, Event: c.Event, Rule: c.Rule})
	}
}

// keepOuts numbers what the transaction told and puts it into the journal, right before
// the commit: an opt-out that was acknowledged is in both. When the journal cannot be
// written, the ledger still takes the opt-out, says so, and writes the journal anew as
// soon as that succeeds: a stop must not wait for a second file.
func (t *tx) keepOuts() error {
	if len(t.outs) == 0 {
		return nil
	}
	n, err := t.count(outsCount)
	if err != nil {
		return err
	}
	behind, err := t.count(outsBehind)
	if err != nil {
		return err
	}
	top, trouble := t.l.outs.top()
	at := max(int64(n), top) // lines of a commit that failed keep their numbers
	from := at + 1
	for i := range t.outs {
		at++
		t.outs[i].N, t.outs[i].Batch = at, from
	}
	if _, err := t.exec(putCount, outsCount, at); err != nil {
		return err
	}
	size := int64(0)
	if trouble == nil {
		size, trouble = t.l.outs.append(keep(t.outs, func(l outLine) bool { return !l.lifts() }))
	}
	t.untidy = trouble != nil || behind == 1 || size >= outsSmall || slices.ContainsFunc(t.outs, outLine.lifts)
	if trouble != nil {
		return t.outsFailed(trouble, t.outs[0].choice().At)
	}
	return nil
}

func (t *tx) outsFailed(trouble error, at time.Time) error {
	was, err := t.count(outsBehind)
	if err != nil || was == 1 {
		return err
	}
	if _, err := t.exec(putCount, outsBehind, 1); err != nil {
		return err
	}
	return t.log(0, runner.Record{At: at, Kind: runner.RecNotice, Code: "optouts.unwritten",
		Message: fmt.Sprintf("the ledger has every opt-out, its journal %s has not: %v; put that right, heed then writes it anew", t.l.outs.path, trouble)})
}

// tidyOuts follows a commit: it adds the lifts, and writes the journal anew when it is
// behind or has grown. Whatever fails here leaves the journal stricter than the ledger.
func (l *Ledger) tidyOuts(t *tx) {
	if !t.untidy {
		return
	}
	after := &tx{conn: l.conn, l: l}
	if _, err := l.conn.exec(begin); err != nil {
		return
	}
	err := after.settleOuts(keep(t.outs, outLine.lifts), t.outs[0].choice().At)
	if err == nil {
		_, err = l.conn.exec(commit)
	}
	if err != nil {
		_ = l.abandon(err)
		return
	}
	l.lastRecord = max(l.lastRecord, after.record)
}

func (t *tx) settleOuts(lifts []outLine, at time.Time) error {
	behind, err := t.count(outsBehind)
	if err != nil {
		return err
	}
	if behind == 1 {
		return t.rewriteOuts(at)
	}
	size, err := t.l.outs.append(lifts)
	if err != nil {
		return t.outsFailed(err, at)
	}
	was, err := t.count(outsWas)
	if err != nil || size < outsSmall || size < 2*int64(was) {
		return err
	}
	r, err := t.l.outs.read()
	if err != nil {
		return t.outsFailed(err, at)
	}
	if r.damaged > 0 { // opening tells of that first
		return nil
	}
	return t.writeOuts(fold(r.lines), r.top, at)
}

func (t *tx) writeOuts(lines []outLine, top int64, at time.Time) error {
	size, err := t.l.outs.write(lines, top)
	if err != nil {
		return t.outsFailed(err, at)
	}
	if _, err := t.exec(putCount, outsWas, size); err != nil {
		return err
	}
	_, err = t.exec(putCount, outsBehind, 0)
	return err
}

// rewriteOuts writes the journal anew from the ledger, with what the file alone can know:
// ended opt-ins, and lines that the ledger does not have yet.
func (t *tx) rewriteOuts(at time.Time) error {
	n, err := t.count(outsCount)
	if err != nil {
		return err
	}
	old, err := t.l.outs.read()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return t.outsFailed(err, at)
	}
	type key struct {
		user bots.UserID
		kind string
		c    guards.Choice
	}
	number := map[key]int64{}
	var lines []outLine
	for _, l := range fold(old.lines) {
		if l.Kind == optIn || l.N > int64(n) {
			lines = append(lines, l)
			continue
		}
		c := l.choice()
		c.Channel, c.Behaviour = "", ""
		number[key{l.User, l.Kind, c}] = l.N
	}
	for _, kind := range []string{optOut, review} {
		err := t.each(choicesBy, func(r *row) {
			x := scanChoice(r)
			c := x.Choice
			c.Channel, c.Behaviour = "", ""
			l := outLine{N: int64(n), Kind: kind, User: x.User, Scope: c.Scope, At: c.At.UnixMilli(), How: c.How, Event: c.Event, Rule: c.Rule}
			if was, there := number[key{x.User, kind, c}]; there {
				l.N = was
			}
			lines = append(lines, l)
		}, kind, int64(1)<<40)
		if err != nil {
			return err
		}
	}
	return t.writeOuts(lines, max(int64(n), old.top), at)
}

// forgetOuts leaves of a person in the journal only the opt-outs and reviews in force,
// without the events that recorded them. It comes last, when their choices are erased.
func (t *tx) forgetOuts(user bots.UserID) error {
	r, err := t.l.outs.read()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("ledger: the journal of opt-outs: %w", err)
	}
	var lines []outLine
	for _, x := range fold(r.lines) {
		if x.User == user {
			if x.Ended {
				continue
			}
			x.Event = ""
		}
		lines = append(lines, x)
	}
	if _, err = t.l.outs.write(lines, r.top); err != nil {
		return fmt.Errorf("ledger: the journal of opt-outs: %w", err)
	}
	return nil
}
