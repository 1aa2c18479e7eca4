package platform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	liketypes "github.com/michimani/gotwi/tweet/like/types"
	posttypes "github.com/michimani/gotwi/tweet/managetweet/types"
	reposttypes "github.com/michimani/gotwi/tweet/retweet/types"
	followtypes "github.com/michimani/gotwi/user/follow/types"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

func init() {
	guards.Declare(guards.Clause{ID: "M3", Says: "read receipts and shared media of messages need notice and consent",
		Source: guards.SourcePrivacy, Served: []guards.Service{guards.ByDuty},
		Tests: []string{"runner/platform TestOnlyTheseCallsAreMade"}})
}

// Do sends the claim's stored bytes to X, once. What it does not send it refuses
// before anything leaves: a dry run, an action that the tier lacks. Media go first, and
// a failure of theirs is a refusal: only the post's own call can end in the unknown.
func (x *X) Do(ctx context.Context, c runner.Claim) runner.Answer {
	in, err := bots.DecodeIntent(c.Stored) // what was judged, not what stands beside it (promise P6)
	if err != nil {
		return unsent("x.not_an_intent", "the stored bytes are no intent; nothing was sent")
	}
	a, err := x.account(c.Bot)
	if err != nil {
		return unsent("x.no_account", err.Error())
	}
	if no, ok := x.unsupported(c, in); ok {
		return no
	}
	w := write{action: in.Action, post: string(in.Target.PostID), user: string(in.Target.UserID), leave: c.Leave}
	if w.asMe() {
		id, err := x.userID(ctx, a)
		if err != nil {
			return x.nameless(err)
		}
		w.me = string(id)
	}
	if len(in.Media) > 0 {
		ids, no := x.attach(ctx, a, in)
		if no != nil {
			return *no
		}
		w.media = ids
		// Files take long to go up, and a STOP may have come meanwhile (promise P3).
		if c.Still != nil {
			if err := c.Still(ctx); err != nil {
				return unsent("x.recalled", "its files went up, and nothing was posted: "+err.Error())
			}
		}
	}
	method, path, p, read := w.call(in)
	e := x.call(ctx, a, method, path, p)
	if e.spoilt() {
		if no, ok := x.afterRefusal(ctx, a, e); ok {
			return no
		}
	}
	answer := x.classify(in.Action, e, read)
	if answer.Latch != "" {
		answer.Latch += a.advice(e)
	}
	return answer
}

func unsent(code, detail string) runner.Answer {
	return runner.Answer{Outcome: runner.Refused, Code: code, Detail: detail}
}

// nameless is the answer when the account's own id cannot be read.
func (x *X) nameless(err error) runner.Answer {
	no := unsent("x.no_user_id", "the account's own id is not known: "+err.Error())
	var locked *runner.Locked
	if errors.As(err, &locked) {
		no.Latch, no.App = locked.Why, locked.App
		return no
	}
	no.RetryAt = x.now().Add(soon)
	var wait *runner.Wait
	if errors.As(err, &wait) {
		no.RetryAt = wait.Until
	}
	return no
}

// unsupported says what will not be tried at all, and why.
func (x *X) unsupported(c runner.Claim, in bots.Intent) (runner.Answer, bool) {
	switch {
	case c.Dry:
		return unsent("x.dry_run", "a dry run is never sent"), true
	case in.Action == bots.HideReply:
		return unsent("x.unsupported", "hiding replies is not a thing a bot does (rule F3)"), true
	case len(stray(in)) > 0:
		return unsent("x.field_unsupported", fmt.Sprintf("X's call for a %s has no %s, and nothing of an intent is dropped on the way; only a post, reply or quote can carry it",
			in.Action, strings.Join(stray(in), " and no "))), true
	case x.tier != bots.Enterprise && (in.Action == bots.Like || in.Action == bots.Follow || in.Action == bots.Quote):
		return unsent("x.tier", fmt.Sprintf("X offers %s to enterprise apps only (rule F7); this app's tier is %s", in.Action, x.tier)), true
	}
	return x.unattachable(in)
}

// stray are the members that are set and that X's call for this action cannot carry; a
// poll is refused elsewhere than on a post by the intent's own form.
// Two are statements to the guards first (rules C12, C14): sensitive, for which X has a
// mark on media only, and made_with_ai of a message, for which it has none; a message
// whose media a model made is therefore refused (rule D11).
func stray(in bots.Intent) (names []string) {
	if in.Action.Writes() && in.Action != bots.DM {
		return nil
	}
	for _, m := range []struct {
		set  bool
		name string
	}{{in.ReplySettings != "", "reply_settings"}, {in.MadeWithAI && (in.Action != bots.DM || len(in.Media) > 0), "made_with_ai"}, {in.PaidPartnership, "paid_partnership"}} {
		if m.set {
			names = append(names, m.name)
		}
	}
	return names
}

