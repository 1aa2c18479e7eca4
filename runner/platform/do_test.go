package platform

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/runner"
)

// Each action is one call, of this form and no other.
func TestDoOnTheWire(t *testing.T) {
	reply1 := onPost(bots.Reply, "7")
	reply1.Text = "Yes: 03:20 & 15:45 <UTC>  \u2028é"
	quote := onPost(bots.Quote, "7")
	quote.Text, quote.ReplySettings, quote.PaidPartnership = "see", "mentionedUsers", true
	poll := post("which?")
	poll.Poll, poll.ReplySettings, poll.MadeWithAI = &bots.Poll{Options: []string{"a", "b"}, Minutes: 60}, "everyone", true
	rows := []struct {
		name, method, path, body, answer string
		in                               bots.Intent
	}{
		{"a post", "POST", "/2/tweets", `{"text":"hi"}`, created, post("hi")},
		{"a post with a poll; everyone may answer", "POST", "/2/tweets", `{"text":"which?","poll":{"options":["a","b"],"duration_minutes":60},"made_with_ai":true}`, created, poll},
		{"a reply, its text to the letter", "POST", "/2/tweets", `{"text":"Yes: 03:20 & 15:45 <UTC>  \u2028é","reply":{"in_reply_to_tweet_id":"7"}}`, created, reply1},
		{"a quote", "POST", "/2/tweets", `{"text":"see","quote_tweet_id":"7","reply_settings":"mentionedUsers","paid_partnership":true}`, created, quote},
		{"a repost", "POST", "/2/users/500/retweets", `{"tweet_id":"7"}`, `{"data":{"retweeted":true}}`, onPost(bots.Repost, "7")},
		{"a repost undone", "DELETE", "/2/users/500/retweets/7", ``, `{"data":{"retweeted":false}}`, onPost(bots.Unrepost, "7")},
		{"a like", "POST", "/2/users/500/likes", `{"tweet_id":"7"}`, `{"data":{"liked":true}}`, onPost(bots.Like, "7")},
		{"a like undone", "DELETE", "/2/users/500/likes/7", ``, `{"data":{"liked":false}}`, onPost(bots.Unlike, "7")},
		{"a follow", "POST", "/2/users/500/following", `{"target_user_id":"600"}`, `{"data":{"following":true}}`, onUser(bots.Follow, them)},
		{"a follow undone", "DELETE", "/2/users/500/following/600", ``, `{"data":{"following":false}}`, onUser(bots.Unfollow, them)},
		{"a message", "POST", "/2/dm_conversations/with/600/messages", `{"text":"hello"}`, `{"data":{"dm_conversation_id":"500-600","dm_event_id":"88"}}`, dm("hello")},
		{"a deletion", "DELETE", "/2/tweets/7", ``, `{"data":{"deleted":true}}`, onPost(bots.Delete, "7")},
	}
	done := map[bots.Action]bool{bots.HideReply: true}
	for _, r := range rows {
		done[r.in.Action] = true
		f := newFake(t, map[string]http.HandlerFunc{r.method + " " + r.path: reply(200, r.answer)})
		a := newX(t, f.URL).Do(t.Context(), claim(t, r.in))
		if a.Outcome != runner.Landed || len(f.all()) != 1 || f.all()[0].body != r.body || len(f.all()[0].query) != 0 {
			t.Errorf("%s: %+v\ncalls %+v\nwant %s", r.name, a, f.all(), r.body)
		}
		if want := map[bool]bots.PostID{true: "88"}[r.in.Action == bots.DM]; want != "" && a.PostID != want {
			t.Errorf("%s: id %q, want %q", r.name, a.PostID, want)
		}
	}
	for _, a := range bots.Actions() {
		if !done[a] {
			t.Errorf("%s is not tried here", a)
		}
	}
}

// TestAReplyReachesOnlyWhomItAnswers: X would put everybody whom the post names in
// front of the reply; those who did not speak to the bot are left out (promise P3).
func TestAReplyReachesOnlyWhomItAnswers(t *testing.T) {
	f := newFake(t, map[string]http.HandlerFunc{"POST /2/tweets": reply(201, created)})
	in := onPost(bots.Reply, "7")
	in.Text = "yes"
	c := claim(t, in)
	c.Leave = []bots.UserID{"8", "9"}
	a := newX(t, f.URL).Do(t.Context(), c)
	want := `{"text":"yes","reply":{"in_reply_to_tweet_id":"7","exclude_reply_user_ids":["8","9"]}}`
	if a.Outcome != runner.Landed || f.all()[0].body != want {
		t.Errorf("%+v, sent %s", a, f.all()[0].body)
	}
}

