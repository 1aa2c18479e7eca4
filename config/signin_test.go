package config

import (
	"strings"
	"testing"
)

func TestAuthorizeURL(t *testing.T) {
	for api, want := range map[string]string{
		"https://api.x.com":     "https://x.com/i/oauth2/authorize",
		"https://proxy.example": "https://x.com/i/oauth2/authorize",
		"http://127.0.0.1:8090": "http://127.0.0.1:8090/i/oauth2/authorize",
		"http://[::1]:8090":     "http://[::1]:8090/i/oauth2/authorize",
	} {
		if got := (X{APIURL: api}).AuthorizeURL(); got != want {
			t.Errorf("%s: %s", api, got)
		}
	}
}

// How a bot signs waits for a restart, and a client secret is missed like any other.
func TestSigningInIsReadAtTheStart(t *testing.T) {
	t.Chdir("testdata/good")
	was, err := load("oauth1.toml", testShelf)
	if err != nil {
		t.Fatal(err)
	}
	now, err := load("oauth2.toml", testShelf)
	if err != nil {
		t.Fatal(err)
	}
	if !was.Bots[0].OAuth1 || was.Bots[0].OAuth2 || now.Bots[0].OAuth1 || !now.Bots[0].OAuth2 || now.X.ClientID == "" {
		t.Errorf("%+v, %+v", was.Bots[0], now.Bots[0])
	}
	got := strings.Join(Compare(was, now).NeedsRestart, "\n")
	for _, want := range []string{"x.client_id: ", "x.client_secret: none -> env X_CLIENT_SECRET", "bots.tides.oauth2: false -> true", "bots.tides.oauth1: true -> false"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	missing := now.Missing(none)
	if len(missing) != 1 || missing[0].Key != "x.client_secret" {
		t.Errorf("missing: %v", missing)
	}
}
