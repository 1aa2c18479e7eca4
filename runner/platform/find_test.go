package platform

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/runner"
)

// timeline answers with posts, newest first as given, size to a page.
func timeline(size int, list ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		from := 0
		if tok := r.URL.Query().Get("pagination_token"); tok != "" {
			from = len(tok) // the token is as long as what was shown
		}
		to := min(from+size, len(list))
		body := map[string]any{"meta": map[string]any{"result_count": to - from}}
		if to > from {
			var rows []json.RawMessage
			for _, p := range list[from:to] {
				rows = append(rows, json.RawMessage(p))
			}
			body["data"] = rows
		}
		if to < len(list) {
			body["meta"].(map[string]any)["next_token"] = strings.Repeat("t", to)
		}
		b, err := json.Marshal(body)
		if err != nil {
			panic(err)
		}
		reply(200, string(b))(w, r)
	}
}

func many(n int, one string) (all []string) {
	for range n {
		all = append(all, one)
	}
	return all
}

const gone7 = `{"errors":[{"title":"Not Found Error","detail":"Could not find tweet with id: [7].","type":"https://api.twitter.com/2/problems/resource-not-found"}]}`

// TestFindUndoneOfAPost: a list without a post shows its undoing only where X would show
// the post in it.
func TestFindUndoneOfAPost(t *testing.T) {
	for name, r := range map[string]struct {
		post http.HandlerFunc
		want runner.Found
		fail bool
	}{
		"the post is shown":            {reply(200, `{"data":{"id":"7","text":"x"}}`), runner.Found{There: true, Sure: true}, false},
		"the post is gone":             {reply(200, `{"errors":[{"title":"x","type":"y/resource-not-found"}]}`), runner.Found{There: true, Sure: true}, false},
		"its author has blocked us":    {reply(200, `{"errors":[{"title":"x","type":"y/not-authorized-for-resource"}]}`), runner.Found{}, false},
		"the post cannot be looked up": {reply(503, `{}`), runner.Found{}, true},
	} {
		for _, a := range []bots.Action{bots.Unlike, bots.Unrepost, bots.Like, bots.Repost} {
			want := r.want
			if a == bots.Like || a == bots.Repost { // absent where its undoing would be found
				want.There = false
			}
			f := newFake(t, map[string]http.HandlerFunc{"GET /2/tweets/7": r.post,
				"GET /2/users/500/liked_tweets": reply(200, `{"meta":{"result_count":0}}`), "GET /2/users/500/tweets": reply(200, `{"meta":{"result_count":0}}`)})
			got, err := newX(t, f.URL).Find(t.Context(), claim(t, onPost(a, "7")))
			if !alike(got, want) || (err != nil) != r.fail {
				t.Errorf("%s, %s: got %+v, %v", name, a, got, err)
			}
		}
	}
}

