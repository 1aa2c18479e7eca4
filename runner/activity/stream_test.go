package activity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"heed/runner"
)

// fakeX answers the calls of a source from memory, so that time can be driven.
type fakeX struct {
	mu      sync.Mutex
	calls   []string
	subs    []subscription
	opened  []time.Time
	refuses map[string]int                      // a call's status, by method and path
	deny    map[string]bool                     // events that cannot be subscribed to
	open    func(n int) (*http.Response, error) // the n-th stream
	token   int
	most    int // subscriptions that its limit lets be made; 0: any number
}

func answer(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

func (x *fakeX) RoundTrip(r *http.Request) (*http.Response, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	call := r.Method + " " + r.URL.Path
	x.calls = append(x.calls, call)
	if call == "POST /oauth2/token" {
		key, secret, ok := r.BasicAuth()
		if !ok || key != "key" || secret != string(consumer) {
			return answer(403, "{}"), nil
		}
		x.token++
		return answer(200, fmt.Sprintf(`{"token_type":"bearer","access_token":"app%d"}`, x.token)), nil
	}
	if r.Header.Get("Authorization") != fmt.Sprintf("Bearer app%d", x.token) {
		return answer(401, `{"title":"Unauthorized"}`), nil
	}
	if status := x.refuses[call]; status != 0 {
		return answer(status, `{"title":"Forbidden","detail":"not allowed"}`), nil
	}
	switch call {
	case "GET /2/activity/subscriptions":
		b, err := json.Marshal(map[string]any{"data": x.subs})
		return answer(200, string(b)), err
	case "POST /2/activity/subscriptions":
		var s subscription
		if err := json.NewDecoder(r.Body).Decode(&s); err != nil {
			return nil, err
		}
		if x.deny[string(s.EventType)] {
			return answer(400, `{"errors":[{"message":"no such event"}]}`), nil
		}
		if x.most > 0 && len(x.subs) >= x.most {
			return answer(429, "{}"), nil
		}
		s.ID = text(fmt.Sprint(len(x.subs) + 1))
		x.subs = append(x.subs, s)
		return answer(200, "{}"), nil
	case "GET /2/activity/stream":
		x.opened = append(x.opened, time.Now())
		return x.open(len(x.opened))
	}
	return answer(404, ""), nil
}

// times counts how often the stream was opened.
func (x *fakeX) times() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.opened)
}

// made counts the subscriptions.
func (x *fakeX) made() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.subs)
}

func (x *fakeX) count(call string) (n int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, c := range x.calls {
		if c == call {
			n++
		}
	}
	return n
}

// body is a stream that ends when its request's context does, or when it is cut.
type body struct {
	*io.PipeReader
	w *io.PipeWriter
}

func newBody() body { r, w := io.Pipe(); return body{r, w} }

// live is an answer whose body breaks when the request is given up, as a real one does.
func (b body) live(ctx context.Context) *http.Response {
	context.AfterFunc(ctx, func() { _ = b.w.CloseWithError(context.Canceled) })
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: b}
}

type rig struct {
	*Source
	x   *fakeX
	got []runner.Push
	err chan error
	end context.CancelFunc
}

func follow(t *testing.T, x *fakeX, change func(*Options)) *rig {
	t.Helper()
	r := &rig{Source: testSource(t, change), x: x, err: make(chan error, 1)}
	r.http = &http.Client{Transport: x}
	ctx, cancel := context.WithCancel(t.Context())
	r.end = cancel
	go func() { r.err <- r.Follow(ctx, func(p runner.Push) { r.got = append(r.got, p) }) }()
	return r
}

// ctxX hands the request's context to the stream.
type ctxX struct {
	*fakeX
	streams []body
}

func (x *ctxX) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == "/2/activity/stream" && x.open == nil {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.opened = append(x.opened, time.Now())
		b := newBody()
		x.streams = append(x.streams, b)
		return b.live(r.Context()), nil
	}
	return x.fakeX.RoundTrip(r)
}

func followLive(t *testing.T, change func(*Options)) (*rig, *ctxX) {
	t.Helper()
	x := &ctxX{fakeX: &fakeX{}}
	r := &rig{Source: testSource(t, change), x: x.fakeX, err: make(chan error, 1)}
	r.http = &http.Client{Transport: x}
	ctx, cancel := context.WithCancel(t.Context())
	r.end = cancel
	go func() { r.err <- r.Follow(ctx, func(p runner.Push) { r.got = append(r.got, p) }) }()
	synctest.Wait()
	return r, x
}

func (r *rig) ends(t *testing.T) {
	t.Helper()
	r.end()
	if err := <-r.err; err != nil {
		t.Errorf("ended with %v", err)
	}
	if !r.Since("desk").IsZero() {
		t.Error("it still tells after its end")
	}
}

