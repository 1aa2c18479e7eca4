package runner

import (
	"context"
	"time"

	"heed/bots"
	"heed/guards"
)

// Desk is what a person does to the ledger. Every verb works while the daemon runs.
type Desk interface {
	Views
	// OptOut records that a person is not to be contacted, and cancels what is under
	// way to them. It beats every consent.
	OptOut(ctx context.Context, user bots.UserID, c guards.Choice) (Receipt, error)
	// Forgive removes an opt-out; by a person at the desk, with a reason.
	Forgive(ctx context.Context, user bots.UserID, scope, by, reason string, at time.Time) error
	// Consent records an express opt-in. It is refused for somebody who opted out (rule C2).
	Consent(ctx context.Context, user bots.UserID, c guards.Choice) error
	Revoke(ctx context.Context, user bots.UserID, scope string, at time.Time) error
	// Reviewed settles a message that may have been a stop: contact may go on.
	Reviewed(ctx context.Context, user bots.UserID, by string, at time.Time) error
	People(ctx context.Context, q PeopleQuery) ([]PersonRow, error)

	// Grant records what an account's owner allows a bot; it replaces an earlier grant.
	// Withdraw ends it, and takes back what the bot has under way (rule P3).
	Grant(ctx context.Context, bot string, g guards.Grant) error
	Withdraw(ctx context.Context, bot, by string, at time.Time) (Receipt, error)
	// Granted is the bot's latest grant, also an ended one; ErrNotFound.
	Granted(ctx context.Context, bot string) (guards.Grant, error)

	// Profile is what the platform last said of the bot's own account; ErrNotFound.
	Profile(ctx context.Context, bot string) (guards.Profile, error)
	// InboxAt is when a bot's inbox was last read whole; zero: never.
	InboxAt(ctx context.Context, bot string) (time.Time, error)

	// Judged gives every intent judged after since that still has its facts, oldest
	// first, until each fails.
	Judged(ctx context.Context, since time.Time, each func(Case) error) error

	// Approve releases the holds of one intent, bound to the hash of its bytes. An
	// unknown intent that could not be found is sent again only by this.
	Approve(ctx context.Context, key Ref, by, hash string, at time.Time) error
	Reject(ctx context.Context, key Ref, by, reason string, at time.Time) error

	Halt(ctx context.Context, h guards.Halt) error
	// Resume lifts what matches scope and kinds, and makes due what waited for it.
	Resume(ctx context.Context, scope string, kinds []guards.HaltKind, by string, at time.Time) (int, error)
	Halts(ctx context.Context, now time.Time) ([]guards.Halt, error)

	// Case is all that is known of one intent; ErrNotFound.
	Case(ctx context.Context, key Ref) (Case, error)
	// Waiting lists intents by state, oldest first.
	Waiting(ctx context.Context, states []State, bot string, limit int) ([]Case, error)
	// Records reads the log after a number, oldest first.
	Records(ctx context.Context, q RecordQuery) ([]Record, error)
	// Peek judges an intent as if it were due now and writes nothing.
	Peek(ctx context.Context, bot bots.Bot, p guards.Pipeline, in bots.Intent, now time.Time) (guards.Verdict, guards.Facts, error)
	// Used counts windows of a bot as a judgement at now would, and writes nothing.
	Used(ctx context.Context, bot bots.Bot, windows []guards.Window, now time.Time) (map[string]guards.Use, error)
	// Head is the end of the chain of decisions.
	Head(ctx context.Context) (Head, error)
	// Verify walks the whole record of decisions in one state of it and says what does
	// not agree; kept is an end that somebody kept elsewhere, or nil.
	Verify(ctx context.Context, kept *Head) (Audit, error)
	// Decisions gives the entries of the chain that are not older than since, oldest
	// first, until each fails, and the end of the chain as it was after the last.
	Decisions(ctx context.Context, since time.Time, each func(Decision) error) (Head, error)
	// Forget erases a person or a post. Only opt-outs and reviews in force stay of a
	// person; what is under way is told and stays until it has ended.
	Forget(ctx context.Context, e Erasure) (Forgotten, error)
	Changed() <-chan struct{}
	Close() error
}

// PeopleQuery selects people.
type PeopleQuery struct {
	User     bots.UserID // "" for all
	OptedOut bool
	Consents bool
	Review   bool
	Limit    int
}

// PersonRow is what heed keeps of one person's choice: ids and times, never a name.
type PersonRow struct {
	User bots.UserID `json:"user_id"`
	Kind string      `json:"kind"` // opt_out, opt_in, review
	guards.Choice
}

// Case is all that is known of one intent.
type Case struct {
	Claim
	State     State
	EnteredAt time.Time
	DueAt     time.Time
	EndedAt   time.Time
	Hash      string // of the stored bytes
	Origin    guards.Origin
	Media     []guards.Picture
	Refusal   string
	Verdict   *guards.Verdict // the latest
	Facts     *guards.Facts   // as they were then
	Answer    *Answer
	Detail    string
	Approval  *guards.Approval
	History   []Record
}

// Record is one line of the log: ids, numbers and heed's own sentences.
type Record struct {
	N       int64       `json:"n"`
	At      time.Time   `json:"at"`
	Kind    RecordKind  `json:"kind"`
	Bot     string      `json:"bot,omitempty"`
	ID      string      `json:"id,omitempty"`
	Key     string      `json:"key,omitempty"`
	Action  bots.Action `json:"action,omitempty"`
	State   State       `json:"state,omitempty"`
	Code    string      `json:"code,omitempty"`
	Message string      `json:"message,omitempty"`
	Remedy  string      `json:"remedy,omitempty"` // of a refusal: what would change the answer
	User    bots.UserID `json:"user_id,omitempty"`
	PostID  bots.PostID `json:"post_id,omitempty"`
	Rules   []string    `json:"rules,omitempty"`
	Erased  bool        `json:"erased,omitempty"` // some of it was erased, by retention or on somebody's demand
}

// RecordKind says what a record tells.
type RecordKind string

// The kinds of a record.
const (
	RecEntered RecordKind = "intent"
	RecVerdict RecordKind = "verdict"
	RecOutcome RecordKind = "outcome"
	RecHeard   RecordKind = "heard"  // somebody spoke; with what was recognised
	RecPerson  RecordKind = "person" // a choice was recorded or lifted
	RecHalt    RecordKind = "halt"   // stopped or resumed
	RecScript  RecordKind = "script" // started, ended, said something on stderr
	RecProfile RecordKind = "profile"
	RecNotice  RecordKind = "notice"
	RecAudit   RecordKind = "audit" // what was erased of the record, or carried over into its chain
)

// RecordKinds lists the kinds.
func RecordKinds() []RecordKind {
	return []RecordKind{RecEntered, RecVerdict, RecOutcome, RecHeard, RecPerson, RecHalt, RecScript, RecProfile, RecNotice, RecAudit}
}

// RecordQuery selects records with N > After.
type RecordQuery struct {
	After int64
	Bot   string
	Kinds []RecordKind
	Limit int  // default 100
	Last  bool // the newest Limit ones instead, still oldest first
}
