package signin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"heed/runner"
)

// clock is a clock that tests move.
type clock struct{ at atomic.Int64 }

func newClock() *clock { c := &clock{}; c.at.Store(noon.Unix()); return c }

func (c *clock) now() time.Time       { return time.Unix(c.at.Load(), 0).UTC() }
func (c *clock) pass(d time.Duration) { c.at.Add(int64(d / time.Second)) }
func (c *clock) of(a *App)            { a.Now = c.now }

// source is a bot with a token that has so long to go.
func source(t *testing.T, f *fakeX, left time.Duration) (*Source, *Store, *clock) {
	t.Helper()
	c, s := newClock(), store(t)
	if err := s.Save(t.Context(), "tides", f.seed(c.now().Add(left))); err != nil {
		t.Fatal(err)
	}
	return f.client(c.of).Source(s, "tides"), s, c
}

func TestTokenIsRenewedBeforeItEnds(t *testing.T) {
	for _, public := range []bool{false, true} {
		f := newX(t)
		f.public = public
		src, s, c := source(t, f, time.Hour)
		first, err := src.Token(t.Context())
		if err != nil || len(f.requests()) != 0 {
			t.Fatalf("an hour to go: %v, %d requests", err, len(f.requests()))
		}
		c.pass(54 * time.Minute)
		if got, err := src.Token(t.Context()); err != nil || got != first {
			t.Errorf("6 minutes to go: another token, or %v", err)
		}
		c.pass(2 * time.Minute)
		second, err := src.Token(t.Context())
		if err != nil || second == first || len(f.requests()) != 1 {
			t.Fatalf("4 minutes to go: %v, %d requests", err, len(f.requests()))
		}
		kept, err := s.Read("tides")
		if err != nil || kept.Access != second || !kept.Expires.Equal(c.now().Add(2*time.Hour)) || !f.refresh[string(kept.Refresh)] {
			t.Errorf("what is kept: %+v, %v", kept, err)
		}
		c.pass(3 * time.Hour)
		if third, err := src.Token(t.Context()); err != nil || third == second {
			t.Errorf("the refresh token that came with the last renewal does not work: %v", err)
		}
	}
}

