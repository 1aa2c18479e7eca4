package sandbox

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestServeEndsWithItsContext(t *testing.T) {
	defer goleak.VerifyNone(t)
	w := New(Options{Skew: start.Sub(start.AddDate(-100, 0, 0))})
	app := must[App](t)(w.AddApp("a", ""))
	creds := must[Credentials](t)(w.AddBot(app.ID, User{Username: "bot"}))
	ln := must[net.Listener](t)(net.Listen("tcp", "127.0.0.1:0"))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- Serve(ctx, ln, w) }()

	base := &url.URL{Scheme: "http", Host: ln.Addr().String()}
	s := &stage{T: t, w: w, url: base.String()}
	bot := s.client(creds)
	s.expect(bot.do("GET", "/2/users/me", ""), 200, `"bot"`)

	// A call that hangs is let go when the server ends. On a fresh connection: one that was
	// used before would be taken for stale, and the call sent again with its spent nonce.
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	s.fault(Fault{Kind: Hang, Seen: func(Call) { stop() }})
	if g, err := bot.try("GET", "/2/users/me", ""); err == nil {
		t.Errorf("a hanging call was answered: %d", g.status)
	}
	ok(t, <-done)
	if _, err := bot.try("GET", "/2/users/me", ""); err == nil {
		t.Error("it still answers")
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

func TestBodiesAreBounded(t *testing.T) {
	s := setup(t, Options{})
	g, err := s.bot.try("POST", "/2/tweets", `{"text":"`+strings.Repeat("x", maxBody)+`"}`)
	if err == nil && g.status != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d", g.status)
	}
	if n := len(s.w.Acts(s.botID)); n != 0 {
		t.Errorf("%d acts landed", n)
	}
}
