package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestUserLookups(t *testing.T) {
	s := setup(t, Options{Tier: Enterprise})
	g := s.bot.do("GET", "/2/users/me", "")
	if d := g.body["data"].(map[string]any); len(d) != 3 || d["id"] != s.botID || d["username"] != "deskbot" || d["name"] != "deskbot" {
		t.Errorf("default fields: %s", g.raw)
	}
	g = s.bot.do("GET", "/2/users/me?user.fields=affiliation,description,entities,verified,protected,subscription_type,public_metrics,created_at,no_such_field&expansions=affiliation.user_id", "")
	if g.str("data", "affiliation", "description") != "Automated" || g.str("data", "affiliation", "user_id", 0) != s.ann.ID || g.str("includes", "users", 0, "username") != "ann" {
		t.Errorf("label: %s", g.raw)
	}
	if g.str("data", "description") != "A bot by @ann & co <x>" || g.str("data", "entities", "description", "mentions", 0, "username") != "ann" {
		t.Errorf("bio: %s", g.raw)
	}
	if g.at("data", "public_metrics", "tweet_count") != float64(0) || g.str("data", "subscription_type") != "None" || g.at("data", "verified") != false {
		t.Errorf("fields: %s", g.raw)
	}
	ok(t, s.w.SetLabel("deskbot", false))
	if g = s.bot.do("GET", "/2/users/me?user.fields=affiliation", ""); g.at("data", "affiliation") != nil {
		t.Errorf("without the label: %s", g.raw)
	}

	ok(t, s.w.Follow("bob", "deskbot"))
	g = s.bot.do("GET", "/2/users?ids="+s.bob.ID+",77&user.fields=connection_status,receives_your_dm", "")
	if g.status != 200 || g.str("data", 0, "connection_status", 0) != "followed_by" || g.at("data", 0, "receives_your_dm") != true {
		t.Errorf("connection: %s", g.raw)
	}
	if g.str("errors", 0, "detail") != "Could not find user with ids: [77]." || g.str("errors", 0, "value") != "77" || g.str("errors", 0, "parameter") != "ids" || g.str("errors", 0, "resource_type") != "user" {
		t.Errorf("partial error: %s", g.raw)
	}
	s.expect(s.bot.do("GET", "/2/users/by/username/BOB", ""), 200, `"username":"bob"`)
	s.expect(s.bot.do("GET", "/2/users/by/username/nobody", ""), 200, "Could not find user with username: [nobody].")
	ok(t, s.w.SetSuspended("bob", true))
	s.expect(s.bot.do("GET", "/2/users/"+s.bob.ID, ""), 200, "User has been suspended: ["+s.bob.ID+"].")

	for _, q := range []string{"/2/users", "/2/users?ids=", "/2/users?ids=x", "/2/users?ids=1,1", "/2/users/abc", "/2/users/me?foo=1"} {
		s.expect(s.bot.do("GET", q, ""), 400, "Invalid Request")
	}
	many := strings.TrimSuffix(strings.Repeat("1,", 101), ",")
	s.expect(s.bot.do("GET", "/2/users?ids="+many, ""), 400, "not between 1 and 100")
}

func TestPostLookups(t *testing.T) {
	s := setup(t, Options{Tier: Enterprise})
	open := must[string](t)(s.w.Post("ann", "hello"))
	ok(t, s.w.SetProtected("bob", true))
	shut := must[string](t)(s.w.Post("bob", "secret"))
	s.expect(s.bot.do("GET", "/2/tweets/"+shut, ""), 200, "Sorry, you are not authorized to see the Tweet with id: ["+shut+"].")
	g := s.bot.do("GET", "/2/tweets?ids="+open+","+shut+",99", "")
	if ids := g.ids(); !slices.Equal(ids, []string{open}) || !strings.HasSuffix(g.str("errors", 0, "type"), "/not-authorized-for-resource") || !strings.HasSuffix(g.str("errors", 1, "type"), "/resource-not-found") {
		t.Errorf("partial: %s", g.raw)
	}
	if g.str("data", 0, "edit_history_tweet_ids", 0) != open || g.at("data", 0, "author_id") != nil {
		t.Errorf("default fields: %s", g.raw)
	}
	s.expect(s.bot.do("POST", "/2/users/"+s.botID+"/following", `{"target_user_id":"`+s.bob.ID+`"}`), 200, `"pending_follow":true`)
	ok(t, s.w.Accept("bob", "deskbot"))
	s.expect(s.bot.do("GET", "/2/tweets/"+shut, ""), 200, "secret")
	ok(t, s.w.Block("ann", "deskbot"))
	s.expect(s.bot.do("GET", "/2/tweets/"+open, ""), 200, "not authorized")

	g = s.bot.do("POST", "/2/tweets", `{"text":"which?","poll":{"options":["x","y"],"duration_minutes":60}}`)
	g = s.bot.do("GET", "/2/tweets/"+g.str("data", "id")+"?expansions=attachments.poll_ids,author_id&poll.fields=voting_status,end_datetime&tweet.fields=attachments,public_metrics", "")
	if g.str("includes", "polls", 0, "voting_status") != "open" || g.str("includes", "polls", 0, "options", 1, "label") != "y" ||
		g.str("data", "attachments", "poll_ids", 0) != g.str("includes", "polls", 0, "id") || g.str("includes", "users", 0, "id") != s.botID {
		t.Errorf("poll: %s", g.raw)
	}
}