func TestFind(t *testing.T) {
	young, old := idAt(3*time.Second), idAt(-30*time.Hour)
	long := strings.Repeat("word ", 100)
	reply1, quote := onPost(bots.Reply, "7"), onPost(bots.Quote, "7")
	reply1.Text, quote.Text = "yes", "see"
	mine := func(id, text string) string {
		return `{"id":"` + id + `","sender_id":"500","event_type":"MessageCreate","text":"` + text + `"}`
	}
	theirs := func(id, text string) string {
		return `{"id":"` + id + `","sender_id":"600","event_type":"MessageCreate","text":"` + text + `"}`
	}
	unrelated := `{"id":"` + idAt(time.Second) + `","text":"something else"}`
	connected := func(status string) http.HandlerFunc {
		return reply(200, `{"data":{"id":"600","username":"ann"`+status+`}}`)
	}
	const own, dms = "GET /2/users/500/tweets", "GET /2/dm_conversations/with/600/dm_events"
	there := func(id string) runner.Found {
		return runner.Found{There: true, PostID: bots.PostID(id), Sure: true}
	}
	yes, absent, untold := runner.Found{There: true, Sure: true}, runner.Found{Sure: true}, runner.Found{}
	rows := []struct {
		name string
		in   bots.Intent
		call string
		h    http.HandlerFunc
		want runner.Found
	}{
		{"a post is there", post("hi & bye"), own, timeline(100, unrelated, `{"id":"`+young+`","text":"hi &amp; bye"}`), there(young)},
		{"a post is on the second page", post("hi"), own, timeline(2, unrelated, unrelated, `{"id":"`+young+`","text":"hi"}`), there(young)},
		{"a post is nowhere", post("hi"), own, timeline(100, unrelated), absent},
		{"nothing was posted at all", post("hi"), own, timeline(100), absent},
		{"a long post stands in its note", post("long"), own, timeline(9, `{"id":"`+young+`","text":"lo…","note_tweet":{"text":"long"}}`), there(young)},
		{"a long post stands in its note, in the later vocabulary", post("long"), own, timeline(9, `{"id":"`+young+`","text":"lo…","note_post":{"text":"long"}}`), there(young)},
		{"a post that may be it", post("see https://a.example/1"), own, timeline(9, `{"id":"`+young+`","text":"see https://t.co/1"}`), untold},
		{"more was posted than may be read", post("hi"), own, timeline(1, many(7, unrelated)...), untold},
		{"a post that cannot be read", post("hi"), own, timeline(9, unrelated, `{"id":5,"text":"hi"}`), untold},
		{"a post whose link X has shortened", post("see https://a.example/1?b=2&c=3"), own, timeline(9, `{"id":"`+young+`","text":"see https://t.co/1","entities":{"urls":[{"url":"https://t.co/1","expanded_url":"https://a.example/1?b=2&c=3"}]}}`), there(young)},
		{"a long post with a link in its note", post("long https://a.example/1"), own, timeline(9, `{"id":"`+young+`","text":"lo…","note_tweet":{"text":"long https://t.co/1","entities":{"urls":[{"url":"https://t.co/1","expanded_url":"https://a.example/1"}]}}}`), there(young)},
		{"a long post whose note X leaves out", post(long), own, timeline(9, `{"id":"`+young+`","text":"`+strings.Repeat("word ", 50)+`…"}`), untold},
		{"a post with a picture, of which X shows only the link", pictured("look"), own, timeline(9, `{"id":"`+young+`","text":"look https://t.co/m","entities":{"urls":[{"url":"https://t.co/m","expanded_url":"https://x.com/tidesbot/status/9/photo/1"}]}}`), untold},
		{"the same words of an hour before: our clock may have been ahead", post("hi"), own, timeline(9, `{"id":"`+idAt(-time.Hour)+`","text":"hi"}`), untold},
		{"the same message of an hour before: our clock may have been ahead", dm("hi"), dms, timeline(9, mine(idAt(-time.Hour), "hi"), theirs(old, "tides?")), untold},
		{"the same words of long ago, which X should not have shown", post("hi"), own, timeline(9, `{"id":"`+old+`","text":"hi"}`), absent},
		{"a quote of the same words is no post", post("see"), own, timeline(9, `{"id":"`+young+`","text":"see https://t.co/1","entities":{"urls":[{"url":"https://t.co/1","expanded_url":"https://x.com/ann/status/7"}]},"referenced_tweets":[{"type":"quoted","id":"7"}]}`), absent},
		{"a repost of the same words is no post", post("hi"), own, timeline(9, `{"id":"`+young+`","text":"hi","referenced_tweets":[{"type":"retweeted","id":"7"}]}`), absent},
		{"an answer of the same words is no post", post("yes"), own, timeline(9, `{"id":"`+young+`","text":"@ann yes","referenced_tweets":[{"type":"replied_to","id":"7"}]}`), absent},
		{"a reply is there", reply1, own, timeline(9, `{"id":"`+young+`","text":"@ann yes","referenced_tweets":[{"type":"replied_to","id":"7"}]}`), there(young)},
		{"a reply is there, in the later vocabulary", reply1, own, timeline(9, `{"id":"`+young+`","text":"@ann yes","referenced_posts":[{"type":"replied_to","id":"7"}]}`), there(young)},
		{"a reply to another post", reply1, own, timeline(9, `{"id":"`+young+`","text":"@ann yes","referenced_tweets":[{"type":"replied_to","id":"8"}]}`), absent},
		{"a reply behind the names of all it answers", reply1, own, timeline(9, `{"id":"`+young+`","text":"@ann @bob @carl yes","referenced_tweets":[{"type":"replied_to","id":"7"}]}`), there(young)},
		{"a reply of long ago, which X should not have shown", reply1, own, timeline(9, `{"id":"`+old+`","text":"@ann yes","referenced_tweets":[{"type":"replied_to","id":"7"}]}`), absent},
		{"another reply to the same post", reply1, own, timeline(9, `{"id":"`+young+`","text":"@ann no","referenced_tweets":[{"type":"replied_to","id":"7"}]}`), absent},
		{"a post of the reply's words", reply1, own, timeline(9, `{"id":"`+young+`","text":"yes"}`), absent},
		{"a quote of another post", quote, own, timeline(9, `{"id":"`+young+`","text":"see https://t.co/1","entities":{"urls":[{"url":"https://t.co/1","expanded_url":"https://x.com/ann/status/8"}]},"referenced_tweets":[{"type":"quoted","id":"8"}]}`), absent},
		{"a quote is nowhere", quote, own, timeline(9, unrelated), absent},
		{"a quote is there, in the later vocabulary", quote, own, timeline(9, `{"id":"`+young+`","text":"see https://t.co/1","entities":{"urls":[{"url":"https://t.co/1","expanded_url":"https://x.com/ann/status/7"}]},"referenced_posts":[{"type":"quoted","id":"7"}]}`), there(young)},
		{"a reply may have been hidden by nobody: heed hides none", onPost(bots.HideReply, "7"), "", nil, absent},
		{"a repost of another post", onPost(bots.Repost, "7"), own, timeline(9, `{"id":"`+young+`","text":"RT","referenced_tweets":[{"type":"retweeted","id":"8"}]}`), absent},
		{"a repost is there, in the later vocabulary", onPost(bots.Repost, "7"), own, timeline(9, `{"id":"`+young+`","text":"RT","referenced_posts":[{"type":"retweeted","id":"7"}]}`), there(young)},
		{"a quote is there", quote, own, timeline(9, `{"id":"`+young+`","text":"see https://t.co/1","entities":{"urls":[{"url":"https://t.co/1","expanded_url":"https://x.com/ann/status/7"}]},"referenced_tweets":[{"type":"quoted","id":"7"}]}`), there(young)},
		{"a repost is there", onPost(bots.Repost, "7"), own, timeline(9, unrelated, `{"id":"`+young+`","text":"RT","referenced_tweets":[{"type":"retweeted","id":"7"}]}`), there(young)},
		{"a repost is nowhere", onPost(bots.Repost, "7"), own, timeline(9, unrelated), absent},
		{"a repost is still there", onPost(bots.Unrepost, "7"), own, timeline(9, `{"id":"`+young+`","text":"RT","referenced_tweets":[{"type":"retweeted","id":"7"}]}`), absent},
		{"a repost is undone", onPost(bots.Unrepost, "7"), own, timeline(9, unrelated), yes},
		{"whether a repost is undone cannot be read", onPost(bots.Unrepost, "7"), own, timeline(1, many(7, unrelated)...), untold},
		{"a like is there", onPost(bots.Like, "7"), "GET /2/users/500/liked_tweets", timeline(9, `{"id":"8","text":"x"}`, `{"id":"7","text":"x"}`), yes},
		{"a like is nowhere", onPost(bots.Like, "7"), "GET /2/users/500/liked_tweets", timeline(9, `{"id":"8","text":"x"}`), absent},
		{"a like may stand further down", onPost(bots.Like, "7"), "GET /2/users/500/liked_tweets", timeline(1, `{"id":"8","text":"x"}`, `{"id":"7","text":"x"}`), untold},
		{"a like is undone", onPost(bots.Unlike, "7"), "GET /2/users/500/liked_tweets", timeline(9), yes},
		{"a like is not undone", onPost(bots.Unlike, "7"), "GET /2/users/500/liked_tweets", timeline(9, `{"id":"7","text":"x"}`), absent},
		{"a follow is there", onUser(bots.Follow, them), "GET /2/users/600", connected(`,"connection_status":["followed_by","following"]`), yes},
		{"a follow waits to be let in", onUser(bots.Follow, them), "GET /2/users/600", connected(`,"connection_status":["follow_request_sent"]`), yes},
		{"a follow is not there", onUser(bots.Follow, them), "GET /2/users/600", connected(`,"connection_status":[]`), absent},
		{"X leaves the connection out", onUser(bots.Follow, them), "GET /2/users/600", connected(``), untold},
		{"nobody is left to follow", onUser(bots.Follow, them), "GET /2/users/600", reply(200, gone7), absent},
		{"a follow is undone", onUser(bots.Unfollow, them), "GET /2/users/600", connected(`,"connection_status":["muting"]`), yes},
		{"a follow is not undone", onUser(bots.Unfollow, them), "GET /2/users/600", connected(`,"connection_status":["following"]`), absent},
		{"a post is deleted", onPost(bots.Delete, "7"), "GET /2/tweets/7", reply(200, gone7), yes},
		{"a post is deleted, told by a 404", onPost(bots.Delete, "7"), "GET /2/tweets/7", reply(404, `{"title":"x","type":"y/resource-not-found"}`), yes},
		{"a post is not deleted", onPost(bots.Delete, "7"), "GET /2/tweets/7", reply(200, `{"data":{"id":"7","text":"x"}}`), absent},
		{"a post is gone with its suspended account", onPost(bots.Delete, "7"), "GET /2/tweets/7", reply(200, `{"errors":[{"title":"Forbidden","detail":"User has been suspended: [500].","type":"https://api.x.com/2/problems/resource-not-found"}]}`), untold},
		{"a post is hidden", onPost(bots.Delete, "7"), "GET /2/tweets/7", reply(200, `{"errors":[{"title":"x","type":"y/not-authorized-for-resource"}]}`), untold},
		{"a message is there", dm("hi"), dms, timeline(9, theirs(idAt(9*time.Second), "hi"), mine(young, "hi"), theirs(old, "tides?")), there(young)},
		{"a message in HTML signs is there", dm("a & b"), dms, timeline(9, mine(young, "a &amp; b"), theirs(old, "tides?")), there(young)},
		{"a message is nowhere", dm("hi"), dms, timeline(9, mine(young, "ho"), theirs(old, "tides?")), absent},
		{"the same message was sent twice: one may be another act's", dm("hi"), dms, timeline(9, mine(idAt(9*time.Second), "hi"), mine(young, "hi"), theirs(old, "tides?")), untold},
		{"the same message a minute before may be another act's", dm("hi"), dms, timeline(9, mine(idAt(-time.Minute), "hi"), theirs(old, "tides?")), untold},
		{"the same message a minute before and after", dm("hi"), dms, timeline(9, mine(young, "hi"), mine(idAt(-time.Minute), "hi"), theirs(old, "tides?")), untold},
		{"one message on two pages is one", dm("hi"), dms, timeline(1, mine(young, "hi"), mine(young, "hi"), theirs(old, "tides?")), there(young)},
		{"the same message of long ago does not hide this one", dm("hi"), dms, timeline(9, mine(young, "hi"), mine(old, "hi")), there(young)},
		{"a message with a link is there", dm("see a.example/1"), dms, timeline(9, `{"id":"`+young+`","sender_id":"500","text":"see https://t.co/1","entities":{"urls":[{"url":"https://t.co/1","expanded_url":"https://a.example/1"}]}}`), there(young)},
		{"the same words from the other side are not it", dm("hi"), dms, timeline(9, theirs(young, "hi")), absent},
		{"the same words of long ago are not it", dm("hi"), dms, timeline(9, mine(old, "hi"), theirs(old, "tides?")), absent},
		{"a talk that X shows nothing of", dm("hi"), dms, timeline(9), untold},
		{"a message whose sender X leaves out", dm("hi"), dms, timeline(9, `{"id":"`+young+`","text":"hi"}`, theirs(old, "tides?")), untold},
		{"a message that is more than may be read ago", dm("hi"), dms, timeline(1, many(5, theirs(young, "x"))...), untold},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			calls := map[string]http.HandlerFunc{r.call: r.h}
			if slices.Contains([]bots.Action{bots.Like, bots.Unlike, bots.Repost, bots.Unrepost}, r.in.Action) {
				calls["GET /2/tweets/7"] = reply(200, `{"data":{"id":"7","text":"x"}}`)
			}
			f := newFake(t, calls)
			got, err := newX(t, f.URL).Find(t.Context(), claim(t, r.in))
			if err != nil || !alike(got, r.want) {
				t.Errorf("got %+v, %v; want %+v", got, err, r.want)
			}
			if r.call == "" {
				if len(f.all()) != 0 {
					t.Errorf("%d calls for what is known without", len(f.all()))
				}
				return
			}
			if since := f.all()[0].query.Get("since_id"); r.call == own && r.in.Action != bots.Unrepost && since != idAt(-26*time.Hour) {
				t.Errorf("read since %s, want a day and more before the claim", since)
			}
			for _, c := range f.all() {
				if strings.Contains(c.query.Encode(), "geo") {
					t.Error("geo was asked for: one tagged post then hides its page")
				}
			}
		})
	}
}

