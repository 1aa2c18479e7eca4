package platform

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	dghubble "github.com/dghubble/oauth1"

	"heed/bots"
	"heed/runner"
)

func contextWith(ctx context.Context, c *http.Client) context.Context {
	return context.WithValue(ctx, dghubble.HTTPClient, c)
}

const created = `{"data":{"id":"9001","text":"hi","edit_history_tweet_ids":["9001"]}}`

func TestCallKeepsTheSignedHostAndNamesItself(t *testing.T) {
	f := newFake(t, always(reply(201, created)))
	x := newX(t, f.URL, func(o *Options) { o.UserAgent = "heed/test" })
	if a := x.Do(t.Context(), claim(t, post("hi"))); a.Outcome != runner.Landed || a.PostID != "9001" || a.Status != 201 {
		t.Fatalf("%+v", a)
	}
	c := f.all()[0]
	if c.host != "api.x.com" || c.agent != "heed/test" || c.path != "/2/tweets" {
		t.Errorf("host %q, agent %q, path %q", c.host, c.agent, c.path)
	}
	if c.body != `{"text":"hi"}` || !strings.HasPrefix(c.contentType, "application/json") {
		t.Errorf("body %s as %s", c.body, c.contentType)
	}
}

func TestNothingIsRedirected(t *testing.T) {
	for status, want := range map[int]runner.Outcome{307: runner.Refused, 308: runner.Refused, 301: runner.Uncertain, 302: runner.Uncertain, 303: runner.Uncertain} {
		var elsewhere int
		other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
		f := newFake(t, always(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL+"/2/tweets", status) }))
		a := newX(t, f.URL).Do(t.Context(), claim(t, post("hi")))
		other.Close()
		if a.Outcome != want || a.Code != "x.redirected" || !a.RetryAt.IsZero() || elsewhere != 0 || len(f.all()) != 1 {
			t.Errorf("%d: %+v, %d calls, %d elsewhere", status, a, len(f.all()), elsewhere)
		}
	}
}

// A call without its path parameter must not become a call of the server's root.
func TestCallWithoutAnAddressIsNotSent(t *testing.T) {
	f := newFake(t, nil)
	x := newX(t, f.URL)
	a := x.accounts["tides"]
	for name, p := range map[string]*request{
		"a missing id":       {path: map[string]string{":id": ""}},
		"an id with a slash": {path: map[string]string{":id": "5/../6"}},
		"two spaces in a query, which gotwi signs wrongly": {path: map[string]string{":id": "5"}, query: map[string]string{"pagination_token": "a  b"}},
	} {
		got := x.classify(bots.Delete, x.call(t.Context(), a, "DELETE", "/2/tweets/:id", p), told("deleted", true))
		if got.Outcome != runner.Refused || got.Code != "x.not_sent" || got.RetryAt != now.Add(soon) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if w := newWire(mustURL(t, f.URL), "heed", tcp); true {
		req, _ := http.NewRequest("GET", signedBase+"/2/users/me", nil)
		if _, err := w.RoundTrip(req); !errors.Is(err, errNotSent) {
			t.Errorf("a call that nobody keeps was sent: %v", err)
		}
		for _, addr := range []string{"https://api.twitter.com/2/users/me", "http://api.x.com/2/users/me", "https://api.x.com/1.1/x.json", "https://api.x.com/"} {
			req, _ := http.NewRequestWithContext(context.WithValue(t.Context(), exchangeKey{}, &exchange{}), "GET", addr, nil)
			if _, err := w.RoundTrip(req); !errors.Is(err, errNotSent) {
				t.Errorf("%s was sent: %v", addr, err)
			}
		}
	}
	if len(f.all()) != 0 {
		t.Errorf("%d calls reached the server", len(f.all()))
	}
}

func TestBodiesAreBounded(t *testing.T) {
	block := strings.Repeat("x", 1<<20)
	var sent atomic.Int64
	long := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(201)
		_, _ = io.WriteString(w, `{"data":{"id":"9001","text":"`)
		for range 512 {
			if _, err := io.WriteString(w, block); err != nil {
				return // the other side has hung up
			}
			sent.Add(1)
		}
	}
	bomb := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(201)
		z := gzip.NewWriter(w)
		for range 256 {
			if _, err := io.WriteString(z, block); err != nil {
				return
			}
		}
		_ = z.Close()
	}
	for name, h := range map[string]http.HandlerFunc{"a body without end": long, "a gzip bomb": bomb} {
		f := newFake(t, always(h))
		x := newX(t, f.URL)
		e := x.call(t.Context(), x.accounts["tides"], "POST", "/2/tweets", &request{body: postBody{Text: "hi"}})
		if !e.cut || e.body != nil {
			t.Errorf("%s: cut %v, kept %d bytes", name, e.cut, len(e.body))
		}
		if a := x.Do(t.Context(), claim(t, post("hi"))); a.Outcome != runner.Uncertain || a.Code != "x.unreadable" {
			t.Errorf("%s: %+v", name, a)
		}
	}
	if n := sent.Load(); n > 2*64 {
		t.Errorf("%d MiB of two endless bodies were taken", n)
	}
	gz := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(201)
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, created)
		_ = z.Close()
	}
	if a := newX(t, newFake(t, always(gz)).URL).Do(t.Context(), claim(t, post("hi"))); a.Outcome != runner.Landed {
		t.Errorf("an honest gzip body: %+v", a)
	}
}

