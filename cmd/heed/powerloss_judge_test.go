package main

import (
	"path/filepath"
	"slices"
	"time"

	"heed/bots"
	"heed/runner"
	"heed/runner/ledger"
)

// powerSum is what rounds of power cuts came to.
type powerSum struct {
	acknowledged, optOuts, acts, lost, twice, forgotten int
}

func (s *powerSum) add(o powerSum) {
	s.acknowledged += o.acknowledged
	s.optOuts += o.optOuts
	s.acts += o.acts
	s.lost += o.lost
	s.twice += o.twice
	s.forgotten += o.forgotten
}

// judge starts heed a last time, and holds the ledger and X against what was
// acknowledged.
func (r *powerRound) judge() powerSum {
	r.finish()
	r.d.cut(0, nil) // what a clean end leaves is durable too
	r.d.release()
	r.d.unmount(r, r.disk())
	plain := filepath.Join(r.dir, "plain")
	if err := r.d.copyTo(plain); err != nil {
		r.Fatal(err)
	}
	if verdict := askSQLite(r.T, filepath.Join(plain, "state", "heed.db"), `PRAGMA integrity_check`); verdict != "ok" {
		r.Errorf("the ledger is damaged: %v", verdict)
	}
	l, err := ledger.Open(filepath.Join(plain, "state", "heed.db"), ledger.Options{})
	if err != nil {
		r.Fatal(err)
	}
	defer l.Close()
	s := powerSum{acknowledged: len(r.intents) + len(r.approved) + len(r.gone), optOuts: len(r.gone), acts: len(r.x.Acts(""))}
	s.lost = r.lost(l)
	s.twice = r.twice()
	s.forgotten = r.forgotten(l)
	return s
}

func (r *powerRound) lost(l *ledger.Ledger) (n int) {
	states := map[runner.State]int{}
	for at, text := range r.intents {
		c, err := l.Case(r.Context(), runner.Ref{Bot: at[0], Key: at[1]})
		if err != nil || c.Intent.Text != text && c.Intent.Action != bots.DM {
			n++
			r.Errorf("%s/%s was acknowledged and is lost: %v", at[0], at[1], err)
			continue
		}
		states[c.State]++
		if r.approved[at] && c.Approval == nil && !c.State.Final() {
			n++
			r.Errorf("the approval of %s/%s was acknowledged and is lost: it is %s", at[0], at[1], c.State)
		}
	}
	r.Logf("acknowledged intents by state: %v", states)
	return n
}

// twice counts what was done more than once, each text being used once.
func (r *powerRound) twice() (n int) {
	for _, g := range r.x.Identical() {
		n++
		r.Errorf("done %d times: %s by %s", len(g), g[0].Action, g[0].UserID)
	}
	return n
}

// forgotten looks whether every opt-out is on record, and whether anybody was
// contacted after heed had said that they would not be. What X was asked for before
// may arrive there a little later.
func (r *powerRound) forgotten(l *ledger.Ledger) (n int) {
	rows, err := l.People(r.Context(), runner.PeopleQuery{OptedOut: true, Limit: 1000})
	if err != nil {
		r.Fatal(err)
	}
	for who, said := range r.gone {
		if !slices.ContainsFunc(rows, func(p runner.PersonRow) bool { return string(p.User) == who }) {
			n++
			r.Errorf("the opt-out of %s was acknowledged and is forgotten", who)
		}
		for _, a := range r.x.Contacts(who) {
			if a.At.After(said.Add(3 * time.Second)) {
				n++
				r.Errorf("%s was contacted %s after the opt-out: %s", who, a.At.Sub(said), a.Action)
			}
		}
	}
	for who, said := range r.stops {
		if said && !slices.ContainsFunc(rows, func(p runner.PersonRow) bool { return string(p.User) == who && p.Scope == runner.EveryBot }) {
			n++
			r.Errorf("%s has said STOP, which X still shows, and is not opted out", who)
		}
	}
	return n
}
