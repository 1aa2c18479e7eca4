package trial

import (
	"time"

	"heed/bots"
)

// caseTable is a case as it stands in its file.
type caseTable struct {
	Name   string      `toml:"name"`
	Bot    string      `toml:"bot"`
	Intent intentTable `toml:"intent"`
	Facts  factsTable  `toml:"facts"`
	Expect string      `toml:"expect"`
	Code   string      `toml:"code"`
	Rule   string      `toml:"rule"`
}

// factsTable is what is so at the moment of a case, beside what fresh says.
type factsTable struct {
	Now    time.Time `toml:"now"`
	Unread []string  `toml:"unread"` // what heed could not read: see unreadable

	Bio        string        `toml:"bio"`
	ProfileAge time.Duration `toml:"profile_age"` // since the bio and the rest of the account were read
	Automated  bool          `toml:"automated"`
	Verified   bool          `toml:"verified"`
	Followers  int           `toml:"followers"`
	Following  int           `toml:"following"`
	InboxAge   time.Duration `toml:"inbox_age"` // since the stalest inbox was read
	Halt       string        `toml:"halt"`      // pause, halt or latch
	HaltFor    time.Duration `toml:"halt_for"`  // of a pause that ends by itself
	Granted    []bots.Action `toml:"granted"`   // what the owner of somebody else's account allowed
	Approved   []string      `toml:"approved"`  // codes of the holds that a person has released

	Author   string        `toml:"author"` // of the target post: a user id, or a bot of the house
	OptedOut []bots.UserID `toml:"opted_out"`
	OptedIn  []bots.UserID `toml:"opted_in"`
	InReview []bots.UserID `toml:"in_review"` // said something that may be a stop
	DMClosed []bots.UserID `toml:"dm_closed"`
	Invited  *invitedTable `toml:"invited"`
	Answered int           `toml:"answered"` // answers the bot gave in this conversation

	Used  map[string]map[string]int `toml:"used"`  // guard, window: acts
	Spent map[string]float64        `toml:"spent"` // window of the budget: US dollars
	Said  []saidTable               `toml:"said"`
	Acted []actedTable              `toml:"acted"`
	Lanes []laneTable               `toml:"lanes"`

	Pictures []pictureTable `toml:"pictures"`
	Shown    []shownTable   `toml:"shown"`
}

// invitedTable is the event that the intent's cause names.
type invitedTable struct {
	Kind      string        `toml:"kind"` // mention, reply, quote or dm
	From      string        `toml:"from"` // a user id, or a bot of the house
	Post      bots.PostID   `toml:"post"`
	Ago       time.Duration `toml:"ago"`
	Summons   *bool         `toml:"summons"`
	Automated bool          `toml:"automated"`
	Spent     bool          `toml:"spent"` // it was answered already
}

// saidTable is an earlier text. heed measures its likeness to the intent's by itself.
type saidTable struct {
	Text     string            `toml:"text"`
	Template string            `toml:"template"`
	Facts    map[string]string `toml:"facts"`
	Bot      string            `toml:"bot"`
	Action   bots.Action       `toml:"action"`
	To       bots.UserID       `toml:"to"` // of a message
	Key      string            `toml:"key"`
	Ago      time.Duration     `toml:"ago"`
	State    string            `toml:"state"`
}

// actedTable is an earlier act on the intent's target.
type actedTable struct {
	Bot    string        `toml:"bot"`
	Action bots.Action   `toml:"action"`
	Key    string        `toml:"key"`
	Ago    time.Duration `toml:"ago"`
	State  string        `toml:"state"`
}

// laneTable is one of X's limits as X's own answers told it.
type laneTable struct {
	Name      string        `toml:"name"`
	Limit     int           `toml:"limit"`
	Remaining int           `toml:"remaining"`
	ResetIn   time.Duration `toml:"reset_in"`
	Stopped   bool          `toml:"stopped"`
}

// pictureTable is a file of the intent's media.
type pictureTable struct {
	Type   string `toml:"type"`
	Bytes  int64  `toml:"bytes"`
	Width  int    `toml:"width"`
	Height int    `toml:"height"`
	Frames int    `toml:"frames"`
}

// shownTable is an earlier picture that resembles one of the intent's.
type shownTable struct {
	File   int           `toml:"file"`
	Bot    string        `toml:"bot"`
	Action bots.Action   `toml:"action"`
	Key    string        `toml:"key"`
	Ago    time.Duration `toml:"ago"`
	State  string        `toml:"state"`
	Bits   int           `toml:"bits"` // of 256 that differ; 0: the same bytes
}
