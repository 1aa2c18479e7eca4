// Package signin signs bots in to X: OAuth 2.0 with PKCE, OAuth 1.0a with a PIN, or
// tokens that X's console shows. It keeps the tokens and renews them. No password is
// ever asked for (rule M11), and no token is shown (rule A5).
package signin

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"

	"heed/runner"
)

const (
	callTimeout = 20 * time.Second // of one call of X, from dialling to the body's last byte
	maxBody     = 256 << 10        // bytes of an answer
	maxHeader   = 64 << 10
	signedHost  = "api.x.com" // what OAuth 1.0a signs, wherever the call goes
)

// App is the app that bots sign in to, and where X is.
type App struct {
	API       string // scheme and host of X's API; http for loopback only
	Authorize string // where people allow the app (OAuth 2.0)

	ClientID     string        // OAuth 2.0
	ClientSecret runner.Secret // "": a public client

	ConsumerKey    runner.Secret // OAuth 1.0a
	ConsumerSecret runner.Secret

	Now func() time.Time // nil: time.Now
}

// Client makes the calls of signing in. It may be used by many goroutines.
type Client struct {
	app  App
	api  *url.URL
	http *http.Client
	now  func() time.Time

	ahead *atomic.Pointer[time.Duration] // of this machine's clock, by the date of X's last answer
}

// New prepares a client. It does no I/O, and its errors hold no secret.
func New(app App) (*Client, error) {
	api, err := address(app.API)
	if err != nil || strings.Trim(api.Path, "/") != "" {
		return nil, errors.New("sign in: the API's address is not https://host (http is for loopback only)")
	}
	if _, err := address(app.Authorize); app.ClientID != "" && err != nil {
		return nil, errors.New("sign in: the page where people allow the app has no proper address")
	}
	if app.Now == nil {
		app.Now = time.Now
	}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	transport := &http.Transport{
		Proxy:                  nil, // a proxy of the environment would see the tokens
		Protocols:              &protocols,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: maxHeader,
		DisableKeepAlives:      true, // a token request is never sent twice by net/http
	}
	return &Client{app: app, api: api, now: app.Now, ahead: new(atomic.Pointer[time.Duration]), http: &http.Client{
		Transport:     bounded{transport},
		Timeout:       callTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Format keeps what the client holds from every verb of fmt, which does not ask the
// secrets in fields that are not exported.
func (Client) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[client]")) }

func address(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("no proper address")
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !local) {
		return nil, errors.New("http is for loopback only")
	}
	return u, nil
}

// bounded keeps an endless answer from filling the memory.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.next.RoundTrip(r)
	if err == nil && res.StatusCode < http.StatusOK {
		// 101 hands the connection over, and the deadline with it: reading could last for ever.
		_ = res.Body.Close()
		return nil, errors.New("the answer is of another protocol")
	}
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, maxBody), res.Body}
	}
	return res, err
}

func (c *Client) at(path string) string { return c.api.Scheme + "://" + c.api.Host + path }

// oauth2 is the app in the library's terms. How the client shows itself is always said:
// a library that tries both ways may spend a token that is good once.
func (c *Client) oauth2(redirect string, scopes []string) (*oauth2.Config, error) {
	if c.app.ClientID == "" {
		return nil, errors.New("sign in: x.client_id is missing")
	}
	style := oauth2.AuthStyleInParams
	if c.app.ClientSecret != "" {
		style = oauth2.AuthStyleInHeader
	}
	return &oauth2.Config{ClientID: c.app.ClientID, ClientSecret: string(c.app.ClientSecret), RedirectURL: redirect, Scopes: scopes,
		Endpoint: oauth2.Endpoint{AuthURL: c.app.Authorize, TokenURL: c.at("/2/oauth2/token"), AuthStyle: style}}, nil
}

// with hands the library the client to call with.
func (c *Client) with(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, c.http)
}

// do sends one call and gives its status and its bounded body.
func (c *Client) do(req *http.Request) (int, []byte, error) {
	req.Header.Set("User-Agent", "heed")
	req.Header.Set("Accept", "application/json")
	res, err := c.http.Do(req)
	if err != nil {
		return 0, nil, errors.New(quiet(err))
	}
	defer func() { _ = res.Body.Close() }() // it was read as far as it is wanted
	c.compare(res.Header.Get("Date"))
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return res.StatusCode, nil, errors.New("the answer broke off")
	}
	return res.StatusCode, body, nil
}

// compare keeps how this machine's clock stands to the one that dated an answer.
func (c *Client) compare(date string) {
	at, err := http.ParseTime(date)
	if err != nil {
		return
	}
	ahead := c.now().Truncate(time.Second).Sub(at)
	c.ahead.Store(&ahead)
}

// Ahead is how far this machine's clock is ahead of X's, in whole seconds; below zero it
// is behind. known is false where X has not answered with a date.
func (c *Client) Ahead() (ahead time.Duration, known bool) {
	if p := c.ahead.Load(); p != nil {
		return *p, true
	}
	return 0, false
}

// quiet says why there is no answer, without the address, which may hold a code.
func quiet(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return "given up"
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Sprintf("no answer within %s", callTimeout)
	}
	return "no connection, or it broke off"
}

// Refused is a sign-in that may not be: another account, a scope that was not given, a
// person who said no. Nothing was stored.
type Refused struct{ Why string }

func (r *Refused) Error() string { return "sign in: " + r.Why }

func refused(format string, args ...any) error { return &Refused{fmt.Sprintf(format, args...)} }