func TestTimelinePages(t *testing.T) {
	s := setup(t, Options{})
	path := "/2/users/" + s.ann.ID + "/tweets"
	g := s.bot.do("GET", path, "")
	if _, there := g.body["data"]; there || g.at("meta", "result_count") != float64(0) || g.at("meta", "newest_id") != nil {
		t.Errorf("an empty timeline: %s", g.raw)
	}
	var ids []string // oldest first
	for i := range 23 {
		ids = append(ids, must[string](t)(s.w.Post("ann", fmt.Sprint("post ", i))))
		s.clock.add(time.Minute)
	}
	slices.Reverse(ids)
	g = s.bot.do("GET", path, "")
	if got := g.ids(); !slices.Equal(got, ids[:10]) || g.str("meta", "newest_id") != ids[0] || g.str("meta", "oldest_id") != ids[9] {
		t.Errorf("ten by default, newest first: %s", g.raw)
	}
	var all []string
	next, back := "", ""
	for range 10 {
		q := path + "?max_results=7"
		if next != "" {
			q += "&pagination_token=" + next
		}
		g = s.bot.do("GET", q, "")
		all = append(all, g.ids()...)
		if (g.str("meta", "previous_token") == "") != (next == "") {
			t.Errorf("previous_token %q on the page after %q", g.str("meta", "previous_token"), next)
		}
		back = g.str("meta", "previous_token")
		if next = g.str("meta", "next_token"); next == "" {
			break
		}
	}
	if !slices.Equal(all, ids) {
		t.Errorf("paged through %d posts, want all %d once", len(all), len(ids))
	}
	if g = s.bot.do("GET", path+"?max_results=7&pagination_token="+back, ""); !slices.Equal(g.ids(), ids[14:21]) {
		t.Errorf("one page back: %v, want %v", g.ids(), ids[14:21])
	}
	at := func(i int) string { return must[time.Time](t)(IDTime(ids[i])).Format(time.RFC3339) }
	for _, c := range []struct {
		q    string
		want []string
	}{
		{"?max_results=100&since_id=" + ids[3], ids[:3]},
		{"?max_results=100&until_id=" + ids[20], ids[21:]},
		{"?max_results=100&since_id=" + ids[9] + "&until_id=" + ids[6], ids[7:9]},
		{"?max_results=100&start_time=" + at(2), ids[:3]},
		{"?max_results=100&end_time=" + at(20), ids[21:]},
	} {
		if g = s.bot.do("GET", path+c.q, ""); !slices.Equal(g.ids(), c.want) {
			t.Errorf("%s: %v, want %v", c.q, g.ids(), c.want)
		}
	}
	token := s.bot.do("GET", path, "").str("meta", "next_token")
	for _, q := range []string{"?max_results=4", "?max_results=101", "?max_results=x", "?since_id=x", "?start_time=noon", "?exclude=likes",
		"?pagination_token=zz", "?start_time=" + at(0) + "&end_time=" + at(5)} {
		s.expect(s.bot.do("GET", path+q, ""), 400, "Invalid Request")
	}
	s.expect(s.bot.do("GET", "/2/users/"+s.bob.ID+"/tweets?pagination_token="+token, ""), 400, "pagination_token")
	s.expect(s.bot.do("GET", "/2/users/5/tweets", ""), 200, "Could not find user with id: [5].")
	ok(t, s.w.SetProtected("ann", true))
	s.expect(s.bot.do("GET", path, ""), 200, "not authorized to see the user")
}

