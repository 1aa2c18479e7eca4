package ledger

import (
	"bytes"
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"heed/bots"
	"heed/runner"
)

var (
	standingAfter = sql(`SELECT i.seq, i.bot, i.action, i.state, i.pending, i.refusal, i.hash, i.stored, i.approval, j.verdict, j.at
		FROM intents i LEFT JOIN judgements j ON j.seq = i.seq WHERE i.seq > ? ORDER BY i.seq LIMIT 128`)
	lastEntry   = sql(`SELECT link, n, state, bot FROM records WHERE seq = ? AND link IS NOT NULL ORDER BY n DESC LIMIT 1`)
	lastVerdict = sql(`SELECT proof, message, link, n FROM records WHERE seq = ? AND kind = 'verdict' AND proof IS NOT NULL
		AND code IS NOT 'desk.approved' ORDER BY n DESC LIMIT 1`)
	lastApproval = sql(`SELECT proof FROM records WHERE seq = ? AND kind = 'verdict' AND proof IS NOT NULL
		AND code = 'desk.approved' ORDER BY n DESC LIMIT 1`)
)

// standing is an intent as it is now.
type standing struct {
	seq              int64
	bot              string
	action           bots.Action
	state            runner.State
	pending, refused bool
	hash             string
	stored, approval []byte
	verdict          []byte
	whole            bool // its verdict was not thinned
}

func scanStanding(r *row) standing {
	s := standing{seq: r.num(), bot: r.str(), action: bots.Action(r.str()), state: runner.State(r.str()), pending: r.flag()}
	s.refused, s.hash, s.stored, s.approval = r.next() != nil, r.str(), r.blob(), r.blob()
	s.verdict, s.whole = r.blob(), r.next() != nil
	return s
}

// intents holds every intent against its last decisions.
func (a *auditor) intents(ctx context.Context) error {
	for last, more := int64(-1<<62), true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		var page []standing
		if err := a.each(standingAfter, func(r *row) { page = append(page, scanStanding(r)) }, last); err != nil {
			return err
		}
		for _, s := range page {
			last = s.seq
			a.out.Intents++
			if err := a.intent(s); err != nil {
				return err
			}
			if err := a.verdictOf(s); err != nil {
				return err
			}
		}
		more = len(page) > 0
	}
	return nil
}

func (a *auditor) intent(s standing) error {
	link, n, want, bot := int64(0), int64(0), runner.Waiting, s.bot
	if s.refused {
		want = runner.Denied
	}
	if _, err := a.first(lastEntry, func(r *row) { link, n, want, bot = r.num(), r.num(), runner.State(r.str()), r.str() }, s.seq); err != nil {
		return err
	}
	waits := slices.Contains([]runner.State{runner.Waiting, runner.Deferred, runner.Held}, s.state)
	switch {
	case s.state != want && link == 0:
		a.fault(runner.Differs, 0, 0, "intent number %d is %s, and no decision is on record", s.seq, s.state)
	case s.state != want:
		a.fault(runner.Differs, link, n, "intent number %d is %s, its last record says %s", s.seq, s.state, want)
	case s.pending != waits:
		a.fault(runner.Differs, link, n, "intent number %d is %s and its mark of what waits says otherwise", s.seq, s.state)
	case s.bot != bot:
		a.fault(runner.Differs, link, n, "intent number %d is of %s, its last record is of %s", s.seq, s.bot, bot)
	case s.stored != nil && bots.Hash(s.stored) != s.hash:
		a.fault(runner.Edited, link, n, "the bytes of intent number %d are not those that were entered", s.seq)
	case s.stored == nil && (waits || s.whole && s.action != bots.DM):
		a.fault(runner.Edited, link, n, "the bytes of intent number %d are gone, and nothing was swept or forgotten", s.seq)
	}
	if len(s.approval) == 0 {
		return nil
	}
	var proof []byte
	if _, err := a.first(lastApproval, func(r *row) { proof = r.blob() }, s.seq); err != nil {
		return err
	}
	if !bytes.Equal(proof, proofOfApproval(s.approval)) {
		a.fault(runner.Differs, link, n, "the approval of intent number %d is not on record", s.seq)
	}
	return nil
}

// verdictOf holds an intent's verdict against the record of it. One that was thinned is
// another than it was; its record has lost its words then, too.
func (a *auditor) verdictOf(s standing) error {
	var proof []byte
	var message driver.Value
	var link, n int64
	if _, err := a.first(lastVerdict, func(r *row) { proof, message, link, n = r.blob(), r.next(), r.num(), r.num() }, s.seq); err != nil {
		return err
	}
	switch {
	case s.verdict == nil && proof != nil:
		a.fault(runner.Removed, link, n, "the verdict on intent number %d is gone", s.seq)
	case s.whole && proof == nil:
		a.fault(runner.Added, 0, 0, "intent number %d has a verdict that is not on record", s.seq)
	case s.whole && !bytes.Equal(proof, proofOfVerdict(s.verdict)):
		a.fault(runner.Edited, link, n, "the verdict on intent number %d is not the one on record", s.seq)
	case s.verdict != nil && !s.whole && message != nil:
		a.fault(runner.Edited, link, n, "the verdict on intent number %d was thinned, and its record was not", s.seq)
	}
	return nil
}

// states holds choices, halts and grants against their last records.
func (a *auditor) states(ctx context.Context) error {
	for _, table := range stateTables {
		for last, more := int64(-1<<62), true; more; {
			if err := ctx.Err(); err != nil {
				return err
			}
			page, err := numbers(a.conn, rowsAfter[table], last)
			if err != nil {
				return err
			}
			for _, n := range page {
				last = n
				a.out.States++
				if err := a.state(table, n); err != nil {
					return err
				}
			}
			more = len(page) > 0
		}
	}
	return nil
}

func (a *auditor) state(table string, n int64) error {
	proof, err := stateProof(a.conn, table, n)
	if err != nil {
		return err
	}
	var link int64
	var want []byte
	found, err := a.first(lastAbout, func(r *row) { link, want = r.num(), r.blob() }, fmt.Sprint(table, " ", n))
	if err != nil {
		return err
	}
	is, _ := proof.([]byte)
	switch {
	case !found || want == nil:
		a.fault(runner.Added, link, 0, "%s %d is in the ledger, and not on record", table, n)
	case !bytes.Equal(is, want):
		a.fault(runner.Differs, link, 0, "%s %d is not as its last record says", table, n)
	}
	return nil
}

// aboutOf reads which row a record tells of.
func aboutOf(about string) (table string, n int64, ok bool) {
	table, number, _ := strings.Cut(about, " ")
	n, err := strconv.ParseInt(number, 10, 64)
	return table, n, err == nil && slices.Contains(stateTables, table)
}
