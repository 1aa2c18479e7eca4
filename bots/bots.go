// Package bots holds heed's words: Bot, Intent, Event. It is the ground floor:
// it imports nothing of ours and decides nothing.
package bots

import (
	"cmp"
	"time"
)

// Bot is one X account under automation, with its script.
type Bot struct {
	Name    string   `json:"name"`    // the TOML section's name, unique in a house
	Handle  string   `json:"handle"`  // with the leading @
	UserID  UserID   `json:"user_id"` // "" until the account's profile was read once
	Purpose string   `json:"purpose"` // what it does, in a sentence for people
	Mode    Mode     `json:"mode"`
	Actions []Action `json:"actions"` // what it may want at all
	// AIGenerated says that a model writes the bot's texts (rule C12).
	AIGenerated bool `json:"ai_generated,omitempty"`
	// Owner says whose account it is: for somebody else's, their recorded grant is
	// needed (rule P1).
	Owner  Owner  `json:"owner,omitempty"`
	House  House  `json:"house"`
	Script Script `json:"-"`
}

// House is what all bots of one heed.toml share.
type House struct {
	Operator    Operator    `json:"operator"`
	Environment Environment `json:"environment"`
	Tier        Tier        `json:"tier"`
	Handles     []string    `json:"handles"` // the handles of all bots, with @
	Bots        []string    `json:"bots"`    // and their names
}

// Operator answers for the bots.
type Operator struct {
	Name       string `json:"name" toml:"name"`
	Handle     string `json:"handle" toml:"handle"` // with the leading @; may be empty
	PrivacyURL string `json:"privacy_url" toml:"privacy_url"`
}

// Script says how a bot's program is run.
type Script struct {
	Command []string          // relative to Dir
	Dir     string            // the folder of the TOML file that names the bot
	Every   time.Duration     // 0 unless it runs on a period
	Cron    string            // "" unless it runs on a cron schedule
	Service bool              // true: kept running, events on stdin
	Env     map[string]string // beside the fixed environment
	Limits  Limits
}

// Limits bound what one run of a script may take of the machine: the program and all
// that it starts. Zero means the default.
type Limits struct {
	Memory    int64 // bytes, of each of its processes and of all together
	FileSize  int64 // bytes of one file
	StateSize int64 // bytes on disk of the bot's own folder
	Files     int64 // open files of one process
	Processes int64 // processes at once
}

// DefaultLimits are those of a bot whose settings name none.
func DefaultLimits() Limits {
	return Limits{Memory: 1 << 30, FileSize: 256 << 20, StateSize: 1 << 30, Files: 256, Processes: 64}
}

// OrDefault fills in what is zero.
func (l Limits) OrDefault() Limits {
	d := DefaultLimits()
	return Limits{cmp.Or(l.Memory, d.Memory), cmp.Or(l.FileSize, d.FileSize), cmp.Or(l.StateSize, d.StateSize),
		cmp.Or(l.Files, d.Files), cmp.Or(l.Processes, d.Processes)}
}

// Owner says whose account a bot acts through.
type Owner string

// The owners of an account. For the operator's own, the settings are the grant.
const (
	OwnedByOperator Owner = "operator"
	OwnedByOther    Owner = "other"
)

// Mode says whether allowed acts reach the platform.
type Mode string

// The modes of a bot.
const (
	Live   Mode = "live"
	DryRun Mode = "dry_run" // judged and recorded, never sent
)

// Environment names what an app is for; only Production may contact the public (rule A1).
type Environment string

// The environments of an app.
const (
	Production Environment = "production"
	Staging    Environment = "staging"
	Dev        Environment = "dev"
)

// Tier is what the platform offers this operator's app.
type Tier string

// The tiers of the X API.
const (
	SelfServe  Tier = "self_serve"
	Enterprise Tier = "enterprise"
)
