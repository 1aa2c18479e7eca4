package sandbox

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
)

func preset(t *testing.T, name string) Fault {
	t.Helper()
	return must[Fault](t)(Preset(name))
}

func (s *stage) fault(f Fault) {
	s.Helper()
	if err := s.w.AddFault(f); err != nil {
		s.Fatal(err)
	}
}

func TestFaultsThatAnswer(t *testing.T) {
	for name, want := range map[string]struct {
		status      int
		ctype, part string
		landed      bool
	}{
		"server_error":   {500, plain, "Internal Server Error", false},
		"unavailable":    {503, plain, `"Service Unavailable"`, false},
		"html_503":       {503, "text/html; charset=utf-8", "<html>", false},
		"html_200":       {200, "text/html; charset=utf-8", "<html>", false},
		"empty_200":      {200, plain, "", false},
		"empty_json_503": {503, plain, "", false},
		"no_type_502":    {502, "", "bad gateway", false},
		"problem_json":   {403, problemT, msgNotPermitted, false},
		"forbidden":      {403, plain, msgNotPermitted, false},
		"unauthorized":   {401, plain, "Unauthorized", false},
		"redirect_307":   {307, "", "", false},
		"error_after":    {503, plain, "Service Unavailable", true},
		"html_after":     {502, "text/html; charset=utf-8", "<html>", true},
		"empty_after":    {201, plain, "", true},
		"rate_no_reset":  {429, plain, "Too Many Requests", false},
		"rate_bad_reset": {429, plain, "Too Many Requests", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := setup(t, Options{})
			s.fault(preset(t, name))
			g := s.bot.do("POST", "/2/tweets", `{"text":"x"}`)
			if g.status != want.status || g.header.Get("Content-Type") != want.ctype || !strings.Contains(g.raw, want.part) || want.part == "" && g.raw != "" {
				t.Errorf("got %d %q %q", g.status, g.header.Get("Content-Type"), g.raw)
			}
			calls := s.w.Calls()
			if len(calls) != 1 || calls[0].Status != want.status || calls[0].Processed != want.landed || calls[0].Fault != string(Refuse) {
				t.Errorf("recorded as %+v", calls)
			}
			if landed := len(s.w.Acts(s.botID)) == 1; landed != want.landed {
				t.Errorf("landed: %v, want %v", landed, want.landed)
			}
		})
	}
}

func TestFaultsThatBreakTheConnection(t *testing.T) {
	for name, landed := range map[string]bool{"drop_before": false, "drop_after": true, "truncate": true} {
		s := setup(t, Options{})
		s.fault(preset(t, name))
		g, err := s.bot.try("POST", "/2/tweets", `{"text":"some words"}`)
		if err == nil {
			t.Errorf("%s: an answer came whole: %d %s", name, g.status, g.raw)
		}
		if name == "truncate" && (g.status != 201 || g.raw == "" || g.body != nil) {
			t.Errorf("truncate: got %d %q", g.status, g.raw)
		}
		if got := len(s.w.Acts(s.botID)) == 1; got != landed {
			t.Errorf("%s: landed %v, want %v", name, got, landed)
		}
		if c := s.w.Calls(); c[0].Status != 0 || c[0].Processed != landed {
			t.Errorf("%s: recorded as %+v", name, c[0])
		}
	}
}

func TestHangsEndWhenTheClientGivesUp(t *testing.T) {
	for name, landed := range map[string]bool{"hang_before": false, "hang_after": true} {
		s := setup(t, Options{})
		ctx, cancel := context.WithCancel(t.Context())
		f := preset(t, name)
		f.Seen = func(c Call) {
			if c.Route != "/2/tweets" || c.UserID != s.botID {
				t.Errorf("%s: seen %+v", name, c)
			}
			cancel()
		}
		s.fault(f)
		r, _ := http.NewRequestWithContext(ctx, "POST", "https://api.x.com/2/tweets", strings.NewReader(`{"text":"x"}`))
		r.Header.Set("Content-Type", "application/json")
		if res, err := s.bot.http.Do(r); err == nil {
			t.Errorf("%s: answered %d", name, res.StatusCode)
		}
		if got := len(s.w.Acts(s.botID)) == 1; got != landed {
			t.Errorf("%s: landed %v, want %v", name, got, landed)
		}
	}
}

func TestDelaysWaitForTheirGate(t *testing.T) {
	for _, processed := range []bool{false, true} {
		s := setup(t, Options{})
		gate, seen := make(chan struct{}), make(chan struct{})
		s.fault(Fault{Kind: Delay, Processed: processed, Gate: gate, Count: 1, Seen: func(Call) { close(seen) }})
		done := make(chan got)
		go func() {
			g, err := s.bot.try("POST", "/2/tweets", `{"text":"slow"}`)
			if err != nil {
				t.Error(err)
			}
			done <- g
		}()
		<-seen
		if landed := len(s.w.Acts(s.botID)) == 1; landed != processed {
			t.Errorf("while delayed: landed %v, want %v", landed, processed)
		}
		// Others pass meanwhile.
		s.expect(s.bot.do("GET", "/2/users/me", ""), 200, "deskbot")
		close(gate)
		s.expect(<-done, 201, "slow")
	}
}