// TestStreamIsHeardAndKept: lines are events, blank ones keep it alive, an odd one stops
// nothing, and the same one twice is handed on once.
func TestStreamIsHeardAndKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, x := followLive(t, nil)
		if len(x.streams) != 1 || r.Since("desk").IsZero() || !r.Since("quay").IsZero() {
			t.Fatalf("%d streams, since %s", len(x.streams), r.Since("desk"))
		}
		say := func(s string) {
			if _, err := io.WriteString(x.streams[0].w, s); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		say("\r\n" + message1("5") + "\r\nnonsense\r\n" + message1("5") + "\r\n{\"errors\":[]}\r\n")
		say(message1("6")[:20])
		say(message1("6")[20:] + "\r\n")
		say(strings.Repeat("x", maxBody+5) + "\r\n" + message1("7") + "\r\n")
		if len(r.got) != 3 || r.got[0].Event != "dm:5" || r.got[1].Event != "dm:6" || r.got[2].Event != "dm:7" {
			t.Errorf("heard %s", show(r.got))
		}
		for range 20 { // half an hour of blank lines
			time.Sleep(idle - time.Second)
			say("\r\n")
		}
		if len(x.streams) != 1 {
			t.Errorf("opened %d times", len(x.streams))
		}
		r.ends(t)
	})
}

// TestIdleStreamIsOpenedAnew after 90 seconds without a byte.
func TestIdleStreamIsOpenedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, x := followLive(t, nil)
		first := r.Since("desk")
		time.Sleep(idle - time.Second)
		if synctest.Wait(); x.times() != 1 {
			t.Fatal("given up too early")
		}
		time.Sleep(4 * time.Second)
		if synctest.Wait(); x.times() != 2 || !r.Since("desk").After(first) {
			t.Errorf("opened %d times, since %s", x.times(), r.Since("desk"))
		}
		r.ends(t)
	})
}

// TestStreamPausesGrow from a second to five minutes while it breaks at once, and begin
// anew after it was well.
func TestStreamPausesGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := &fakeX{open: func(int) (*http.Response, error) { return answer(200, ""), nil }}
		r := follow(t, x, nil)
		time.Sleep(time.Hour)
		synctest.Wait()
		x.mu.Lock()
		opened := x.opened
		x.mu.Unlock()
		if len(opened) < 12 || len(opened) > 40 {
			t.Errorf("opened %d times in an hour", len(opened))
		}
		for i := 1; i < len(opened); i++ {
			pause, least := opened[i].Sub(opened[i-1]), min(firstPause<<(i-1), mostPause)
			if pause < least/2 || pause > least*3/2 {
				t.Errorf("pause %d was %s", i, pause)
			}
		}
		r.ends(t)
	})
}

// TestStreamWaitsForAReset: a 429 is waited out; one without a time that can be believed
// for a minute.
func TestStreamWaitsForAReset(t *testing.T) {
	for name, c := range map[string]struct {
		reset func() string
		least time.Duration
		most  time.Duration
	}{
		"told":        {func() string { return fmt.Sprint(time.Now().Add(10 * time.Minute).Unix()) }, 10 * time.Minute, 10*time.Minute + 3*time.Second},
		"not told":    {func() string { return "" }, shortRest, shortRest + 3*time.Second},
		"nonsense":    {func() string { return "soon" }, shortRest, shortRest + 3*time.Second},
		"in a year":   {func() string { return fmt.Sprint(time.Now().Add(9000 * time.Hour).Unix()) }, shortRest, shortRest + 3*time.Second},
		"in the past": {func() string { return "1" }, shortRest, shortRest + 3*time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := &fakeX{open: func(int) (*http.Response, error) {
					a := answer(429, `{"title":"Too Many Requests"}`)
					a.Header.Set("x-rate-limit-reset", c.reset())
					return a, nil
				}}
				r := follow(t, x, nil)
				time.Sleep(c.least - time.Second)
				if synctest.Wait(); x.times() != 1 {
					t.Errorf("opened %d times before the reset", x.times())
				}
				time.Sleep(c.most - c.least + time.Second)
				if synctest.Wait(); x.times() != 2 {
					t.Errorf("opened %d times after it", x.times())
				}
				r.ends(t)
			})
		})
	}
}

// TestRefusedAppEndsFollowing: no other credential is tried, and the error says which call
// was refused, in X's words.
func TestRefusedAppEndsFollowing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, call := range []string{"GET /2/activity/subscriptions", "GET /2/activity/stream"} {
			x := &fakeX{refuses: map[string]int{call: 403}}
			r := follow(t, x, nil)
			err := <-r.err
			var no *refused
			if !errors.As(err, &no) || no.status != 403 || !strings.Contains(err.Error(), "not allowed") || strings.Contains(err.Error(), "app1") {
				t.Errorf("%s: %v", call, err)
			}
			if n := x.count(call); n != 1 {
				t.Errorf("%s: called %d times", call, n)
			}
			r.end()
		}
	})
}

