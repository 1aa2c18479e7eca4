package sandbox

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// app calls as the app itself.
func (s *stage) asApp(method, path, body string) (int, map[string]any) {
	s.Helper()
	req, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.app.Bearer)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		s.Fatal(err)
	}
	var out map[string]any
	_ = json.Unmarshal(b, &out)
	return res.StatusCode, out
}

func (s *stage) subscribe(kind, user, webhook string) int {
	s.Helper()
	more := ""
	if webhook != "" {
		more = fmt.Sprintf(`,"webhook_id":%q`, webhook)
	}
	code, _ := s.asApp("POST", "/2/activity/subscriptions", fmt.Sprintf(`{"event_type":%q,"filter":{"user_id":%q},"tag":"t"%s}`, kind, user, more))
	return code
}

func TestAppTokenByItsKeys(t *testing.T) {
	s := setup(t, Options{})
	for name, c := range map[string]struct {
		key, secret, body string
		want              int
	}{
		"right":         {s.app.ConsumerKey, s.app.ConsumerSecret, "grant_type=client_credentials", 200},
		"a wrong key":   {"x", s.app.ConsumerSecret, "grant_type=client_credentials", 403},
		"a wrong one":   {s.app.ConsumerKey, "x", "grant_type=client_credentials", 403},
		"another grant": {s.app.ConsumerKey, s.app.ConsumerSecret, "grant_type=password", 400},
	} {
		req, err := http.NewRequest("POST", s.url+"/oauth2/token", strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth(c.key, c.secret)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != c.want || (c.want == 200) != strings.Contains(string(b), s.app.Bearer) {
			t.Errorf("%s: %d %s %v", name, res.StatusCode, b, err)
		}
	}
}

func TestSubscriptions(t *testing.T) {
	s := setup(t, Options{})
	for name, c := range map[string]struct {
		kind, user string
		want       int
	}{
		"messages of the app's own account": {"dm.received", s.botID, 200},
		"the same again":                    {"dm.received", s.botID, 400},
		"messages of anybody":               {"dm.received", s.ann.ID, 403},
		"a profile of anybody":              {"profile.update.bio", s.ann.ID, 200},
		"no such event":                     {"moon.rise", s.botID, 400},
		"nobody":                            {"dm.received", "x", 400},
	} {
		if name == "the same again" {
			continue
		}
		if got := s.subscribe(c.kind, c.user, ""); got != c.want {
			t.Errorf("%s: %d", name, got)
		}
	}
	if got := s.subscribe("dm.received", s.botID, ""); got != 400 {
		t.Errorf("the same again: %d", got)
	}
	if got := s.subscribe("dm.received", s.botID, "123"); got != 404 {
		t.Errorf("to a webhook that is not there: %d", got)
	}
	_, list := s.asApp("GET", "/2/activity/subscriptions?max_results=1", "")
	meta, _ := list["meta"].(map[string]any)
	first, _ := list["data"].([]any)
	next, _ := meta["next_token"].(string)
	_, list = s.asApp("GET", "/2/activity/subscriptions?max_results=1&pagination_token="+url.QueryEscape(next), "")
	second, _ := list["data"].([]any)
	if len(first) != 1 || len(second) != 1 || next == "" {
		t.Fatalf("pages %v and %v", first, second)
	}
	one, _ := first[0].(map[string]any)
	id, _ := one["subscription_id"].(string)
	if code, _ := s.asApp("DELETE", "/2/activity/subscriptions/"+id, ""); code != 200 {
		t.Errorf("delete: %d", code)
	}
	if code, _ := s.asApp("DELETE", "/2/activity/subscriptions/"+id, ""); code != 404 {
		t.Errorf("delete again: %d", code)
	}
	for _, path := range []string{"/2/activity/subscriptions", "/2/activity/stream", "/2/webhooks"} {
		res, err := s.bot.http.Get("https://api.x.com" + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != 403 {
			t.Errorf("%s with a user's token: %d", path, res.StatusCode)
		}
	}
}

// listen opens the stream and gives its lines.
func (s *stage) listen() <-chan string {
	s.Helper()
	req, err := http.NewRequest("GET", s.url+"/2/activity/stream", nil)
	if err != nil {
		s.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.app.Bearer)
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != 200 {
		s.Fatal(res, err)
	}
	lines := make(chan string, 100)
	s.Cleanup(func() { s.w.CutStreams(); res.Body.Close() })
	go func() {
		for sc := bufio.NewScanner(res.Body); sc.Scan(); {
			lines <- strings.TrimSpace(sc.Text())
		}
		close(lines)
	}()
	return lines
}

type told struct {
	Data struct {
		UUID    string            `json:"event_uuid"`
		Kind    string            `json:"event_type"`
		Filter  map[string]string `json:"filter"`
		Tag     string            `json:"tag"`
		Payload map[string]any    `json:"payload"`
	} `json:"data"`
}

func (s *stage) next(lines <-chan string) told {
	s.Helper()
	for {
		select {
		case line := <-lines:
			var e told
			if line == "" {
				continue
			}
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				s.Fatalf("%s: %v", line, err)
			}
			return e
		case <-time.After(20 * time.Second):
			s.Fatal("nothing is told")
		}
	}
}

// TestWhatTheStreamTells: each event to whom it concerns, and of an encrypted message
// nothing but that it is there.
func TestWhatTheStreamTells(t *testing.T) {
	s := setup(t, Options{})
	ok(t, s.w.SetDMOpen("deskbot", true))
	for _, kind := range []string{"post.mention.create", "post.reply.create", "post.quote.create", "post.delete", "dm.received", "chat.received", "profile.update.bio", "oauth.revoke"} {
		if code := s.subscribe(kind, s.botID, ""); code != 200 {
			t.Fatal(kind, code)
		}
	}
	lines := s.listen()
	want := func(kind, key, value string) told {
		t.Helper()
		e := s.next(lines)
		if e.Data.Kind != kind || e.Data.Tag != "t" || e.Data.UUID == "" || key != "" && fmt.Sprint(e.Data.Payload[key]) != value {
			t.Fatalf("%+v, not %s", e, kind)
		}
		return e
	}
	post := must[string](t)(s.w.Post("deskbot", "a post of the bot"))
	mention := must[string](t)(s.w.Mention("ann", "deskbot", "hello there"))
	want("post.mention.create", "id", mention)
	reply := must[string](t)(s.w.Reply("bob", post, "well"))
	want("post.reply.create", "id", reply)
	quote := must[string](t)(s.w.Quote("bob", post, "look"))
	want("post.quote.create", "id", quote)
	dm := must[string](t)(s.w.DM("ann", "deskbot", "in private"))
	if e := want("dm.received", "", ""); !strings.Contains(fmt.Sprint(e.Data.Payload), dm) {
		t.Errorf("%v", e.Data.Payload)
	}
	must[string](t)(s.w.Chat("bob", "deskbot"))
	want("chat.received", "sender_id", s.bob.ID)
	ok(t, s.w.SetBio("deskbot", "another bio"))
	want("profile.update.bio", "after", "another bio")
	ok(t, s.w.DeletePost(post))
	want("post.delete", "id", post)
	ok(t, s.w.SetProtected("ann", true))
	must[string](t)(s.w.Mention("ann", "deskbot", "nobody is told of this"))
	ok(t, s.w.Revoke(s.bot.creds.AccessToken))
	if e := want("oauth.revoke", "user_id", s.botID); len(e.Data.Filter) != 0 {
		t.Errorf("filter %v", e.Data.Filter)
	}
	if s.w.Subscribed("dm.received", s.botID) {
		t.Error("private events are told after the owner's withdrawal")
	}
}

// TestTroubleOnTheWay: events twice, and in another order; a third stream is refused; a
// cut one ends; blank lines keep it alive.
func TestTroubleOnTheWay(t *testing.T) {
	s := setup(t, Options{KeepAlive: time.Millisecond})
	ok(t, s.w.SetDMOpen("deskbot", true))
	s.subscribe("dm.received", s.botID, "")
	lines := s.listen()
	s.listen()
	if code, _ := s.asApp("GET", "/2/activity/stream", ""); code != 429 {
		t.Errorf("a third stream: %d", code)
	}
	if line := <-lines; line != "" {
		t.Errorf("not kept alive by %q", line)
	}
	say := func(text string) { t.Helper(); must[string](t)(s.w.DM("ann", "deskbot", text)) }
	text := func() string { return fmt.Sprint(s.next(lines).Data.Payload["direct_message_events"]) }
	s.w.SetDelivery(Delivery{Twice: true})
	say("one")
	if a, b := text(), text(); !strings.Contains(a, "text:one") || a != b {
		t.Errorf("%s\n%s", a, b)
	}
	s.w.SetDelivery(Delivery{Swapped: true})
	say("two")
	say("three")
	if a, b := text(), text(); !strings.Contains(a, "text:three") || !strings.Contains(b, "text:two") {
		t.Errorf("%s\n%s", a, b)
	}
	say("four")
	s.w.SetDelivery(Delivery{})
	if a := text(); !strings.Contains(a, "text:four") {
		t.Errorf("%s", a)
	}
	s.w.CutStreams()
	for range lines { // ends
	}
}

// hooked is a webhook of a test's own.
type hooked struct {
	mu     sync.Mutex
	secret string
	fails  int
	got    []string
	bad    int
	more   chan struct{}
}

func (h *hooked) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.Method == http.MethodGet {
		fmt.Fprintf(rw, `{"response_token":%q}`, hookSign(h.secret, []byte(r.URL.Query().Get("crc_token"))))
		return
	}
	body, _ := io.ReadAll(r.Body)
	if r.Header.Get("x-twitter-webhooks-signature") != hookSign(h.secret, body) || r.Header.Get("X-Twitter-Webhooks-Signature-OAuth2") == "" {
		h.bad++
	}
	if h.fails > 0 {
		h.fails--
		rw.WriteHeader(503)
		return
	}
	h.got = append(h.got, string(body))
	h.more <- struct{}{}
}

