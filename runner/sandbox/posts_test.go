package sandbox

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func quoteJSON(s string) string { return fmt.Sprintf("%q", s) }

// replyTo is a create body.
func replyTo(id, text string) string {
	return `{"text":` + quoteJSON(text) + `,"reply":{"in_reply_to_tweet_id":"` + id + `"}}`
}

func TestCreatePostSchema(t *testing.T) {
	s := setup(t, Options{})
	mine := s.bot.do("POST", "/2/tweets", `{"text":"first"}`).str("data", "id")
	for _, c := range []struct {
		why, body string
		status    int
		part      string
	}{
		{"an unknown member", `{"text":"a","foo":1}`, 400, `$.foo: is not defined in the schema`},
		{"a member in another case", `{"Text":"a"}`, 400, `$.Text: is not defined`},
		{"a member twice", `{"text":"a","text":"b"}`, 400, "$.text"},
		{"no JSON", `text=a`, 400, "Invalid Request"},
		{"a list", `[]`, 400, "Invalid Request"},
		{"something behind it", `{"text":"a"} {}`, 400, "Invalid Request"},
		{"nothing to say", `{}`, 400, "text"},
		{"only white space", `{"text":"  "}`, 400, "text"},
		{"a null text", `{"text":null}`, 400, "string expected"},
		{"a number for a text", `{"text":5}`, 400, "string expected"},
		{"an empty reply", `{"text":"a","reply":{}}`, 400, "is missing but it is required"},
		{"an unknown member of reply", `{"text":"a","reply":{"in_reply_to_tweet_id":"1","x":1}}`, 400, "$.reply.x"},
		{"a reply to a number", `{"text":"a","reply":{"in_reply_to_tweet_id":1}}`, 400, "string expected"},
		{"a reply to no id", `{"text":"a","reply":{"in_reply_to_tweet_id":"x"}}`, 400, "regex"},
		{"everyone, which the schema does not know", `{"text":"a","reply_settings":"everyone"}`, 400, "enumeration"},
		{"one poll option", `{"text":"a","poll":{"options":["x"],"duration_minutes":5}}`, 400, "2 to 4"},
		{"five poll options", `{"text":"a","poll":{"options":["1","2","3","4","5"],"duration_minutes":5}}`, 400, "2 to 4"},
		{"a poll option of 26 characters", `{"text":"a","poll":{"options":["x","` + strings.Repeat("y", 26) + `"],"duration_minutes":5}}`, 400, "1 to 25"},
		{"a poll of 4 minutes", `{"text":"a","poll":{"options":["x","y"],"duration_minutes":4}}`, 400, "5 to 10080"},
		{"a poll of 10081 minutes", `{"text":"a","poll":{"options":["x","y"],"duration_minutes":10081}}`, 400, "5 to 10080"},
		{"a poll without a duration", `{"text":"a","poll":{"options":["x","y"]}}`, 400, "duration_minutes"},
		{"a poll and a quote", `{"text":"a","poll":{"options":["x","y"],"duration_minutes":5},"quote_tweet_id":"` + mine + `"}`, 400, "mutually exclusive"},
		{"media and a poll", `{"text":"a","media":{"media_ids":["1"]},"poll":{"options":["x","y"],"duration_minutes":5}}`, 400, "mutually exclusive"},
		{"a string for tagged users", `{"text":"a","media":{"media_ids":["1"],"tagged_user_ids":"5"}}`, 400, "array of strings"},
		{"media that was never uploaded", `{"text":"a","media":{"media_ids":["1"]}}`, 400, "Your media IDs are invalid."},
		{"an AI mark that is no boolean", `{"text":"a","made_with_ai":"yes"}`, 400, "boolean expected"},
		{"an empty poll option", `{"text":"a","poll":{"options":["x",""],"duration_minutes":5}}`, 400, "1 to 25"},
		{"poll options that are no strings", `{"text":"a","poll":{"options":[1,2],"duration_minutes":5}}`, 400, "array of strings"},
		{"a duration with a fraction", `{"text":"a","poll":{"options":["x","y"],"duration_minutes":5.5}}`, 400, "integer expected"},
		{"a duration as a string", `{"text":"a","poll":{"options":["x","y"],"duration_minutes":"5"}}`, 400, "integer expected"},
		{"a poll that is null", `{"text":"a","poll":null}`, 400, "$.poll"},
		{"an unknown member of poll", `{"text":"a","poll":{"options":["x","y"],"duration_minutes":5,"minutes":5}}`, 400, "$.poll.minutes"},
		{"a poll without words", `{"poll":{"options":["x","y"],"duration_minutes":5}}`, 400, "text"},
		{"an unknown reply setting", `{"text":"a","reply_settings":"mentioned_users"}`, 400, "enumeration"},
		{"a reply setting that is null", `{"text":"a","reply_settings":null}`, 400, "string expected"},
		{"a mark of payment that is no boolean", `{"text":"a","paid_partnership":1}`, 400, "boolean expected"},
		{"a mark that X does not have", `{"text":"a","possibly_sensitive":true}`, 400, "$.possibly_sensitive"},
		{"a good poll", `{"text":"poll","poll":{"options":["x","y"],"duration_minutes":5}}`, 201, `"id"`},
		{"every plain flag", `{"text":"flags","made_with_ai":true,"paid_partnership":true,"reply_settings":"verified"}`, 201, `"id"`},
	} {
		t.Run(c.why, func(t *testing.T) {
			g := s.bot.do("POST", "/2/tweets", c.body)
			if g.status != c.status || !strings.Contains(g.raw, c.part) {
				t.Fatalf("got %d %s\nwant %d with %q", g.status, g.raw, c.status, c.part)
			}
			if c.status == 400 && (g.str("title") != "Invalid Request" || !strings.HasSuffix(g.str("type"), "/invalid-request") || g.str("errors", 0, "message") == "") {
				t.Errorf("not X's invalid request: %s", g.raw)
			}
		})
	}
	if n := len(s.w.Acts(s.botID)); n != 3 {
		t.Errorf("%d acts landed, want 3: the first post, the poll and the flags", n)
	}
}