// write is one write, resolved into ids.
type write struct {
	action         bots.Action
	me, post, user string
	leave          []bots.UserID
	media          []string // ids of what was uploaded
}

// asMe says whether the account's own id stands in the call's path.
func (w write) asMe() bool {
	switch w.action {
	case bots.Repost, bots.Unrepost, bots.Like, bots.Unlike, bots.Follow, bots.Unfollow:
		return true
	}
	return false
}

// reading is an act's look at a 2xx body.
type reading = func(body []byte) (bots.PostID, bool)

// call is how each action is sent, and what its answer must say.
func (w write) call(in bots.Intent) (method, path string, p parameters, read reading) {
	switch w.action {
	case bots.Repost:
		return "POST", "/2/users/:id/retweets", &reposttypes.CreateInput{ID: w.me, TweetID: w.post}, told("retweeted", true)
	case bots.Unrepost:
		return "DELETE", "/2/users/:id/retweets/:source_tweet_id", &reposttypes.DeleteInput{ID: w.me, SourceTweetID: w.post}, told("retweeted", false)
	case bots.Like:
		return "POST", "/2/users/:id/likes", &liketypes.CreateInput{ID: w.me, TweetID: w.post}, told("liked", true)
	case bots.Unlike:
		return "DELETE", "/2/users/:id/likes/:tweet_id", &liketypes.DeleteInput{ID: w.me, TweetID: w.post}, told("liked", false)
	case bots.Follow:
		return "POST", "/2/users/:id/following", &followtypes.CreateFollowingInput{ID: w.me, TargetID: w.user}, followed
	case bots.Unfollow:
		return "DELETE", "/2/users/:source_user_id/following/:target_user_id",
			&followtypes.DeleteFollowingInput{SourceUserID: w.me, TargetID: w.user}, told("following", false)
	case bots.Delete:
		return "DELETE", "/2/tweets/:id", &posttypes.DeleteInput{ID: w.post}, told("deleted", true)
	case bots.DM:
		return "POST", "/2/dm_conversations/with/:participant_id/messages",
			&request{path: map[string]string{":participant_id": w.user}, body: w.message(in)}, made("dm_event_id")
	}
	return "POST", "/2/tweets", &request{body: w.body(in)}, made("id")
}

// body is a post, reply or quote with exactly the intent's text: nothing is added
// to it (rule D14).
func (w write) body(in bots.Intent) postBody {
	b := postBody{Text: in.Text, MadeWithAI: in.MadeWithAI, PaidPartnership: in.PaidPartnership}
	if in.ReplySettings != "everyone" { // X knows it only as the absence of a setting
		b.ReplySettings = in.ReplySettings
	}
	switch w.action {
	case bots.Reply:
		b.Reply = &replyBody{InReplyToTweetID: w.post, ExcludeReplyUserIDs: w.leave}
	case bots.Quote:
		b.QuoteTweetID = w.post
	}
	if len(w.media) > 0 {
		b.Media = &mediaBody{MediaIDs: w.media}
	}
	if in.Poll != nil {
		b.Poll = &pollBody{Options: in.Poll.Options, DurationMinutes: in.Poll.Minutes}
	}
	return b
}

func (w write) message(in bots.Intent) messageBody {
	b := messageBody{Text: in.Text}
	for _, id := range w.media {
		b.Attachments = append(b.Attachments, attachmentBody{MediaID: id})
	}
	return b
}

// data is the "data" member of an answer.
func data(body []byte) map[string]json.RawMessage {
	var b struct {
		Data map[string]json.RawMessage `json:"data"`
	}
	if json.Unmarshal(body, &b) != nil {
		return nil
	}
	return b.Data
}

// made reads the id of what was made.
func made(name string) reading {
	return func(body []byte) (bots.PostID, bool) {
		id := word(data(body)[name])
		return bots.PostID(id), bots.IsSnowflake(id)
	}
}

// told reads whether the answer states what was asked for.
func told(name string, want bool) reading {
	return func(body []byte) (bots.PostID, bool) {
		var is *bool
		if json.Unmarshal(data(body)[name], &is) != nil || is == nil {
			return "", false
		}
		return "", *is == want
	}
}

// followed takes a request to a protected account for a follow: it is all that can be done.
func followed(body []byte) (bots.PostID, bool) {
	_, now := told("following", true)(body)
	_, pending := told("pending_follow", true)(body)
	return "", now || pending
}
