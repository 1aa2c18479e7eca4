package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dghubble/oauth1"
)

// clock is a world's time in tests: it stands until it is moved.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

var start = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// stage is a world behind a real server, with an app, a bot and two people.
type stage struct {
	*testing.T
	w        *World
	clock    *clock
	url      string
	app      App
	bot      *client
	ann, bob User
	botID    string
}

// client signs as one account does and is led to the test server, keeping Host.
type client struct {
	*testing.T
	http  *http.Client
	creds Credentials
}

// lead sends every request to a server, as heed's transport does.
type lead struct{ base *url.URL }

func (l lead) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if r.Host == "" {
		r.Host = r.URL.Host
	}
	r.URL.Scheme, r.URL.Host = l.base.Scheme, l.base.Host
	return http.DefaultTransport.RoundTrip(r)
}

func setup(t *testing.T, o Options) *stage {
	t.Helper()
	s := &stage{T: t, clock: &clock{t: start}}
	if o.Now == nil {
		o.Now = s.clock.now
	}
	if o.Skew == 0 {
		o.Skew = 100 * 365 * 24 * time.Hour // the test client signs with the real time
	}
	s.w = New(o)
	s.serve()
	var err error
	if s.app, err = s.w.AddApp("Desk", ReadWriteDM); err != nil {
		t.Fatal(err)
	}
	s.ann, s.bob = s.person("ann"), s.person("bob")
	creds, err := s.w.AddBot(s.app.ID, User{Username: "deskbot", Bio: "A bot by @ann & co <x>", Automated: true, Operator: s.ann.ID})
	if err != nil {
		t.Fatal(err)
	}
	s.bot, s.botID = s.client(creds), creds.UserID
	s.clock.add(time.Second)
	return s
}

func (s *stage) serve() {
	srv := httptest.NewServer(s.w)
	s.Cleanup(srv.Close)
	s.url = srv.URL
}

func (s *stage) person(name string) User {
	s.Helper()
	u, err := s.w.AddUser(User{Username: name})
	if err != nil {
		s.Fatal(err)
	}
	return u
}

func (s *stage) anotherBot(name string) *client {
	s.Helper()
	creds, err := s.w.AddBot(s.app.ID, User{Username: name})
	if err != nil {
		s.Fatal(err)
	}
	return s.client(creds)
}

func (s *stage) client(c Credentials) *client {
	base, err := url.Parse(s.url)
	if err != nil {
		s.Fatal(err)
	}
	ctx := context.WithValue(context.Background(), oauth1.HTTPClient, &http.Client{Transport: lead{base}})
	cfg := oauth1.NewConfig(c.ConsumerKey, c.ConsumerSecret)
	h := cfg.Client(ctx, oauth1.NewToken(c.AccessToken, c.AccessSecret))
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client{T: s.T, http: h, creds: c}
}

// got is an answer, read.
type got struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
}

// do calls and fails the test when no answer comes.
func (c *client) do(method, path, body string) got {
	c.Helper()
	g, err := c.try(method, path, body)
	if err != nil {
		c.Fatalf("%s %s: %v", method, path, err)
	}
	return g
}

func (c *client) try(method, path, body string) (got, error) {
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(c.Context(), method, "https://api.twitter.com"+path, in)
	if err != nil {
		return got{}, err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json;charset=UTF-8")
	}
	res, err := c.http.Do(r)
	if err != nil {
		return got{}, err
	}
	return readAnswer(res)
}

func readAnswer(res *http.Response) (got, error) {
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	g := got{status: res.StatusCode, header: res.Header, raw: string(b)}
	if json.Valid(b) {
		d := json.NewDecoder(bytes.NewReader(b))
		_ = d.Decode(&g.body)
	}
	return g, err
}

// at walks into the body: names and, for lists, positions.
func (g got) at(path ...any) any {
	var v any = g.body
	for _, p := range path {
		switch k := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[k]
		case int:
			l, _ := v.([]any)
			if k >= len(l) {
				return nil
			}
			v = l[k]
		}
	}
	return v
}

func (g got) str(path ...any) string { s, _ := g.at(path...).(string); return s }

func (g got) ids() []string {
	var out []string
	list, _ := g.body["data"].([]any)
	for _, v := range list {
		m, _ := v.(map[string]any)
		id, _ := m["id"].(string)
		out = append(out, id)
	}
	return out
}

// must gives a value or ends the test.
func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *stage) expect(g got, status int, part string) {
	s.Helper()
	if g.status != status || !strings.Contains(g.raw, part) {
		s.Errorf("got %d %s\nwant %d with %q", g.status, g.raw, status, part)
	}
}

func TestIDsAreSnowflakesOfTheClock(t *testing.T) {
	w := New(Options{Now: (&clock{t: start}).now})
	var last string
	for range 3 {
		id := w.newID(start)
		at, err := IDTime(id)
		if err != nil || !at.Equal(start) {
			t.Fatalf("id %s is of %v, %v; want %v", id, at, err, start)
		}
		if !less(last, id) {
			t.Fatalf("id %s does not follow %s", id, last)
		}
		last = id
	}
	if back := w.newID(start.Add(-time.Hour)); !less(last, back) {
		t.Errorf("after the clock stepped back, id %s does not follow %s", back, last)
	}
	if _, err := IDTime("12x"); err == nil {
		t.Error("12x was read as an id")
	}
}

func TestTheSameSeedIsTheSameWorld(t *testing.T) {
	make := func(seed uint64) string {
		w := New(Options{Now: (&clock{t: start}).now, Seed: seed, SaveMessages: true})
		app := must[App](t)(w.AddApp("a", ""))
		must[Credentials](t)(w.AddBot(app.ID, User{Username: "bot", DMOpen: true}))
		must[User](t)(w.AddUser(User{Username: "ann"}))
		must[string](t)(w.Mention("ann", "bot", "see https://example.com/x"))
		must[string](t)(w.DM("ann", "bot", "hello"))
		return string(must[[]byte](t)(w.snapshot()))
	}
	first, again := make(7), make(7)
	if first != again {
		t.Error("two worlds of one seed differ")
	}
	if make(7) == make(8) {
		t.Error("two seeds made the same keys and links")
	}
}

func TestAddUserRefuses(t *testing.T) {
	w := New(Options{Now: (&clock{t: start}).now, MaxObjects: 2})
	must[User](t)(w.AddUser(User{ID: "12", Username: "@Ann"}))
	for why, u := range map[string]User{
		"a name with a space":          {Username: "a b"},
		"a name of 16 letters":         {Username: "abcdefghijklmnop"},
		"a name taken in another case": {Username: "aNN"},
		"an id taken":                  {ID: "12", Username: "x"},
		"an id that is none":           {ID: "x", Username: "x"},
		"a plan that X does not sell":  {Username: "x", Subscription: "Gold"},
		"a bio beyond 160 characters":  {Username: "x", Bio: strings.Repeat("é", 161)},
	} {
		if _, err := w.AddUser(u); err == nil {
			t.Errorf("%s was taken", why)
		}
	}
	must[User](t)(w.AddUser(User{Username: "bob"}))
	if _, err := w.AddUser(User{Username: "carl"}); err == nil {
		t.Error("a full world took a third account")
	}
}
