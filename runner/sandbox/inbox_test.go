package sandbox

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestWhoMayBeMessaged(t *testing.T) {
	for _, c := range []struct {
		why     string
		arrange func(*testing.T, *stage)
		status  int
		detail  string
	}{
		{"a stranger with a closed inbox", func(*testing.T, *stage) {}, 403, msgNoDM},
		{"an open inbox", func(t *testing.T, s *stage) { ok(t, s.w.SetDMOpen("bob", true)) }, 201, ""},
		{"a follower", func(t *testing.T, s *stage) { ok(t, s.w.Follow("bob", "deskbot")) }, 201, ""},
		{"one whom the bot follows", func(t *testing.T, s *stage) { ok(t, s.w.Follow("deskbot", "bob")) }, 403, msgNoDM},
		{"one who wrote first", func(t *testing.T, s *stage) {
			ok(t, s.w.SetDMOpen("deskbot", true))
			must[string](t)(s.w.DM("bob", "deskbot", "hello"))
		}, 201, ""},
		{"one who wrote first and blocked then", func(t *testing.T, s *stage) {
			ok(t, s.w.SetDMOpen("deskbot", true))
			must[string](t)(s.w.DM("bob", "deskbot", "hello"))
			ok(t, s.w.Block("bob", "deskbot"))
		}, 403, msgNoDM},
		{"one who wrote first and closed the inbox then", func(t *testing.T, s *stage) {
			ok(t, s.w.SetDMOpen("deskbot", true))
			must[string](t)(s.w.DM("bob", "deskbot", "hello"))
			ok(t, s.w.SetDMClosed("bob", true))
		}, 403, msgNoDM},
		{"one who closed the inbox and opened it again", func(t *testing.T, s *stage) {
			ok(t, s.w.SetDMClosed("bob", true))
			ok(t, s.w.SetDMOpen("bob", true))
		}, 201, ""},
		{"one with a closed inbox who follows the bot", func(t *testing.T, s *stage) {
			ok(t, s.w.Follow("bob", "deskbot"))
			ok(t, s.w.SetDMClosed("bob", true))
		}, 201, ""},
		{"an open inbox behind the bot's own block", func(t *testing.T, s *stage) {
			ok(t, s.w.SetDMOpen("bob", true))
			ok(t, s.w.Block("deskbot", "bob"))
		}, 403, msgNoDM},
		{"a suspended account", func(t *testing.T, s *stage) {
			ok(t, s.w.SetDMOpen("bob", true))
			ok(t, s.w.SetSuspended("bob", true))
		}, 403, msgNoDM},
		{"one who wrote in an encrypted chat", func(t *testing.T, s *stage) {
			ok(t, s.w.SetDMOpen("deskbot", true))
			must[string](t)(s.w.SealedDM("bob", "deskbot", "psst"))
		}, 201, ""},
	} {
		t.Run(c.why, func(t *testing.T) {
			s := setup(t, Options{})
			c.arrange(t, s)
			g := s.bot.do("POST", "/2/dm_conversations/with/"+s.bob.ID+"/messages", `{"text":"hi"}`)
			if g.status != c.status || g.str("detail") != c.detail {
				t.Fatalf("got %d %s", g.status, g.raw)
			}
			receives := s.bot.do("GET", "/2/users/"+s.bob.ID+"?user.fields=receives_your_dm", "").at("data", "receives_your_dm")
			if suspended := strings.Contains(c.why, "suspended"); !suspended && receives != (c.status == 201) {
				t.Errorf("receives_your_dm is %v, and a message got %d", receives, c.status)
			}
		})
	}
}

func TestMessageSchema(t *testing.T) {
	s := setup(t, Options{})
	ok(t, s.w.SetDMOpen("bob", true))
	with := "/2/dm_conversations/with/" + s.bob.ID + "/messages"
	for _, c := range []struct {
		path, body string
		status     int
		part       string
	}{
		{with, `{}`, 400, "is missing"},
		{with, `{"text":""}`, 400, "at least 1"},
		{with, `{"text":"x","quick_reply":1}`, 400, "$.quick_reply"},
		{with, `{"attachments":[{"media_id":"5"}]}`, 400, "media IDs"},
		{with, `{"text":"` + strings.Repeat("x", maxDM+1) + `"}`, 403, "max character"},
		{"/2/dm_conversations/with/5/messages", `{"text":"x"}`, 400, "Could not find user"},
		{"/2/dm_conversations/with/x/messages", `{"text":"x"}`, 400, "Invalid Request"},
		{"/2/dm_conversations/with/" + s.botID + "/messages", `{"text":"x"}`, 403, msgNotPermOp},
	} {
		s.expect(s.bot.do("POST", c.path, c.body), c.status, c.part)
	}
	g := s.bot.do("POST", with, `{"text":"see https://example.com"}`)
	want := ConversationID(s.bob.ID, s.botID)
	if a, b, _ := strings.Cut(want, "-"); !less(a, b) {
		t.Errorf("conversation id %s: the smaller id is not first", want)
	}
	if g.status != 201 || g.str("data", "dm_conversation_id") != want || g.str("data", "dm_event_id") == "" || len(g.body["data"].(map[string]any)) != 2 {
		t.Errorf("got %d %s", g.status, g.raw)
	}
	// A message is no post: the same words may be sent again, and X will.
	s.expect(s.bot.do("POST", with, `{"text":"see https://example.com"}`), 201, "dm_event_id")
	if groups := s.w.Identical(); len(groups) != 1 || len(groups[0]) != 2 {
		t.Errorf("the repeated message was not seen: %+v", groups)
	}
}

