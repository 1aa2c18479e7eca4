package sandbox

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestThePageShowsEverythingAndEscapesIt(t *testing.T) {
	s := setup(t, Options{})
	const hostile = `</p><script>alert("x")</script><img src=x onerror=alert(1)>`
	must[User](t)(s.w.AddUser(User{Username: "eve", Name: hostile, Bio: hostile}))
	ok(t, s.w.SetDMOpen("deskbot", true))
	post := must[string](t)(s.w.Post("eve", hostile))
	must[string](t)(s.w.DM("eve", "deskbot", hostile+" in private"))
	s.bot.do("GET", "/2/users/"+url.PathEscape(hostile), "")
	s.bot.do("GET", "/2/users/me", "")
	ok(t, s.w.AddFault(Fault{Kind: Refuse, Status: 503, Route: "/2/tweets", Header: map[string]string{"x": hostile}}))
	ok(t, s.w.DeletePost(post))
	g := s.visit("GET", "/_heed/ui", nil)
	for _, part := range []string{"@eve", "&lt;script&gt;alert(", "in private", "/2/users/me", "503", post, "deleted", "automated"} {
		s.expect(g, 200, part)
	}
	for _, part := range []string{"<script", "<img", "onerror=alert(1)>", "style=", s.bot.creds.AccessSecret, s.app.Bearer} {
		if strings.Contains(g.raw, part) {
			t.Errorf("the page has %q in it", part)
		}
	}
	csp := g.header.Get("Content-Security-Policy")
	if csp != "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'" || g.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("policy %q", csp)
	}
	css := s.visit("GET", "/_heed/ui.css", nil)
	s.expect(css, 200, "prefers-color-scheme: dark")
	if css.header.Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(g.raw, `name="viewport"`) {
		t.Errorf("style as %q", css.header.Get("Content-Type"))
	}
}

func TestThePageSpeaksAsAPerson(t *testing.T) {
	s := setup(t, Options{})
	ok(t, s.w.SetDMOpen("deskbot", true))
	say := func(does, to, text string) got {
		return s.visit("POST", "/_heed/ui", url.Values{"who": {"ann"}, "does": {does}, "to": {to}, "text": {text}})
	}
	for _, c := range [][3]string{
		{"mention", "deskbot", "hello"}, {"reply", "ann", "and more"}, {"dm", "@deskbot", "psst"}, {"follow", "deskbot", ""},
		{"unfollow", "deskbot", ""}, {"block", "deskbot", ""}, {"unblock", "deskbot", ""}, {"bio", "", "I am Ann"},
	} {
		if g := say(c[0], c[1], c[2]); g.status != 303 || g.header.Get("Location") != "/_heed/ui" {
			t.Errorf("%s: %d %s", c[0], g.status, g.raw)
		}
	}
	var did []string
	for _, a := range s.w.Acts(s.ann.ID) {
		did = append(did, a.Action)
	}
	if got := strings.Join(did, " "); got != "post reply dm follow unfollow block unblock bio" {
		t.Errorf("ann did %s", got)
	}
	// What cannot be done says so, and keeps what was typed.
	g := say("follow", "nobody<b>", "typed")
	s.expect(g, 400, "nobody&lt;b&gt;")
	s.expect(g, 400, ">typed</textarea>")
	s.expect(say("suspend", "", ""), 400, "nothing else")
	s.expect(say("dm", "deskbot", ""), 400, "needs")
}

func TestThePageIsForThisMachineAndItself(t *testing.T) {
	s := setup(t, Options{})
	form := url.Values{"who": {"ann"}, "does": {"bio"}, "text": {"taken over"}}.Encode()
	for why, spoil := range map[string]func(*http.Request){
		"a caller from elsewhere": func(r *http.Request) { r.RemoteAddr = "192.0.2.1:999" },
		"a name that leads here":  func(r *http.Request) { r.Host = "evil.example" },
		"another site":            func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") },
		"another port":            func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:81") },
		"another site, told":      func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a plain body":            func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") },
		"another method":          func(r *http.Request) { r.Method = "PUT" },
	} {
		r := httptest.NewRequest("POST", "http://127.0.0.1/_heed/ui", strings.NewReader(form))
		r.RemoteAddr = "127.0.0.1:999"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		spoil(r)
		rec := httptest.NewRecorder()
		s.w.ServeHTTP(rec, r)
		if rec.Code < 400 || rec.Code > 405 {
			t.Errorf("%s got %d", why, rec.Code)
		}
	}
	if u := must[User](t)(s.w.User("ann")); u.Bio != "" {
		t.Errorf("one of them wrote %q", u.Bio)
	}
	r := httptest.NewRequest("POST", "http://127.0.0.1/_heed/ui", strings.NewReader(form))
	r.RemoteAddr = "127.0.0.1:999"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "http://127.0.0.1")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	rec := httptest.NewRecorder()
	s.w.ServeHTTP(rec, r)
	if rec.Code != 303 {
		t.Errorf("the page itself got %d", rec.Code)
	}
}

func TestWhereAFormMayLead(t *testing.T) {
	for to, want := range map[string]string{
		"http://127.0.0.1:8765/callback":       "http://127.0.0.1:8765",
		"https://app.example/x?y=1":            "https://app.example",
		"myapp://done":                         "myapp:",
		"oob":                                  "",
		"https://app.example;script-src'x'/cb": "https:",
	} {
		if got := formTarget(to); got != want {
			t.Errorf("%s: %q, want %q", to, got, want)
		}
	}
}
