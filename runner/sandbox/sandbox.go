// Package sandbox is a local, strict stand-in for the X API v2.
//
// It is an http.Handler that answers as X does, with X's status codes, bodies,
// signatures, limits and refusals, and the server-side truth that tests hold
// promises against: what really landed, which calls really came. It imports
// nothing of the runner, so it cannot inherit the runner's mistakes.
//
// A World holds people, bot accounts, posts and messages. Bots reach it over
// HTTP with OAuth 1.0a; people act through methods ([World.Do], [World.DM], ...),
// through a [Script], or through the control API under /_heed/. Time comes from
// Options.Now and ids are made from it, so a world driven the same way is the
// same world.
//
// # Control API
//
// Loopback callers only; JSON in, JSON out; GET /_heed/ lists it.
//
//	GET    /_heed/            this list
//	GET    /_heed/users       every account
//	POST   /_heed/users       add a person: {"username","name","bio",...}
//	GET    /_heed/apps        every app with its keys
//	POST   /_heed/apps        add an app, or change one: {"name","permission","redirect_uris":[...],"public"}
//	POST   /_heed/bots        add a bot account: {"app","permission","user":{"username","bio",...}}; answers with its sandbox credentials
//	POST   /_heed/set         change an account: {"user","suspended","locked","protected","verified","dm_open","dm_closed","automated","subscription"}; or the world: {"lag":"5s"}
//	GET    /_heed/clock       the world's time
//	POST   /_heed/clock       drive it, when it is driven: {"advance":"15m"} or {"set":"2026-09-01T12:00:00Z"}
//	POST   /_heed/snapshot    keep the world in memory: {"name":"before"}
//	POST   /_heed/reset       go back to a snapshot: {"to":"before"}; {"to":""} empties the world
//	POST   /_heed/act         a person's own act: {"who","does","to","text"}, the words of a script step
//	GET    /_heed/acts        what landed; ?user= the actor, ?contacts= the person reached
//	GET    /_heed/calls       which calls came
//	GET    /_heed/violations  what the judge found
//	GET    /_heed/faults      the faults that are laid
//	POST   /_heed/faults      add a fault: {"preset"} or the fields of Fault
//	DELETE /_heed/faults      remove every fault
//	POST   /_heed/release     let calls delayed by a fault go on
//	POST   /_heed/billing     {"state": "" | "credits_depleted" | "spend_cap" | "usage_capped"}
//	GET    /_heed/ui          a page for people: who is here, what was said, which calls came
//	POST   /_heed/ui          that page's form: speak as a person
//	GET    /_heed/ui.css      its style
//
// # Signing in
//
// Apps get tokens as at X: OAuth 2.0 with PKCE at /i/oauth2/authorize,
// /2/oauth2/token and /2/oauth2/revoke, OAuth 1.0a at /oauth/request_token,
// /oauth/authorize and /oauth/access_token, the app-only bearer at /oauth2/token.
// The two authorize pages ask a person; a program adds ?_heed_as=USERNAME, which X
// does not know, and that person agrees at once.
//
// Everything a person does there is that person's act, never a bot's. Keys and
// tokens made here open nothing but a sandbox.
package sandbox

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

// Options are the switches of a world. The zero value is a self-serve X with the
// published limits and no faults.
type Options struct {
	Now func() time.Time // default time.Now
	// Clock, when set, is the world's time instead of Now: it stands until driven.
	Clock *Clock
	// Wall is the time by which clients sign: time.Now under a driven clock, else Now.
	Wall func() time.Time
	Seed uint64 // makes keys, links and fault dice; the same seed gives the same ones
	Tier Tier   // default SelfServe

	// DuplicateWindow is how long the same text of one account is refused;
	// default 24 h, negative: never. X does not publish its own.
	DuplicateWindow time.Duration
	// Lag is how long a write stays invisible in timelines, mentions, look-ups and
	// dm_events, and a deletion without effect there; default none. Writes always
	// meet the truth.
	Lag time.Duration
	// Skew is how far an OAuth timestamp may be off; default 5 minutes.
	Skew time.Duration

	Limits []Limit // default DefaultLimits
	Caps   *Caps   // default DefaultCaps
	Quirks Quirks
	Judge  Judging

	// SaveMessages keeps the text of direct messages in a saved world. By default
	// it stays in memory, and after a load such a message is no longer served.
	SaveMessages bool

	// KeepAlive is how often a stream of events gets a blank line; default 20 s,
	// negative: never.
	KeepAlive time.Duration

	MaxObjects int // posts and messages together; beyond it writes get 503; default 1,000,000
	MaxRecords int // calls kept, and acts kept; beyond it the oldest half goes; default 200,000
}

