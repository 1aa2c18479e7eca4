package runner

import (
	"context"
	"errors"
	"time"

	"heed/bots"
	"heed/guards"
)

func init() {
	guards.Declare(guards.Clause{ID: "M7", Says: "X accounts are matched with nobody outside of X without their express opt-in",
		Source: guards.SourceSpam + "; " + guards.SourcePrivacy, Served: []guards.Service{guards.ByMinimum},
		Tests: []string{"runner/ledger TestWhatIsKeptOfPeople"}, Operator: "put nothing but ids and references into --evidence"})
	guards.Declare(guards.Clause{ID: "M8", Says: "nothing sensitive is derived of people or stored: health, money, politics, race, religion, sex, union, crime",
		Source: guards.SourceRestricted + "; " + guards.SourceGuidelines, Served: []guards.Service{guards.ByMinimum},
		Tests: []string{"runner/ledger TestWhatIsKeptOfPeople"}})
	guards.Declare(guards.Clause{ID: "M12", Says: "what is passed on of X's content is ids, and of those no more than the bounds allow",
		Source: "Developer Policy, Content redistribution; " + guards.SourceRestricted, Served: []guards.Service{guards.ByMinimum},
		Tests:    []string{"runner/ledger TestWhatIsKeptOfPeople", "cmd/heed TestExportsAreIdsAlone", "cmd/heed TestForgetWhileHeedRuns"},
		Operator: "pass on no more than 1,500,000 post ids in 30 days; where the policies name two bounds for whole posts, 500 a person and day is the lower"})
	guards.Declare(guards.Clause{ID: "M16", Says: "X may audit once a year, and records of use are kept for it",
		Source: guards.SourceGuidelines + "; " + guards.SourceAgreement + " VIII", Served: []guards.Service{guards.ByDuty},
		Tests:    []string{"cmd/heed TestExportsAreIdsAlone", "cmd/heed TestForgetWhileHeedRuns", "runner/ledger TestAuditFindsEveryEdit"},
		Operator: "give X the output of heed audit export, heed log --json and heed rules --json"})
}

// ErrNotFound is what the ledger answers about what it does not hold.
var ErrNotFound = errors.New("not found")

// ErrOptedOut is what the ledger answers to a consent of somebody who opted out.
var ErrOptedOut = errors.New("an opt-out beats every consent (rule C2)")

// ErrSettled is what the ledger answers to a closing of what is not under way.
var ErrSettled = errors.New("not under way")

// Ledger is the durable record that the work rests on. Each method is one
// transaction, durable when it returns; one that fails has written nothing. Calls of
// many goroutines may share a commit. The conformance suite in ledgertest is its contract.
type Ledger interface {
	// Enter writes new intents as waiting, and refused lines as denied, in the order
	// given. A key that the bot used before changes nothing: Entered.Twice.
	Enter(ctx context.Context, entries []Entry) ([]Entered, error)

	// Decide takes the bot's next intent that is due at now, in the order they were
	// entered, and in one transaction reads the facts, judges, writes verdict and
	// state, and on Allow claims the act (state doing; for a dry-run bot: done).
	// An intent that is late by then expires unjudged: the turn's state says so. ok is
	// false when none is due; next is then when one will be (zero: none is waiting).
	Decide(ctx context.Context, bot bots.Bot, p guards.Pipeline, now time.Time) (t Turn, ok bool, next time.Time, err error)

	// Standing says why a claimed act must not be done any more: its person has opted out
	// since the claim, or its bot was stopped. nil: it stands. ErrSettled when it is not
	// under way.
	Standing(ctx context.Context, seq int64, now time.Time) error

	// Settle writes how a claimed or unknown intent ended, with what was learnt on the
	// way; ErrSettled when it is not under way any more.
	Settle(ctx context.Context, c Closing) error

	// Next settles what the bot's turn has claimed and takes its next one, as Settle and
	// Decide do, in one transaction. When it fails neither is done: settle alone then.
	Next(ctx context.Context, c Closing, bot bots.Bot, p guards.Pipeline, now time.Time) (t Turn, ok bool, next time.Time, err error)

	// Recover turns what a dead daemon left doing into unknown. Called once, before any turn.
	Recover(ctx context.Context, now time.Time) (int, error)

	// Probe takes the bot's next unknown intent whose probe is due, if any, and counts the probe.
	Probe(ctx context.Context, bot string, now time.Time) (c Claim, ok bool, next time.Time, err error)

	// Hear records that somebody spoke to a bot, with what was recognised in it, in
	// one transaction with its effect: an opt-out cancels every intent to that person
	// that is waiting, deferred or held; of very many the last in further transactions,
	// before it returns. The same event again changes nothing but what was left of those:
	// Receipt.New is false. The text is not among what it is given.
	Hear(ctx context.Context, h Heard) (Receipt, error)

	// Cursor and InboxRead keep how far a bot's inbox was read, and when it was last
	// read whole; the zero time keeps the old one.
	Cursor(ctx context.Context, bot string) (string, error)
	InboxRead(ctx context.Context, bot, cursor string, at time.Time) error

	// Deleted wipes what a bot's post said that is gone from the platform (rule M4). That
	// it was, and how it was judged, stays. A post that heed did not make, or whose text
	// is wiped already, changes nothing.
	Deleted(ctx context.Context, bot string, post bots.PostID, at time.Time) error

	// SetProfile keeps what the platform said of the bot's own account.
	SetProfile(ctx context.Context, bot string, p guards.Profile) error
	Profile(ctx context.Context, bot string) (guards.Profile, error)

	// Author answers whom a post concerns that heed has met; ErrNotFound when it has not.
	Author(ctx context.Context, post bots.PostID) (Authorship, error)
	SetAuthor(ctx context.Context, post bots.PostID, a Authorship, at time.Time) error

	// Latch stops a bot or, with scope "*", all of them until a person clears it (promise P12).
	// The same latch twice is one.
	Latch(ctx context.Context, h guards.Halt) error
	// Halts lists what is stopped at now.
	Halts(ctx context.Context, now time.Time) ([]guards.Halt, error)

	// Declare keeps what a bot declares to do (bots.Bot.Behaviour), and gives what it
	// declared before: "" for a bot never seen.
	Declare(ctx context.Context, bot, behaviour string, at time.Time) (before string, err error)

	// Inbound counts what was heard after a moment, over all bots.
	Inbound(ctx context.Context, since time.Time) (int, error)

	// Note adds a line to the record that belongs to no intent: a script's end, a
	// profile that cannot be read.
	Note(ctx context.Context, r Record) error

	// Due is closed and replaced whenever something was written that may make an intent
	// of this bot due, by this process or another: perhaps a little before it is durable,
	// for a Decide that comes then judges it in the same commit.
	Due(bot string) <-chan struct{}
	// Changed is the same for any bot, and tells of halts, too.
	Changed() <-chan struct{}
}

