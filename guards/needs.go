package guards

import (
	"time"

	"heed/bots"
)

// Needs is what must be read before a judgement. The ledger fills exactly this, by
// look-ups whose cost does not grow with history.
type Needs struct {
	Contacts bool          // the people the intent reaches, with their choices
	Cause    bool          // the inviting event
	Windows  []Window      // how full these windows are
	Same     time.Duration // acts on the same target, so far back; 0: none
	Alike    time.Duration // the likest earlier texts, so far back; 0: none
	Profile  bool
	Lanes    bool
}

// Window counts acts in the time before now. Acts of dry-run bots count for
// dry-run judgements of the same bot alone.
type Window struct {
	Name    string        // unique in a pipeline: "follow_rate.hour"
	Actions []bots.Action // none means all
	Span    time.Duration
	All     bool // over all bots of the operator, not this bot alone
	Limit   int  // with Count >= Limit the fact tells the act that must leave first
}

// add merges what another guard needs.
func (n Needs) add(m Needs) Needs {
	n.Contacts = n.Contacts || m.Contacts
	n.Cause = n.Cause || m.Cause
	n.Profile = n.Profile || m.Profile
	n.Lanes = n.Lanes || m.Lanes
	n.Windows = append(n.Windows, m.Windows...)
	n.Same = max(n.Same, m.Same)
	n.Alike = max(n.Alike, m.Alike)
	return n
}
