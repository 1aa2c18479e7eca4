package platform

import (
	"io"
	"log"
	"net/url"
	"strings"
	"testing"
)

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func quietLog() *log.Logger { return log.New(io.Discard, "", 0) }

func TestNewRefuses(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*Options)
		says   string
	}{
		"plain http to another machine":   {func(o *Options) { o.BaseURL = "http://api.x.com" }, "https"},
		"an address with a password":      {func(o *Options) { o.BaseURL = "https://u:p@api.x.com" }, "scheme and host only"},
		"an address with a path":          {func(o *Options) { o.BaseURL = "https://api.x.com/v9" }, "scheme and host only"},
		"no address at all":               {func(o *Options) { o.BaseURL = "api.x.com" }, "https://host"},
		"another scheme":                  {func(o *Options) { o.BaseURL = "ftp://127.0.0.1" }, "https"},
		"no accounts":                     {func(o *Options) { o.Accounts = nil }, "no account"},
		"no consumer key":                 {func(o *Options) { o.Consumer.Key = "" }, "the consumer key is missing"},
		"a secret that gotwi signs wrong": {func(o *Options) { o.Consumer.Secret = "with space" }, "the consumer secret holds"},
		"a token read with its line end":  {func(o *Options) { o.Accounts = map[string]Account{"tides": {Token: "a\n", Secret: "b"}} }, `"tides": the access token holds`},
		"a user id that is none":          {func(o *Options) { o.Accounts = map[string]Account{"tides": {UserID: "x", Token: "a", Secret: "b"}} }, "not 1 to 20 digits"},
		"an odd user agent":               {func(o *Options) { o.UserAgent = "a\r\nb" }, "printable"},
	} {
		o := testOptions("https://api.x.com")
		row.change(&o)
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, base := range []string{"", "https://api.x.com", "https://api.x.com/", "http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:1"} {
		if _, err := New(testOptions(base)); err != nil {
			t.Errorf("%q: %v", base, err)
		}
	}
}

// The library reads keys from the environment where none are given; none is taken from there.
func TestNewTakesNoKeysFromTheEnvironment(t *testing.T) {
	t.Setenv("GOTWI_API_KEY", "environment")
	t.Setenv("GOTWI_API_KEY_SECRET", "environment")
	o := testOptions("")
	o.Consumer = Keys{}
	if _, err := New(o); err == nil {
		t.Error("keys came from the environment")
	}
}
