package platform

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	dghubble "github.com/dghubble/oauth1"

	"heed/bots"
	"heed/runner"
)

// The credentials are canaries: no test may find them in anything that is told.
const (
	consumerKey    = "cnsmrKEYcanary0123456789A"
	consumerSecret = "cnsmrSECRETcanary~*'()!0123456789abcdefghij"
	token          = "500-tokenCANARYabcdefghijklmnopqrstuvwxyz012"
	tokenSecret    = "tokenSECRETcanary0123456789abcdefghijklmnop"
	me             = "500"
	them           = "600"
)

var canaries = []string{consumerKey, consumerSecret, token, tokenSecret}

// now is before the ids of the tests were made, so that resets lie ahead.
var now = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// seen is one call as it came over the wire.
type seen struct {
	method, path, host, agent, contentType, body string
	query                                        url.Values
}

// fake is a server that checks every signature and answers from a table.
type fake struct {
	*httptest.Server
	t       *testing.T
	mu      sync.Mutex
	calls   []seen
	answers map[string]http.HandlerFunc // "POST /2/tweets"
}

func newFake(t *testing.T, answers map[string]http.HandlerFunc) *fake {
	t.Helper()
	f := &fake{t: t, answers: answers}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if err := verify(r, map[string]string{consumerKey: consumerSecret}, map[string]string{token: tokenSecret}); err != nil {
		f.t.Errorf("%s %s: %v", r.Method, r.URL, err)
	}
	f.mu.Lock()
	f.calls = append(f.calls, seen{method: r.Method, path: r.URL.Path, host: r.Host, agent: r.UserAgent(),
		contentType: r.Header.Get("Content-Type"), body: strings.TrimSpace(string(body)), query: r.URL.Query()})
	h := f.answers[r.Method+" "+r.URL.Path]
	if h == nil {
		h = f.answers["*"]
	}
	f.mu.Unlock()
	if h == nil {
		f.t.Errorf("%s %s: nobody expected this call", r.Method, r.URL)
		w.WriteHeader(http.StatusNotFound)
		return
	}
	h(w, r)
}

func (f *fake) all() []seen {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// reply answers with JSON; headers come in pairs.
func reply(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		for i := 0; i+1 < len(headers); i += 2 {
			if headers[i+1] == "" {
				w.Header()[headers[i]] = nil
				continue
			}
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// inTurn gives each call the next answer, and the last one for ever.
func inTurn(hs ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	i := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		h := hs[min(i, len(hs)-1)]
		i++
		mu.Unlock()
		h(w, r)
	}
}

func always(h http.HandlerFunc) map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{"*": h}
}

func testOptions(base string) Options {
	return Options{
		BaseURL: base, Tier: bots.Enterprise, Consumer: Keys{Key: consumerKey, Secret: consumerSecret},
		Accounts: map[string]Account{"tides": {Handle: "@tidesbot", UserID: me, Token: token, Secret: tokenSecret}},
		Now:      func() time.Time { return now },
	}
}

func newX(t *testing.T, base string, change ...func(*Options)) *X {
	t.Helper()
	o := testOptions(base)
	for _, c := range change {
		c(&o)
	}
	x, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// claim is a claim of the bot "tides" made at now.
func claim(t *testing.T, in bots.Intent) runner.Claim {
	t.Helper()
	in.V, in.Key = 1, "k"
	stored, err := in.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return runner.Claim{Seq: 1, Bot: "tides", ID: "i1", Key: "k", Intent: in, Stored: stored, Since: now, Attempts: 1}
}

func pictured(text string) bots.Intent {
	in := post(text)
	in.Media = []bots.Media{{Path: "tide.png", Alt: "The tide of today"}}
	return in
}

func post(text string) bots.Intent { return bots.Intent{Action: bots.Post, Text: text} }

func onPost(a bots.Action, id string) bots.Intent {
	return bots.Intent{Action: a, Target: bots.Target{PostID: bots.PostID(id)}}
}

func onUser(a bots.Action, id string) bots.Intent {
	return bots.Intent{Action: a, Target: bots.Target{UserID: bots.UserID(id)}}
}

func dm(text string) bots.Intent {
	in := onUser(bots.DM, them)
	in.Text = text
	return in
}

// idAt is an id that X would make so long after now.
func idAt(d time.Duration) string { return bots.SnowflakeAt(now.Add(d)) }

// percent is RFC 3986 encoding as RFC 5849 wants it.
func percent(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// verify checks a request's OAuth 1.0a signature by RFC 5849, as X does: against
// https and the Host that was sent.
func verify(r *http.Request, consumers, tokens map[string]string) error {
	head, ok := strings.CutPrefix(r.Header.Get("Authorization"), "OAuth ")
	if !ok {
		return fmt.Errorf("no OAuth header")
	}
	given := map[string]string{}
	for _, part := range strings.Split(head, ",") {
		k, v, _ := strings.Cut(strings.TrimSpace(part), "=")
		plain, err := url.PathUnescape(strings.Trim(v, `"`))
		if err != nil {
			return err
		}
		given[k] = plain
	}
	signature := given["oauth_signature"]
	delete(given, "oauth_signature")
	type pair struct{ k, v string }
	var pairs []pair
	for k, v := range given {
		pairs = append(pairs, pair{percent(k), percent(v)})
	}
	for k, vs := range r.URL.Query() {
		for _, v := range vs {
			pairs = append(pairs, pair{percent(k), percent(v)})
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int { return cmp.Or(strings.Compare(a.k, b.k), strings.Compare(a.v, b.v)) })
	var params []string
	for _, p := range pairs {
		params = append(params, p.k+"="+p.v)
	}
	base := r.Method + "&" + percent("https://"+r.Host+r.URL.Path) + "&" + percent(strings.Join(params, "&"))
	mac := hmac.New(sha1.New, []byte(percent(consumers[given["oauth_consumer_key"]])+"&"+percent(tokens[given["oauth_token"]])))
	mac.Write([]byte(base))
	if want := base64.StdEncoding.EncodeToString(mac.Sum(nil)); want != signature {
		return fmt.Errorf("signature of %s %s is wrong (signed keys %v)", r.Method, r.URL.Path, slices.Sorted(maps.Keys(given)))
	}
	return nil
}

// The verifier is itself held against another implementation.
func TestVerifierAgainstAnotherSigner(t *testing.T) {
	var got error
	srv := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = verify(r, map[string]string{consumerKey: consumerSecret}, map[string]string{token: tokenSecret})
	}))
	defer srv.Close()
	ctx := t.Context()
	client := dghubble.NewClient(contextWith(ctx, srv.Client()), dghubble.NewConfig(consumerKey, consumerSecret), dghubble.NewToken(token, tokenSecret))
	for _, q := range []string{"", "?a=1&b=x%20y", "?tweet.fields=author_id%2Ccreated_at&since_id=5", "?z=%26%3D%25%2B~*%27%28%29"} {
		res, err := client.Get(srv.URL + "/2/users/5/mentions" + q)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if got != nil {
			t.Errorf("%s: %v", q, got)
		}
	}
}