func TestWebhooks(t *testing.T) {
	pauses := hookPauses
	hookPauses = []time.Duration{time.Millisecond, time.Millisecond, time.Millisecond}
	t.Cleanup(func() { hookPauses = pauses })
	s := setup(t, Options{})
	ok(t, s.w.SetDMOpen("deskbot", true))
	h := &hooked{secret: "wrong", more: make(chan struct{}, 100)}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	register := func(address string) (int, string) {
		code, out := s.asApp("POST", "/2/webhooks", fmt.Sprintf(`{"url":%q}`, address))
		id, _ := out["id"].(string)
		return code, id
	}
	for _, address := range []string{srv.URL, "https://bots.example:8443/x", "http://bots.example/x", "x", "https://u:p@bots.example/"} {
		if code, _ := register(address); code != 400 {
			t.Errorf("%s: %d", address, code)
		}
	}
	h.mu.Lock()
	h.secret, h.fails = s.app.ConsumerSecret, 2
	h.mu.Unlock()
	code, id := register(srv.URL)
	if code != 200 || id == "" {
		t.Fatal(code, id)
	}
	if code, _ := register(srv.URL); code != 400 {
		t.Errorf("twice: %d", code)
	}
	if got := s.subscribe("dm.received", s.botID, id); got != 200 {
		t.Fatal(got)
	}
	for _, text := range []string{"one", "two"} {
		must[string](t)(s.w.DM("ann", "deskbot", text))
	}
	<-h.more
	<-h.more
	h.mu.Lock()
	if len(h.got) != 2 || !strings.Contains(h.got[0], "one") || !strings.Contains(h.got[1], "two") || h.bad != 0 {
		t.Errorf("delivered %v, %d of them not signed", h.got, h.bad)
	}
	h.mu.Unlock()
	s.w.InvalidateWebhooks()
	must[string](t)(s.w.DM("ann", "deskbot", "to nobody"))
	if code, _ := s.asApp("PUT", "/2/webhooks/"+id, ""); code != 200 {
		t.Errorf("checked: %d", code)
	}
	must[string](t)(s.w.DM("ann", "deskbot", "again"))
	<-h.more
	h.mu.Lock()
	if len(h.got) != 3 || !strings.Contains(h.got[2], "again") {
		t.Errorf("delivered %v", h.got)
	}
	h.secret = "wrong"
	h.mu.Unlock()
	if code, _ := s.asApp("PUT", "/2/webhooks/"+id, ""); code != 400 {
		t.Errorf("a challenge that is answered wrongly: %d", code)
	}
	if code, _ := s.asApp("DELETE", "/2/webhooks/"+id, ""); code != 200 {
		t.Errorf("deleted: %d", code)
	}
	if _, out := s.asApp("GET", "/2/webhooks", ""); out["data"] != nil {
		t.Errorf("left: %v", out)
	}
}