func TestCreatePostRules(t *testing.T) {
	long := strings.Repeat("x", 281)
	type given struct {
		setup func(*testing.T, *stage) string // gives the body
		o     Options
	}
	post := func(text string) func(*testing.T, *stage) string {
		return func(*testing.T, *stage) string { return `{"text":` + quoteJSON(text) + `}` }
	}
	for _, c := range []struct {
		why string
		given
		status int
		detail string
	}{
		{"280 characters", given{setup: post(long[:280])}, 201, ""},
		{"281 characters", given{setup: post(long)}, 403, msgTooLong},
		{"281 characters, as 400", given{setup: post(long), o: Options{Quirks: Quirks{TooLongStatus: 400}}}, 400, msgTooLong},
		{"140 wide characters", given{setup: post(strings.Repeat("あ", 140))}, 201, ""},
		{"141 wide characters", given{setup: post(strings.Repeat("あ", 141))}, 403, msgTooLong},
		{"a link counts 23", given{setup: post(strings.Repeat("x", 256) + " https://example.com/" + strings.Repeat("y", 100))}, 201, ""},
		{"a subscriber writes long", given{setup: func(t *testing.T, s *stage) string {
			ok(t, s.w.SetSubscription("deskbot", "Premium"))
			return post(strings.Repeat("x", 25_000))(t, s)
		}}, 201, ""},
		{"a subscriber writes too long", given{setup: func(t *testing.T, s *stage) string {
			ok(t, s.w.SetSubscription("deskbot", "Premium"))
			return post(strings.Repeat("x", 25_001))(t, s)
		}}, 403, msgTooLong},
		{"one cashtag", given{setup: post("buy $ABC")}, 201, ""},
		{"two cashtags", given{setup: post("buy $ABC and $DEF")}, 403, msgNotPermitted},
		{"two cashtags on enterprise", given{setup: post("buy $ABC and $DEF"), o: Options{Tier: Enterprise}}, 201, ""},
		{"a mention of a stranger", given{setup: post("hi @ann2")}, 201, ""},
		{"a mention of somebody who never spoke", given{setup: post("hi @bob")}, 403, msgNotPermitted},
		{"the same where mentions are open", given{setup: post("hi @bob"), o: Options{Quirks: Quirks{OpenMentions: true}}}, 201, ""},
		{"a mention of the operator", given{setup: post("by @ann")}, 201, ""},
		{"a mention of somebody who named the bot", given{setup: func(t *testing.T, s *stage) string {
			must[string](t)(s.w.Mention("bob", "deskbot", "hello"))
			return post("hi @bob")(t, s)
		}}, 201, ""},
		{"a quote on self-serve", given{setup: func(t *testing.T, s *stage) string {
			id := must[string](t)(s.w.Mention("bob", "deskbot", "hello"))
			return `{"text":"so","quote_tweet_id":"` + id + `"}`
		}}, 403, msgNotPermitted},
		{"a quote on enterprise", given{o: Options{Tier: Enterprise}, setup: func(t *testing.T, s *stage) string {
			id := must[string](t)(s.w.Post("bob", "hello"))
			return `{"text":"so","quote_tweet_id":"` + id + `"}`
		}}, 201, ""},
		{"an answer to a mention", given{setup: func(t *testing.T, s *stage) string {
			return replyTo(must[string](t)(s.w.Mention("bob", "deskbot", "hello")), "yes")
		}}, 201, ""},
		{"an answer to a quote of the bot", given{setup: func(t *testing.T, s *stage) string {
			mine := s.bot.do("POST", "/2/tweets", `{"text":"mine"}`).str("data", "id")
			return replyTo(must[string](t)(s.w.Quote("bob", mine, "look")), "thanks")
		}}, 201, ""},
		{"an answer to a reply to the bot", given{setup: func(t *testing.T, s *stage) string {
			mine := s.bot.do("POST", "/2/tweets", `{"text":"mine"}`).str("data", "id")
			return replyTo(must[string](t)(s.w.Reply("bob", mine, "why?")), "because")
		}}, 201, ""},
		{"an answer to its own post", given{setup: func(t *testing.T, s *stage) string {
			return replyTo(s.bot.do("POST", "/2/tweets", `{"text":"mine"}`).str("data", "id"), "more")
		}}, 201, ""},
		{"an answer nobody asked for", given{setup: func(t *testing.T, s *stage) string {
			return replyTo(must[string](t)(s.w.Post("bob", "hello world")), "hi")
		}}, 403, msgNotSummoned},
		{"the same on enterprise", given{o: Options{Tier: Enterprise}, setup: func(t *testing.T, s *stage) string {
			return replyTo(must[string](t)(s.w.Post("bob", "hello world")), "hi")
		}}, 201, ""},
		{"an answer to another post of one who named the bot", given{setup: func(t *testing.T, s *stage) string {
			must[string](t)(s.w.Mention("bob", "deskbot", "hello"))
			return replyTo(must[string](t)(s.w.Post("bob", "something else")), "hi")
		}}, 403, msgNotSummoned},
		{"an answer to nothing", given{setup: func(*testing.T, *stage) string { return replyTo("12345", "hi") }}, 403, msgReplyGone},
		{"an answer to a deleted post", given{setup: func(t *testing.T, s *stage) string {
			id := must[string](t)(s.w.Mention("bob", "deskbot", "hello"))
			ok(t, s.w.DeletePost(id))
			return replyTo(id, "yes")
		}}, 403, msgReplyGone},
		{"an answer to one who blocked the bot", given{setup: func(t *testing.T, s *stage) string {
			id := must[string](t)(s.w.Mention("bob", "deskbot", "hello"))
			ok(t, s.w.Block("bob", "deskbot"))
			return replyTo(id, "yes")
		}}, 403, msgReplyGone},
		{"an answer to a suspended account", given{setup: func(t *testing.T, s *stage) string {
			id := must[string](t)(s.w.Mention("bob", "deskbot", "hello"))
			ok(t, s.w.SetSuspended("bob", true))
			return replyTo(id, "yes")
		}}, 403, msgReplyGone},
		{"an answer to a protected account", given{setup: func(t *testing.T, s *stage) string {
			id := must[string](t)(s.w.Mention("bob", "deskbot", "hello"))
			ok(t, s.w.SetProtected("bob", true))
			return replyTo(id, "yes")
		}}, 403, msgReplyGone},
	} {
		t.Run(c.why, func(t *testing.T) {
			s := setup(t, c.o)
			body := c.setup(t, s)
			before := len(s.w.Acts(s.botID))
			g := s.bot.do("POST", "/2/tweets", body)
			if g.status != c.status || g.str("detail") != c.detail {
				t.Fatalf("got %d %s\nwant %d %s", g.status, g.raw, c.status, c.detail)
			}
			if g.status != 201 && (g.str("type") != "about:blank" || g.header.Get("Content-Type") != "application/json; charset=utf-8") {
				t.Errorf("not X's problem: %s %s", g.header.Get("Content-Type"), g.raw)
			}
			landed := len(s.w.Acts(s.botID)) - before
			if (g.status == 201) != (landed == 1) {
				t.Errorf("answered %d and %d acts landed", g.status, landed)
			}
		})
	}
}