func TestTimelineKinds(t *testing.T) {
	s := setup(t, Options{Lag: 3 * time.Second})
	a := must[string](t)(s.w.Post("ann", "hello"))
	b := must[string](t)(s.w.Reply("bob", a, "hi"))
	r := must[string](t)(s.w.Repost("bob", a))
	p := must[string](t)(s.w.Post("bob", "own"))
	path := "/2/users/" + s.bob.ID + "/tweets"
	if g := s.bot.do("GET", path, ""); g.body["data"] != nil {
		t.Errorf("within the lag: %s", g.raw)
	}
	s.expect(s.bot.do("GET", "/2/tweets/"+p, ""), 200, "Could not find tweet")
	s.clock.add(3 * time.Second)
	s.expect(s.bot.do("GET", "/2/tweets/"+p, ""), 200, "own")
	for q, want := range map[string][]string{
		"":                          {p, r, b},
		"?exclude=replies":          {p, r},
		"?exclude=retweets":         {p, b},
		"?exclude=replies,retweets": {p},
	} {
		if g := s.bot.do("GET", path+q, ""); !slices.Equal(g.ids(), want) {
			t.Errorf("%q: %v, want %v", q, g.ids(), want)
		}
	}
	g := s.bot.do("GET", path+"?tweet.fields=referenced_tweets&expansions=referenced_tweets.id,referenced_tweets.id.author_id", "")
	if g.str("data", 1, "text") != "RT @ann: hello" || g.str("data", 1, "referenced_tweets", 0, "type") != "retweeted" || g.str("includes", "tweets", 0, "id") != a || g.str("includes", "users", 0, "username") != "ann" {
		t.Errorf("repost: %s", g.raw)
	}
	ok(t, s.w.DeletePost(a))
	if g = s.bot.do("GET", path, ""); !slices.Equal(g.ids(), []string{p, r, b}) {
		t.Errorf("a deletion shows before the lag is over: %v", g.ids())
	}
	s.clock.add(3 * time.Second)
	if g = s.bot.do("GET", path, ""); !slices.Equal(g.ids(), []string{p, b}) {
		t.Errorf("a deleted post took its repost along: %v", g.ids())
	}
}

func TestMentions(t *testing.T) {
	s := setup(t, Options{})
	path := "/2/users/" + s.botID + "/mentions"
	m := must[string](t)(s.w.Mention("ann", "DeskBot", "hello"))
	mine := s.bot.do("POST", "/2/tweets", replyTo(m, "yes @deskbot speaking")).str("data", "id")
	r := must[string](t)(s.w.Reply("bob", mine, "and me?"))
	must[string](t)(s.w.Post("bob", "no names, not deskbot, and mail to x@deskbot.example"))
	must[string](t)(s.w.Quote("bob", mine, "only quoted"))
	g := s.bot.do("GET", path+"?tweet.fields=author_id,conversation_id,referenced_tweets&expansions=author_id&user.fields=affiliation", "")
	if !slices.Equal(g.ids(), []string{r, m}) {
		t.Fatalf("mentions %v, want the reply and the mention: %s", g.ids(), g.raw)
	}
	if g.str("data", 0, "text") != "@deskbot @ann and me?" || g.str("data", 0, "author_id") != s.bob.ID || g.str("data", 0, "conversation_id") != m {
		t.Errorf("reply: %s", g.raw)
	}
	if g = s.bot.do("GET", path+"?since_id="+m, ""); !slices.Equal(g.ids(), []string{r}) {
		t.Errorf("since: %v", g.ids())
	}
	ok(t, s.w.SetProtected("bob", true))
	if g = s.bot.do("GET", path, ""); !slices.Equal(g.ids(), []string{m}) {
		t.Errorf("a protected author was shown: %v", g.ids())
	}
	ok(t, s.w.DeletePost(m))
	if g = s.bot.do("GET", path, ""); g.body["data"] != nil {
		t.Errorf("after deletion: %s", g.raw)
	}
}

func TestUnknownPathsAnswerNothing(t *testing.T) {
	s := setup(t, Options{})
	for _, c := range [][2]string{{"GET", "/2/nothing"}, {"GET", "/1.1/statuses/home"}, {"PATCH", "/2/tweets"}, {"GET", "/"}, {"POST", "/2/users/1/blocking"}} {
		g := s.bot.do(c[0], c[1], "")
		if g.status != 404 || g.raw != "" || g.header.Get("Content-Type") != "" {
			t.Errorf("%s %s: %d %q %q", c[0], c[1], g.status, g.header.Get("Content-Type"), g.raw)
		}
	}
}

func TestHowFarBackListsGo(t *testing.T) {
	s := setup(t, Options{})
	for i := range mentionDepth + 20 {
		must[string](t)(s.w.Mention("ann", "deskbot", fmt.Sprint("number ", i)))
	}
	n, next := 0, ""
	for {
		q := "/2/users/" + s.botID + "/mentions?max_results=100"
		if next != "" {
			q += "&pagination_token=" + next
		}
		g := s.bot.do("GET", q, "")
		n += len(g.ids())
		if next = g.str("meta", "next_token"); next == "" {
			break
		}
	}
	if n != mentionDepth {
		t.Errorf("%d mentions are shown, want %d", n, mentionDepth)
	}
}
