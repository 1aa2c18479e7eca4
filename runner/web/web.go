// Package web is heed's HTTP server on this machine. It serves programs of the
// operator's own: a form on a site, a help desk, a script, through which people who
// cannot or will not write to a bot say that they do not want to be contacted.
//
//	POST /v1/opt-outs             {"user_id":"123"[,"bot":"quakes"][,"event":"form-17"]}
//	                              -> 200 {"user_id","scope","recalled","new"}
//	GET  /v1/opt-outs/{user_id}   -> 200 {"opted_out","choices":[...]}
//	GET  /healthz                 -> 200 ok: the process lives
//	GET  /readyz                  -> 200 or 503 {"ready","parts":[{"part","ready"}]}
//	GET  /metrics                 -> what heed counts of itself, for Prometheus
//
// and the dashboard, to people who came in by a link (see site.go):
//
//	POST /v1/sign-ins?by=NAME     -> 200 {"link","ends_at"}
//	GET  /sign-in?code=CODE       -> a cookie, and on to the first page
//
// Every request to /v1 and /metrics needs "Authorization: Bearer TOKEN". Nothing here lifts an
// opt-out: that is the person's own START, or a person at the desk with a reason.
// Errors are application/problem+json; their detail says what was found, and their
// remedy what to do.
package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// Desk is what the server needs of the ledger; runner.Desk satisfies it.
type Desk interface {
	OptOut(ctx context.Context, user bots.UserID, c guards.Choice) (runner.Receipt, error)
	People(ctx context.Context, q runner.PeopleQuery) ([]runner.PersonRow, error)
}

var _ Desk = runner.Desk(nil)

// Options are a server's parts.
type Options struct {
	// Desk keeps what people say.
	Desk Desk
	// Token is what callers of /v1 must bear, at least 32 bytes; see Token.
	Token []byte
	// Bots lists the names of the operator's bots as they are now.
	Bots func() []string
	// Now stands for the clock; nil means time.Now.
	Now func() time.Time
	// By names who runs the server; it stands in the record of every choice.
	By string
	// Most is how many requests are answered at once, the rest is told to come
	// again; 0 means 16.
	Most int
	// Metrics answers Prometheus; nil: there is nothing at its path.
	Metrics http.Handler
	// Ready says how each part of heed is; nil: the server is all there is.
	Ready func(context.Context) []Part
	// House is what the dashboard shows; nil: there is none.
	House *House
	// Report is told what failed here and not by a caller's mistake; nil: nobody is.
	Report func(error)
}

// Server answers on loopback.
type Server struct {
	desk  Desk
	token [32]byte // hash of the token
	site  *site    // nil without a dashboard
	bots  func() []string
	now   func() time.Time
	by    string
	busy  chan struct{}
	tell  func(error)

	metrics http.Handler
	ready   func(context.Context) []Part
}

// The bounds of one exchange. Answers are small and the ledger is near.
const (
	readHeader = 5 * time.Second
	readAll    = 10 * time.Second
	writeAll   = 20 * time.Second
	work       = 4 * time.Second // for the ledger, within grace
	idle       = time.Minute
	grace      = 5 * time.Second // for requests under way when the server ends
	maxHeader  = 16 << 10        // bytes
	maxBody    = 4 << 10         // bytes
	maxForm    = 64 << 10        // bytes, of a page's form
	leastToken = 32              // bytes
	mostAtOnce = 16
)

// New prepares a server. It does no I/O.
func New(o Options) (*Server, error) {
	switch {
	case o.Desk == nil:
		return nil, errors.New("web: no desk is given")
	case o.Bots == nil:
		return nil, errors.New("web: nobody says which bots there are")
	case len(o.Token) < leastToken:
		return nil, fmt.Errorf("web: the token has %d bytes; it must have at least %d", len(o.Token), leastToken)
	case o.By == "":
		return nil, errors.New("web: nobody is named who runs it")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Most <= 0 {
		o.Most = mostAtOnce
	}
	if o.Report == nil {
		o.Report = func(error) {}
	}
	if o.Ready == nil {
		o.Ready = always
	}
	s := &Server{desk: o.Desk, metrics: o.Metrics, ready: o.Ready, token: digest(o.Token), bots: o.Bots, now: o.Now, by: o.By,
		busy: make(chan struct{}, o.Most), tell: o.Report}
	if o.House == nil {
		return s, nil
	}
	var err error
	if s.site, err = newSite(s, *o.House, newKeys(o.Token, o.Now)); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	return s, nil
}

func (s *Server) report(err error) { s.tell(fmt.Errorf("web: %w", err)) }

// Serve answers on l until ctx ends, and closes it. l must be on loopback. Requests
// under way at the end get five seconds; nil when all of them were answered.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	names, err := Hosts(l.Addr())
	if err != nil {
		return errors.Join(err, l.Close())
	}
	srv := s.server(names)
	srv.BaseContext = func(net.Listener) context.Context { return ctx } // pages that are kept up to date end with it
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("web: %w", err)
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := srv.Shutdown(last); err != nil {
		return fmt.Errorf("web: some requests were cut off: %w", errors.Join(err, srv.Close()))
	}
	<-ended
	return nil
}

func (s *Server) server(names []string) *http.Server {
	return &http.Server{
		Handler:           s.handler(names),
		ReadHeaderTimeout: readHeader,
		ReadTimeout:       readAll,
		WriteTimeout:      writeAll,
		IdleTimeout:       idle,
		MaxHeaderBytes:    maxHeader,
		// "OPTIONS *" goes through the same door.
		DisableGeneralOptionsHandler: true,
		// It would tell of callers' mistakes, and could quote them.
		ErrorLog: log.New(io.Discard, "", 0),
	}
}
