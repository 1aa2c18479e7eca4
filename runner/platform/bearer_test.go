package platform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"heed/bots"
	"heed/runner"
)

// tokens is a source of access tokens that tests steer.
type tokens struct {
	mu      sync.Mutex
	now     runner.Secret
	next    []runner.Secret // what renewals give
	err     error           // of Token
	failed  error           // of Renew
	refused []runner.Secret // what Renew was told
}

const bearer1, bearer2 = "bearerCANARYone0123", "bearerCANARYtwo0123"

func (s *tokens) Token(context.Context) (runner.Secret, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now, s.err
}

func (s *tokens) Renew(_ context.Context, refused runner.Secret) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return s.failed
	}
	if refused != s.now {
		return nil
	}
	s.refused = append(s.refused, refused)
	s.now, s.next = s.next[0], s.next[1:]
	return nil
}

// bearerX is a server that takes one bearer token, and a platform that signs with s.
func bearerX(t *testing.T, s *tokens, good string, answer http.HandlerFunc) (*X, *[]string) {
	t.Helper()
	var mu sync.Mutex
	var calls []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		calls = append(calls, r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization"))
		mu.Unlock()
		if r.Host != "api.x.com" || r.Header.Get("Authorization") != "Bearer "+good {
			reply(401, `{"title":"Unauthorized","type":"about:blank","status":401,"detail":"Unauthorized `+r.Header.Get("Authorization")+`"}`)(w, r)
			return
		}
		answer(w, r)
	}))
	t.Cleanup(srv.Close)
	x := newX(t, srv.URL, func(o *Options) {
		o.Consumer = Keys{}
		o.Accounts = map[string]Account{"tides": {Handle: "@tidesbot", UserID: me, Bearer: s}}
	})
	return x, &calls
}

func TestBearerSignsEveryCall(t *testing.T) {
	s := &tokens{now: bearer1}
	x, calls := bearerX(t, s, bearer1, reply(201, created))
	if a := x.Do(t.Context(), claim(t, post("hi"))); a.Outcome != runner.Landed || a.PostID != "9001" {
		t.Fatalf("%+v", a)
	}
	if want := []string{"POST /2/tweets Bearer " + bearer1}; !slices.Equal(*calls, want) {
		t.Errorf("%q", *calls)
	}
}

func TestManyCallsWhileTheTokenChanges(t *testing.T) {
	s := &tokens{now: bearer1}
	var mu sync.Mutex
	seen := map[string]int{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen[r.Header.Get("Authorization")]++
		mu.Unlock()
		reply(201, created)(w, r)
	}))
	defer srv.Close()
	x := newX(t, srv.URL, func(o *Options) { o.Accounts = map[string]Account{"tides": {UserID: me, Bearer: s}} })
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			if i == 30 {
				s.mu.Lock()
				s.now = bearer2
				s.mu.Unlock()
			}
			if a := x.Do(t.Context(), claim(t, post("hi"))); a.Outcome != runner.Landed {
				t.Errorf("%+v", a)
			}
		})
	}
	wg.Wait()
	if seen["Bearer "+bearer1]+seen["Bearer "+bearer2] != 60 {
		t.Errorf("signed with %v: the placeholder must never be sent", len(seen))
	}
}

// A 401 is no act: the token is renewed, and the write waits its turn again. Nothing is
// sent twice.
func TestRefusedTokenIsRenewedOnce(t *testing.T) {
	s := &tokens{now: bearer1, next: []runner.Secret{bearer2}}
	x, calls := bearerX(t, s, bearer2, reply(201, created))
	a := x.Do(t.Context(), claim(t, post("hi")))
	if a.Outcome != runner.Refused || a.Code != "x.token_renewed" || a.Latch != "" || a.RetryAt != now.Add(time.Second) || a.Status != 401 || len(*calls) != 1 {
		t.Fatalf("the first: %+v, %d calls", a, len(*calls))
	}
	if a = x.Do(t.Context(), claim(t, post("hi"))); a.Outcome != runner.Landed || len(*calls) != 2 || len(s.refused) != 1 {
		t.Errorf("the second: %+v, %d calls", a, len(*calls))
	}
}

func TestTokenRefusedAgainLatches(t *testing.T) {
	s := &tokens{now: bearer1, next: []runner.Secret{bearer2}}
	x, calls := bearerX(t, s, "none of these", nil)
	x.Do(t.Context(), claim(t, post("hi")))
	a := x.Do(t.Context(), claim(t, post("hi")))
	if a.Outcome != runner.Refused || !strings.Contains(a.Latch, "heed login tides") || a.App || !a.RetryAt.IsZero() || len(*calls) != 2 || len(s.refused) != 1 {
		t.Errorf("%+v, %d calls, %d renewals", a, len(*calls), len(s.refused))
	}
	if told := fmt.Sprintf("%+v", a); strings.Contains(told, "CANARY") {
		t.Errorf("the token is told: %s", told)
	}
	// One that was good for a while and is then refused is another matter.
	s.next = []runner.Secret{"bearerCANARYthree0123"}
	x.now = func() time.Time { return now.Add(renewalRest) }
	if a = x.Do(t.Context(), claim(t, post("hi"))); a.Code != "x.token_renewed" || a.Latch != "" || len(s.refused) != 2 {
		t.Errorf("later: %+v, %d renewals", a, len(s.refused))
	}
}

