package sandbox

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestADrivenClockMovesWhenItIsTold(t *testing.T) {
	s := setup(t, Options{Now: time.Now, Clock: NewClock(start)})
	s.expect(s.heed("GET", "/_heed/clock", ""), 200, `"clock":"driven"`)
	first := s.bot.do("POST", "/2/tweets", `{"text":"one"}`).str("data", "id")
	s.expect(s.heed("POST", "/_heed/clock", `{"advance":"15m"}`), 200, "2026-09-01T12:15:00Z")
	second := s.bot.do("POST", "/2/tweets", `{"text":"two"}`).str("data", "id")
	if a, b := must[time.Time](t)(IDTime(first)), must[time.Time](t)(IDTime(second)); b.Sub(a) != 15*time.Minute {
		t.Errorf("ids are %v apart", b.Sub(a))
	}
	s.expect(s.heed("POST", "/_heed/clock", `{"set":"2026-09-02T00:00:00Z"}`), 200, "2026-09-02T00:00:00Z")
	for _, bad := range []string{`{"set":"2026-09-01T00:00:00Z"}`, `{"advance":"-1s"}`, `{}`, `{"advance":"1s","set":"2027-01-01T00:00:00Z"}`, `{"advance":"soon"}`, `{"to":"1s"}`} {
		s.expect(s.heed("POST", "/_heed/clock", bad), 400, "error")
	}
	if got := s.w.Time(); !got.Equal(start.Add(12 * time.Hour)) {
		t.Errorf("it stands at %v", got)
	}
	// Clients sign by their own watch, which nobody drives.
	file := filepath.Join(t.TempDir(), "world.json")
	ok(t, s.w.Save(file))
	again := must[*World](t)(Load(file, Options{Clock: NewClock(start)}))
	if !again.Time().Equal(s.w.Time()) {
		t.Errorf("after a load it is %v, want %v", again.Time(), s.w.Time())
	}
	real := setup(t, Options{})
	real.expect(real.heed("POST", "/_heed/clock", `{"advance":"15m"}`), 400, "--clock driven")
	real.expect(real.heed("GET", "/_heed/clock", ""), 200, `"clock":"real"`)
}

func TestSignaturesGoByTheWallUnderADrivenClock(t *testing.T) {
	s := setup(t, Options{Clock: NewClock(start), Skew: 5 * time.Minute})
	s.expect(s.bot.do("GET", "/2/users/me", ""), 200, "deskbot")
	ok(t, s.w.opt.Clock.Advance(90*day))
	s.expect(s.bot.do("GET", "/2/users/me", ""), 200, "deskbot")
	late := setup(t, Options{Clock: NewClock(time.Now()), Skew: 5 * time.Minute, Wall: func() time.Time { return time.Now().Add(time.Hour) }})
	late.expect(late.bot.do("GET", "/2/users/me", ""), 401, "Unauthorized")
}

func TestAPlayGoesByADrivenClock(t *testing.T) {
	c := NewClock(start)
	w := New(Options{Clock: c})
	script := Script{App: ScriptApp{Name: "a"}, People: []User{{Username: "ann"}}, Steps: []Step{{At: Duration(time.Minute), Who: "ann", Does: "post", Text: "hello"}}}
	must[map[string]Credentials](t)(w.Seat(script))
	done := make(chan error, 2)
	stage := Stage{Wait: c.Waiter(), Done: func(Step, string, error) { done <- nil }}
	go func() { done <- w.Play(t.Context(), script, stage) }()
	ok(t, c.Advance(59*time.Second))
	if n := len(w.Acts("")); n != 0 {
		t.Errorf("%d acts before their time", n)
	}
	ok(t, c.Advance(time.Second))
	ok(t, <-done)
	ok(t, <-done)
	if n := len(w.Acts("")); n != 1 {
		t.Errorf("%d acts after their time", n)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := c.Waiter()(ctx, time.Hour); err == nil {
		t.Error("a wait outlived its context")
	}
}

func TestSnapshotAndReset(t *testing.T) {
	s := setup(t, Options{Clock: NewClock(start), Lag: time.Second})
	ok(t, s.w.SetDMOpen("deskbot", true))
	ok(t, s.w.opt.Clock.Advance(time.Minute))
	kept := must[string](t)(s.w.DM("ann", "deskbot", "before"))
	ok(t, s.w.opt.Clock.Advance(time.Minute))
	s.expect(s.heed("POST", "/_heed/snapshot", `{"name":"before"}`), 200, "ok")

	gone := must[string](t)(s.w.Mention("ann", "deskbot", "after"))
	must[string](t)(s.w.DM("ann", "deskbot", "after"))
	ok(t, s.w.Revoke(s.bot.creds.AccessToken))
	ok(t, s.w.opt.Clock.Advance(time.Hour))
	ok(t, s.w.SetLag(time.Hour))
	s.fault(Fault{Kind: Refuse, Status: 503})
	s.expect(s.heed("POST", "/_heed/reset", `{"to":"before"}`), 200, "ok")

	g := s.bot.do("GET", "/2/dm_events", "")
	if ids := g.ids(); len(ids) != 1 || ids[0] != kept {
		t.Errorf("messages: %s", g.raw)
	}
	s.expect(s.bot.do("GET", "/2/tweets/"+gone, ""), 200, "Could not find tweet")
	if len(s.w.Acts("")) != 1 || len(s.w.Calls()) != 2 || !s.w.Time().Equal(start.Add(2*time.Minute)) {
		t.Errorf("%d acts, %d calls, at %v", len(s.w.Acts("")), len(s.w.Calls()), s.w.Time())
	}
	// Going back is no copy: the same may happen again, with the same ids and keys.
	if again := must[string](t)(s.w.Mention("ann", "deskbot", "after")); again != gone {
		t.Errorf("another id: %s, not %s", again, gone)
	}
	for _, bad := range []string{`{"to":"never"}`, `{}`, `{"name":"before"}`} {
		s.expect(s.heed("POST", "/_heed/reset", bad), 400, "error")
	}
	s.expect(s.heed("POST", "/_heed/snapshot", `{"name":""}`), 400, "name")
	for i := range maxShots - 1 {
		ok(t, s.w.Snapshot(strings.Repeat("x", i+1)))
	}
	if err := s.w.Snapshot("one more"); err == nil {
		t.Error("snapshots grow without end")
	}
	s.expect(s.heed("POST", "/_heed/reset", `{"to":""}`), 200, "ok")
	if len(s.w.Users()) != 0 || len(s.w.Apps()) != 0 {
		t.Error("an empty world has people")
	}
	s.expect(s.raw("GET", "/2/users/me", "Bearer "+s.app.Bearer), 401, "Unauthorized")
	ok(t, s.w.Reset("before"))
	s.expect(s.bot.do("GET", "/2/users/me", ""), 200, "deskbot")
}
