package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"heed/runner"
)

// When the desk fails nobody is told that the opt-out holds, and the operator hears of it.
func TestADeskThatFails(t *testing.T) {
	d := &desk{fails: errors.New("disk full")}
	r := serve(t, d)
	r.refusedWith("an opt-out", r.ask("POST", "/v1/opt-outs", `{"user_id":"123"}`), 503, "disk full", "until it is answered with 200")
	r.refusedWith("a question", r.ask("GET", "/v1/opt-outs/123", ""), 503, "disk full", "take the person for opted out")
	d.fails, d.panics = nil, true
	r.refusedWith("a desk that panics", r.ask("POST", "/v1/opt-outs", `{"user_id":"123"}`), 500, "send it again")
	d.panics = false
	if a := r.ask("POST", "/v1/opt-outs", `{"user_id":"123"}`); a.status != 200 {
		t.Errorf("afterwards: %d %s", a.status, a.raw)
	}
	if len(r.told) != 3 || !strings.Contains(r.told[0].Error(), "disk full") || !strings.Contains(r.told[2].Error(), "fell over") {
		t.Errorf("reported %v", r.told)
	}
}

func TestOnlySoManyAtOnce(t *testing.T) {
	d := &desk{entered: make(chan struct{}), release: make(chan struct{})}
	r := serve(t, d, func(o *Options) { o.Most = 1 })
	first := make(chan answer)
	go func() { first <- r.ask("POST", "/v1/opt-outs", `{"user_id":"123"}`) }()
	<-d.entered
	a := r.ask("GET", "/healthz", "")
	r.refusedWith("a second request", a, 503, "all 1 places", "again")
	if a.header.Get("Retry-After") != "1" {
		t.Errorf("headers %v", a.header)
	}
	close(d.release)
	if a := <-first; a.status != 200 {
		t.Errorf("the first: %d %s", a.status, a.raw)
	}
	if a := r.ask("GET", "/healthz", ""); a.status != 200 {
		t.Errorf("afterwards: %d %s", a.status, a.raw)
	}
}

// What is under way when the server ends is answered, and nothing new is taken.
func TestTheEndWaitsForWhatIsUnderWay(t *testing.T) {
	d := &desk{entered: make(chan struct{}), release: make(chan struct{})}
	r := serve(t, d)
	first, ended := make(chan answer), make(chan error)
	go func() { first <- r.ask("POST", "/v1/opt-outs", `{"user_id":"123"}`) }()
	<-d.entered
	go func() { ended <- r.end() }()
	for { // until the listener is closed
		c, err := net.Dial("tcp", r.addr)
		if err != nil {
			break
		}
		_ = c.Close()
	}
	select {
	case err := <-ended:
		t.Fatalf("it ended with a request under way: %v", err)
	default:
	}
	close(d.release)
	if a := <-first; a.status != 200 || len(d.kept()) != 1 {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A caller that hangs up has still opted out.
func TestHangingUpTakesNothingBack(t *testing.T) {
	d := &desk{}
	s, err := New(Options{Desk: d, Token: []byte(token), Bots: func() []string { return nil }, By: "ops"})
	if err != nil {
		t.Fatal(err)
	}
	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	r := httptest.NewRequestWithContext(gone, "POST", "/v1/opt-outs", strings.NewReader(`{"user_id":"123"}`))
	r.Host = "localhost:1"
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.handler([]string{"127.0.0.1:1", "localhost:1"}).ServeHTTP(w, r)
	if w.Code != 200 || len(d.kept()) != 1 {
		t.Errorf("the opt-out was lost: %d %s", w.Code, w.Body)
	}
}

// Nothing a caller does, or does not do, holds a connection for long.
func TestEveryWaitHasAnEnd(t *testing.T) {
	s, err := New(Options{Desk: &desk{}, Token: []byte(token), Bots: func() []string { return nil }, By: "ops"})
	if err != nil {
		t.Fatal(err)
	}
	srv := s.server(nil)
	for name, d := range map[string]time.Duration{"header": srv.ReadHeaderTimeout, "read": srv.ReadTimeout, "write": srv.WriteTimeout, "idle": srv.IdleTimeout} {
		if d <= 0 || d > time.Minute {
			t.Errorf("%s: %v", name, d)
		}
	}
	if srv.MaxHeaderBytes != maxHeader || work >= grace || readAll+work >= writeAll {
		t.Errorf("headers of %d bytes; work %v, grace %v, write %v", srv.MaxHeaderBytes, work, grace, writeAll)
	}
}

func TestNewNeedsItsParts(t *testing.T) {
	good := Options{Desk: &desk{}, Token: []byte(token), Bots: func() []string { return nil }, By: "ops"}
	for says, change := range map[string]func(*Options){
		"no desk":    func(o *Options) { o.Desk = nil },
		"31 bytes":   func(o *Options) { o.Token = o.Token[:31] },
		"which bots": func(o *Options) { o.Bots = nil },
		"who runs":   func(o *Options) { o.By = "" },
		"the bots":   func(o *Options) { o.House = &House{Desk: &waitingDesk{}} },
	} {
		o := good
		change(&o)
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
	s, err := New(good)
	if err != nil || cap(s.busy) != mostAtOnce || time.Until(s.now()).Abs() > time.Minute {
		t.Errorf("%+v, %v", s, err)
	}
	good.House = &House{Desk: &waitingDesk{}, Bots: func() []runner.Charge { return nil }}
	if s, err = New(good); err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if strings.Contains(fmt.Sprintf(verb, s), token) {
			t.Errorf("%s shows the token", verb)
		}
	}
}