func TestReplySettings(t *testing.T) {
	for _, c := range []struct {
		settings string
		arrange  func(*stage)
		want     int
	}{
		{"following", func(*stage) {}, 403},
		{"following", func(s *stage) { ok(s.T, s.w.Follow("bob", "deskbot")) }, 201},
		{"verified", func(*stage) {}, 403},
		{"verified", func(s *stage) { ok(s.T, s.w.SetVerified("deskbot", true)) }, 201},
		{"mentionedUsers", func(*stage) {}, 403},
		{"subscribers", func(*stage) {}, 403},
	} {
		s := setup(t, Options{Tier: Enterprise})
		bob := s.client(must[Credentials](t)(s.w.AddToken(s.app.ID, "bob")))
		id := bob.do("POST", "/2/tweets", `{"text":"mine","reply_settings":"`+c.settings+`"}`).str("data", "id")
		c.arrange(s)
		g := s.bot.do("POST", "/2/tweets", replyTo(id, "hi"))
		if g.status != c.want || c.want == 403 && g.str("detail") != msgNotSummoned {
			t.Errorf("%s: got %d %s, want %d", c.settings, g.status, g.raw, c.want)
		}
	}
	s := setup(t, Options{})
	bob := s.client(must[Credentials](t)(s.w.AddToken(s.app.ID, "bob")))
	must[string](t)(s.w.Mention("deskbot", "bob", "hello"))
	id := bob.do("POST", "/2/tweets", `{"text":"ask @deskbot","reply_settings":"mentionedUsers"}`).str("data", "id")
	s.expect(s.bot.do("POST", "/2/tweets", replyTo(id, "hi")), 201, `"@bob hi"`)
}

