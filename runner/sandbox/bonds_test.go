package sandbox

import (
	"testing"
)

func TestSelfServeCannotFollowLikeOrQuote(t *testing.T) {
	s := setup(t, Options{})
	id := must[string](t)(s.w.Mention("bob", "deskbot", "hello"))
	me := "/2/users/" + s.botID
	s.expect(s.bot.do("POST", me+"/following", `{"target_user_id":"`+s.bob.ID+`"}`), 403, msgNotPermitted)
	s.expect(s.bot.do("POST", me+"/likes", `{"tweet_id":"`+id+`"}`), 403, msgNotPermitted)
	s.expect(s.bot.do("POST", "/2/tweets", `{"text":"q","quote_tweet_id":"`+id+`"}`), 403, msgNotPermitted)
	// What is still allowed: undoing, reposting, muting.
	s.expect(s.bot.do("DELETE", me+"/following/"+s.bob.ID, ""), 200, `{"data":{"following":false}}`)
	s.expect(s.bot.do("DELETE", me+"/likes/"+id, ""), 200, `{"data":{"liked":false}}`)
	s.expect(s.bot.do("POST", me+"/muting", `{"target_user_id":"`+s.bob.ID+`"}`), 200, `{"data":{"muting":true}}`)
	s.expect(s.bot.do("DELETE", me+"/muting/"+s.bob.ID, ""), 200, `{"data":{"muting":false}}`)
	s.expect(s.bot.do("POST", me+"/retweets", `{"tweet_id":"`+id+`"}`), 200, `"retweeted":true`)
	if acts := s.w.Acts(s.botID); len(acts) != 3 {
		t.Errorf("%d acts landed, want mute, unmute and repost: %+v", len(acts), acts)
	}
}

func TestBonds(t *testing.T) {
	s := setup(t, Options{Tier: Enterprise})
	id := must[string](t)(s.w.Post("bob", "hello"))
	me := "/2/users/" + s.botID
	user := func(id string) string { return `{"target_user_id":"` + id + `"}` }
	post := func(id string) string { return `{"tweet_id":"` + id + `"}` }
	ok(t, s.w.SetProtected("ann", true))
	for _, c := range []struct {
		why, method, path, body string
		status                  int
		part                    string
		landed                  int
	}{
		{"following", "POST", "/following", user(s.bob.ID), 200, `{"data":{"following":true,"pending_follow":false}}`, 1},
		{"following again", "POST", "/following", user(s.bob.ID), 200, `"following":true`, 0},
		{"following a protected account", "POST", "/following", user(s.ann.ID), 200, `{"data":{"following":false,"pending_follow":true}}`, 1},
		{"asking again", "POST", "/following", user(s.ann.ID), 200, `"pending_follow":true`, 0},
		{"following oneself", "POST", "/following", user(s.botID), 403, msgNotPermitted, 0},
		{"following nobody", "POST", "/following", user("5"), 404, "resource-not-found", 0},
		{"following by name", "POST", "/following", user("bob"), 400, "regex", 0},
		{"following with another member", "POST", "/following", `{"target":"5"}`, 400, "$.target", 0},
		{"unfollowing", "DELETE", "/following/" + s.bob.ID, "", 200, `"following":false`, 1},
		{"unfollowing again", "DELETE", "/following/" + s.bob.ID, "", 200, `"following":false`, 0},
		{"liking", "POST", "/likes", post(id), 200, `{"data":{"liked":true}}`, 1},
		{"liking again", "POST", "/likes", post(id), 200, `"liked":true`, 0},
		{"liking nothing", "POST", "/likes", post("5"), 404, "resource-not-found", 0},
		{"unliking", "DELETE", "/likes/" + id, "", 200, `"liked":false`, 1},
		{"unliking again", "DELETE", "/likes/" + id, "", 200, `"liked":false`, 0},
		{"reposting", "POST", "/retweets", post(id), 200, `"retweeted":true`, 1},
		{"reposting again", "POST", "/retweets", post(id), 400, msgReposted, 0},
		{"taking the repost back", "DELETE", "/retweets/" + id, "", 200, `{"data":{"retweeted":false}}`, 1},
		{"and again", "DELETE", "/retweets/" + id, "", 200, `"retweeted":false`, 0},
		{"reposting anew", "POST", "/retweets", post(id), 200, `"retweeted":true`, 1},
		{"reposting nothing", "POST", "/retweets", post("5"), 404, "resource-not-found", 0},
		{"muting", "POST", "/muting", user(s.bob.ID), 200, `"muting":true`, 1},
		{"muting again", "POST", "/muting", user(s.bob.ID), 200, `"muting":true`, 0},
		{"unmuting", "DELETE", "/muting/" + s.bob.ID, "", 200, `"muting":false`, 1},
	} {
		t.Run(c.why, func(t *testing.T) {
			before, calls := len(s.w.Acts(s.botID)), len(s.w.Calls())
			g := s.bot.do(c.method, me+c.path, c.body)
			s.expect(g, c.status, c.part)
			if landed := len(s.w.Acts(s.botID)) - before; landed != c.landed {
				t.Errorf("%d acts landed, want %d", landed, c.landed)
			}
			list := s.w.Calls()
			if len(list) != calls+1 || list[calls].Status != c.status || list[calls].Processed != (c.landed > 0) {
				t.Errorf("recorded as %+v", list[len(list)-1])
			}
		})
	}
	s.expect(s.bot.do("POST", "/2/users/"+s.bob.ID+"/likes", post(id)), 400, "must be the same as the authenticating user ["+s.botID+"]")
	s.expect(s.bot.do("DELETE", "/2/users/"+s.bob.ID+"/retweets/"+id, ""), 400, "must be the same")
}

