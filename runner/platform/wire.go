package platform

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"heed/guards"
	"heed/runner"
)

func init() {
	guards.Declare(guards.Clause{ID: "A7", Says: "X is used through its API only: no scripting of its site, no scraping",
		Source: guards.SourceAutomation, Served: []guards.Service{guards.ByDuty},
		Tests:    []string{"runner/platform TestOnlyTheseCallsAreMade", "runner/platform TestCallWithoutAnAddressIsNotSent"},
		Operator: "have no script of a bot read or drive X's site; heed cannot see what a script does on the web"})
}

const (
	signedHost = "api.x.com"
	signedBase = "https://" + signedHost // what gotwi signs, wherever the call goes
	maxBody    = 8 << 20                 // bytes of a body after decompression
	maxHeader  = 256 << 10               // bytes
)

// exchange is what was seen of one call. It travels in the call's context, because
// gotwi has no place for it.
type exchange struct {
	written atomic.Bool // some of the request may have left; see trace
	status  int         // 0: no answer
	header  http.Header
	body    []byte
	cut     bool          // the body is not whole: broken off, or over maxBody
	err     error         // why there is no answer
	sends   string        // the body's type; "" for gotwi's own, which is JSON
	bearer  runner.Secret // the access token it was sent with; "": OAuth 1.0a
}

type exchangeKey struct{}

// wire is the chain below gotwi: it checks where a call goes, sends it, and keeps
// what came back.
type wire struct {
	base  *url.URL
	agent string
	next  http.RoundTripper
}

func newWire(base *url.URL, agent string, dial func(context.Context, string, string) (net.Conn, error)) *wire {
	// HTTP/1.1 only: one request on one connection, so that "written" means the same
	// thing for every call, and nothing is retried on another stream.
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &wire{base: base, agent: agent, next: &http.Transport{
		Proxy:                  nil, // a proxy of the environment would see what is sent
		Protocols:              &protocols,
		DialContext:            dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: maxHeader,
		// A connection for each call. On one that was kept and has died, net/http would
		// send a read again by itself, with a nonce that X has seen.
		DisableKeepAlives: true,
	}}
}

// tcp is how connections are opened when nobody says otherwise.
var tcp = (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext

// errNotSent marks what this room itself refused to send.
var errNotSent = errors.New("x: not sent")

// RoundTrip sends the request to the base address and puts what was seen into the
// exchange. gotwi learns only that there was an answer.
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	seen, ok := req.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		return nil, fmt.Errorf("%w: a call without its exchange", errNotSent)
	}
	// gotwi resolves a missing path parameter to "", which a rewritten host would
	// turn into a call of the root.
	if req.URL.Scheme != "https" || req.URL.Host != signedHost || !strings.HasPrefix(req.URL.Path, "/2/") {
		seen.err = fmt.Errorf("%w: the call has no proper address", errNotSent)
		return nil, seen.err
	}
	out := req.Clone(httptrace.WithClientTrace(req.Context(), seen.trace()))
	out.Host = req.URL.Host // the signature covers it
	out.URL.Scheme, out.URL.Host = w.base.Scheme, w.base.Host
	if seen.bearer != "" {
		out.Header.Set("Authorization", "Bearer "+string(seen.bearer))
	} else if strings.HasSuffix(out.Header.Get("Authorization"), " "+placeholder) {
		seen.err = fmt.Errorf("%w: the call bears no token", errNotSent)
		return nil, seen.err
	}
	out.Header.Set("User-Agent", w.agent)
	out.Header.Set("Accept", "application/json")
	if seen.sends != "" {
		out.Header.Set("Content-Type", seen.sends)
	}
	if req.Body == nil {
		out.Header.Del("Content-Type")
	}
	res, err := w.next.RoundTrip(out)
	if err != nil {
		seen.err = err
		return nil, err
	}
	defer func() { _ = res.Body.Close() }() // it was read as far as it is wanted
	seen.status, seen.header = res.StatusCode, res.Header
	if res.StatusCode < http.StatusOK {
		// 101 hands the connection over, and the deadline with it: reading could last for ever.
		seen.cut = true
		return forGotwi(res), nil
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	seen.cut = err != nil || len(body) > maxBody
	if len(body) <= maxBody {
		seen.body = body
	}
	if seen.bearer != "" { // an answer may say it back; it goes no further
		seen.body = bytes.ReplaceAll(seen.body, []byte(seen.bearer), []byte(hidden))
	}
	return forGotwi(res), nil
}

// trace notes the moment a connection takes the request. It is not WroteRequest: a
// call that is given up between the two may still be written by the connection.
func (e *exchange) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { e.written.Store(true) }}
}

// forGotwi is what gotwi gets for any answer: an empty success. It takes 202 and 204
// for failures, loses half of a problem, fails on odd ones, and would keep a rate
// limit's reset only where it is well formed; nothing rests on what it makes of it.
func forGotwi(res *http.Response) *http.Response {
	calm := *res
	calm.StatusCode, calm.Status = http.StatusOK, "200 OK"
	calm.Header = http.Header{"Content-Type": {"application/json"}}
	calm.Body, calm.ContentLength = http.NoBody, 0
	return &calm
}

// isJSON says whether the answer calls itself JSON, as all of X's own do.
func (e *exchange) isJSON() bool {
	kind, _, err := mime.ParseMediaType(e.header.Get("Content-Type"))
	return err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
}

// call sends one call of an account and gives what was seen. It never retries.
func (x *X) call(ctx context.Context, a *account, method, path string, p parameters) *exchange {
	seen := &exchange{}
	if c, ok := p.(*chunk); ok {
		seen.sends = c.kind
	}
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, exchangeKey{}, seen), x.timeout)
	defer cancel()
	err := a.send(ctx, method, path, p)
	if seen.status == 0 && seen.err == nil {
		// gotwi failed before the wire, or the client gave up on the way to it.
		seen.err = fmt.Errorf("%w: %w", errNotSent, errors.Join(err, context.Cause(ctx)))
	}
	return seen
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