// Ref names an intent: by its bot and key, or by its id, or the id's last 8 or more characters.
type Ref struct {
	Bot, Key string
	ID       string
}

// Entry is one line of a bot on its way into the ledger.
type Entry struct {
	Bot     string
	At      time.Time
	Intent  bots.Intent // key, id and expires_at filled in; the zero Intent for a refused line
	Stored  []byte      // Intent.Encode(); what is judged and sent
	Refusal string      // why the line is no intent; "" otherwise
	Key     string      // of a refused line: where it stood
	Named   string      // of a refused line: the key that it names itself, which stays free
	Origin  guards.Origin
	Media   []Media // of its files, in the intent's order
}

// Media is a file of an intent as it was taken in, with the hashes of its looks.
type Media struct {
	guards.Picture
	Views []byte // likeness of the picture, opaque here; nil when it could not be decoded
}

// Entered says what became of an Entry.
type Entered struct {
	Seq   int64
	ID    string
	Key   string
	Twice bool  // the bot used this key before: ID and State are the first one's
	State State // as it stands now
}

// Claim is an intent that heed has set out to do.
type Claim struct {
	Seq      int64
	Bot      string
	ID       string
	Key      string
	Intent   bots.Intent
	Stored   []byte
	Since    time.Time // when it was claimed, before the platform was called
	Attempts int       // this one included
	Probes   int       // of an unknown intent: look-ups made, this one included
	Dry      bool
	// Leave are the people whom X would put in front of a reply beside the author it
	// answers: they did not speak to the bot, and are left out.
	Leave []bots.UserID
	// Still is asked by a platform that had to prepare the act, right before the call
	// that does it: an error is why it must not be done any more (rule C2). nil: nobody asks.
	Still func(context.Context) error
}

// Turn is one intent judged.
type Turn struct {
	Claim
	State   State // after the judgement
	Verdict guards.Verdict
	Same    bool // the verdict says the same as the last one: nobody need be told again
}

// Closing is how a claim ended.
type Closing struct {
	Seq    int64
	At     time.Time
	State  State     // done, failed, unknown, deferred (surely not landed, may be tried at RetryAt) or held
	Due    time.Time // deferred: when to judge again; unknown: when to look
	Answer Answer
	Code   string // of a hold or failure
	Detail string // for people
}

// Heard is somebody speaking to a bot, without the words.
type Heard struct {
	guards.Invitation
	Word  Word
	Signs Signs
	// Behaviour is the bot's now: an opt-in is bound to it.
	Behaviour string
	// Answer is an intent of heed's own: the answer to HELP, or the one confirmation of
	// a STOP. It is entered with what was heard; the confirmation only when the opt-out
	// is new. nil: none.
	Answer *Entry
}

// Word is what was recognised in a message.
type Word struct {
	Meaning  Meaning
	Rule     string // id of the keyword rule
	Scope    string // a bot's name, or "*"
	Argument string // "" or the bot that "STOP QUAKES" names, resolved into Scope
}

// Meaning is what a message asks for.
type Meaning string

// The meanings of a message.
const (
	Nothing   Meaning = ""
	WantsOut  Meaning = "opt_out"
	MaybeOut  Meaning = "review" // contact stops until a person has looked
	WantsIn   Meaning = "opt_in"
	WantsHelp Meaning = "help"
)

// Receipt says what a choice changed.
type Receipt struct {
	New       bool    // false: this event was known
	Cancelled []Claim // intents recalled
}
