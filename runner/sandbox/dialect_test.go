package sandbox

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestBothDialects(t *testing.T) {
	s := setup(t, Options{})
	asked := must[string](t)(s.w.Mention("ann", "deskbot", "hello"))
	mine := s.bot.do("POST", "/2/tweets", replyTo(asked, "yes"))
	s.expect(mine, 201, "edit_history_tweet_ids")
	id := mine.str("data", "id")
	path := "/2/tweets/" + id

	old := s.bot.do("GET", path+"?tweet.fields=author_id,referenced_tweets,public_metrics&expansions=referenced_tweets.id&user.fields=public_metrics", "")
	for _, part := range []string{"edit_history_tweet_ids", `"referenced_tweets"`, "retweet_count", `"tweets":[`, `"author_id"`} {
		s.expect(old, 200, part)
	}
	fresh := s.bot.do("GET", path+"?post.fields=author_id,referenced_posts,public_metrics&expansions=referenced_posts,author_id&user.fields=public_metrics,most_recent_post_id", "")
	for _, part := range []string{"edit_history_post_ids", `"referenced_posts":[{`, "repost_count", `"posts":[`, `"author_id"`, "post_count", `"most_recent_post_id":"` + id + `"`} {
		s.expect(fresh, 200, part)
	}
	if strings.Contains(fresh.raw, "tweet") {
		t.Errorf("two dialects in one answer: %s", fresh.raw)
	}
	// Who wrote it, and what it answers, is told by the newer names where expanded only.
	bare := s.bot.do("GET", path+"?post.fields=author_id,in_reply_to_user_id,referenced_posts,conversation_id", "")
	s.expect(bare, 200, "conversation_id")
	for _, name := range []string{"author_id", "in_reply_to_user_id", "referenced_posts"} {
		if bare.at("data", name) != nil {
			t.Errorf("%s is there: %s", name, bare.raw)
		}
	}
	// A user alone may ask in the newer names; then so is the answer.
	s.expect(s.bot.do("GET", "/2/users/me?user.fields=most_recent_post_id,public_metrics", ""), 200, `"post_count":1`)
	s.expect(s.bot.do("GET", "/2/users/me?user.fields=most_recent_tweet_id,public_metrics", ""), 200, `"tweet_count":1`)
	// What a dialect does not know is ignored.
	s.expect(s.bot.do("GET", path+"?tweet.fields=note_post,shoe_size", ""), 200, "edit_history_tweet_ids")
	s.expect(s.bot.do("GET", path+"?post.fields=referenced_tweets,shoe_size&expansions=shoes", ""), 200, "edit_history_post_ids")
	s.expect(s.bot.do("GET", path+"?post.fields=id&tweet.fields=id", ""), 400, "together")
	s.expect(s.bot.do("GET", "/2/users/"+s.botID+"/mentions?post.fields=created_at", ""), 200, "edit_history_post_ids")
	s.expect(s.bot.do("DELETE", path+"?post.fields=id", ""), 400, "not one of")
}

func TestLongPostsInBothDialects(t *testing.T) {
	s := setup(t, Options{})
	c := must[Credentials](t)(s.w.AddBot(s.app.ID, User{Username: "longbot", Subscription: "Premium"}))
	id := s.client(c).do("POST", "/2/tweets", body(map[string]any{"text": strings.Repeat("word ", 80)})).str("data", "id")
	g := s.bot.do("GET", "/2/tweets/"+id+"?tweet.fields=note_tweet", "")
	if !strings.HasPrefix(g.str("data", "note_tweet", "text"), "word word") {
		t.Errorf("older: %s", g.raw)
	}
	g = s.bot.do("GET", "/2/tweets?ids="+id+"&post.fields=note_post", "")
	if !strings.HasPrefix(g.str("data", 0, "note_post", "text"), "word word") || g.at("data", 0, "note_tweet") != nil {
		t.Errorf("newer: %s", g.raw)
	}
}

