package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// More of what the judge looks for, in a world whose callers tell their claims.
const (
	Unclaimed  ViolationKind = "unclaimed"    // P2: a write that no claim was written down for
	Altered    ViolationKind = "altered"      // P6: a write that says something else than its claim
	SentTwice  ViolationKind = "sent_twice"   // P4: a second write on one claim
	ActedTwice ViolationKind = "acted_twice"  // P4: one intent landed twice
	PastHeader ViolationKind = "past_headers" // P11: a write on a lane whose headers had said that nothing is left
)

// Claim is a write that a caller has decided upon and written down, before it calls.
// Who tests a caller tells it, from the outside, to the judge.
type Claim struct {
	Intent string // names what is done at most once: "bot/key"
	UserID string // the account that is to call

	Action     string // of the words that an Act has
	Text       string
	TargetUser string
	TargetPost string
	Media      []string // SHA-256 of its files, in hex
}

// claimed is a claim in the judge's book.
type claimed struct {
	Claim
	at     time.Time
	sent   time.Time // when its write came
	called int
}

// Sent is an act's claim, when it was made and when its write came.
type Sent struct {
	Claim
	Claimed, Came time.Time
}

// book is what the judge knows of claims. It is no part of a saved world.
type book struct {
	open   map[string]*claimed  // by account: its newest claim
	landed map[string]int       // by intent
	acts   map[int64]*claimed   // by Act.Seq
	spent  map[string]time.Time // lanes whose headers said that nothing is left, and until when
	now    *claimed             // of the call that is being processed
}

// Claimed tells the judge of a claim. From the first one on, every write of an app's
// account is held against the newest claim of that account: a write without one, a
// second one, and one that says something else are violations.
func (w *World) Claimed(c Claim) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.book.open == nil {
		w.book.open, w.book.landed, w.book.acts = map[string]*claimed{}, map[string]int{}, map[int64]*claimed{}
	}
	w.book.open[c.UserID] = &claimed{Claim: c, at: w.opt.Now().UTC()}
}

// ClaimOf gives the claim under which an act landed.
func (w *World) ClaimOf(act int64) (Sent, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k := w.book.acts[act]
	if k == nil {
		return Sent{}, false
	}
	return Sent{k.Claim, k.at, k.sent}, true
}

// Landed says how often an intent has acted.
func (w *World) Landed(intent string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.book.landed[intent]
}

// judgeWrite holds a write against its claim, whatever becomes of it afterwards.
func (w *World) judgeWrite(c *call) {
	said, writes := w.wrote(c)
	if !writes {
		return
	}
	v := Violation{AppID: c.app.ID, UserID: c.id(), Since: c.now}
	if until, told := w.book.spent[c.lane()]; told && c.now.Before(until) {
		v.Kind, v.Detail = PastHeader, fmt.Sprintf("%s %s was called before %s, and the headers of its lane had said that nothing is left", c.route.method, c.route.pattern, until.UTC().Format(time.RFC3339))
		w.violate(v)
	}
	if w.book.open == nil {
		return
	}
	k := w.book.open[c.id()]
	if k == nil {
		v.Kind, v.Detail = Unclaimed, fmt.Sprintf("a %s was sent, and no claim of that account was ever written down", said.Action)
		w.violate(v)
		return
	}
	c.claim, v.Intent, v.Since = k, k.Intent, k.at
	if k.called == 0 {
		k.sent = c.now
	}
	if k.called++; k.called > 1 {
		v.Kind, v.Detail = SentTwice, fmt.Sprintf("a %s is write %d on the one claim of %s", said.Action, k.called, k.Intent)
		w.violate(v)
		return
	}
	if odd := k.differs(said); odd != "" {
		v.Kind, v.Detail = Altered, fmt.Sprintf("%s of the %s of %s is not what was claimed", odd, said.Action, k.Intent)
		w.violate(v)
	}
}

// differs names what a write says otherwise than its claim.
func (k *claimed) differs(said Claim) string {
	switch {
	case k.Action != said.Action:
		return "the action (" + k.Action + ")"
	case k.Text != said.Text:
		return "the text"
	case k.TargetUser != said.TargetUser || k.TargetPost != said.TargetPost:
		return "the target"
	case !slices.Equal(k.Media, said.Media):
		return "the media"
	}
	return ""
}

// judgeLanding counts what an intent has done.
func (w *World) judgeLanding(a Act) {
	k := w.book.now
	if k == nil || a.AppID == "" {
		return
	}
	w.book.acts[a.Seq] = k
	if w.book.landed[k.Intent]++; w.book.landed[k.Intent] > 1 {
		w.violate(Violation{Kind: ActedTwice, AppID: a.AppID, UserID: a.UserID, Act: a.Seq, Intent: k.Intent, Since: k.at,
			Detail: fmt.Sprintf("%s has acted %d times", k.Intent, w.book.landed[k.Intent])})
	}
}

// toldSpent remembers that an answer's headers gave a lane nothing more until a time.
func (w *World) toldSpent(c *caller, until time.Time) {
	if w.book.spent == nil {
		w.book.spent = map[string]time.Time{}
	}
	w.book.spent[c.lane()] = until
}

// wrote reads off a call what it would do. Media going up are no act yet.
func (w *World) wrote(c *call) (said Claim, writes bool) {
	if c.route.method == "GET" || c.user == nil || strings.HasPrefix(c.route.pattern, "/2/media/") {
		return said, false
	}
	var b struct {
		Text  string `json:"text"`
		Quote string `json:"quote_tweet_id"`
		Post  string `json:"tweet_id"`
		User  string `json:"target_user_id"`
		Reply struct {
			To string `json:"in_reply_to_tweet_id"`
		} `json:"reply"`
		Media struct {
			IDs []string `json:"media_ids"`
		} `json:"media"`
		Attachments []struct {
			ID string `json:"media_id"`
		} `json:"attachments"`
	}
	_ = json.Unmarshal(c.body, &b) // what is no JSON says nothing, and that is not what was claimed
	said = Claim{UserID: c.id(), Text: b.Text, TargetUser: b.User, TargetPost: b.Post}
	for _, a := range b.Attachments {
		b.Media.IDs = append(b.Media.IDs, a.ID)
	}
	for _, id := range b.Media.IDs {
		sum := "unknown"
		if m := w.st.Media[id]; m != nil {
			sum = m.SHA256
		}
		said.Media = append(said.Media, sum)
	}
	switch c.route.method + " " + c.route.pattern {
	case "POST /2/tweets":
		said.Action = "post"
		if b.Quote != "" {
			said.Action, said.TargetPost = "quote", b.Quote
		}
		if b.Reply.To != "" {
			said.Action, said.TargetPost = "reply", b.Reply.To
		}
	case "DELETE /2/tweets/:id":
		said.Action, said.TargetPost = "delete", c.path["id"]
	case "POST /2/dm_conversations/with/:id/messages":
		said.Action, said.TargetUser = "dm", c.path["id"]
	case "POST /2/users/:id/following":
		said.Action = "follow"
	case "DELETE /2/users/:id/following/:target":
		said.Action, said.TargetUser = "unfollow", c.path["target"]
	case "POST /2/users/:id/likes":
		said.Action = "like"
	case "DELETE /2/users/:id/likes/:target":
		said.Action, said.TargetPost = "unlike", c.path["target"]
	case "POST /2/users/:id/retweets":
		said.Action = "repost"
	case "DELETE /2/users/:id/retweets/:target":
		said.Action, said.TargetPost = "unrepost", c.path["target"]
	default:
		said.Action = c.route.method + " " + c.route.pattern // nothing that an intent can claim
	}
	return said, true
}