func TestABlockEndsEverything(t *testing.T) {
	s := setup(t, Options{Tier: Enterprise})
	id := must[string](t)(s.w.Mention("bob", "deskbot", "hello"))
	ok(t, s.w.SetDMOpen("bob", true))
	s.expect(s.bot.do("POST", "/2/users/"+s.botID+"/following", `{"target_user_id":"`+s.bob.ID+`"}`), 200, `"following":true`)
	ok(t, s.w.Follow("ann", "deskbot"))
	g := s.bot.do("GET", "/2/users/me?user.fields=public_metrics,most_recent_tweet_id", "")
	if g.at("data", "public_metrics", "followers_count") != float64(1) || g.at("data", "public_metrics", "following_count") != float64(1) {
		t.Errorf("metrics: %s", g.raw)
	}
	ok(t, s.w.Block("bob", "deskbot"))
	before := len(s.w.Acts(s.botID))
	for _, c := range [][2]string{
		{"/2/users/" + s.botID + "/following", `{"target_user_id":"` + s.bob.ID + `"}`},
		{"/2/users/" + s.botID + "/likes", `{"tweet_id":"` + id + `"}`},
		{"/2/users/" + s.botID + "/retweets", `{"tweet_id":"` + id + `"}`},
		{"/2/tweets", replyTo(id, "why?")},
		{"/2/tweets", `{"text":"see","quote_tweet_id":"` + id + `"}`},
		{"/2/dm_conversations/with/" + s.bob.ID + "/messages", `{"text":"why?"}`},
	} {
		if g := s.bot.do("POST", c[0], c[1]); g.status != 403 || g.str("type") != "about:blank" {
			t.Errorf("%s across a block: %d %s", c[0], g.status, g.raw)
		}
	}
	if n := len(s.w.Acts(s.botID)) - before; n != 0 {
		t.Errorf("%d acts landed across a block", n)
	}
	g = s.bot.do("GET", "/2/users/"+s.bob.ID+"?user.fields=connection_status", "")
	if list, _ := g.at("data", "connection_status").([]any); len(list) != 0 {
		t.Errorf("after the block: %s", g.raw)
	}
}

func TestLikedPosts(t *testing.T) {
	s := setup(t, Options{Tier: Enterprise, Quirks: Quirks{RepeatLike403: true}})
	a, b := must[string](t)(s.w.Post("bob", "one")), must[string](t)(s.w.Post("bob", "two"))
	for _, id := range []string{b, a} {
		s.expect(s.bot.do("POST", "/2/users/"+s.botID+"/likes", `{"tweet_id":"`+id+`"}`), 200, `"liked":true`)
	}
	s.expect(s.bot.do("POST", "/2/users/"+s.botID+"/likes", `{"tweet_id":"`+a+`"}`), 403, msgLiked)
	g := s.bot.do("GET", "/2/users/"+s.botID+"/liked_tweets?tweet.fields=public_metrics&max_results=5", "")
	if ids := g.ids(); len(ids) != 2 || ids[0] != b || g.at("data", 0, "public_metrics", "like_count") != float64(1) {
		t.Errorf("liked: %s", g.raw)
	}
}
