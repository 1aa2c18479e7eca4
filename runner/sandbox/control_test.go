package sandbox

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// heed calls the control API as a program on this machine does.
func (s *stage) heed(method, path, body string) got {
	s.Helper()
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	g, err := readAnswer(res)
	if err != nil {
		s.Fatal(err)
	}
	return g
}

func TestControl(t *testing.T) {
	s := setup(t, Options{})
	s.expect(s.heed("POST", "/_heed/users", `{"username":"eve","dm_open":true}`), 200, `"username":"eve"`)
	g := s.heed("POST", "/_heed/bots", `{"app":"Other","user":{"username":"tidesbot","bio":"a bot"}}`)
	s.expect(g, 200, `"access_secret"`)
	tides := s.client(Credentials{g.str("consumer_key"), g.str("consumer_secret"), g.str("access_token"), g.str("access_secret"), g.str("user_id"), "tidesbot"})
	s.expect(tides.do("GET", "/2/users/me?user.fields=description", ""), 200, "a bot")

	s.expect(s.heed("POST", "/_heed/set", `{"user":"eve","dm_closed":true}`), 200, `"dm_closed":true`)
	s.expect(s.heed("POST", "/_heed/act", `{"who":"eve","does":"open_dms"}`), 200, `"id":""`)
	s.expect(s.heed("POST", "/_heed/users", `{"username":"odd","dm_open":true,"dm_closed":true}`), 400, "at once")
	g = s.heed("POST", "/_heed/act", `{"who":"@eve","does":"mention","to":"tidesbot","text":"when?"}`)
	post := g.str("id")
	s.expect(tides.do("GET", "/2/users/"+tides.creds.UserID+"/mentions", ""), 200, post)
	s.expect(s.heed("POST", "/_heed/act", `{"who":"eve","does":"delete"}`), 200, `"id":""`)
	s.expect(tides.do("GET", "/2/tweets/"+post, ""), 200, "Could not find tweet")
	s.expect(s.heed("POST", "/_heed/act", `{"who":"eve","does":"dance"}`), 400, "unknown")
	s.expect(s.heed("POST", "/_heed/act", `{"who":"eve","does":"follow","to":"nobody"}`), 400, "nobody")
	s.expect(s.heed("POST", "/_heed/act", `{"who":"eve","Does":"follow"}`), 400, "error")
	s.expect(s.heed("POST", "/_heed/set", `{"user":"tidesbot","dm_open":true,"automated":true,"subscription":"Premium"}`), 200, `"automated":true`)
	s.expect(s.heed("POST", "/_heed/act", `{"who":"eve","does":"dm","to":"tidesbot","text":"STOP"}`), 200, `"id"`)
	s.expect(tides.do("GET", "/2/dm_events", ""), 200, "STOP")

	s.expect(s.heed("POST", "/_heed/faults", `{"preset":"html_503","route":"/2/users/me","count":1}`), 200, "ok")
	s.expect(tides.do("GET", "/2/users/me", ""), 503, "<html>")
	s.expect(tides.do("GET", "/2/users/me", ""), 200, "tidesbot")
	s.expect(s.heed("POST", "/_heed/faults", `{"kind":"refuse","status":418,"body":"teapot"}`), 200, "ok")
	s.expect(tides.do("GET", "/2/users/me", ""), 418, "teapot")
	s.expect(s.heed("POST", "/_heed/faults", `{"preset":"nothing"}`), 400, "unknown")
	s.expect(s.heed("DELETE", "/_heed/faults", ""), 200, "ok")
	s.expect(s.heed("POST", "/_heed/release", `{}`), 200, "ok")
	s.expect(s.heed("POST", "/_heed/billing", `{"state":"credits_depleted"}`), 200, "ok")
	s.expect(tides.do("GET", "/2/users/me", ""), 402, "CreditsDepleted")
	s.expect(s.heed("POST", "/_heed/billing", `{"state":""}`), 200, "ok")
	s.expect(s.heed("POST", "/_heed/billing", `{"state":"rich"}`), 400, "billing")
	s.expect(s.heed("POST", "/_heed/set", `{"user":"tidesbot","suspended":true}`), 200, `"suspended":true`)
	s.expect(tides.do("POST", "/2/tweets", `{"text":"x"}`), 403, `"code":64`)
	tides.do("POST", "/2/tweets", `{"text":"x"}`)

	s.expect(s.heed("GET", "/_heed/acts?user=eve", ""), 200, `"action":"delete"`)
	s.expect(s.heed("GET", "/_heed/acts?contacts=eve", ""), 200, "[]")
	s.expect(s.heed("GET", "/_heed/acts", ""), 200, `"action":"dm"`)
	s.expect(s.heed("GET", "/_heed/calls", ""), 200, `"route":"/2/users/:id/mentions"`)
	s.expect(s.heed("GET", "/_heed/violations", ""), 200, `"write_after_stop"`)
	s.expect(s.heed("GET", "/_heed/users", ""), 200, `"username":"deskbot"`)
	s.expect(s.heed("GET", "/_heed/nothing", ""), 404, "unknown")
}

func TestControlIsDocumented(t *testing.T) {
	s := setup(t, Options{})
	g := s.heed("GET", "/_heed/", "")
	doc := must[[]byte](t)(os.ReadFile("sandbox.go"))
	for _, name := range controlList() {
		method, path, _ := strings.Cut(name, " ")
		if !strings.Contains(g.raw, name) {
			t.Errorf("%s is not in the list", name)
		}
		found := false
		for _, line := range strings.Split(string(doc), "\n") {
			f := strings.Fields(line)
			found = found || len(f) > 3 && f[0] == "//" && f[1] == method && f[2] == path
		}
		if !found {
			t.Errorf("%s is not in the package comment", name)
		}
	}
}

func TestControlIsForProgramsOnThisMachine(t *testing.T) {
	s := setup(t, Options{})
	for why, spoil := range map[string]func(*http.Request){
		"a caller from elsewhere": func(r *http.Request) { r.RemoteAddr = "192.0.2.1:999" },
		"a name that leads here":  func(r *http.Request) { r.Host = "evil.example" },
		"a web page":              func(r *http.Request) { r.Header.Set("Origin", "http://localhost") },
		"a form":                  func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") },
	} {
		r := httptest.NewRequest("POST", "http://127.0.0.1/_heed/users", strings.NewReader(`{"username":"x"}`))
		r.RemoteAddr = "127.0.0.1:999"
		r.Header.Set("Content-Type", "application/json")
		spoil(r)
		rec := httptest.NewRecorder()
		s.w.ServeHTTP(rec, r)
		if rec.Code != 403 && rec.Code != 415 {
			t.Errorf("%s got %d", why, rec.Code)
		}
	}
	if _, err := s.w.User("x"); err == nil {
		t.Error("one of them added an account")
	}
}
