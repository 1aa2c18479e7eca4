package signin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	dghubble "github.com/dghubble/oauth1"

	"heed/bots"
	"heed/runner"
)

func TestScopesAreTheLeast(t *testing.T) {
	const always = "dm.read offline.access "
	for _, c := range []struct {
		says    string
		actions []bots.Action
		want    string
	}{
		{"a bot that does nothing still hears a STOP", nil, "dm.read offline.access tweet.read users.read"},
		{"a bot that posts", []bots.Action{bots.Post}, "dm.read media.write offline.access tweet.read tweet.write users.read"},
		{"posting and replying need the same", []bots.Action{bots.Post, bots.Reply, bots.Quote}, "dm.read media.write offline.access tweet.read tweet.write users.read"},
		{"reposts carry no media", []bots.Action{bots.Repost, bots.Unrepost, bots.Delete}, always + "tweet.read tweet.write users.read"},
		{"likes", []bots.Action{bots.Like}, "dm.read like.read like.write offline.access tweet.read users.read"},
		{"taking a like back", []bots.Action{bots.Unlike}, "dm.read like.read like.write offline.access tweet.read users.read"},
		{"follows", []bots.Action{bots.Follow, bots.Unfollow}, "dm.read follows.read follows.write offline.access tweet.read users.read"},
		{"messages", []bots.Action{bots.DM}, "dm.read dm.write offline.access tweet.read users.read"},
		{"hiding replies", []bots.Action{bots.HideReply}, always + "tweet.moderate.write tweet.read users.read"},
	} {
		if got := strings.Join(Scopes(c.actions), " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.says, got, c.want)
		}
	}
	// Every action needs a scope of its own, so that a new one is not forgotten.
	for _, a := range bots.Actions() {
		if len(Scopes([]bots.Action{a})) == len(Scopes(nil)) {
			t.Errorf("%s asks for nothing", a)
		}
	}
}

func TestLacks(t *testing.T) {
	have := Token{Kind: OAuth2, Scopes: []string{"tweet.read", "users.read"}}
	if got := have.Lacks([]string{"dm.read", "tweet.read", "dm.write"}); strings.Join(got, " ") != "dm.read dm.write" {
		t.Error(got)
	}
	if got := (Token{Kind: OAuth1}).Lacks([]string{"dm.read"}); got != nil {
		t.Errorf("OAuth 1.0a has no scopes: %v", got)
	}
}

func TestIdentityDiffers(t *testing.T) {
	is := Identity{"500", "@TidesBot"}
	for _, c := range []struct {
		says, want string
		id, handle string
	}{
		{"the same account, written otherwise", "", "500", "tidesbot"},
		{"an id that the settings leave out", "", "", "@tidesbot"},
		{"another id under the same handle", "the settings say 501", "501", "@tidesbot"},
		{"another handle with the same id", "the settings say @gulls", "500", "@gulls"},
	} {
		got := is.Differs(Identity{bots.UserID(c.id), c.handle})
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q", c.says, got)
		}
	}
}

func TestTokensShowNothing(t *testing.T) {
	f := newX(t)
	tok := f.seed(time.Now())
	tok.Secret = "secretCANARY"
	s := store(t)
	src := f.client().Source(s, "tides")
	if err := s.Save(t.Context(), "tides", tok); err != nil {
		t.Fatal(err)
	}
	if _, err := src.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	told(t, tok, &tok, src, *src.client, src.client, src.client.app, file{Access: "CANARY"}, pair{"CANARY", "CANARY"}, src.held)
	for _, v := range []any{tok, src, src.client, src.client.app, pair{"CANARY", "CANARY"}} {
		if b, err := json.Marshal(v); err == nil && strings.Contains(string(b), canary) {
			t.Errorf("as JSON: %s", b)
		}
	}
}

// The signatures are those of another implementation.
func TestSignature(t *testing.T) {
	for _, secret := range []string{"plain", "accessSecretCANARY~*'()!", "a+b/c=&%"} {
		got := errors.New("no call came")
		srv := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			given := header1(r)
			signed := given["oauth_signature"]
			delete(given, "oauth_signature")
			if got = nil; signature(r.Method, "https://"+r.Host+r.URL.Path, given, consumerSecret, runner.Secret(secret)) != signed {
				got = errors.New("the signatures differ")
			}
		}))
		ctx := context.WithValue(t.Context(), dghubble.HTTPClient, srv.Client())
		client := dghubble.NewClient(ctx, dghubble.NewConfig(consumerKey, consumerSecret), dghubble.NewToken("500-token", secret))
		res, err := client.Post(srv.URL+"/oauth/access_token", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		srv.Close()
		if got != nil {
			t.Errorf("%q: %v", secret, got)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for says, app := range map[string]App{
		"plain http to another machine":       {API: "http://api.x.com"},
		"an address with a password":          {API: "https://u:p@api.x.com"},
		"an address with a path":              {API: "https://api.x.com/v9"},
		"no address":                          {API: "api.x.com"},
		"a page for allowing over plain http": {API: "https://api.x.com", ClientID: "c", Authorize: "http://x.com/i/oauth2/authorize"},
	} {
		if _, err := New(app); err == nil {
			t.Errorf("%s is taken", says)
		}
	}
	for _, base := range []string{"https://api.x.com", "https://api.x.com/", "http://127.0.0.1:8090", "http://localhost:1", "http://[::1]:1"} {
		if _, err := New(App{API: base}); err != nil {
			t.Errorf("%s: %v", base, err)
		}
	}
}