func TestDuplicates(t *testing.T) {
	s := setup(t, Options{})
	first := s.bot.do("POST", "/2/tweets", `{"text":"High tide at noon"}`)
	s.expect(first, 201, "High tide")
	for _, same := range []string{"High tide at noon", "high  TIDE\nat noon ", " High tide at noon"} {
		g := s.bot.do("POST", "/2/tweets", `{"text":`+quoteJSON(same)+`}`)
		s.expect(g, 403, msgDuplicate)
		if g.str("title") != "Forbidden" || g.str("type") != "about:blank" || g.at("status") != float64(403) {
			t.Errorf("not X's body: %s", g.raw)
		}
	}
	s.expect(s.bot.do("POST", "/2/tweets", `{"text":"High tide at one"}`), 201, "one")
	s.expect(s.anotherBot("second").do("POST", "/2/tweets", `{"text":"High tide at noon"}`), 201, "noon")
	if groups := s.w.Identical(); len(groups) != 1 || len(groups[0]) != 2 || groups[0][0].UserID == groups[0][1].UserID {
		t.Errorf("identical texts: got %+v, want one pair over two accounts", groups)
	}

	// Deleted, it may be said again; and so it may after the window.
	s.expect(s.bot.do("DELETE", "/2/tweets/"+first.str("data", "id"), ""), 200, `"deleted":true`)
	s.expect(s.bot.do("POST", "/2/tweets", `{"text":"High tide at noon"}`), 201, "noon")
	s.clock.add(24*time.Hour - time.Second)
	s.expect(s.bot.do("POST", "/2/tweets", `{"text":"High tide at noon"}`), 403, msgDuplicate)
	s.clock.add(time.Second)
	s.expect(s.bot.do("POST", "/2/tweets", `{"text":"High tide at noon"}`), 201, "noon")

	// The same answer is another text to another person, and the same to the same one.
	a := must[string](t)(s.w.Mention("ann", "deskbot", "when?"))
	b := must[string](t)(s.w.Mention("bob", "deskbot", "when?"))
	s.expect(s.bot.do("POST", "/2/tweets", replyTo(a, "Noon.")), 201, "@ann Noon.")
	s.expect(s.bot.do("POST", "/2/tweets", replyTo(b, "Noon.")), 201, "@bob Noon.")
	s.expect(s.bot.do("POST", "/2/tweets", replyTo(b, "Noon.")), 403, msgDuplicate)
}

