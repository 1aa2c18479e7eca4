package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"
)

func head(h http.Header, name string) int64 {
	n, err := strconv.ParseInt(h.Get(name), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

func TestEveryRouteHasALimit(t *testing.T) {
	have := map[string]bool{}
	for _, l := range DefaultLimits() {
		have[l.Method+" "+l.Route] = true
	}
	for _, r := range Routes() {
		if !have[r] {
			t.Errorf("%s has no row in the table", r)
		}
	}
	if len(have) != len(Routes()) {
		t.Errorf("%d rows for %d routes", len(have), len(Routes()))
	}
}

func TestAWindowFillsAndEnds(t *testing.T) {
	s := setup(t, Options{})
	first := s.clock.now()
	for i := range 75 {
		g := s.bot.do("GET", "/2/users/me", "")
		if g.status != 200 || head(g.header, "x-rate-limit-limit") != 75 || head(g.header, "x-rate-limit-remaining") != int64(74-i) ||
			head(g.header, "x-rate-limit-reset") != first.Add(quarter).Unix() {
			t.Fatalf("call %d: %d %v", i, g.status, g.header)
		}
		s.clock.add(time.Second)
	}
	for range 2 {
		g := s.bot.do("GET", "/2/users/me", "")
		s.expect(g, 429, `"title":"Too Many Requests"`)
		if g.str("detail") != "Too Many Requests" || g.str("type") != "about:blank" || g.at("status") != float64(429) {
			t.Errorf("not X's body: %s", g.raw)
		}
		if head(g.header, "x-rate-limit-remaining") != 0 || head(g.header, "x-rate-limit-reset") != first.Add(quarter).Unix() {
			t.Errorf("headers: %v", g.header)
		}
	}
	kinds := map[ViolationKind]int{}
	for _, v := range s.w.Violations() {
		kinds[v.Kind]++
	}
	if kinds[OverLimit] != 2 || kinds[Ignored429] != 1 {
		t.Errorf("violations %v, want two over the limit, the second after being told", kinds)
	}
	// Other lanes go on: another route, another account.
	s.expect(s.bot.do("GET", "/2/users/"+s.botID, ""), 200, "deskbot")
	s.expect(s.anotherBot("second").do("GET", "/2/users/me", ""), 200, "second")
	s.clock.add(first.Add(quarter).Sub(s.clock.now()) - time.Second)
	s.expect(s.bot.do("GET", "/2/users/me", ""), 429, "")
	s.clock.add(time.Second)
	g := s.bot.do("GET", "/2/users/me", "")
	if g.status != 200 || head(g.header, "x-rate-limit-remaining") != 74 {
		t.Errorf("in the next window: %d %v", g.status, g.header)
	}
}

func TestRefusedCallsCountToo(t *testing.T) {
	s := setup(t, Options{})
	s.bot.do("POST", "/2/tweets", `{"foo":1}`)
	g := s.bot.do("POST", "/2/tweets", `{"text":"a"}`)
	if head(g.header, "x-rate-limit-remaining") != 98 {
		t.Errorf("after a 400 and a 201: %s left of 100", g.header.Get("x-rate-limit-remaining"))
	}
	if head(g.header, "x-app-limit-24hour-limit") != 10_000 || head(g.header, "x-app-limit-24hour-remaining") != 9_998 ||
		head(g.header, "x-user-limit-24hour-limit") != 2400 || head(g.header, "x-user-limit-24hour-reset") != start.Add(time.Second+day).Unix() {
		t.Errorf("24 hour headers: %v", g.header)
	}
	g = s.bot.do("GET", "/2/users/me", "")
	if g.header.Get("x-app-limit-24hour-limit") != "" || g.header.Get("api-version") == "" {
		t.Errorf("headers of a read: %v", g.header)
	}
}

func TestAppWindowsCountAllAccounts(t *testing.T) {
	s := setup(t, Options{Limits: []Limit{{Method: "POST", Route: "/2/tweets", User15: 100, App24: 3, Headers: true}}})
	two := s.anotherBot("second")
	for i := range 3 {
		s.expect([]*client{s.bot, two}[i%2].do("POST", "/2/tweets", fmt.Sprintf(`{"text":"post %d"}`, i)), 201, "post")
	}
	g := two.do("POST", "/2/tweets", `{"text":"one more"}`)
	s.expect(g, 429, "Too Many Requests")
	if head(g.header, "x-rate-limit-remaining") != 99 || head(g.header, "x-app-limit-24hour-remaining") != 0 {
		t.Errorf("headers: %v", g.header)
	}
	s.clock.add(day)
	s.expect(two.do("POST", "/2/tweets", `{"text":"one more"}`), 201, "one more")
}

func TestADayWindowOfMessagesIsToldInTheCommonHeaders(t *testing.T) {
	s := setup(t, Options{Limits: []Limit{{Method: "POST", Route: "/2/dm_conversations/with/:id/messages", User15: 15, User24: 1}}})
	ok(t, s.w.SetDMOpen("bob", true))
	path := "/2/dm_conversations/with/" + s.bob.ID + "/messages"
	s.expect(s.bot.do("POST", path, `{"text":"a"}`), 201, "")
	g := s.bot.do("POST", path, `{"text":"b"}`)
	if g.status != 429 || head(g.header, "x-rate-limit-remaining") != 0 || head(g.header, "x-rate-limit-reset") != start.Add(time.Second+day).Unix() {
		t.Errorf("got %d %v", g.status, g.header)
	}
}

func TestAppOnlyCallsHaveTheirOwnWindow(t *testing.T) {
	s := setup(t, Options{})
	g := s.raw("GET", "/2/users/"+s.botID+"/mentions", "Bearer "+s.app.Bearer)
	if head(g.header, "x-rate-limit-limit") != 450 {
		t.Errorf("app alone: %v", g.header)
	}
	g = s.bot.do("GET", "/2/users/"+s.botID+"/mentions", "")
	if head(g.header, "x-rate-limit-limit") != 300 || head(g.header, "x-rate-limit-remaining") != 299 {
		t.Errorf("account: %v", g.header)
	}
}

func TestAccountCaps(t *testing.T) {
	caps := Caps{Posts: 6, UnverifiedPosts: 2, UnverifiedReplies: 3, DMs: 2, Follows: 1}
	s := setup(t, Options{Tier: Enterprise, Caps: &caps})
	n := 0
	post := func() got { n++; return s.bot.do("POST", "/2/tweets", fmt.Sprintf(`{"text":"post %d"}`, n)) }
	mine := post().str("data", "id")
	s.expect(post(), 201, "")
	s.expect(post(), 403, msgNotPermitted)
	reply := func() got { n++; return s.bot.do("POST", "/2/tweets", replyTo(mine, fmt.Sprint("reply ", n))) }
	for range 3 {
		s.expect(reply(), 201, "")
	}
	s.expect(reply(), 403, msgNotPermitted)
	id := must[string](t)(s.w.Post("bob", "x"))
	s.expect(s.bot.do("POST", "/2/users/"+s.botID+"/retweets", `{"tweet_id":"`+id+`"}`), 403, msgNotPermitted)
	ok(t, s.w.SetVerified("deskbot", true))
	s.expect(post(), 201, "")
	s.expect(post(), 403, msgNotPermitted) // six in all

	ok(t, s.w.SetDMOpen("bob", true))
	for i := range 3 {
		g := s.bot.do("POST", "/2/dm_conversations/with/"+s.bob.ID+"/messages", `{"text":"x"}`)
		if want := []int{201, 201, 403}[i]; g.status != want {
			t.Errorf("message %d: %d, want %d", i, g.status, want)
		}
	}
	s.expect(s.bot.do("POST", "/2/users/"+s.botID+"/following", `{"target_user_id":"`+s.bob.ID+`"}`), 200, "")
	s.expect(s.bot.do("POST", "/2/users/"+s.botID+"/following", `{"target_user_id":"`+s.ann.ID+`"}`), 403, msgNotPermitted)
	s.clock.add(day)
	s.expect(post(), 201, "")
	if v := s.w.Violations(); len(v) != 6 {
		t.Errorf("%d violations, want one for each refused call: %+v", len(v), v)
	}
}

func TestBilling(t *testing.T) {
	s := setup(t, Options{})
	for state, want := range map[Billing]struct {
		status int
		title  string
	}{
		CreditsDepleted: {402, "CreditsDepleted"}, SpendCap: {403, "SpendCapReached"}, UsageCapped: {429, "UsageCapExceeded"},
	} {
		s.w.SetBilling(state)
		for _, g := range []got{s.bot.do("POST", "/2/tweets", `{"text":"a"}`), s.bot.do("GET", "/2/users/me", "")} {
			if g.status != want.status || g.str("title") != want.title {
				t.Errorf("%s: %d %s", state, g.status, g.raw)
			}
		}
	}
	s.w.SetBilling(PaidUp)
	s.expect(s.bot.do("POST", "/2/tweets", `{"text":"a"}`), 201, "")
}