// TestOldBearerIsAskedForAnewOnce: X may end the app's token at any time.
func TestOldBearerIsAskedForAnewOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, x := followLive(t, nil)
		x.mu.Lock()
		x.token = 7 // what was given before is refused now
		x.mu.Unlock()
		if _, err := r.subscriptions(t.Context()); err != nil || x.token != 8 {
			t.Errorf("%v, %d tokens", err, x.token)
		}
		x.refuses = map[string]int{"GET /2/activity/subscriptions": 401}
		before := x.count("POST /oauth2/token")
		if _, err := r.subscriptions(t.Context()); !final(err) || x.count("POST /oauth2/token") != before+1 {
			t.Errorf("%v, %d more tokens", err, x.count("POST /oauth2/token")-before)
		}
		r.ends(t)
	})
}

// TestSubscriptionsAreMadeOnce: what is there is left alone; one that X refuses is named
// and hinders no other; a bot that lacks one of what polling reads is not covered.
func TestSubscriptionsAreMadeOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		accounts := []Account{{"desk", "@DeskBot", botID}}
		var mu sync.Mutex
		var reports []string
		r, x := followLive(t, func(o *Options) {
			o.Accounts = func() []Account { mu.Lock(); defer mu.Unlock(); return accounts }
			o.Report = func(err error) { mu.Lock(); defer mu.Unlock(); reports = append(reports, err.Error()) }
		})
		all := len(spoken) + len(beside)
		if n := x.count("POST /2/activity/subscriptions"); n != all || x.made() != all {
			t.Fatalf("%d subscriptions by %d calls", x.made(), n)
		}
		if err := r.subscribe(t.Context(), ""); err != nil || x.count("POST /2/activity/subscriptions") != all {
			t.Errorf("made again: %v", err)
		}
		x.mu.Lock()
		x.deny = map[string]bool{"dm.received": true, "post.quote.create": true}
		x.mu.Unlock()
		mu.Lock()
		accounts = append(accounts, Account{"quay", "@QuayBot", otherID}) // comes with a reload
		mu.Unlock()
		time.Sleep(2 * resubscribe)
		synctest.Wait()
		if x.made() != 2*all-2 || r.Since("desk").IsZero() || !r.Since("quay").IsZero() {
			t.Errorf("%d subscriptions, desk since %s, quay since %s", x.made(), r.Since("desk"), r.Since("quay"))
		}
		mu.Lock()
		if len(reports) != 2 || !strings.Contains(strings.Join(reports, "\n"), "quay: its events dm.received do not come") {
			t.Errorf("reports %q", reports)
		}
		mu.Unlock()
		if err := r.subscribe(t.Context(), ""); err != nil {
			t.Error(err)
		}
		mu.Lock()
		if len(reports) != 2 {
			t.Errorf("reported again: %q", reports[2:])
		}
		mu.Unlock()
		r.ends(t)
	})
}

// TestManySubscriptionsTakeTime: what X lets be asked for is heard at once, the rest once
// its limit has reset.
func TestManySubscriptionsTakeTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := &ctxX{fakeX: &fakeX{most: 5}}
		r := &rig{Source: testSource(t, nil), x: x.fakeX, err: make(chan error, 1)}
		r.http = &http.Client{Transport: x}
		ctx, cancel := context.WithCancel(t.Context())
		r.end = cancel
		go func() { r.err <- r.Follow(ctx, func(p runner.Push) { r.got = append(r.got, p) }) }()
		if synctest.Wait(); len(x.streams) != 1 || x.made() != 5 || !r.Since("desk").IsZero() {
			t.Fatalf("%d streams, %d subscriptions", len(x.streams), x.made())
		}
		x.mu.Lock()
		x.most = 0
		x.mu.Unlock()
		time.Sleep(shortRest + 2*resubscribe)
		if synctest.Wait(); len(x.streams) != 1 || x.made() != len(spoken)+len(beside) || r.Since("desk").IsZero() {
			t.Errorf("%d streams, %d subscriptions", len(x.streams), x.made())
		}
		r.ends(t)
	})
}

func TestNewRefuses(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"plain http to elsewhere": func(o *Options) { o.BaseURL = "http://api.x.com" },
		"a path":                  func(o *Options) { o.BaseURL = "https://api.x.com/2" },
		"a password":              func(o *Options) { o.BaseURL = "https://a:b@api.x.com" },
		"no key":                  func(o *Options) { o.ConsumerKey = "" },
		"no accounts":             func(o *Options) { o.Accounts = nil },
		"half a webhook":          func(o *Options) { o.Webhook = &Webhook{URL: "https://bots.example/x"} },
	} {
		o := Options{BaseURL: "https://api.x.com", ConsumerKey: "key", ConsumerSecret: "s", Accounts: func() []Account { return nil }}
		change(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
