package runner

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"heed/bots"
)

// Head is the end of the chain of decisions: how many there are, and the hash of the last.
// Whoever keeps one elsewhere can tell later whether anything before it was changed.
type Head struct {
	Entry int64
	Hash  string // 64 hex digits
}

// String writes a head as ParseHead reads it.
func (h Head) String() string { return fmt.Sprintf("%d:%s", h.Entry, h.Hash) }

// MarshalText writes a head as one word.
func (h Head) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (h *Head) UnmarshalText(b []byte) (err error) {
	*h, err = ParseHead(string(b))
	return err
}

// ParseHead reads a head: ORDINAL:HASH.
func ParseHead(s string) (Head, error) {
	n, hash, _ := strings.Cut(s, ":")
	entry, err := strconv.ParseInt(n, 10, 64)
	raw, bad := hex.DecodeString(hash)
	if err != nil || bad != nil || entry < 0 || len(raw) != 32 {
		return Head{}, fmt.Errorf("%.100q is no head of the record: it is written ORDINAL:HASH, a number and 64 hex digits", s)
	}
	return Head{Entry: entry, Hash: strings.ToLower(hash)}, nil
}

// Audit is what a walk along the whole record of decisions found.
type Audit struct {
	Entries int64   `json:"entries"` // of the chain, all checked
	Erased  int64   `json:"erased"`  // of them have lost words or ids, as the chain itself tells
	Intents int64   `json:"intents"` // whose state was held against their last decision
	States  int64   `json:"states"`  // choices, halts and grants that were held against their records
	Head    Head    `json:"head"`
	Count   int     `json:"faults"`
	Faults  []Fault `json:"first,omitempty"` // the first 20
}

// Fault is a place where the record of decisions does not agree with itself.
type Fault struct {
	Entry  int64     `json:"entry,omitempty"`  // its place in the chain
	Record int64     `json:"record,omitempty"` // its number in the log
	What   FaultKind `json:"what"`
	Says   string    `json:"says"`
}

// FaultKind says what was done to the record.
type FaultKind string

// The kinds of a fault.
const (
	Edited    FaultKind = "edited"
	Removed   FaultKind = "removed"
	Reordered FaultKind = "reordered"
	Added     FaultKind = "added"
	HeadLost  FaultKind = "head"  // the end of the chain is not the end that was kept
	Differs   FaultKind = "state" // something is in force, or ended, that its last record says otherwise
)

// Decision is one entry of the chain in ids: no sentence, no text, no key.
type Decision struct {
	Entry  int64       `json:"entry"`
	At     time.Time   `json:"at"`
	Kind   RecordKind  `json:"kind"`
	Bot    string      `json:"bot,omitempty"`
	ID     string      `json:"id,omitempty"`
	Action bots.Action `json:"action,omitempty"`
	State  State       `json:"state,omitempty"`
	Code   string      `json:"code,omitempty"`
	Rules  []string    `json:"rules,omitempty"`
	User   bots.UserID `json:"user_id,omitempty"`
	PostID bots.PostID `json:"post_id,omitempty"`
	Erased bool        `json:"erased,omitempty"`
	Hash   string      `json:"hash"`
}

// Erasure is whom or what heed is to forget: one of the two.
type Erasure struct {
	User   bots.UserID
	Post   bots.PostID
	By     string
	At     time.Time
	DryRun bool // say what would be erased
}

// ID is the id that is to be erased.
func (e Erasure) ID() string {
	if e.User != "" {
		return string(e.User)
	}
	return string(e.Post)
}

// Forgotten says what an erasure took, and what it had to leave.
type Forgotten struct {
	Recalled  int      `json:"recalled"`  // intents that waited, were deferred or held
	Intents   int      `json:"intents"`   // that were to the person, or made or were on the post
	Verdicts  int      `json:"verdicts"`  // of other intents, whose facts or evidence named them
	Entries   int      `json:"entries"`   // of the chain that lost their words and ids
	Lines     int      `json:"lines"`     // of the log
	Heard     int      `json:"heard"`     // events
	Posts     int      `json:"posts"`     // whose author, or whom they name, was known
	Acts      int      `json:"acts"`      // that count in windows still, without their target
	Choices   int      `json:"choices"`   // opt-ins, and what has ended
	Kept      int      `json:"kept"`      // opt-outs and reviews in force
	UnderWay  []string `json:"under_way"` // bot/key of intents on their way to X: they stay until they have ended
	Elsewhere []Place  `json:"elsewhere"` // where in the ledger the id still stands, but for what is kept
	Shrunk    bool     `json:"shrunk"`    // the log of pages was written back and emptied
}

// Place is a table of the ledger with how many of its rows hold an id.
type Place struct {
	Table string `json:"table"`
	Rows  int    `json:"rows"`
}