func TestFindFails(t *testing.T) {
	var wait *runner.Wait
	var locked *runner.Locked
	for name, row := range map[string]struct {
		h    http.HandlerFunc
		good func(error) bool
	}{
		"X says wait":           {reply(429, `{}`, "x-rate-limit-reset", unix(time.Minute)), func(e error) bool { return errors.As(e, &wait) && wait.Until.Equal(now.Add(time.Minute)) }},
		"X refuses the account": {reply(401, `{}`), func(e error) bool { return errors.As(e, &locked) && !locked.App }},
		"X fails":               {reply(503, `{}`), func(e error) bool { return !errors.As(e, &wait) && !errors.As(e, &locked) }},
		"X shows errors and no data": {reply(200, `{"errors":[{"title":"Forbidden","detail":"x","type":"https://api.x.com/2/problems/not-authorized-for-resource"}]}`),
			nil},
		"X answers in HTML": {raw(200, "text/html", "<html>"), func(e error) bool { return strings.Contains(e.Error(), "cannot be read") }},
	} {
		for _, in := range []bots.Intent{post("hi"), onPost(bots.Repost, "7"), onPost(bots.Unrepost, "7"), onPost(bots.Like, "7"), onPost(bots.Unlike, "7"),
			onUser(bots.Follow, them), onUser(bots.Unfollow, them), onPost(bots.Delete, "7"), dm("hi")} {
			f := newFake(t, always(row.h))
			got, err := newX(t, f.URL).Find(t.Context(), claim(t, in))
			if row.good == nil && alike(got, runner.Found{}) {
				continue // with an error or without: it was not told
			}
			if err == nil || row.good == nil || !row.good(err) || got.There || got.Sure {
				t.Errorf("%s, for a %s: %+v, %v", name, in.Action, got, err)
			}
		}
	}
}

