package web

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"
)

// Hosts are the names by which a listener on loopback may be called. Any other Host
// is a web page that has pointed a name of its own here (DNS rebinding).
func Hosts(a net.Addr) ([]string, error) {
	at, err := netip.ParseAddrPort(a.String())
	if err != nil || !at.Addr().IsLoopback() {
		return nil, fmt.Errorf("web: %.60q is no address of this machine alone: listen on 127.0.0.1 or ::1", a.String())
	}
	port := strconv.Itoa(int(at.Port()))
	names := []string{at.String(), net.JoinHostPort("localhost", port)}
	if at.Port() == 80 {
		names = append(names, strings.TrimSuffix(at.String(), ":80"), "localhost")
	}
	return names, nil
}

// handler is what every request goes through before its own work, the cheapest and
// most general refusal first.
func (s *Server) handler(names []string) http.Handler {
	api := http.NewServeMux()
	api.HandleFunc("/v1/opt-outs", s.optOuts)
	api.HandleFunc("/v1/opt-outs/{user}", s.person)
	api.HandleFunc("/v1/", nowhere)
	all := http.NewServeMux()
	all.HandleFunc("/healthz", health)
	all.HandleFunc("/readyz", s.readiness)
	if s.metrics != nil {
		all.Handle("/metrics", s.authorized(http.HandlerFunc(s.counts)))
	}
	all.Handle("/v1/", s.authorized(api))
	live := http.NewServeMux()
	if s.site == nil {
		all.HandleFunc("/", nowhere)
	} else {
		api.HandleFunc("/v1/sign-ins", s.signIns)
		s.site.routes(all)
		s.site.liveRoutes(live)
	}
	return s.guard(names, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.caught(w)
		if h, pattern := live.Handler(r); pattern != "" && h != nil {
			live.ServeHTTP(w, r)
			return
		}
		select {
		case s.busy <- struct{}{}:
			defer func() { <-s.busy }()
		default:
			w.Header().Set("Retry-After", "1")
			fail(w, http.StatusServiceUnavailable, fmt.Sprintf("all %d places for requests are taken", cap(s.busy)), "try again in a second")
			return
		}
		// A caller that hangs up has still said what it said.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), work)
		defer cancel()
		r = r.WithContext(ctx)
		most := int64(maxForm)
		if strings.HasPrefix(r.URL.Path, "/v1/") {
			most = maxBody
		}
		r.Body = http.MaxBytesReader(w, r.Body, most)
		all.ServeHTTP(w, r)
	}))
}

// guard is the Guard of this server: a person is refused with a page.
func (s *Server) guard(names []string, next http.Handler) http.Handler {
	return guarded(names, APIPolicy, next, func(w http.ResponseWriter, r *http.Request, no *problem) {
		if s.site == nil {
			fail(w, no.Status, no.Detail, no.Remedy)
			return
		}
		s.site.refuse(w, r, no)
	})
}

// caught answers for a handler that panics: one request fails, not the server.
func (s *Server) caught(w http.ResponseWriter) {
	if why := recover(); why != nil {
		s.report(fmt.Errorf("a request failed: %v\n%s", why, debug.Stack()))
		fail(w, http.StatusInternalServerError, "heed failed while it answered; what was asked may not have been done", "look into heed's log, and send it again")
	}
}

func digest(b []byte) [32]byte { return sha256.Sum256(b) }

// authorized lets pass who bears the token. Hashes are compared, so that neither the
// time it takes nor the token's length tells anything.
func (s *Server) authorized(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		got := digest([]byte(given))
		if !strings.EqualFold(kind, "Bearer") || len(r.Header.Values("Authorization")) != 1 ||
			subtle.ConstantTimeCompare(got[:], s.token[:]) != 1 {
			w.Header().Set("WWW-Authenticate", `Bearer realm="heed"`)
			fail(w, http.StatusUnauthorized, "the request does not bear the token", "send the header Authorization: Bearer TOKEN, with what stands in the token file")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func health(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, "", http.MethodGet, http.MethodHead) {
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n")) // a caller that has gone needs no answer
}

func nowhere(w http.ResponseWriter, _ *http.Request) {
	fail(w, http.StatusNotFound, "there is nothing at this path", "use POST /v1/opt-outs or GET /v1/opt-outs/USER_ID")
}
