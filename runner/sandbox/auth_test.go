package sandbox

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dghubble/oauth1"
)

// raw sends a request with a ready Authorization header.
func (s *stage) raw(method, path, auth string) got {
	s.Helper()
	r, err := http.NewRequest(method, s.url+path, nil)
	if err != nil {
		s.Fatal(err)
	}
	r.Host = "api.twitter.com"
	if auth != "" {
		r.Header.Set("Authorization", auth)
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

// capture is a transport that keeps the signed header and sends nothing.
type capture struct{ auth string }

func (c *capture) RoundTrip(r *http.Request) (*http.Response, error) {
	c.auth = r.Header.Get("Authorization")
	return nil, fmt.Errorf("kept")
}

func TestSignaturesAreVerified(t *testing.T) {
	s := setup(t, Options{})
	s.expect(s.bot.do("GET", "/2/users/me", ""), 200, `"username":"deskbot"`)
	// Everything that has to be encoded well for the signature to hold.
	s.expect(s.bot.do("GET", "/2/users/me?user.fields=description%2Cid", ""), 200, `"description"`)
	s.expect(s.bot.do("GET", "/2/users/me?expansions=a%20b%26c%3Dd%2Be~*'()!", ""), 200, `"username"`)

	for why, spoil := range map[string]func(*Credentials){
		"a wrong consumer secret": func(c *Credentials) { c.ConsumerSecret += "x" },
		"a wrong token secret":    func(c *Credentials) { c.AccessSecret += "x" },
		"an unknown token":        func(c *Credentials) { c.AccessToken += "x" },
		"an unknown consumer key": func(c *Credentials) { c.ConsumerKey += "x" },
	} {
		c := s.bot.creds
		spoil(&c)
		g := s.client(c).do("GET", "/2/users/me", "")
		if g.status != 401 || g.str("title") != "Unauthorized" || g.str("detail") != "Unauthorized" || g.str("type") != "about:blank" {
			t.Errorf("%s: got %d %s", why, g.status, g.raw)
		}
	}
	for why, auth := range map[string]string{
		"no header":       "",
		"another scheme":  "Basic eDp5",
		"no parameters":   "OAuth x",
		"a plain bearer":  "Bearer nobody",
		"repeated fields": `OAuth oauth_nonce="1", oauth_nonce="1"`,
	} {
		if g := s.raw("GET", "/2/users/me", auth); g.status != 401 {
			t.Errorf("%s: got %d", why, g.status)
		}
	}
}

func TestASignatureHoldsForOneHostPathAndMoment(t *testing.T) {
	s := setup(t, Options{Now: time.Now, Skew: 5 * time.Minute})
	sign := func(path string) string {
		keep := &capture{}
		ctx := context.WithValue(t.Context(), oauth1.HTTPClient, &http.Client{Transport: keep})
		c := s.bot.creds
		h := oauth1.NewConfig(c.ConsumerKey, c.ConsumerSecret).Client(ctx, oauth1.NewToken(c.AccessToken, c.AccessSecret))
		_, _ = h.Get("https://api.twitter.com" + path)
		return keep.auth
	}
	good := sign("/2/users/me")
	s.expect(s.raw("GET", "/2/users/me", good), 200, "deskbot")
	s.expect(s.raw("GET", "/2/users/me", good), 401, "Unauthorized")

	s.expect(s.raw("GET", "/2/users/"+s.botID, sign("/2/users/me")), 401, "Unauthorized")
	s.expect(s.raw("GET", "/2/users/me?user.fields=id", sign("/2/users/me")), 401, "Unauthorized")
	r, _ := http.NewRequest("GET", s.url+"/2/users/me", nil)
	r.Header.Set("Authorization", sign("/2/users/me"))
	res, err := http.DefaultClient.Do(r) // Host is the listener's address
	ok(t, err)
	if g := must[got](t)(readAnswer(res)); g.status != 401 {
		t.Errorf("a signature over api.twitter.com was taken for %s: %d", r.URL.Host, g.status)
	}
}

func TestTimestampsOutOfToleranceAreRefused(t *testing.T) {
	for _, c := range []struct {
		off  time.Duration
		want int
	}{{0, 200}, {4 * time.Minute, 200}, {-4 * time.Minute, 200}, {6 * time.Minute, 401}, {-6 * time.Minute, 401}} {
		s := setup(t, Options{Now: func() time.Time { return time.Now().Add(c.off) }, Skew: 5 * time.Minute})
		if g := s.bot.do("GET", "/2/users/me", ""); g.status != c.want {
			t.Errorf("with the clock off by %v: got %d, want %d", c.off, g.status, c.want)
		}
	}
}

func TestPermissionsAreBakedIn(t *testing.T) {
	s := setup(t, Options{})
	dm := "/2/dm_conversations/with/" + s.ann.ID + "/messages"
	for _, c := range []struct {
		app                App
		access             string
		read, write, dmGet int
	}{
		{must[App](t)(s.w.AddApp("r", Read)), "read", 200, 403, 403},
		{must[App](t)(s.w.AddApp("rw", ReadWrite)), "read-write", 200, 201, 403},
		{must[App](t)(s.w.AddApp("rwdm", ReadWriteDM)), "read-write-directmessages", 200, 201, 200},
	} {
		b := s.client(must[Credentials](t)(s.w.AddBot(c.app.ID, User{Username: "b" + c.app.Name})))
		g := b.do("GET", "/2/users/me", "")
		if g.status != c.read || g.header.Get("x-access-level") != c.access {
			t.Errorf("%s: read got %d with level %q", c.app.Name, g.status, g.header.Get("x-access-level"))
		}
		g = b.do("POST", "/2/tweets", `{"text":"from `+c.app.Name+`"}`)
		if g.status != c.write {
			t.Errorf("%s: write got %d %s", c.app.Name, g.status, g.raw)
		}
		if c.write == 403 {
			s.expect(g, 403, msgOAuth1Perms)
			if !strings.HasSuffix(g.str("type"), "/oauth1-permissions") || g.header.Get("x-access-level") != "read" {
				t.Errorf("read-only write: got %s, level %s", g.str("type"), g.header.Get("x-access-level"))
			}
		}
		if g = b.do("GET", "/2/dm_events", ""); g.status != c.dmGet {
			t.Errorf("%s: reading messages got %d", c.app.Name, g.status)
		}
		if g = b.do("POST", dm, `{"text":"x"}`); c.dmGet == 403 && g.status != 403 {
			t.Errorf("%s: messaging got %d", c.app.Name, g.status)
		}
	}
}

func TestBearers(t *testing.T) {
	s := setup(t, Options{})
	g := s.raw("POST", "/2/tweets", "Bearer "+s.app.Bearer)
	s.expect(g, 403, "Supported authentication types are [OAuth 1.0a User Context, OAuth 2.0 User Context].")
	if g.header.Get("Content-Type") != "application/problem+json" || !strings.HasSuffix(g.str("type"), "/unsupported-authentication") {
		t.Errorf("app-only write: got %s, %s", g.header.Get("Content-Type"), g.str("type"))
	}
	s.expect(s.raw("GET", "/2/users/"+s.ann.ID, "Bearer "+s.app.Bearer), 200, `"username":"ann"`)

	tok := must[string](t)(s.w.AddOAuth2Token(s.app.ID, "deskbot", []string{"tweet.read", "users.read"}, 0))
	s.expect(s.raw("GET", "/2/users/me", "Bearer "+tok), 200, "deskbot")
	s.expect(s.raw("GET", "/2/dm_events", "Bearer "+tok), 403, `"detail":"Forbidden"`)
	s.clock.add(2 * time.Hour)
	s.expect(s.raw("GET", "/2/users/me", "Bearer "+tok), 401, "Unauthorized")

	ok(t, s.w.Revoke(s.bot.creds.AccessToken))
	s.expect(s.bot.do("GET", "/2/users/me", ""), 401, "Unauthorized")
}

func TestSuspendedAndLocked(t *testing.T) {
	s := setup(t, Options{})
	ok(t, s.w.SetSuspended("deskbot", true))
	s.expect(s.bot.do("POST", "/2/tweets", `{"text":"x"}`), 403, `"code":64`)
	ok(t, s.w.SetSuspended("deskbot", false))
	ok(t, s.w.SetLocked("deskbot", true))
	s.expect(s.bot.do("GET", "/2/users/me", ""), 403, `"code":326`)
	ok(t, s.w.SetLocked("deskbot", false))
	s.expect(s.bot.do("POST", "/2/tweets", `{"text":"x"}`), 201, `"id"`)
	if v := s.w.Violations(); len(v) != 0 {
		t.Errorf("meeting a stop once is no violation: %+v", v)
	}
	ok(t, s.w.SetAppSuspended(s.app.ID, true))
	s.expect(s.bot.do("GET", "/2/users/me", ""), 401, `"code":32`)
	s.expect(s.anotherBot("second").do("POST", "/2/tweets", `{"text":"y"}`), 401, `"code":32`)
	if v := s.w.Violations(); len(v) != 1 || v[0].Kind != AfterStopped {
		t.Errorf("a write by another account of a suspended app: got %+v", v)
	}
}

func TestNothingPrintsSecrets(t *testing.T) {
	s := setup(t, Options{})
	c := s.bot.creds
	for _, v := range []any{c, &c, s.app, &s.app, s.w, Token{Token: c.AccessToken, Secret: c.AccessSecret}} {
		for _, form := range []string{"%v", "%+v", "%#v", "%s"} {
			text := fmt.Sprintf(form, v)
			for _, secret := range []string{c.ConsumerKey, c.ConsumerSecret, c.AccessToken, c.AccessSecret, s.app.Bearer} {
				if strings.Contains(text, secret) {
					t.Errorf("%T printed with %s shows a secret", v, form)
				}
			}
		}
	}
}

func TestBaseStringSortsNamesThenValues(t *testing.T) {
	r, err := http.NewRequest("GET", "http://127.0.0.1:1/2/x?b=2&a=z%20z&a=1&c%3D=%E2%98%83", nil)
	ok(t, err)
	r.Host = "API.x.com:443"
	got, err := baseString("https", r, map[string]string{"oauth_nonce": "n", "oauth_signature": "s", "realm": "r", "ab": "1"}, nil)
	ok(t, err)
	want := "GET&https%3A%2F%2Fapi.x.com%2F2%2Fx&a%3D1%26a%3Dz%2520z%26ab%3D1%26b%3D2%26c%253D%3D%25E2%2598%2583%26oauth_nonce%3Dn"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestSeenNoncesAreBounded(t *testing.T) {
	w := New(Options{Now: (&clock{t: start}).now})
	for i := range 10_000 {
		w.nonces[fmt.Sprint("old ", i)] = start.Add(-time.Hour)
	}
	stamp := fmt.Sprint(start.Unix())
	if !w.fresh(stamp, "token nonce", start) || w.fresh(stamp, "token nonce", start) || len(w.nonces) != 1 {
		t.Errorf("%d nonces are kept, want the one that still counts", len(w.nonces))
	}
	if w.fresh("noon", "token other", start) {
		t.Error("a timestamp that is no number was taken")
	}
}
