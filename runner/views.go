package runner

import (
	"context"
	"time"

	"heed/bots"
	"heed/guards"
)

// Views is what a person looks through on a page. What each costs does not grow with
// history: it is bounded by the page, or by how far it walks at once.
type Views interface {
	// Log is a page of the record, newest first.
	Log(ctx context.Context, q LogQuery) (LogPage, error)
	// Choices is a page of people's choices in force: newest first, or in the order of the
	// ids where a beginning of them is given.
	Choices(ctx context.Context, q ChoiceQuery) (ChoicePage, error)
	// ChoiceCounts counts the choices in force by kind (see PersonRow), each up to MostCounted.
	ChoiceCounts(ctx context.Context) (map[string]int, error)
	// Hours are the counts of the hours that begin from since on and before until, of one
	// bot or, with "", of the whole house; oldest first. What was before the retention of
	// texts is not kept, and more than MostHours hours are refused.
	Hours(ctx context.Context, bot string, since, until time.Time) ([]Hour, error)
	// Queues says how much waits of every bot that has something waiting, by bot.
	Queues(ctx context.Context) ([]Queue, error)
}

// MostCounted is where counting ends: as many, or more.
const MostCounted = 20_000

// MostHours is how many hours Hours gives at once: those of 31 days.
const MostHours = 31 * 24

// LogQuery selects records; zero fields select all.
type LogQuery struct {
	Before int64 // numbers below; 0: from the newest on
	After  int64 // numbers above
	Bot    string
	Kinds  []RecordKind
	States []State
	Code   string // a whole code, or what stands before its dot: a guard's name
	Rule   string // a clause of the policy
	Text   string // in key, code or message, whatever the case of its ASCII letters
	Limit  int    // default 100, at most 1000
}

// StatesOf are the states into which a verdict brings an intent, by the verdict's word; nil
// for what is none. What is allowed may be done at once: a rehearsal.
func StatesOf(verdict string) []State {
	return map[string][]State{
		guards.Allow.String(): {Doing, Done},
		guards.Defer.String(): {Deferred},
		guards.Hold.String():  {Held},
		guards.Deny.String():  {Denied},
	}[verdict]
}

// LogPage is what was found.
type LogPage struct {
	Records []Record
	// Older is the Before of the next page; 0: there is nothing older.
	Older int64
	// Short says that the walk ended before the page was full: of what is older nothing is
	// known yet.
	Short bool
}

// ChoiceQuery selects choices in force; no kind means every kind.
type ChoiceQuery struct {
	Begin string // the id, or how it begins
	Kinds []string
	After string // the Next of the page before
	Limit int    // default 100, at most 1000
}

// ChoicePage is what was found. Next is "" on the last page.
type ChoicePage struct {
	Rows []PersonRow
	Next string
}

// Hour is one count of one hour.
type Hour struct {
	At   time.Time // when it begins, UTC
	Of   HourKind
	Name string
	N    int
}

// HourKind says what was counted.
type HourKind string

// What is counted, and what Name tells of it.
const (
	HourVerdicts HourKind = "verdict" // allow, defer, hold, deny
	HourRefusals HourKind = "refusal" // the code of what was deferred, held or denied
	HourActs     HourKind = "act"     // the action that is done on X
	HourChoices  HourKind = "choice"  // the kind of a choice that was recorded
)

// Queue is how much of one bot's waits. A number is at most MostCounted.
type Queue struct {
	Bot                              string
	Waiting, Deferred, Held, Unknown int
}

// UserPrefix says whether s can begin a person's id: 1 to 20 digits.
func UserPrefix(s string) bool { return bots.IsSnowflake(s) }
