package sandbox

import (
	"strings"
	"testing"
	"time"
)

// contact makes the bot speak to bob; it is summoned each time anew.
func contact(s *stage, text string) got {
	s.Helper()
	id := must[string](s.T)(s.w.Mention("bob", "deskbot", "question about "+text))
	return s.bot.do("POST", "/2/tweets", replyTo(id, text))
}

func TestAnOptOutCountsOnceItWasServed(t *testing.T) {
	s := setup(t, Options{})
	ok(t, s.w.SetDMOpen("deskbot", true))
	must[string](t)(s.w.DM("bob", "deskbot", " Stop! "))
	s.expect(contact(s, "one"), 201, "")
	if v := s.w.Violations(); len(v) != 0 {
		t.Fatalf("nobody could know yet: %+v", v)
	}
	// An answer that never arrived tells nobody either.
	f := preset(t, "truncate")
	f.Count, f.Route = 1, "/2/dm_events"
	s.fault(f)
	_, _ = s.bot.try("GET", "/2/dm_events", "")
	s.expect(contact(s, "two"), 201, "")
	if v := s.w.Violations(); len(v) != 0 {
		t.Fatalf("the read was cut off: %+v", v)
	}
	s.bot.do("GET", "/2/dm_events", "")
	if at := s.w.OptOut(s.app.ID, s.bob.ID); !at.Equal(s.clock.now()) {
		t.Errorf("known since %v, want %v", at, s.clock.now())
	}
	s.clock.add(time.Minute)
	s.expect(contact(s, "three"), 201, "")
	v := s.w.Violations()
	if len(v) != 1 || v[0].Kind != AfterOptOut || v[0].Person != s.bob.ID || v[0].UserID != s.botID || v[0].At.Sub(v[0].Since) != time.Minute {
		t.Fatalf("violations %+v", v)
	}
	if strings.Contains(v[0].Detail, "three") {
		t.Errorf("a violation shows a text: %s", v[0].Detail)
	}
	// Another bot of the same app breaks it too; ann did not opt out.
	two := s.anotherBot("second")
	id := must[string](t)(s.w.Mention("bob", "second", "and you?"))
	s.expect(two.do("POST", "/2/tweets", replyTo(id, "hi")), 201, "")
	id = must[string](t)(s.w.Mention("ann", "second", "and you?"))
	s.expect(two.do("POST", "/2/tweets", replyTo(id, "hi")), 201, "")
	if v = s.w.Violations(); len(v) != 2 || v[1].UserID == s.botID {
		t.Errorf("violations %+v, want the second bot's", v)
	}
	if n := len(s.w.Contacts(s.bob.ID)); n != 4 {
		t.Errorf("%d contacts with bob, want 4", n)
	}
}

func TestAPublicStopCountsAndStartTakesItBack(t *testing.T) {
	s := setup(t, Options{Judge: Judging{Confirmations: 1}})
	must[string](t)(s.w.Mention("bob", "deskbot", "@deskbot UNSUBSCRIBE"))
	mentions := func() { s.bot.do("GET", "/2/users/"+s.botID+"/mentions", "") }
	mentions()
	s.expect(contact(s, "done, you will hear no more"), 201, "")
	if v := s.w.Violations(); len(v) != 0 {
		t.Fatalf("the one confirmation: %+v", v)
	}
	s.expect(contact(s, "but look"), 201, "")
	if v := s.w.Violations(); len(v) != 1 {
		t.Fatalf("violations %+v", v)
	}
	// Saying it again earns no second confirmation.
	s.clock.add(time.Second)
	must[string](t)(s.w.Mention("bob", "deskbot", "stop"))
	mentions()
	s.expect(contact(s, "really done"), 201, "")
	if v := s.w.Violations(); len(v) != 2 {
		t.Fatalf("violations %+v", v)
	}
	s.clock.add(time.Second)
	must[string](t)(s.w.Mention("bob", "deskbot", "start"))
	mentions()
	s.expect(contact(s, "welcome back"), 201, "")
	if v := s.w.Violations(); len(v) != 2 {
		t.Errorf("after opting in again: %+v", v)
	}
}

