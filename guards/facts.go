package guards

import (
	"time"

	"heed/bots"
)

// Facts is what guards may know: one reading of the ledger at one instant, as plain
// data. A literal is its own fixture, and a past case can be judged again.
type Facts struct {
	Now      time.Time              `json:"now"`
	Bot      bots.Bot               `json:"bot"`
	Halts    []Halt                 `json:"halts,omitempty"`   // those that bind this bot now
	Profile  Profile                `json:"profile"`           // the bot's own account
	InboxAt  time.Time              `json:"inbox_at,omitzero"` // the stalest inbox of all bots that are not halted; zero: one was never read
	Contacts []Person               `json:"contacts,omitempty"`
	Unknown  bool                   `json:"unknown,omitempty"`  // the author of the target post is not known
	Cause    *Invitation            `json:"cause,omitempty"`    // the event the intent answers, as heed itself saw it
	Used     map[string]Use         `json:"used,omitempty"`     // by Window.Name
	Named    []Person               `json:"named,omitempty"`    // the people of Needs.Named: whom the text names by handle
	Answered int                    `json:"answered,omitempty"` // answers the bot gave in this conversation, as Needs.Answered asks
	Origin   Origin                 `json:"origin,omitempty"`   // who made the intent
	Confirms *Choice                `json:"confirms,omitempty"` // the opt-out that an intent of heed's own confirms, while it is in force and unconfirmed
	Grant    *Grant                 `json:"grant,omitempty"`    // what the account's owner allowed, in force now
	Pictures []Picture              `json:"pictures,omitempty"` // the intent's media, as they were taken in
	Seen     []Seen                 `json:"seen,omitempty"`     // the likest earlier media, likest first
	Same     []Act                  `json:"same,omitempty"`     // earlier acts of any bot on the same target, newest first
	Alike    []Alike                `json:"alike,omitempty"`    // the likest earlier texts, best first
	Lanes    []Lane                 `json:"lanes,omitempty"`    // what X's own headers said, where it still holds
	Approval *Approval              `json:"approval,omitempty"`
	Own      map[bots.UserID]string `json:"own,omitempty"` // user ids of the operator's bots, to their names
	desk     *desk                  // what this judgement has read of its texts so far
}

// Halt stops a bot, an app or everything.
type Halt struct {
	Kind   HaltKind  `json:"kind"`
	Scope  string    `json:"scope"` // a bot's name, or "*"
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
	Until  time.Time `json:"until,omitzero"` // pauses only; zero: until lifted
}

// HaltKind tells a person's stop from one that heed pulled itself.
type HaltKind string

// The kinds of a halt.
const (
	Paused  HaltKind = "pause" // by a person, may end by itself
	Halted  HaltKind = "halt"  // by a person, never ends by itself
	Latched HaltKind = "latch" // by heed: suspended, locked, refused credentials (promise P12)
)

// Profile is what the platform says of the bot's own account.
type Profile struct {
	UserID    bots.UserID `json:"user_id,omitempty"`
	Handle    string      `json:"handle,omitempty"`
	Bio       string      `json:"bio"`
	Automated bool        `json:"automated"` // carries X's Automated label
	Verified  bool        `json:"verified"`
	Protected bool        `json:"protected"`
	CheckedAt time.Time   `json:"checked_at,omitzero"` // zero: never read
	Counted   bool        `json:"counted,omitempty"`   // the platform gave the two numbers below
	Followers int         `json:"followers,omitempty"`
	Following int         `json:"following,omitempty"`
}

// Origin says who made an intent. Those of heed itself answer what a person asked of heed.
type Origin string

// The origins of an intent.
const (
	ByBot        Origin = ""
	ForHelp      Origin = "help"    // answers HELP: what the bot is, who runs it, how to stop it
	Confirmation Origin = "confirm" // says once that a STOP was heard
)

// Grant is what an account's owner allowed a bot to do with it (rules P1, P2).
type Grant struct {
	Actions   []bots.Action `json:"actions"`
	Behaviour string        `json:"behaviour"` // the bot's, when it was given
	By        string        `json:"by"`        // the owner, as the operator wrote it down
	Shown     string        `json:"shown"`     // hash of the text that the owner was shown
	At        time.Time     `json:"at"`
	EndedAt   time.Time     `json:"ended_at,omitzero"` // withdrawn: the last grant stays to say so
}

// Picture is one file of an intent's media, as it was when the intent was taken in.
type Picture struct {
	SHA256 string `json:"sha256"`
	Type   string `json:"type"` // image/png, image/jpeg, image/gif, image/webp, video/mp4
	Bytes  int64  `json:"bytes"`
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
	Frames int    `json:"frames,omitempty"` // of a GIF
	Hashed bool   `json:"hashed"`           // it could be decoded and compared by its looks
}