// X's stores lag: what is not there at the first look is found at a later one, and nothing
// but the look is made (promise P4). The ledger says when to look.
func TestFindLater(t *testing.T) {
	id := idAt(time.Second)
	message := `{"id":"` + id + `","sender_id":"500","text":"hi"}`
	for name, row := range map[string]struct {
		in    bots.Intent
		early string // before it shows
		late  string
	}{
		"a post":    {post("hi"), nothing, `{"data":[{"id":"` + id + `","text":"hi"}],"meta":{}}`},
		"a repost":  {onPost(bots.Repost, "7"), nothing, `{"data":[{"id":"` + id + `","referenced_tweets":[{"type":"retweeted","id":"7"}]}],"meta":{}}`},
		"a like":    {onPost(bots.Like, "7"), nothing, `{"data":[{"id":"7"}],"meta":{}}`},
		"a follow":  {onUser(bots.Follow, them), `{"data":{"id":"600","connection_status":[]}}`, `{"data":{"id":"600","connection_status":["following"]}}`},
		"a delete":  {onPost(bots.Delete, "7"), `{"data":{"id":"7"}}`, gone7},
		"a message": {dm("hi"), `{"data":[{"id":"` + idAt(-time.Hour) + `","sender_id":"600","text":"tides?"}],"meta":{}}`, `{"data":[` + message + `],"meta":{}}`},
	} {
		f := newFake(t, always(inTurn(reply(200, row.early), reply(200, row.late))))
		x, c := newX(t, f.URL), claim(t, row.in)
		first, err1 := x.Find(t.Context(), c)
		second, err2 := x.Find(t.Context(), c)
		if !alike(first, runner.Found{Sure: true}) || !second.There || !second.Sure || err1 != nil || err2 != nil {
			t.Errorf("%s: %+v, %v, then %+v, %v", name, first, err1, second, err2)
		}
		for _, c := range f.all() {
			if c.method != "GET" {
				t.Errorf("%s: %s %s", name, c.method, c.path)
			}
		}
	}
}

