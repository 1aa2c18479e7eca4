package runner

import (
	"time"

	"heed/bots"
	"heed/guards"
)

// Meter counts what heed itself does. It is told words of heed's own alone, never an id,
// a text or what X answered (promise P8). It must not wait: work goes on behind it.
type Meter interface {
	// Entered tells of a line that is in the ledger: "new", "twice" or "invalid".
	Entered(bot, how string)
	// Judged tells of a verdict, also one that says the same as the last.
	Judged(bot string, action bots.Action, v guards.Verdict)
	// Ended tells that nothing more will happen to an intent.
	Ended(bot string, action bots.Action, s State)
	// Heard tells that somebody spoke to a bot, and what was recognised.
	Heard(bot string, m Meaning)
	// Script tells of a script by the code of its report.
	Script(bot, code string)
}

// Beat is a minute of heed's own work.
type Beat struct {
	At       time.Time     // its beginning
	Turns    int           // that the ledger took
	P50, P99 time.Duration // of the ledger's time for a turn: facts, judgement, claim, commit
	Queue    int           // waiting or deferred, as it was last seen in that minute
}

// Pulse remembers the beats of the last 24 hours.
type Pulse interface {
	// Beats gives those that began at since or later and are over, oldest first. A minute
	// in which heed did nothing may be missing.
	Beats(since time.Time) []Beat
}

// meter is the runner's, or one that counts nothing.
func (r *Runner) meter() Meter {
	if r.Meter == nil {
		return unmetered{}
	}
	return r.Meter
}

type unmetered struct{}

func (unmetered) Entered(string, string)                     {}
func (unmetered) Judged(string, bots.Action, guards.Verdict) {}
func (unmetered) Ended(string, bots.Action, State)           {}
func (unmetered) Heard(string, Meaning)                      {}
func (unmetered) Script(string, string)                      {}