// Seen is an earlier picture that resembles one of the intent's.
type Seen struct {
	File   int         `json:"file"` // which of the intent's, from 0
	Bot    string      `json:"bot"`
	Key    string      `json:"key"`
	Action bots.Action `json:"action"`
	At     time.Time   `json:"at"`
	State  string      `json:"state"`
	PostID bots.PostID `json:"post_id,omitempty"`
	Exact  bool        `json:"exact"` // the same bytes
	Bits   int         `json:"bits"`  // of 256 that differ, by the likest pair of views
}

// Person is somebody that an intent would reach.
type Person struct {
	ID       bots.UserID `json:"id"`
	OptOut   *Choice     `json:"opt_out,omitempty"`  // in force for this bot
	OptIns   []Choice    `json:"opt_ins,omitempty"`  // in force for this bot: express, never a follow
	Review   *Choice     `json:"review,omitempty"`   // said something that may be a stop; a person must look
	DMClosed bool        `json:"dm_closed,omitzero"` // X refused a DM to them as not permitted
}

// Choice is something a person said about being contacted.
type Choice struct {
	At      time.Time `json:"at"`
	How     string    `json:"how"`               // dm, mention, cli, import
	Scope   string    `json:"scope"`             // a bot's name, or "*" for every bot of the operator
	Channel string    `json:"channel,omitempty"` // opt-ins: reply, dm, or "*"
	Event   string    `json:"event,omitempty"`   // id of the message or post
	Rule    string    `json:"rule,omitempty"`    // the keyword rule that matched
	// Behaviour is the bot's, when an opt-in was given: a changed one makes it stale (rule P2).
	Behaviour string `json:"behaviour,omitempty"`
}

// Invitation is a post or message by which a person spoke to a bot.
type Invitation struct {
	Event     string        `json:"event"`
	Kind      InviteKind    `json:"kind"`
	Bot       string        `json:"bot"`
	From      bots.UserID   `json:"from"`
	Post      bots.PostID   `json:"post,omitempty"` // none for a message
	At        time.Time     `json:"at"`
	Summons   bool          `json:"summons"`   // names or quotes the bot: X lets it reply; a message: to the bot alone
	Automated bool          `json:"automated"` // its author carries the Automated label
	SpentBy   string        `json:"spent_by,omitempty"`
	Thread    bots.PostID   `json:"thread,omitempty"`
	Mentions  []bots.UserID `json:"mentions,omitempty"`
}

// InviteKind is how a person spoke to a bot.
type InviteKind string

// The kinds of an invitation. A follow, a login or a keyword search is none (rule C6).
const (
	ByMention InviteKind = "mention"
	ByReply   InviteKind = "reply"
	ByQuote   InviteKind = "quote"
	ByDM      InviteKind = "dm"
)

// Use is how full a window is. Of a window with Money, Oldest is its oldest act that cost anything.
type Use struct {
	Count  int       `json:"count"`
	Oldest time.Time `json:"oldest,omitzero"` // when full: the act whose leaving the window frees one place
	Spent  Money     `json:"spent,omitempty"` // of windows with Money: what their acts cost
}

// Act is something heed has claimed or done.
type Act struct {
	Bot    string      `json:"bot"`
	Key    string      `json:"key"`
	Action bots.Action `json:"action"`
	At     time.Time   `json:"at"`
	State  string      `json:"state"`
}

// Alike is an earlier text that resembles the intent's.
type Alike struct {
	Bot    string      `json:"bot"`
	Key    string      `json:"key"`
	Action bots.Action `json:"action"`
	At     time.Time   `json:"at"`
	State  string      `json:"state"` // waiting, deferred, held, doing, unknown or done
	PostID bots.PostID `json:"post_id,omitempty"`
	Target bots.Target `json:"target,omitzero"`
	Score  float64     `json:"score"` // 0..1
	Exact  bool        `json:"exact"` // equal after the fold
	Shared []string    `json:"shared,omitempty"`
}

// Lane is one of X's limits as its headers gave it.
type Lane struct {
	Name      string    `json:"name"` // as LaneName makes it: "post", "post.day", "app.post.day", "app"
	Limit     int       `json:"limit"`
	Remaining int       `json:"remaining"`
	Reset     time.Time `json:"reset"`
	Stopped   bool      `json:"stopped"` // X refused a call for it: nothing until Reset
}

// Approval is a person's yes to exactly these bytes.
type Approval struct {
	By    string    `json:"by"`
	At    time.Time `json:"at"`
	Hash  string    `json:"hash"`
	Codes []string  `json:"codes"` // the holds it releases
}
