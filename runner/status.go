package runner

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// ScriptState is where a bot's program stands.
type ScriptState string

// The states of a script.
const (
	ScriptNone    ScriptState = "none"       // the bot speaks over NATS alone
	ScriptPending ScriptState = "pending"    // it is about to be kept: heed first hears who wrote
	ScriptRunning ScriptState = "running"    // its process lives
	ScriptResting ScriptState = "resting"    // between two runs of its schedule
	ScriptBacked  ScriptState = "backed off" // it ended and is started again later
	ScriptOver    ScriptState = "stopped"    // it is not started again before its settings change
)

// ScriptStatus is what heed knows of a bot's program; nothing that it said.
type ScriptStatus struct {
	State  ScriptState
	Since  time.Time // of the state
	Ended  time.Time // of the last run; zero: none has ended since heed started
	Exit   int       // of the last run, -1 for death by a signal or no start at all
	Last   string    // how the last run ended, in heed's words: "ended with 3"
	Until  time.Time // backed off: when it is started again
	Next   time.Time // the next run of its schedule; zero: it has none
	LineAt time.Time // the last line or batch of lines that it printed; zero: none since heed started
}

// Status is how a bot stands with this heed since it started. What outlives a restart
// (halts, its inbox, its profile, its windows) is in the ledger.
type Status struct {
	Bot    string
	Script ScriptStatus
	// Fault is what last went wrong with heed's own work for the bot or with its
	// program, in heed's words; the zero Record when nothing did.
	Fault Record
}

// Status tells how each bot of the house stands, by name. Before Run there is none.
func (r *Runner) Status() (all []Status) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(r.lanes)) {
		s := r.lanes[name].status.read()
		s.Bot = name
		all = append(all, s)
	}
	return all
}

// status is a lane's Status while it changes.
type status struct {
	mu  sync.Mutex
	now Status
}

func (s *status) read() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// kept begins anew: with other settings nothing of the old script counts.
func (s *status) kept(script bool, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Script = ScriptStatus{State: ScriptNone, Since: at}
	if script {
		s.now.Script.State = ScriptPending
	}
}

func (s *status) spoke(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Script.LineAt = at
}

func (s *status) failed(r Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Fault = r
}

// script takes a report of the script.
func (s *status) script(r ScriptReport, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &s.now.Script
	to := func(state ScriptState) { c.State, c.Since, c.Until = state, at, time.Time{} }
	switch r.Code {
	case ScriptStarted:
		to(ScriptRunning)
	case ScriptEnded:
		to(ScriptResting)
		c.Ended, c.Exit, c.Last = at, r.Exit, r.Text
	case ScriptNotStarted:
		to(ScriptResting)
		c.Ended, c.Exit, c.Last = at, -1, "could not be started"
	case ScriptBackoff:
		to(ScriptBacked)
		c.Until = r.Until
	case ScriptNext:
		if c.Next = r.Until; c.State == ScriptPending {
			to(ScriptResting)
		}
	case ScriptStopped:
		to(ScriptOver)
		c.Next = time.Time{}
	}
	// What a script says itself could be anything, a message of somebody among it.
	own := strings.HasPrefix(r.Code, "script.std")
	if !own && r.Level == "error" {
		s.now.Fault = Record{At: at, Kind: RecScript, Code: r.Code, Message: r.Text}
	}
}
