package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// sight is what all rows of a page are made from, read once.
type sight struct {
	*site
	now    time.Time
	halts  []guards.Halt
	status map[string]runner.Status
	queues map[string]runner.Queue
}

func (d *site) look(r *http.Request) (*sight, error) {
	s := &sight{site: d, now: d.now(), status: map[string]runner.Status{}, queues: map[string]runner.Queue{}}
	var err error
	if s.halts, err = d.Desk.Halts(r.Context(), s.now); err != nil {
		return nil, err
	}
	queues, err := d.Desk.Queues(r.Context())
	for _, q := range queues {
		s.queues[q.Bot] = q
	}
	if d.Status != nil {
		for _, st := range d.Status() {
			s.status[st.Bot] = st
		}
	}
	return s, err
}

// stop is what stops a bot, or all of them, and what a person can do about it.
type stop struct {
	Scope string
	Who   string
	Back  string // the page that shows it
	Halts []guards.Halt
	Lift  bool // a person stopped it, and a person may resume it
}

// Rests are the lengths of a pause.
func (stop) Rests() any { return rests }

// stop gathers what was stopped by exactly this name.
func (s *sight) stop(scope, back string) stop {
	out := stop{Scope: scope, Who: runner.ScopeName(scope), Back: back}
	for _, h := range s.halts {
		if h.Scope == scope {
			out.Halts = append(out.Halts, h)
			out.Lift = out.Lift || h.Kind != guards.Latched
		}
	}
	return out
}

// stand is a state as a person reads it: a sign, a word, and how grave it is.
type stand struct {
	Sign, Word string
	Class      string // good, warn, bad or dim
	Until      time.Time
}

// botRow is one bot as it stands.
type botRow struct {
	bots.Bot
	Dry     bool
	Stand   stand
	Stop    stop
	Script  runner.ScriptStatus
	Known   bool // heed runs this bot, and says how its script stands
	Fault   runner.Record
	Queue   runner.Queue
	Bars    []bar // the fullest
	Money   []bar
	InboxAt time.Time
	Late    bool // so old that nobody is contacted
	Account account
	bars    []bar // all windows that count acts
}

// account is what heed last saw of the bot's own account.
type account struct {
	guards.Profile
	Seen  bool
	Good  bool   // the bio says what it must
	Says  string // what is wrong with it, or that it was not read
	Paste string // a bio that would do
}

func (s *sight) row(ctx context.Context, c runner.Charge, back string) (row botRow, err error) {
	b := c.Bot
	st, known := s.status[b.Name]
	row = botRow{Bot: b, Dry: b.Mode == bots.DryRun, Stop: s.stop(b.Name, back), Script: st.Script, Known: known, Fault: st.Fault, Queue: s.queues[b.Name]}
	row.Stand = s.stand(row)
	if row.InboxAt, err = s.Desk.InboxAt(ctx, b.Name); err != nil {
		return row, err
	}
	if s.Fresh != nil {
		fresh := s.Fresh()
		row.Late = row.InboxAt.IsZero() || fresh > 0 && s.now.Sub(row.InboxAt) > fresh
	}
	if row.Account, err = s.account(ctx, c); err != nil {
		return row, err
	}
	gauges := c.Pipeline.Gauges(b, row.Account.Profile)
	windows := make([]guards.Window, len(gauges))
	for i, g := range gauges {
		windows[i] = g.Window
	}
	used, err := s.Desk.Used(ctx, b, windows, s.now)
	if err != nil {
		return row, err
	}
	for _, g := range gauges {
		bar := barOf(g, used[g.Name], s.now)
		if g.Money {
			row.Money = append(row.Money, bar)
		} else {
			row.bars = append(row.bars, bar)
		}
	}
	row.Bars = fullest(row.bars)
	return row, nil
}

// stand says the gravest of what is so: what heed stopped, what people stopped, and then
// how the script is.
func (s *sight) stand(row botRow) stand {
	grave := -1
	var worst guards.Halt
	rank := map[guards.HaltKind]int{guards.Paused: 0, guards.Halted: 1, guards.Latched: 2}
	for _, h := range s.halts {
		if n := rank[h.Kind]; (h.Scope == row.Name || h.Scope == runner.EveryBot) && (n > grave || n == grave && h.Until.After(worst.Until)) {
			grave, worst = n, h
		}
	}
	switch {
	case grave < 0:
		return scriptStand(row)
	case worst.Kind == guards.Latched:
		return stand{"✕", "stopped by heed", "bad", time.Time{}}
	case worst.Kind == guards.Paused:
		return stand{"‖", "paused", "warn", worst.Until}
	}
	return stand{"■", "halted", "bad", time.Time{}}
}

func scriptStand(row botRow) stand {
	s := row.Script
	switch {
	case !row.Known:
		return stand{"?", "not running here", "warn", time.Time{}}
	case s.State == runner.ScriptRunning:
		return stand{"●", "running", "good", time.Time{}}
	case s.State == runner.ScriptBacked:
		return stand{"↻", fmt.Sprintf("script backed off, exit %d", s.Exit), "warn", s.Until}
	case s.State == runner.ScriptOver:
		return stand{"✕", fmt.Sprintf("script stopped for good, exit %d", s.Exit), "bad", time.Time{}}
	case s.State == runner.ScriptNone:
		return stand{"●", "by NATS alone", "good", time.Time{}}
	case s.State == runner.ScriptResting && !s.Ended.IsZero() && s.Exit != 0:
		return stand{"◐", fmt.Sprintf("resting, last run failed with %d", s.Exit), "warn", time.Time{}}
	case s.State == runner.ScriptResting:
		return stand{"○", "resting", "good", time.Time{}}
	}
	return stand{"…", "starting", "dim", time.Time{}}
}

// account judges the bot's own account as the guard does.
func (s *sight) account(ctx context.Context, c runner.Charge) (a account, err error) {
	a.Profile, err = s.Desk.Profile(ctx, c.Bot.Name)
	if errors.Is(err, runner.ErrNotFound) {
		a.Says = "its account was never read"
		return a, nil
	}
	if err != nil {
		return a, err
	}
	a.Seen, a.Good = true, true
	for _, st := range c.Pipeline.Stations {
		if st.Rule.Name != "disclosure" {
			continue
		}
		f := st.Guard.Judge(bots.Intent{Action: bots.Post, Text: "."}, guards.Facts{Now: s.now, Bot: c.Bot, Profile: a.Profile})
		if a.Good = f.Effect == guards.Allow; !a.Good {
			a.Says = f.Because
		}
		if !a.Good && f.Effect != guards.Defer { // which ends with the next look
			a.Paste = guards.BioToPaste(c.Bot, a.Profile)
		}
	}
	return a, nil
}

// titled is a page's data that names the page.
type titled interface{ title() string }

// inboxAge is when a bot's inbox was last read whole, for a person.
type inboxAge struct {
	At   time.Time
	Age  string
	Late bool
}

// Inbox is the age of the row's inbox.
func (b botRow) Inbox(now time.Time) inboxAge {
	return inboxAge{b.InboxAt, span(max(0, now.Sub(b.InboxAt))), b.Late}
}