// alike compares what was found; what was heard on the way has a test of its own.
func alike(a, b runner.Found) bool {
	return a.There == b.There && a.PostID == b.PostID && a.Sure == b.Sure
}

// TestP3FindHearsWhatItIsShown: the look for a lost message reads the conversation, and a
// STOP in it is handed on, whatever else the look says.
func TestP3FindHearsWhatItIsShown(t *testing.T) {
	f := newFake(t, always(reply(200, `{"data":[
		{"id":"2094757171295158280","event_type":"MessageCreate","sender_id":"42","text":"STOP","created_at":"2026-08-25T10:00:10Z","dm_conversation_id":"42-500"},
		{"id":"1","event_type":"MessageCreate","sender_id":"42","text":"an old word","created_at":"2010-11-04T01:42:55Z","dm_conversation_id":"42-500"}],
		"meta":{"result_count":2}}`)))
	found, err := newX(t, f.URL).Find(t.Context(), claim(t, dm("hello")))
	if err != nil || len(found.Said) != 2 || found.Said[0].Text != "an old word" || found.Said[1].Text != "STOP" ||
		found.Said[1].Event != "dm:2094757171295158280" || found.Said[1].From != "42" {
		t.Errorf("heard %+v, %v", found.Said, err)
	}
	for action, list := range map[bots.Action]string{bots.Like: "liked_tweets", bots.Unlike: "liked_tweets"} {
		f := newFake(t, map[string]http.HandlerFunc{
			"GET /2/users/500/" + list: timeline(9, `{"id":"8","text":"x"}`),
			"GET /2/tweets/7": reply(200, `{"data":{"id":"7","author_id":"42","text":"@tidesbot STOP","created_at":"2026-08-25T10:00:10Z",
				"entities":{"mentions":[{"start":0,"end":9,"username":"tidesbot","id":"500"}]}}}`)})
		found, err := newX(t, f.URL).Find(t.Context(), claim(t, onPost(action, "7")))
		if err != nil || !found.Sure || len(found.Said) != 1 || found.Said[0].From != "42" || found.Said[0].Bot != "tides" {
			t.Errorf("%s: heard %+v, %v", action, found, err)
		}
	}
}