func TestReadingMessages(t *testing.T) {
	s := setup(t, Options{Lag: 2 * time.Second})
	ok(t, s.w.SetDMOpen("deskbot", true))
	g := s.bot.do("GET", "/2/dm_events", "")
	if _, there := g.body["data"]; there || g.at("meta", "result_count") != float64(0) {
		t.Errorf("an empty inbox: %s", g.raw)
	}
	var sent []string
	for i := range 5 {
		sent = append(sent, must[string](t)(s.w.DM("bob", "deskbot", fmt.Sprintf("note %d <&>", i))))
		s.clock.add(time.Second)
	}
	must[string](t)(s.w.SealedDM("bob", "deskbot", "sealed"))
	ann := must[string](t)(s.w.DM("ann", "deskbot", "from ann"))
	g = s.bot.do("GET", "/2/dm_events", "")
	if got := g.ids(); len(got) != 4 || got[0] != sent[3] {
		t.Errorf("with a lag of 2 s: got %v of %v", got, sent)
	}
	s.clock.add(2 * time.Second)
	g = s.bot.do("GET", "/2/dm_events?max_results=2&dm_event.fields=id,text,event_type,sender_id,created_at,dm_conversation_id&event_types=MessageCreate&expansions=sender_id&user.fields=username", "")
	if got := g.ids(); len(got) != 2 || got[0] != ann || got[1] != sent[4] {
		t.Fatalf("first page: %s", g.raw)
	}
	if g.str("data", 1, "text") != "note 4 &lt;&amp;&gt;" || g.str("data", 1, "sender_id") != s.bob.ID || g.str("data", 1, "event_type") != "MessageCreate" ||
		g.str("data", 1, "dm_conversation_id") != ConversationID(s.botID, s.bob.ID) || g.str("includes", "users", 0, "username") != "ann" {
		t.Errorf("fields: %s", g.raw)
	}
	next := g.str("meta", "next_token")
	if len(next) < 16 {
		t.Fatalf("next_token %q is shorter than X's 16", next)
	}
	g = s.bot.do("GET", "/2/dm_events?max_results=100&pagination_token="+next, "")
	if got := g.ids(); len(got) != 4 || got[0] != sent[3] || g.str("meta", "next_token") != "" {
		t.Errorf("last page: %s", g.raw)
	}
	if _, there := g.body["data"].([]any)[0].(map[string]any)["sender_id"]; there {
		t.Errorf("sender_id was shown without being asked for: %s", g.raw)
	}
	g = s.bot.do("GET", "/2/dm_conversations/with/"+s.ann.ID+"/dm_events", "")
	if got := g.ids(); len(got) != 1 || got[0] != ann {
		t.Errorf("with ann: %s", g.raw)
	}
	s.expect(s.bot.do("GET", "/2/dm_events?since_id=1", ""), 400, "The query parameter [since_id] is not one of")
	s.expect(s.bot.do("GET", "/2/dm_events?event_types=Gossip", ""), 400, "event_types")
	s.expect(s.bot.do("GET", "/2/dm_events?max_results=101", ""), 400, "not between 1 and 100")
	s.expect(s.bot.do("GET", "/2/dm_events?pagination_token=aaaaaaaaaaaaaaaa", ""), 400, "pagination_token")
	if g = s.bot.do("GET", "/2/dm_events?event_types=ParticipantsJoin", ""); g.body["data"] != nil {
		t.Errorf("joins: %s", g.raw)
	}
	s.clock.add(30 * 24 * time.Hour)
	if g = s.bot.do("GET", "/2/dm_events", ""); g.body["data"] != nil {
		t.Errorf("after 30 days: %s", g.raw)
	}
}
