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
	Named    []bots.UserID // people whom the text names, with their choices
	Answered time.Duration // answers the bot gave in the cause's conversation, so far back; 0: none
	Grant    bool          // what the account's owner allowed
	Pictures bool          // the intent's media
	Seen     time.Duration // the likest earlier media, so far back; 0: none
}

// Window counts acts in the time before now. Acts of dry-run bots count for
// dry-run judgements of the same bot alone.
type Window struct {
	Name    string        // unique in a pipeline: "follow_rate.hour"
	Actions []bots.Action // none means all
	Span    time.Duration
	All     bool // over all bots of the operator, not this bot alone
	Limit   int  // with Count >= Limit the fact tells the act that must leave first
	Money   bool // what its acts cost is wanted too
}

// add merges what another guard needs.
func (n *Needs) add(m *Needs) {
	if n.Windows == nil && len(m.Windows) > 0 {
		const usual = 14 // windows of an action, with some to spare
		n.Windows = make([]Window, 0, usual)
	}
	n.Contacts = n.Contacts || m.Contacts
	n.Cause = n.Cause || m.Cause
	n.Profile = n.Profile || m.Profile
	n.Lanes = n.Lanes || m.Lanes
	n.Windows = append(n.Windows, m.Windows...)
	n.Same = max(n.Same, m.Same)
	n.Alike = max(n.Alike, m.Alike)
	n.Named = append(n.Named, m.Named...)
	n.Answered = max(n.Answered, m.Answered)
	n.Grant = n.Grant || m.Grant
	n.Pictures = n.Pictures || m.Pictures
	n.Seen = max(n.Seen, m.Seen)
}
