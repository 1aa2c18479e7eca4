package runner

// State is where an intent stands. The ledger alone writes it:
//
//	            +--> deferred --+          +--> done
//	waiting --->+--> held ------+--> doing +--> failed
//	            +--> denied     |          +--> unknown --> done | failed | held
//	            +--> expired <--+
//	            +--> cancelled <+
//
// A deferred intent is judged again when it is due, a held one when a person has
// approved it. A doing intent that nobody finished is unknown after a restart. It is
// never sent again unless a person, shown that it cannot be found, approves it.
type State string

// The states of an intent.
const (
	Waiting   State = "waiting"
	Deferred  State = "deferred"
	Held      State = "held"
	Denied    State = "denied"
	Doing     State = "doing"
	Done      State = "done"
	Failed    State = "failed"
	Unknown   State = "unknown"
	Cancelled State = "cancelled"
	Expired   State = "expired"
)

// Final says whether nothing more will happen to the intent.
func (s State) Final() bool {
	switch s {
	case Denied, Done, Failed, Cancelled, Expired:
		return true
	}
	return false
}