// Tier is what the platform sells this operator.
type Tier string

// The tiers. Following, liking and quoting over the API are Enterprise only.
const (
	SelfServe  Tier = "self_serve"
	Enterprise Tier = "enterprise"
)

// Quirks settle what X does not document or answers both ways.
type Quirks struct {
	TooLongStatus  int  // status for an over-long post: 403 (default) or 400
	SecondDeleteOK bool // deleting what is gone answers 200 instead of 404
	RepeatLike403  bool // liking twice answers 403 instead of 200
	OpenMentions   bool // no rule against unsolicited mentions
	BlockedBy      bool // connection_status tells "blocked_by", which is not in X's published list
}

// World is one sandboxed X. Its methods may be called from any goroutine.
type World struct {
	mu   sync.Mutex
	opt  Options
	st   state
	ix   index
	dice *rand.Rand

	nonces   map[string]time.Time // of signatures already seen
	calls    []*Call
	callSeq  int64
	faults   []*armed
	book     book
	released chan struct{} // closed and replaced by Release
	shots    map[string]shot
	activity activity // what it tells by itself
}

// New makes an empty world.
func New(o Options) *World {
	o = o.withDefaults()
	w := &World{
		opt:      o,
		dice:     rand.New(rand.NewPCG(o.Seed, 0x5eed)),
		nonces:   map[string]time.Time{},
		released: make(chan struct{}),
		shots:    map[string]shot{},
		activity: newActivity(),
	}
	w.st = newState(o.Seed)
	w.ix = newIndex()
	return w
}

// String hides everything: a world holds keys and messages.
func (w *World) String() string { return "sandbox world" }

// GoString hides everything too.
func (w *World) GoString() string { return w.String() }

func (o Options) withDefaults() Options {
	if o.Clock != nil {
		o.Now = o.Clock.Now
		if o.Wall == nil {
			o.Wall = time.Now
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wall == nil {
		o.Wall = o.Now
	}
	if o.Tier == "" {
		o.Tier = SelfServe
	}
	if o.DuplicateWindow == 0 {
		o.DuplicateWindow = 24 * time.Hour
	}
	if o.Skew == 0 {
		o.Skew = 5 * time.Minute
	}
	if o.Limits == nil {
		o.Limits = DefaultLimits()
	}
	if o.Caps == nil {
		c := DefaultCaps()
		o.Caps = &c
	}
	if o.Quirks.TooLongStatus == 0 {
		o.Quirks.TooLongStatus = 403
	}
	if o.KeepAlive == 0 {
		o.KeepAlive = 20 * time.Second
	}
	if o.MaxObjects == 0 {
		o.MaxObjects = 1_000_000
	}
	if o.MaxRecords == 0 {
		o.MaxRecords = 200_000
	}
	o.Judge = o.Judge.withDefaults()
	return o
}

// epoch is the first millisecond of X's ids.
const epoch = 1288834974657

// newID makes the next snowflake: the clock's milliseconds, then a counter. Should
// the clock step back, ids keep the last millisecond, so that they only ever grow.
func (w *World) newID(now time.Time) string {
	ms := now.UnixMilli() - epoch
	if ms < 0 {
		ms = 0
	}
	if ms <= w.st.LastMS {
		ms = w.st.LastMS
		w.st.Seq++
	} else {
		w.st.LastMS, w.st.Seq = ms, 0
	}
	return fmt.Sprintf("%d", ms<<22|w.st.Seq)
}

// IDTime is the instant at which an id was made, to the millisecond.
func IDTime(id string) (time.Time, error) {
	var n int64
	if _, err := fmt.Sscanf(id, "%d", &n); err != nil || !isID(id) {
		return time.Time{}, fmt.Errorf("id %q: not a snowflake", id)
	}
	return time.UnixMilli(n>>22 + epoch).UTC(), nil
}

// less orders ids as numbers without parsing them.
func less(a, b string) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}

func isID(s string) bool {
	return len(s) > 0 && len(s) <= 19 && strings.Trim(s, "0123456789") == ""
}