func TestReadsAreBehindWrites(t *testing.T) {
	s := setup(t, Options{})
	s.expect(s.heed("POST", "/_heed/set", `{"lag":"5s"}`), 200, `"lag":"5s"`)
	for _, bad := range []string{`{"lag":"-1s"}`, `{"lag":"25h"}`, `{"lag":"x"}`} {
		s.expect(s.heed("POST", "/_heed/set", bad), 400, "error")
	}
	ok(t, s.w.SetDMOpen("deskbot", true))
	id := s.bot.do("POST", "/2/tweets", `{"text":"news"}`).str("data", "id")
	dm := must[string](t)(s.w.DM("ann", "deskbot", "hello"))
	mention := must[string](t)(s.w.Mention("ann", "deskbot", "hello"))
	line, me := "/2/users/"+s.botID+"/tweets", "/2/users/me?user.fields=most_recent_tweet_id,public_metrics"
	shown := func(at string, want bool) {
		t.Helper()
		look := s.bot.do("GET", "/2/tweets/"+id, "").str("data", "id") == id
		list := slices.Contains(s.bot.do("GET", "/2/tweets?ids="+id, "").ids(), id)
		tl := slices.Contains(s.bot.do("GET", line, "").ids(), id)
		user := s.bot.do("GET", me, "").str("data", "most_recent_tweet_id") == id
		if look != want || list != want || tl != want || user != want {
			t.Errorf("%s: look-up %v, list %v, timeline %v, account %v, want %v", at, look, list, tl, user, want)
		}
	}
	shown("at once", false)
	// A write meets the truth: the same text again is a duplicate, and a reply finds its post.
	s.expect(s.bot.do("POST", "/2/tweets", `{"text":"news"}`), 403, msgDuplicate)
	s.expect(s.bot.do("POST", "/2/tweets", replyTo(mention, "hi")), 201, "id")
	s.clock.add(5*time.Second - time.Millisecond)
	shown("just before", false)
	if n := len(s.bot.do("GET", "/2/dm_events", "").ids()); n != 0 {
		t.Errorf("%d messages within the lag", n)
	}
	s.clock.add(time.Millisecond)
	if ids := s.bot.do("GET", "/2/dm_events", "").ids(); !slices.Equal(ids, []string{dm}) {
		t.Errorf("messages after the lag: %v", ids)
	}
	if ids := s.bot.do("GET", "/2/users/"+s.botID+"/mentions", "").ids(); !slices.Equal(ids, []string{mention}) {
		t.Errorf("mentions after the lag: %v", ids)
	}
	s.expect(s.bot.do("GET", "/2/tweets/"+id, ""), 200, "news")
	s.expect(s.bot.do("DELETE", "/2/tweets/"+id, ""), 200, `"deleted":true`)
	s.expect(s.bot.do("GET", "/2/tweets/"+id, ""), 200, "news")
	s.expect(s.bot.do("DELETE", "/2/tweets/"+id, ""), 404, "Could not find")
	s.clock.add(5 * time.Second)
	shown("after its end", false)
}

func TestAppsByControl(t *testing.T) {
	s := setup(t, Options{})
	g := s.heed("POST", "/_heed/apps", `{"name":"Pocket","redirect_uris":["http://127.0.0.1:9/cb"],"public":true}`)
	s.expect(g, 200, `"public":true`)
	s.expect(s.heed("POST", "/_heed/apps", `{"name":"Pocket","redirect_uris":["myapp://cb"]}`), 200, g.str("client_id"))
	s.expect(s.heed("GET", "/_heed/apps", ""), 200, `"redirect_uris":["myapp://cb"]`)
	for _, bad := range []string{`{"name":"X","redirect_uris":["/relative"]}`, `{"name":"X","redirect_uris":["http://a/#x"]}`,
		`{"name":"X","redirect_uris":["javascript:alert(1)"]}`, `{"name":""}`, `{"name":"Desk","permission":"read"}`, `{"name":"X","secret":"mine"}`} {
		s.expect(s.heed("POST", "/_heed/apps", bad), 400, "error")
	}
	if n := len(s.w.Apps()); n != 2 {
		t.Errorf("%d apps", n)
	}
	s.expect(s.heed("POST", "/_heed/faults", `{"preset":"unavailable","route":"/2/oauth2/token"}`), 200, "ok")
	s.expect(s.heed("GET", "/_heed/faults", ""), 200, `"struck":0`)
	s.expect(s.visit("POST", "/2/oauth2/token", nil), 503, "Service Unavailable")
	s.expect(s.heed("GET", "/_heed/faults", ""), 200, `"struck":1`)
}