// What is sent is what was judged, whatever stands beside it (promise P6).
func TestDoSendsTheStoredBytes(t *testing.T) {
	f := newFake(t, always(reply(201, created)))
	c := claim(t, post("judged"))
	c.Intent.Text, c.Intent.Action = "altered since", bots.DM
	c.Intent.Target.UserID = them
	if a := newX(t, f.URL).Do(t.Context(), c); a.Outcome != runner.Landed {
		t.Fatalf("%+v", a)
	}
	if got := f.all()[0]; got.path != "/2/tweets" || got.body != `{"text":"judged"}` {
		t.Errorf("sent %s to %s", got.body, got.path)
	}
}

func TestDoRefusesBeforeAnythingIsSent(t *testing.T) {
	f := newFake(t, nil)
	media := post("look")
	media.Media = []bots.Media{{Path: "a.png", Alt: "a picture"}}
	quote := onPost(bots.Quote, "7")
	quote.Text = "see"
	selfServe := func(o *Options) { o.Tier = "" }
	rows := []struct {
		name, code string
		in         bots.Intent
		change     func(*runner.Claim)
		options    []func(*Options)
	}{
		{"hiding a reply", "x.unsupported", onPost(bots.HideReply, "7"), nil, nil},
		{"a post with media", "x.media_unsupported", media, nil, nil},
		{"a dry run", "x.dry_run", post("hi"), func(c *runner.Claim) { c.Dry = true }, nil},
		{"a bot without an account", "x.no_account", post("hi"), func(c *runner.Claim) { c.Bot = "other" }, nil},
		{"bytes that are no intent", "x.not_an_intent", post("hi"), func(c *runner.Claim) { c.Stored = []byte(`{"action":"post"}`) }, nil},
		{"a like without the tier for it", "x.tier", onPost(bots.Like, "7"), nil, []func(*Options){selfServe}},
		{"a follow without the tier for it", "x.tier", onUser(bots.Follow, them), nil, []func(*Options){selfServe}},
		{"a quote without the tier for it", "x.tier", quote, nil, []func(*Options){selfServe}},
	}
	for _, r := range rows {
		c := claim(t, r.in)
		if r.change != nil {
			r.change(&c)
		}
		a := newX(t, f.URL, r.options...).Do(t.Context(), c)
		if a.Outcome != runner.Refused || a.Code != r.code || a.Detail == "" || !a.RetryAt.IsZero() || a.Status != 0 {
			t.Errorf("%s: %+v", r.name, a)
		}
	}
	if len(f.all()) != 0 {
		t.Errorf("%d calls were made", len(f.all()))
	}
}

// An account that the settings do not number is read once, and never guessed.
func TestDoLearnsItsOwnID(t *testing.T) {
	unnumbered := func(o *Options) {
		o.Accounts = map[string]Account{"tides": {Handle: "tidesbot", Token: token, Secret: tokenSecret}}
	}
	f := newFake(t, map[string]http.HandlerFunc{
		"GET /2/users/me":            reply(200, `{"data":{"id":"500","username":"tidesbot"}}`),
		"POST /2/users/500/retweets": reply(200, `{"data":{"retweeted":true}}`),
	})
	x := newX(t, f.URL, unnumbered)
	for range 2 {
		if a := x.Do(t.Context(), claim(t, onPost(bots.Repost, "7"))); a.Outcome != runner.Landed {
			t.Fatalf("%+v", a)
		}
	}
	if len(f.all()) != 3 {
		t.Errorf("%d calls, want one look and two reposts", len(f.all()))
	}
	for name, row := range map[string]struct {
		h     http.HandlerFunc
		retry time.Time
		latch bool
	}{
		"X does not say": {reply(200, `{}`), now.Add(soon), false},
		"X says wait":    {reply(429, `{}`, "x-rate-limit-reset", unix(time.Minute)), now.Add(time.Minute), false},
		"X refuses":      {reply(401, `{}`), time.Time{}, true},
	} {
		f := newFake(t, always(row.h))
		a := newX(t, f.URL, unnumbered).Do(t.Context(), claim(t, onPost(bots.Repost, "7")))
		if a.Outcome != runner.Refused || a.Code != "x.no_user_id" || !a.RetryAt.Equal(row.retry) || (a.Latch != "") != row.latch || len(f.all()) != 1 {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

// A long list of errors must not make a long detail.
func TestDetailIsBounded(t *testing.T) {
	f := newFake(t, always(forbidden(strings.Repeat("very long ", 500))))
	if a := newX(t, f.URL).Do(t.Context(), claim(t, post("hi"))); len([]rune(a.Detail)) != 300 {
		t.Errorf("%d characters: %s", len([]rune(a.Detail)), a.Detail)
	}
}