// What surely never left may be tried again; everything else is unknown.
func TestNoAnswer(t *testing.T) {
	hangUp := func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_ = c.Close()
		}
	}
	hang := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	slowBody := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(201)
		_, _ = io.WriteString(w, `{"data":`)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
	quick := func(o *Options) { o.Timeout = 150 * time.Millisecond }
	for name, row := range map[string]struct {
		h    http.HandlerFunc
		code string
	}{
		"the connection ends after the write": {hangUp, "x.no_answer"},
		"the answer takes too long":           {hang, "x.no_answer"},
		"the body takes too long":             {slowBody, "x.unreadable"},
	} {
		f := newFake(t, always(row.h))
		a := newX(t, f.URL, quick).Do(t.Context(), claim(t, post("hi")))
		if a.Outcome != runner.Uncertain || a.Code != row.code || len(f.all()) != 1 || !a.RetryAt.IsZero() {
			t.Errorf("%s: %+v, %d calls", name, a, len(f.all()))
		}
	}
	closed := httptest.NewServer(nil)
	closed.Close()
	strange := httptest.NewTLSServer(nil)
	strange.Config.ErrorLog = quietLog()
	defer strange.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes the connection, never shakes hands
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	for name, base := range map[string]string{
		"nobody listens": closed.URL, "the certificate is not known": strange.URL, "TLS is never agreed": "https://" + silent.Addr().String(),
	} {
		a := newX(t, base, quick).Do(t.Context(), claim(t, post("hi")))
		if a.Outcome != runner.Refused || a.Code != "x.unreachable" || a.RetryAt != now.Add(30*time.Second) {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

func TestGivingUpAfterTheWriteIsUnknown(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := newFake(t, always(func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() }))
	if a := newX(t, f.URL).Do(ctx, claim(t, post("hi"))); a.Outcome != runner.Uncertain || a.Code != "x.no_answer" {
		t.Errorf("given up while X worked: %+v", a)
	}
	if a := newX(t, f.URL).Do(ctx, claim(t, post("hi"))); a.Outcome != runner.Refused || a.RetryAt.IsZero() || len(f.all()) != 1 {
		t.Errorf("given up before: %+v", a)
	}
}

// A write is not sent again by the transport when a kept connection turns out dead.
func TestDeadConnectionIsNotUsedTwice(t *testing.T) {
	n := 0
	f := newFake(t, always(func(w http.ResponseWriter, r *http.Request) {
		if n++; n == 1 {
			reply(201, created)(w, r)
			return
		}
		c, _, _ := w.(http.Hijacker).Hijack()
		_ = c.Close()
	}))
	x := newX(t, f.URL)
	first, second := x.Do(t.Context(), claim(t, post("one"))), x.Do(t.Context(), claim(t, post("two")))
	if first.Outcome != runner.Landed || second.Outcome != runner.Uncertain || len(f.all()) != 2 {
		t.Errorf("%+v then %+v, %d calls", first, second, len(f.all()))
	}
}

// A proxy named in the environment would see every credential. (A proxied call cannot
// be made here: loopback never is.)
func TestNoProxyOfTheEnvironment(t *testing.T) {
	if newWire(mustURL(t, "https://api.x.com"), "heed", tcp).next.(*http.Transport).Proxy != nil {
		t.Error("the transport has a proxy")
	}
}

// Many goroutines share the platform; each call is signed for itself. Under -race.
func TestManyAtOnce(t *testing.T) {
	f := newFake(t, map[string]http.HandlerFunc{
		"POST /2/tweets":             reply(201, created),
		"POST /2/users/500/retweets": reply(200, `{"data":{"retweeted":true}}`),
		"GET /2/users/me":            reply(200, `{"data":{"id":"500","username":"tidesbot"}}`),
		"GET /2/users/500/mentions":  reply(200, `{"meta":{"result_count":0}}`, "x-rate-limit-limit", "300", "x-rate-limit-remaining", "299", "x-rate-limit-reset", fmt.Sprint(now.Unix()+60)),
		"GET /2/dm_events":           reply(200, `{"meta":{"result_count":0}}`),
	})
	x := newX(t, f.URL)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 10 {
				if a := x.Do(t.Context(), claim(t, post(fmt.Sprintf("post %d", i)))); a.Outcome != runner.Landed {
					t.Errorf("%+v", a)
				}
				if a := x.Do(t.Context(), claim(t, onPost(bots.Repost, "77"))); a.Outcome != runner.Landed {
					t.Errorf("%+v", a)
				}
				if _, err := x.Profile(t.Context(), "tides"); err != nil {
					t.Error(err)
				}
				if _, _, err := x.Listen(t.Context(), "tides", ""); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// TestAReadIsNotSentTwice: net/http by itself sends a GET again when a connection that
// it had kept is found dead. The second one would bear the first one's nonce, X would
// refuse it as a replay, and heed would take that for refused credentials.
func TestAReadIsNotSentTwice(t *testing.T) {
	var calls atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) == 2 {
			c, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_ = c.Close()
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"data":{"id":"500","username":"tidesbot"}}`))
	}))
	defer s.Close()
	x := newX(t, s.URL)
	if _, err := x.Profile(t.Context(), "tides"); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Profile(t.Context(), "tides"); err == nil || calls.Load() != 2 {
		t.Errorf("the read that got no answer: %v after %d calls, want an error after 2", err, calls.Load())
	}
}
