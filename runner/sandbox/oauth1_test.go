package sandbox

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/dghubble/oauth1"
)

// oauth1Config is an app's settings for the client library, led straight to the server.
func (s *stage) oauth1Config(a App, back string) *oauth1.Config {
	return &oauth1.Config{ConsumerKey: a.ConsumerKey, ConsumerSecret: a.ConsumerSecret, CallbackURL: back, Endpoint: oauth1.Endpoint{
		RequestTokenURL: s.url + "/oauth/request_token", AuthorizeURL: s.url + "/oauth/authorize", AccessTokenURL: s.url + "/oauth/access_token"}}
}

var pinRule = regexp.MustCompile(`<code>(\d{7})</code>`)

func TestSigningInWithAPIN(t *testing.T) {
	s := setup(t, Options{})
	c := s.oauth1Config(s.app, "oob")
	token, secret, err := c.RequestToken()
	ok(t, err)
	if _, _, err := c.AccessToken(token, secret, "0000000"); err == nil {
		t.Error("a token before anybody agreed")
	}
	page := s.visit("GET", "/oauth/authorize?oauth_token="+token, nil)
	s.expect(page, 200, "read-write-directmessages")
	s.expect(page, 200, `<option value="ann">`)
	form := url.Values{"oauth_token": {token}, "as": {"ann"}, "decision": {"approve"}}
	if g := s.visit("POST", "/oauth/authorize", form, func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }); g.status != 403 {
		t.Errorf("another site's form: %d", g.status)
	}
	pin := pinRule.FindStringSubmatch(s.visit("POST", "/oauth/authorize", form).raw)
	if pin == nil {
		t.Fatal("no PIN of 7 digits")
	}
	if g := s.visit("POST", "/oauth/authorize", form); g.status != 400 {
		t.Errorf("a second approval: %d", g.status)
	}
	if _, _, err := c.AccessToken(token, secret+"x", pin[1]); err == nil {
		t.Error("another secret was taken")
	}
	access, accessSecret, err := c.AccessToken(token, secret, pin[1])
	ok(t, err)
	if _, _, err := c.AccessToken(token, secret, pin[1]); err == nil {
		t.Error("a PIN was good twice")
	}
	ann := s.client(Credentials{ConsumerKey: s.app.ConsumerKey, ConsumerSecret: s.app.ConsumerSecret, AccessToken: access, AccessSecret: accessSecret})
	s.expect(ann.do("GET", "/2/users/me", ""), 200, `"username":"ann"`)
	s.expect(ann.do("POST", "/2/tweets", `{"text":"signed in"}`), 201, "id")
}

func TestSigningInWithACallback(t *testing.T) {
	s := setup(t, Options{})
	a := must[App](t)(s.w.AddApp("Reader", Read, WithRedirects(callback)))
	c := s.oauth1Config(a, callback)
	token, secret, err := c.RequestToken()
	ok(t, err)
	g := s.visit("GET", "/oauth/authorize?_heed_as=bob&oauth_token="+token, nil)
	to := must[*url.URL](t)(url.Parse(g.header.Get("Location")))
	if g.status != 303 || !strings.HasPrefix(to.String(), callback+"?") || to.Query().Get("oauth_token") != token {
		t.Fatalf("led to %s with %d", to, g.status)
	}
	access, accessSecret, err := c.AccessToken(token, secret, to.Query().Get("oauth_verifier"))
	ok(t, err)
	bob := s.client(Credentials{ConsumerKey: a.ConsumerKey, ConsumerSecret: a.ConsumerSecret, AccessToken: access, AccessSecret: accessSecret})
	s.expect(bob.do("GET", "/2/users/me", ""), 200, "bob")
	s.expect(bob.do("POST", "/2/tweets", `{"text":"x"}`), 403, msgOAuth1Perms)

	token, _, err = c.RequestToken()
	ok(t, err)
	g = s.visit("POST", "/oauth/authorize", url.Values{"oauth_token": {token}, "as": {"bob"}, "decision": {"cancel"}})
	if to := g.header.Get("Location"); !strings.Contains(to, "denied="+token) {
		t.Errorf("cancel led to %q", to)
	}
}

func TestRequestTokensAreGuarded(t *testing.T) {
	s := setup(t, Options{})
	c := s.oauth1Config(s.app, "http://evil.example/")
	if _, _, err := c.RequestToken(); err == nil {
		t.Error("an unknown callback was taken")
	}
	c = s.oauth1Config(s.app, "oob")
	c.ConsumerSecret += "x"
	if _, _, err := c.RequestToken(); err == nil {
		t.Error("another secret was taken")
	}
	g := s.visit("POST", "/oauth/request_token", nil)
	s.expect(g, 401, `{"errors":[{"code":32,"message":"Could not authenticate you."}]}`)

	c = s.oauth1Config(s.app, "oob")
	token, secret, err := c.RequestToken()
	ok(t, err)
	s.visit("GET", "/oauth/authorize?_heed_as=ann&oauth_token="+token, nil)
	right := s.w.st.Asks[token].Verifier
	for range maxTries {
		if _, _, err := c.AccessToken(token, secret, "x"+right); err == nil {
			t.Fatal("a wrong PIN was taken")
		}
	}
	if _, _, err := c.AccessToken(token, secret, right); err == nil {
		t.Error("a PIN outlived five wrong tries")
	}
	token, secret, err = c.RequestToken()
	ok(t, err)
	s.visit("GET", "/oauth/authorize?_heed_as=ann&oauth_token="+token, nil)
	right = s.w.st.Asks[token].Verifier
	s.clock.add(askLife)
	if _, _, err := c.AccessToken(token, secret, right); err == nil {
		t.Error("a request token outlived its time")
	}
	s.expect(s.visit("GET", "/oauth/authorize?oauth_token="+token, nil), 400, "expired")
	if n := len(s.w.Users()); n != 3 {
		t.Errorf("%d accounts", n)
	}
}

func TestAFormBodyIsSignedToo(t *testing.T) {
	s := setup(t, Options{})
	base, err := baseString("http", func() *http.Request {
		r, _ := http.NewRequest("POST", s.url+"/oauth/x?b=1", nil)
		r.Host = "127.0.0.1:80"
		return r
	}(), map[string]string{"oauth_nonce": "n"}, url.Values{"a": {"2"}})
	ok(t, err)
	if base != "POST&http%3A%2F%2F127.0.0.1%2Foauth%2Fx&a%3D2%26b%3D1%26oauth_nonce%3Dn" {
		t.Errorf("got %s", base)
	}
	// Signed for plain http: only where the client called this machine by its own name.
	for host, want := range map[string]int{"127.0.0.1:9": 2, "localhost": 2, "api.x.com": 1} {
		r := &http.Request{Host: host}
		if got := schemes(r); len(got) != want || got[0] != "https" {
			t.Errorf("%s: %v", host, got)
		}
	}
}