func TestReadIsAskedOnceMoreWithAnotherToken(t *testing.T) {
	s := &tokens{now: bearer1, next: []runner.Secret{bearer2}}
	x, calls := bearerX(t, s, bearer2, reply(200, `{"data":{"id":"500","username":"tidesbot"}}`))
	if p, err := x.Profile(t.Context(), "tides"); err != nil || p.UserID != me || len(*calls) != 2 {
		t.Errorf("%+v, %v, %d calls", p, err, len(*calls))
	}
	s = &tokens{now: bearer1, next: []runner.Secret{bearer2}}
	x, calls = bearerX(t, s, "none of these", nil)
	_, err := x.Profile(t.Context(), "tides")
	var locked *runner.Locked
	if !errors.As(err, &locked) || locked.App || len(*calls) != 2 || strings.Contains(err.Error(), "CANARY") {
		t.Errorf("%v, %d calls", err, len(*calls))
	}
}

// Without a token nothing is sent, and what it means is said.
func TestWithoutATokenNothingIsSent(t *testing.T) {
	needs := &runner.NeedsLogin{Bot: "tides", Why: "its refresh token is spent or revoked"}
	for says, c := range map[string]struct {
		err        error
		code       string
		latch, app bool
	}{
		"a person must sign it in": {fmt.Errorf("wrapped: %w", needs), "x.needs_login", true, false},
		"the app is refused":       {&runner.Locked{App: true, Why: "X does not accept x.client_id"}, "x.no_token", true, true},
		"X is not well":            {errors.New("X's token endpoint answered 503"), "x.no_token", false, false},
		"an odd token":             {nil, "x.no_token", false, false},
	} {
		s := &tokens{now: "with space", err: c.err}
		x, calls := bearerX(t, s, bearer1, nil)
		a := x.Do(t.Context(), claim(t, post("hi")))
		if a.Outcome != runner.Refused || a.Code != c.code || (a.Latch != "") != c.latch || a.App != c.app || a.RetryAt.IsZero() != c.latch {
			t.Errorf("%s: %+v", says, a)
		}
		if c.code == "x.needs_login" && !strings.Contains(a.Latch, "heed login tides") {
			t.Errorf("%s: %q does not say what to do", says, a.Latch)
		}
		_, _, err := x.Listen(t.Context(), "tides", "")
		_, perr := x.Profile(t.Context(), "tides")
		_, ferr := x.Find(t.Context(), claim(t, onPost(bots.Delete, "7")))
		for _, err := range []error{err, perr, ferr} {
			var locked *runner.Locked
			if err == nil || errors.As(err, &locked) != c.latch || c.latch && locked.App != c.app {
				t.Errorf("%s: a read: %v", says, err)
			}
		}
		if len(*calls) != 0 {
			t.Errorf("%s: %q was sent", says, *calls)
		}
	}
}

func TestFailedRenewalAfterARefusal(t *testing.T) {
	for says, c := range map[string]struct {
		failed error
		code   string
		latch  bool
	}{
		"spent": {&runner.NeedsLogin{Bot: "tides", Why: "spent"}, "x.needs_login", true},
		"a 503": {errors.New("X's token endpoint answered 503"), "x.no_token", false},
	} {
		s := &tokens{now: bearer1, failed: c.failed}
		x, calls := bearerX(t, s, bearer2, nil)
		a := x.Do(t.Context(), claim(t, post("hi")))
		if a.Outcome != runner.Refused || a.Code != c.code || (a.Latch != "") != c.latch || a.Status != 401 || len(*calls) != 1 {
			t.Errorf("%s: %+v, %d calls", says, a, len(*calls))
		}
	}
}

func TestAnAccountSignsInOneWay(t *testing.T) {
	o := testOptions("")
	o.Accounts = map[string]Account{"tides": {Token: token, Secret: tokenSecret, Bearer: &tokens{now: bearer1}}}
	if _, err := New(o); err == nil || !strings.Contains(err.Error(), "in one way") {
		t.Error(err)
	}
	x := newX(t, "", func(o *Options) {
		o.Accounts = map[string]Account{"tides": {Handle: "@tidesbot", UserID: me, Bearer: &tokens{now: bearer1}}}
	})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		for _, v := range []any{x, x.accounts["tides"], *x.accounts["tides"], x.accounts["tides"].bearer, exchange{bearer: bearer1}.bearer} {
			if s := fmt.Sprintf(verb, v); strings.Contains(s, "CANARY") {
				t.Errorf("a token is shown: %s", s)
			}
		}
	}
}
