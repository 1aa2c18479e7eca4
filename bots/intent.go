package bots

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Intent is one write action that a bot wants to take, as the contract has it.
// Who wants it is not in it: identity comes from the pipe or the subject.
type Intent struct {
	V               int               `json:"v,omitzero"`
	Type            string            `json:"type,omitzero"`
	ID              string            `json:"id,omitzero"`  // made by heed when absent
	Key             string            `json:"key,omitzero"` // unique per bot for ever
	Action          Action            `json:"action"`
	Text            string            `json:"text,omitzero"`
	Target          Target            `json:"target,omitzero"`
	Media           []Media           `json:"media,omitzero"`
	Cause           string            `json:"cause,omitzero"` // id of the event this answers
	Reason          string            `json:"reason,omitzero"`
	NotBefore       time.Time         `json:"not_before,omitzero"`
	ExpiresAt       time.Time         `json:"expires_at,omitzero"`
	Hold            bool              `json:"hold,omitzero"`
	Template        string            `json:"template,omitzero"`
	Facts           map[string]string `json:"facts,omitzero"`
	Poll            *Poll             `json:"poll,omitzero"`
	ReplySettings   string            `json:"reply_settings,omitzero"`
	MadeWithAI      bool              `json:"made_with_ai,omitzero"`
	PaidPartnership bool              `json:"paid_partnership,omitzero"`
	Sensitive       bool              `json:"sensitive,omitzero"`
	Labels          map[string]string `json:"labels,omitzero"`
}

// Marks are what an intent says of itself to X beside its words, for people.
func (in Intent) Marks() (marks []string) {
	if in.MadeWithAI {
		marks = append(marks, "made with AI")
	}
	if in.PaidPartnership {
		marks = append(marks, "paid partnership")
	}
	if in.Sensitive {
		marks = append(marks, "sensitive")
	}
	return marks
}

// Target is what an intent acts on: a post or a person, never both.
type Target struct {
	PostID PostID `json:"post_id,omitzero"`
	UserID UserID `json:"user_id,omitzero"`
}

// Media is one picture or clip of an intent; Path is relative to the bot's state folder.
type Media struct {
	Path string `json:"path"`
	Alt  string `json:"alt"`
	// SHA256 is of the file's bytes when the intent was taken in, in hex. heed writes
	// it; a bot that does is refused.
	SHA256 string `json:"sha256,omitzero"`
}

// Poll is a poll of a post.
type Poll struct {
	Options []string `json:"options"`
	Minutes int      `json:"minutes"`
}

// Limits of the contract that code outside the decoder needs too.
const (
	MaxLine = 1 << 20 // bytes of one line, bot to heed
	MaxKey  = 200     // characters of a key
	MaxText = 25000   // characters of a text
)

// HouseKey begins the keys of intents that heed itself makes. No bot may use it.
const HouseKey = "heed:"

// Patience is how long an intent of this kind stays worth doing when the bot
// names no expires_at: a late answer is worse than none.
func (a Action) Patience() time.Duration {
	if a == Reply || a == DM {
		return 15 * time.Minute
	}
	return 6 * time.Hour
}

// Hash is the fingerprint of an intent's stored bytes. Approvals are bound to it.
func Hash(stored []byte) string {
	sum := sha256.Sum256(stored)
	return hex.EncodeToString(sum[:])
}