func TestReleaseEndsDelaysWithoutAGate(t *testing.T) {
	s := setup(t, Options{})
	seen := make(chan struct{})
	s.fault(Fault{Kind: Delay, Seen: func(Call) { close(seen) }})
	go func() {
		<-seen
		s.w.ClearFaults()
	}()
	s.expect(s.bot.do("GET", "/2/users/me", ""), 200, "deskbot")
}

func TestWhichCallsAFaultStrikes(t *testing.T) {
	s := setup(t, Options{Seed: 3})
	two := s.anotherBot("second")
	struck := func(c *client, method, path, body string) bool { return c.do(method, path, body).status == 503 }
	down := preset(t, "unavailable")
	f := down
	f.Method, f.Route, f.User, f.Nth, f.Count = "GET", "/2/users/:id", s.botID, 2, 2
	s.fault(f)
	for i, c := range []struct {
		who  *client
		path string
		want bool
	}{
		{s.bot, "/2/users/me", false}, {two, "/2/users/" + s.botID, false}, {s.bot, "/2/users/" + s.botID, false},
		{s.bot, "/2/users/" + s.botID, true}, {s.bot, "/2/users/" + s.ann.ID, true}, {s.bot, "/2/users/" + s.botID, false},
	} {
		if got := struck(c.who, "GET", c.path, ""); got != c.want {
			t.Errorf("call %d: struck %v, want %v", i, got, c.want)
		}
	}
	s.w.ClearFaults()
	down.Probability = 0.5
	s.fault(down)
	hits := 0
	for range 60 {
		if struck(s.bot, "GET", "/2/users/"+s.botID, "") {
			hits++
		}
	}
	if hits < 15 || hits > 45 {
		t.Errorf("with a probability of a half, %d of 60 were struck", hits)
	}
}

func TestAnInjected429StopsItsLane(t *testing.T) {
	s := setup(t, Options{})
	f := RateLimited(s.clock.now().Add(quarter))
	f.Count = 1
	s.fault(f)
	g := s.bot.do("GET", "/2/users/me", "")
	if g.status != 429 || head(g.header, "x-rate-limit-reset") != s.clock.now().Add(quarter).Unix() || head(g.header, "x-rate-limit-remaining") != 0 {
		t.Errorf("got %d %v", g.status, g.header)
	}
	if len(s.w.Violations()) != 0 {
		t.Errorf("violations %+v", s.w.Violations())
	}
	s.bot.do("GET", "/2/users/me", "")
	if v := s.w.Violations(); len(v) != 1 || v[0].Kind != Ignored429 {
		t.Errorf("violations %+v, want the early second call", v)
	}
	s.clock.add(quarter)
	s.bot.do("GET", "/2/users/me", "")
	if v := s.w.Violations(); len(v) != 1 {
		t.Errorf("a call at the reset was held against it: %+v", v)
	}
}

func TestRedirectsAreNotFollowedBySurprise(t *testing.T) {
	s := setup(t, Options{})
	s.fault(preset(t, "redirect_307"))
	g := s.bot.do("POST", "/2/tweets", `{"text":"x"}`)
	if g.status != 307 || g.header.Get("Location") == "" {
		t.Errorf("got %d %v", g.status, g.header)
	}
}

func TestFaultsAreChecked(t *testing.T) {
	w := New(Options{})
	for why, f := range map[string]Fault{
		"no kind":                  {},
		"an answer without status": {Kind: Refuse},
		"a truncation of nothing":  {Kind: Truncate},
		"a probability of two":     {Kind: Drop, Probability: 2},
		"an unknown route":         {Kind: Drop, Route: "/2/nothing"},
	} {
		if w.AddFault(f) == nil {
			t.Errorf("%s was taken", why)
		}
	}
	if _, err := Preset("nothing"); err == nil {
		t.Error("an unknown preset was given")
	}
}

// A dropped POST must not be sent again by the client's own transport: the truth
// would show two calls.
func TestADroppedPostIsOneCall(t *testing.T) {
	s := setup(t, Options{})
	s.bot.do("GET", "/2/users/me", "") // leaves a connection to reuse
	s.fault(preset(t, "drop_after"))
	reused := false
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { reused = i.Reused }})
	r, _ := http.NewRequestWithContext(ctx, "POST", "https://api.x.com/2/tweets", strings.NewReader(`{"text":"x"}`))
	r.Header.Set("Content-Type", "application/json")
	if _, err := s.bot.http.Do(r); err == nil {
		t.Error("an answer came")
	}
	if n := len(s.w.Calls()); n != 2 || !reused {
		t.Errorf("%d calls arrived, want the read and one write (connection reused: %v)", n, reused)
	}
}