// P: the token that follows is on the disk before it is used, or it is not used.
func TestRotatedTokenIsKeptBeforeItIsUsed(t *testing.T) {
	f := newX(t)
	src, s, c := source(t, f, time.Minute)
	f.hold()
	type got struct {
		token runner.Secret
		err   error
	}
	answer := make(chan got, 1)
	go func() { tok, err := src.Token(t.Context()); answer <- got{tok, err} }()
	<-f.arrived
	// While X answers, the place of the token is taken by something that nothing can replace.
	was, err := os.ReadFile(s.Path("tides"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(s.Path("tides")), os.Mkdir(s.Path("tides"), 0o700)); err != nil {
		t.Fatal(err)
	}
	close(f.stall)
	first := <-answer
	if first.err != nil || !f.access[string(first.token)] || first.token == lostAccess(src) {
		t.Fatalf("the old token has a minute, and the new one is not kept: %v", first.err)
	}
	c.pass(time.Minute)
	_, err = src.Token(t.Context())
	if err == nil {
		t.Fatal("a token was used that is not kept")
	}
	told(t, err)
	// The disk is well again: the token that X gave is kept and used, without another request.
	if err := errors.Join(os.Remove(s.Path("tides")), os.WriteFile(s.Path("tides"), was, 0o600)); err != nil {
		t.Fatal(err)
	}
	c.pass(longPause)
	tok, err := src.Token(t.Context())
	kept, rerr := s.Read("tides")
	if err != nil || rerr != nil || tok != kept.Access || len(f.requests()) != 1 {
		t.Errorf("%v, %v, %d requests", err, rerr, len(f.requests()))
	}
}

func lostAccess(s *Source) runner.Secret {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost == nil {
		return ""
	}
	return s.lost.Access
}

func TestManyCallersAndStoresRenewOnce(t *testing.T) {
	f := newX(t)
	one, s, c := source(t, f, time.Minute)
	two := f.client(c.of).Source(&Store{Dir: s.Dir}, "tides")
	f.hold()
	var wg sync.WaitGroup
	got := make([]runner.Secret, 20)
	for i := range got {
		wg.Go(func() {
			var err error
			if got[i], err = []*Source{one, two}[i%2].Token(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	<-f.arrived
	close(f.stall)
	wg.Wait()
	for _, g := range got {
		if g != got[0] {
			t.Error("the callers have different tokens")
		}
	}
	if n := len(f.requests()); n != 1 {
		t.Errorf("%d requests; the second would have spent the bot's sign-in", n)
	}
}

// TestTwoProcessesRenewOnce runs this test's own program twice beside it.
func TestTwoProcessesRenewOnce(t *testing.T) {
	if dir := os.Getenv("SIGNIN_TEST_DIR"); dir != "" {
		renewInProcess(t, dir, os.Getenv("SIGNIN_TEST_API"))
		return
	}
	f := newX(t)
	_, s, _ := source(t, f, time.Minute)
	f.hold()
	var outs [2]bytes.Buffer
	var cmds [2]*exec.Cmd
	for i := range cmds {
		cmds[i] = exec.Command(os.Args[0], "-test.run=^TestTwoProcessesRenewOnce$")
		cmds[i].Env = append(os.Environ(), "SIGNIN_TEST_DIR="+s.Dir, "SIGNIN_TEST_API="+f.URL)
		cmds[i].Stdout, cmds[i].Stderr = &outs[i], &outs[i]
		if err := cmds[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	<-f.arrived
	close(f.stall)
	for i := range cmds {
		if err := cmds[i].Wait(); err != nil {
			t.Errorf("process %d: %v\n%s", i, err, outs[i].String())
		}
	}
	if n := len(f.requests()); n != 1 {
		t.Errorf("two processes made %d requests", n)
	}
}

func renewInProcess(t *testing.T, dir, api string) {
	c, err := New(App{API: api, Authorize: api, ClientID: clientID, ClientSecret: clientSecret, Now: newClock().now})
	if err != nil {
		t.Fatal(err)
	}
	s := &Store{Dir: dir}
	tok, err := c.Source(s, "tides").Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := s.Read("tides"); err != nil || kept.Access != tok {
		t.Fatalf("another token than the one that is kept: %v", err)
	}
}

func TestSpentTokenNeedsALoginAndIsNeverSentAgain(t *testing.T) {
	for _, code := range []string{"invalid_request", "invalid_grant"} {
		f := newX(t)
		f.fault = func(w http.ResponseWriter) bool { invalid(w, code); return true }
		src, s, c := source(t, f, time.Minute)
		var needs *runner.NeedsLogin
		_, err := src.Token(t.Context())
		if !errors.As(err, &needs) || needs.Bot != "tides" || !strings.Contains(err.Error(), "heed login tides") {
			t.Fatalf("%s: %v", code, err)
		}
		told(t, err)
		for range 3 {
			c.pass(time.Hour)
			if _, err := src.Token(t.Context()); !errors.As(err, &needs) {
				t.Errorf("%s, later: %v", code, err)
			}
			if _, err := f.client(c.of).Source(s, "tides").Token(t.Context()); !errors.As(err, &needs) { // after a restart
				t.Errorf("%s, anew: %v", code, err)
			}
		}
		if n := len(f.requests()); n != 1 {
			t.Errorf("%s: the spent token was sent %d times", code, n)
		}
		// A login ends it, without a restart.
		f.fault = nil
		if err := s.Save(t.Context(), "tides", f.seed(c.now().Add(time.Hour))); err != nil {
			t.Fatal(err)
		}
		if _, err := src.Token(t.Context()); err != nil {
			t.Errorf("%s: after a login: %v", code, err)
		}
	}
}

func TestTroubleIsWaitedOut(t *testing.T) {
	html := func(status int) func(w http.ResponseWriter) bool {
		return func(w http.ResponseWriter) bool {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			_, _ = fmt.Fprint(w, "<html>refreshCANARY1</html>")
			return true
		}
	}
	for says, fault := range map[string]func(w http.ResponseWriter) bool{
		"a server error": html(503),
		"a limit":        html(429),
		"a redirect": func(w http.ResponseWriter) bool {
			w.Header().Set("Location", "https://elsewhere.example/")
			w.WriteHeader(307)
			return true
		},
		"a broken answer": func(w http.ResponseWriter) bool {
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprint(w, `{"access_token":"x`)
			return true
		},
		"an answer in HTML": html(200),
		"a connection lost": func(w http.ResponseWriter) bool {
			conn, _, _ := w.(http.Hijacker).Hijack()
			_ = conn.Close()
			return true
		},
		"no token in it": func(w http.ResponseWriter) bool { say(w, 200, map[string]string{"token_type": "bearer"}); return true },
		"a kind heed lacks": func(w http.ResponseWriter) bool {
			say(w, 200, map[string]any{"token_type": "mac", "access_token": "CANARY", "expires_in": 7200})
			return true
		},
		"an endless answer": func(w http.ResponseWriter) bool {
			w.Header().Set("Content-Type", "application/json")
			for range 20 {
				_, _ = w.Write(bytes.Repeat([]byte(" "), 64<<10))
			}
			return true
		},
	} {
		f := newX(t)
		f.fault = fault
		src, s, c := source(t, f, 4*time.Minute)
		before, _ := s.Read("tides")
		if tok, err := src.Token(t.Context()); err != nil || tok != before.Access {
			t.Errorf("%s: the old token is good for 4 minutes: %v", says, err)
		}
		c.pass(4 * time.Minute)
		_, err := src.Token(t.Context())
		if err == nil || permanent(err) {
			t.Errorf("%s: %v", says, err)
		}
		told(t, err)
		n := len(f.requests())
		for range 5 { // within the pause nobody asks
			if _, err := src.Token(t.Context()); err == nil {
				t.Errorf("%s: a token out of nothing", says)
			}
		}
		if got := len(f.requests()); got != n || n != 2 {
			t.Errorf("%s: %d requests, then %d within the pause", says, n, got)
		}
		if after, err := s.Read("tides"); err != nil || after.Refresh != before.Refresh || after.Spent != "" {
			t.Errorf("%s: the old token is not kept: %v", says, err)
		}
		f.mu.Lock()
		f.fault = nil
		f.mu.Unlock()
		c.pass(longPause)
		if _, err := src.Token(t.Context()); err != nil {
			t.Errorf("%s: once it is over: %v", says, err)
		}
	}
}

func TestRefusedAppStopsEveryBot(t *testing.T) {
	f := newX(t)
	src, s, c := source(t, f, time.Minute)
	wrong := f.client(c.of, func(a *App) { a.ClientSecret = "anotherCANARY" }).Source(s, "tides")
	_, err := wrong.Token(t.Context())
	var locked *runner.Locked
	if !errors.As(err, &locked) || !locked.App || len(f.requests()) != 1 {
		t.Fatalf("%v, %d requests: never tried in two ways", err, len(f.requests()))
	}
	told(t, err)
	if _, err := src.Token(t.Context()); err != nil {
		t.Errorf("the token was not spent: %v", err)
	}
}

// A caller that gives up does not break a renewal off: it may have spent the token.
func TestRenewalOutlivesItsCaller(t *testing.T) {
	f := newX(t)
	src, s, _ := source(t, f, time.Second)
	f.hold()
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() { _, err := src.Token(ctx); failed <- err }()
	<-f.arrived
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("the caller: %v", err)
	}
	close(f.stall)
	tok, err := src.Token(t.Context())
	kept, rerr := s.Read("tides")
	if err != nil || rerr != nil || tok != kept.Access || len(f.requests()) != 1 {
		t.Errorf("%v, %v, %d requests", err, rerr, len(f.requests()))
	}
}

func TestRenewAfterARefusal(t *testing.T) {
	f := newX(t)
	src, _, _ := source(t, f, time.Hour)
	first, err := src.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			if err := src.Renew(t.Context(), first); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	second, err := src.Token(t.Context())
	if err != nil || second == first || len(f.requests()) != 1 {
		t.Errorf("%v, %d requests for one refused token", err, len(f.requests()))
	}
}

func TestSourceWithoutAToken(t *testing.T) {
	f := newX(t)
	s := store(t)
	var needs *runner.NeedsLogin
	if _, err := f.client().Source(s, "tides").Token(t.Context()); !errors.As(err, &needs) {
		t.Errorf("no token: %v", err)
	}
	if err := s.Save(t.Context(), "tides", first1); err != nil {
		t.Fatal(err)
	}
	if _, err := f.client().Source(s, "tides").Token(t.Context()); !errors.As(err, &needs) || !strings.Contains(err.Error(), "OAuth 1.0a") {
		t.Errorf("a token of another kind: %v", err)
	}
	if len(f.requests()) != 0 {
		t.Error("X was asked")
	}
}

// A login or a logout beside a running heed counts at the next call.
func TestSourceSeesALoginAndALogout(t *testing.T) {
	f := newX(t)
	src, s, c := source(t, f, time.Hour)
	first, err := src.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Save(t.Context(), "tides", f.seed(c.now().Add(time.Hour))); err != nil {
		t.Fatal(err)
	}
	if got, err := src.Token(t.Context()); err != nil || got == first {
		t.Errorf("after a login: the old token, or %v", err)
	}
	if err := s.Delete(t.Context(), "tides"); err != nil {
		t.Fatal(err)
	}
	var needs *runner.NeedsLogin
	if _, err := src.Token(t.Context()); !errors.As(err, &needs) {
		t.Errorf("after a logout: %v", err)
	}
	if len(f.requests()) != 0 {
		t.Error("X was asked")
	}
}