// X shows the newest message first, and who reads takes up the oldest first.
func TestAStartAndAStopShownTogether(t *testing.T) {
	s := setup(t, Options{Judge: Judging{Confirmations: 1}})
	ok(t, s.w.SetDMOpen("deskbot", true))
	for _, text := range []string{"stop", "start", "stop"} { // the last two in one answer
		if text != "start" {
			s.clock.add(time.Minute)
		}
		must[string](t)(s.w.DM("bob", "deskbot", text))
		if text == "start" {
			s.clock.add(time.Second)
			continue
		}
		s.bot.do("GET", "/2/dm_events", "")
		s.expect(contact(s, "confirmed at "+s.clock.now().String()), 201, "")
	}
	if v := s.w.Violations(); len(v) != 0 {
		t.Errorf("each of two opt-outs was confirmed once: %+v", v)
	}
}

func TestWordsThatAreNoOptOut(t *testing.T) {
	s := setup(t, Options{})
	ok(t, s.w.SetDMOpen("deskbot", true))
	must[string](t)(s.w.DM("bob", "deskbot", "we have got to stop this bill"))
	must[string](t)(s.w.SealedDM("bob", "deskbot", "stop"))
	s.bot.do("GET", "/2/dm_events", "")
	if at := s.w.OptOut(s.app.ID, s.bob.ID); !at.IsZero() {
		t.Errorf("opted out at %v", at)
	}
}

func TestGraceForgivesWhatWasOnItsWay(t *testing.T) {
	s := setup(t, Options{Judge: Judging{Grace: 2 * time.Second}})
	must[string](t)(s.w.Mention("bob", "deskbot", "stop"))
	s.bot.do("GET", "/2/users/"+s.botID+"/mentions", "")
	s.clock.add(2*time.Second - time.Millisecond)
	s.expect(contact(s, "one"), 201, "")
	if v := s.w.Violations(); len(v) != 0 {
		t.Errorf("within grace: %+v", v)
	}
	s.clock.add(time.Millisecond)
	s.expect(contact(s, "two"), 201, "")
	if v := s.w.Violations(); len(v) != 1 {
		t.Errorf("after grace: %+v", v)
	}
}

func TestWhomAnActContacts(t *testing.T) {
	s := setup(t, Options{Tier: Enterprise})
	ok(t, s.w.SetDMOpen("bob", true))
	id := must[string](t)(s.w.Post("bob", "hello"))
	me := "/2/users/" + s.botID
	s.bot.do("POST", me+"/likes", `{"tweet_id":"`+id+`"}`)
	s.bot.do("POST", me+"/retweets", `{"tweet_id":"`+id+`"}`)
	s.bot.do("POST", me+"/following", `{"target_user_id":"`+s.bob.ID+`"}`)
	s.bot.do("POST", "/2/tweets", replyTo(id, "hi"))
	s.bot.do("POST", "/2/tweets", `{"text":"look","quote_tweet_id":"`+id+`"}`)
	s.bot.do("POST", "/2/dm_conversations/with/"+s.bob.ID+"/messages", `{"text":"psst"}`)
	s.bot.do("POST", me+"/muting", `{"target_user_id":"`+s.bob.ID+`"}`)
	s.bot.do("DELETE", me+"/likes/"+id, "")
	s.bot.do("POST", "/2/tweets", `{"text":"to myself, @deskbot"}`)
	// By hand it is no contact by an app.
	must[string](t)(s.w.Reply("deskbot", id, "a person typed this"))
	var kinds []string
	for _, a := range s.w.Contacts(s.bob.ID) {
		kinds = append(kinds, a.Action)
	}
	if got := strings.Join(kinds, " "); got != "like repost follow reply quote dm" {
		t.Errorf("contacts: %s", got)
	}
	if n := len(s.w.Acts(s.botID)); n != 10 {
		t.Errorf("%d acts, want 10", n)
	}
	if n := len(s.w.Contacts(s.botID)); n != 0 {
		t.Errorf("%d contacts of the bot with itself", n)
	}
}

func TestRecordsAreBounded(t *testing.T) {
	s := setup(t, Options{MaxRecords: 10})
	for range 30 {
		s.bot.do("GET", "/2/users/"+s.botID, "")
		must[string](t)(s.w.Post("bob", "x"))
	}
	calls, acts := s.w.Calls(), s.w.Acts("")
	if len(calls) > 10 || len(acts) > 10 {
		t.Errorf("%d calls and %d acts are kept, at most 10", len(calls), len(acts))
	}
	if calls[len(calls)-1].Seq != 30 || acts[len(acts)-1].Seq != 30 {
		t.Errorf("the newest are gone: %+v, %+v", calls[len(calls)-1], acts[len(acts)-1])
	}
}