func TestReturnedTextIsXs(t *testing.T) {
	s := setup(t, Options{})
	_ = s.person("carl")
	q := must[string](t)(s.w.Mention("bob", "deskbot", "@carl and you, when exactly?"))
	g := s.bot.do("POST", "/2/tweets", replyTo(q, "See https://www.example.com/tides?a=1&b=2 & <that> #tides $SEA"))
	id := g.str("data", "id")
	text := g.str("data", "text")
	if !strings.HasPrefix(text, "@bob @carl See https://t.co/") || !strings.HasSuffix(text, " &amp; &lt;that&gt; #tides $SEA") {
		t.Fatalf("text %q", text)
	}
	g = s.bot.do("GET", "/2/tweets/"+id+"?tweet.fields=entities,in_reply_to_user_id,referenced_tweets,conversation_id,author_id,created_at,source,reply_settings", "")
	runes := []rune(text)
	for _, e := range []struct{ kind, want, key, value string }{
		{"urls", runesOf(text, "https://t.co/", 23), "expanded_url", "https://www.example.com/tides?a=1&b=2"},
		{"mentions", "@bob", "username", "bob"},
		{"hashtags", "#tides", "tag", "tides"},
		{"cashtags", "$SEA", "tag", "SEA"},
	} {
		m, _ := g.at("data", "entities", e.kind, 0).(map[string]any)
		if m == nil {
			t.Fatalf("no %s in %s", e.kind, g.raw)
		}
		from, to := int(m["start"].(float64)), int(m["end"].(float64))
		if string(runes[from:to]) != e.want || m[e.key] != e.value {
			t.Errorf("%s: %q at %d..%d, %s %v; want %q, %q", e.kind, string(runes[from:to]), from, to, e.key, m[e.key], e.want, e.value)
		}
	}
	if g.str("data", "referenced_tweets", 0, "id") != q || g.str("data", "referenced_tweets", 0, "type") != "replied_to" ||
		g.str("data", "conversation_id") != q || g.str("data", "in_reply_to_user_id") != s.bob.ID || g.str("data", "source") != "Desk" {
		t.Errorf("references: %s", g.raw)
	}
	carl := must[User](t)(s.w.User("carl"))
	if n := len(s.w.Contacts(carl.ID)); n != 1 {
		t.Errorf("the leading mention of carl is %d contacts with carl, want 1", n)
	}
	// Leaving carl out is what a careful bot does.
	q = must[string](t)(s.w.Mention("bob", "deskbot", "@carl once more?"))
	g = s.bot.do("POST", "/2/tweets", `{"text":"ok","reply":{"in_reply_to_tweet_id":"`+q+`","exclude_reply_user_ids":["`+carl.ID+`"]}}`)
	s.expect(g, 201, `"@bob ok"`)
	if n := len(s.w.Contacts(carl.ID)); n != 1 {
		t.Errorf("carl was left out and has %d contacts", n)
	}
}

func runesOf(text, from string, n int) string {
	i := strings.Index(text, from)
	return text[i : i+n]
}

func TestLongPostsAreInNoteTweet(t *testing.T) {
	s := setup(t, Options{})
	ok(t, s.w.SetSubscription("deskbot", "Premium"))
	long := strings.Repeat("tide & time ", 40)
	g := s.bot.do("POST", "/2/tweets", `{"text":`+quoteJSON(long)+`}`)
	g = s.bot.do("GET", "/2/tweets/"+g.str("data", "id")+"?tweet.fields=note_tweet", "")
	if note := g.str("data", "note_tweet", "text"); note != strings.ReplaceAll(strings.TrimSpace(long), "&", "&amp;") {
		t.Errorf("note_tweet %q", note)
	}
	if short := g.str("data", "text"); !strings.HasSuffix(short, "…") || utf8.RuneCountInString(short) > 280 {
		t.Errorf("text %q", short)
	}
}

func TestDeleteAndHide(t *testing.T) {
	s := setup(t, Options{})
	mine := s.bot.do("POST", "/2/tweets", `{"text":"mine"}`).str("data", "id")
	theirs := must[string](t)(s.w.Reply("bob", mine, "rude"))
	s.expect(s.bot.do("DELETE", "/2/tweets/"+theirs, ""), 403, "not authorized to delete")
	s.expect(s.bot.do("PUT", "/2/tweets/"+theirs+"/hidden", `{"hidden":true}`), 200, `"hidden":true`)
	s.expect(s.bot.do("PUT", "/2/tweets/"+mine+"/hidden", `{"hidden":true}`), 403, msgNotPermitted)
	s.expect(s.bot.do("PUT", "/2/tweets/"+theirs+"/hidden", `{}`), 400, "hidden")
	s.expect(s.bot.do("DELETE", "/2/tweets/"+mine, ""), 200, `{"data":{"deleted":true}}`)
	s.expect(s.bot.do("DELETE", "/2/tweets/"+mine, ""), 404, "resource-not-found")
	g := s.bot.do("GET", "/2/tweets/"+mine, "")
	if g.status != 200 || g.body["data"] != nil || !strings.HasSuffix(g.str("errors", 0, "type"), "/resource-not-found") {
		t.Errorf("a deleted post: %d %s", g.status, g.raw)
	}
	s = setup(t, Options{Quirks: Quirks{SecondDeleteOK: true}})
	s.expect(s.bot.do("DELETE", "/2/tweets/12345", ""), 200, `"deleted":true`)
}
