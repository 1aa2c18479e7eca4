package runner

import (
	"context"
	"fmt"
	"time"

	"heed/bots"
	"heed/guards"
)

func init() {
	guards.Declare(guards.Clause{ID: "A10", Says: "X's availability, speed and usage are not measured",
		Source: guards.SourceConduct + "; " + guards.SourceRestricted + "; " + guards.SourceAgreement + " III.C",
		Served: []guards.Service{guards.ByMinimum}, Tests: []string{"cmd/heed TestP8NothingOfXIsMeasured"}})
}

// Platform is where acts happen. Its methods never retry a write by themselves.
type Platform interface {
	// Do calls the platform once for the intent's stored bytes, and says what is
	// known of the result. An error of ours before anything was sent is Refused.
	Do(ctx context.Context, c Claim) Answer

	// Find looks for the traces of an act whose outcome is unknown.
	Find(ctx context.Context, c Claim) (Found, error)

	// Listen reads what people said to the bot after the cursor, oldest first, and
	// gives the new cursor. It overlaps: the same event may come again. Beside an error
	// stands what could be read, with a cursor that is right for it: messages may have
	// to wait where mentions need not.
	Listen(ctx context.Context, bot, cursor string) ([]Said, string, error)

	// Profile reads the bot's own account.
	Profile(ctx context.Context, bot string) (guards.Profile, error)

	// Author reads who wrote a post, and whom it names.
	Author(ctx context.Context, bot string, post bots.PostID) (Authorship, error)
}

// Authorship is whom a post concerns. X puts all of them in front of a reply to it.
type Authorship struct {
	Author bots.UserID
	Names  []bots.UserID // the people it mentions
	Signs  Signs         // of the author
	// Said is what the author says by it to bots of the house: who has been shown a STOP
	// has been told. It is not kept.
	Said []Said
}

// Signs are what an account itself shows about being contacted, beside words. The
// platform reads them off and passes on nothing of the account's texts.
type Signs struct {
	Marker string // id of the rule that its bio matched, such as "bio.nobots"; "" for none
	Blocks bool   // it has blocked the bot, as far as X tells
	NoDM   bool   // it takes no messages from the bot
	Known  bool   // the platform showed the account at all
}

// Wait is the error of a read that the platform has told to wait: a limit's reset.
type Wait struct {
	Until time.Time
	Why   string
}

func (w *Wait) Error() string {
	return fmt.Sprintf("platform: wait until %s: %s", w.Until.UTC().Format(time.RFC3339), w.Why)
}

// Locked is the error of a call that shows the account or the app to be suspended,
// locked or refused (promise P12).
type Locked struct {
	App bool // every bot of the app, not this one alone
	Why string
}

func (l *Locked) Error() string { return "platform: " + l.Why }

// Outcome is what is known of a call.
type Outcome string

// The outcomes of a call.
const (
	Landed    Outcome = "landed"
	Refused   Outcome = "refused" // surely not done
	Uncertain Outcome = "unknown" // may have been done
)

// Answer is a call's result, from what was seen on the wire.
type Answer struct {
	Outcome Outcome     `json:"outcome"`
	PostID  bots.PostID `json:"post_id,omitempty"` // the post made, or the message's event id
	Status  int         `json:"status,omitempty"`  // HTTP; 0: no answer
	Code    string      `json:"code,omitempty"`    // heed's own: x.duplicate, x.not_summoned, x.rate_limited, ...
	Detail  string      `json:"detail,omitempty"`  // at most 300 characters, no credential
	RetryAt time.Time   `json:"retry_at,omitzero"` // Refused: may be tried again then; zero: never
	Latch   string      `json:"latch,omitempty"`   // why this must stop the bot (or the app) until a person looks
	App     bool        `json:"app,omitempty"`     // the latch is for every bot of the app
	Closed  bool        `json:"closed,omitempty"`  // the person takes no messages from the bot
	Blocked bool        `json:"blocked,omitempty"` // the person has blocked the bot

	// Lanes is what the answer's headers said of X's limits.
	Lanes []guards.Lane `json:"lanes,omitempty"`
}

// Found says what looking for an act showed.
type Found struct {
	There  bool
	PostID bots.PostID
	Sure   bool // There false and Sure false: cannot be told from what the platform shows
	// Said is what people said to the bot among what was read for it, also beside an
	// error: who has been shown a STOP has been told.
	Said []Said
}

// Said is what a person said to a bot. Text lives in memory only.
type Said struct {
	guards.Invitation
	Text  string
	Signs Signs // of its author
}
