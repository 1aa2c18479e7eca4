package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"

	"heed/bots"
	"heed/runner"
)

// live runs heed, and kills it again and again, while everybody does as they do.
func (w *simWeek) live() {
	end := w.began.Add(w.length)
	ctx, cancel := context.WithDeadline(w.t.Context(), end)
	defer cancel()
	road := w.sim.serve(w.t)
	var others sync.WaitGroup
	others.Go(func() { w.people(ctx) })
	others.Go(func() { w.fate(ctx) })
	others.Go(func() { w.desks.work(ctx) })
	for time.Now().Before(end) {
		life := time.Duration(w.roll("life", int(10*time.Hour/time.Second))) * time.Second
		w.oneLife(road, min(life, time.Until(end)), time.Now().Add(life).Before(end))
		if dead := w.roll("life", 40); dead < 20 {
			w.whileDead(time.Duration(dead) * time.Minute)
		}
	}
	cancel()
	others.Wait()
	w.oracle.checks.Wait()
	w.desks.close()
	time.Sleep(5 * time.Minute) // connections that were given up end in their own time
}

// whileDead is a while without heed: people go on, and some choose this moment.
func (w *simWeek) whileDead(long time.Duration) {
	if w.roll("dead", 2) == 0 {
		who, bot := w.somebody("dead"), simBots[w.roll("dead", len(simBots))]
		w.speak("while heed is dead", func() error { _, err := w.x.DM(who, w.idOf(bot), "STOP"); return err })
	}
	if w.roll("dead", 3) == 0 {
		w.desks.optOut(w.idOfPerson(w.somebody("dead")), "at the desk, heed dead")
	}
	time.Sleep(long)
}

// oneLife is one process of heed: it ends politely at the end of the week, and else
// dies at some step or within some call, after which nothing it does reaches the ledger.
func (w *simWeek) oneLife(road *pipes, length time.Duration, dies bool) {
	l := w.open()
	ctx, cancel := context.WithCancel(w.t.Context())
	defer cancel()
	m := newMortal(&weekLedger{l, w}, w.way(road), cancel)
	if dies {
		m.fatal = func() (time.Duration, bool) {
			return time.Duration(w.roll("fatal", 2500)) * time.Microsecond, w.roll("fatal", 200) == 0
		}
	}
	r := &runner.Runner{Ledger: ledgerOf{m}, Bus: w.bus, Platform: platformOf{m}, Scripts: simScripts{w}, Log: func(runner.Record) {}, Now: w.clock.now}
	done := make(chan error, 1)
	w.mu.Lock()
	house := w.house
	w.mu.Unlock()
	go func() { done <- r.Run(ctx, house) }()
	w.run(r)
	ended, err := false, error(nil)
	select {
	case <-time.After(length):
	case err = <-done:
		ended = true
	}
	if dies && !ended {
		m.dieAfter(int64(w.roll("life", 40)))
		select {
		case <-m.gone:
		case <-time.After(time.Hour):
		}
	}
	w.run(nil)
	cancel()
	if !ended {
		err = <-done
	}
	w.buried(m, ended, err)
	if err := l.Close(); err != nil {
		w.oracle.wrong("P9", "ledger", "it does not close: %v", err)
	}
	w.bus.restart()
}

// buried counts a death, and says when heed ended by itself.
func (w *simWeek) buried(m *mortal, ended bool, err error) {
	w.mu.Lock()
	w.ends = append(w.ends, time.Now())
	switch {
	case m.over():
		w.sum.Deaths++
		if ended {
			w.sum.Died++
		}
	case ended && isDisk(err):
		w.sum.Troubles["refused to start"]++ // its ledger cannot be written: whoever keeps it starts it again
	case ended:
		defer w.oracle.wrong("P9", "heed", "ended by itself: %v", err)
	}
	w.mu.Unlock()
	if ended && !m.over() {
		time.Sleep(time.Minute)
	}
}

// isDisk says whether an error is of the disk's making.
func isDisk(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrFull || e.Code == sqlite3.ErrBusy)
}

func (w *simWeek) run(r *runner.Runner) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running = r
}

// reload gives one bot other settings, in heed.toml and in the process that runs.
func (w *simWeek) reload(bot string, edit func(*bots.Bot)) {
	w.mu.Lock()
	h := w.house
	h.Charges = slices.Clone(h.Charges)
	for i := range h.Charges {
		if b := &h.Charges[i].Bot; b.Name == bot {
			b.Actions = slices.Clone(b.Actions)
			edit(b)
			defer w.oracle.bars(*b)
		}
	}
	w.house = h
	r := w.running
	w.mu.Unlock()
	if r != nil {
		r.Reload(h)
	}
}
