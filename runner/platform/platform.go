// Package platform does acts on X through gotwi and reads what X says back. It
// judges nothing by gotwi's errors: every call's status, headers and raw body are
// caught below gotwi and classified here. It never sends a write twice, and it
// measures nothing of X (rule A10).
package platform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"heed/bots"
	"heed/guards/words"
	"heed/runner"
)

// DefaultBase is where X is.
const DefaultBase = "https://api.x.com"

// DefaultTimeout bounds one call, from dialling to the body's last byte.
const DefaultTimeout = 20 * time.Second

// Options say whose accounts are run, and where X is.
type Options struct {
	// BaseURL is scheme and host, "" for DefaultBase. Plain http is taken for loopback only.
	BaseURL string
	// Accounts are the bots' accounts by the bots' names. At least one.
	Accounts map[string]Account
	// Consumer is the app's key pair.
	Consumer Keys
	// Tier is what X offers the app; "" means bots.SelfServe.
	Tier bots.Tier
	// Timeout bounds one call; 0 means DefaultTimeout.
	Timeout time.Duration
	// Dial opens a connection; nil means TCP.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// UserAgent names the caller to X; "" means "heed".
	UserAgent string
	// Media opens a file of a bot's; nil means that no media are sent.
	Media func(bot, path string) (io.ReadCloser, error)
	// Now stands for the clock; nil means time.Now. Signatures use the machine's clock.
	Now func() time.Time
}

// X is the platform of that name. Its methods may be called by many goroutines.
type X struct {
	accounts map[string]*account
	tier     bots.Tier
	timeout  time.Duration
	now      func() time.Time
	scrub    *scrubber
	marker   func(bio string) string // the rule by which a bio asks bots to keep away
	media    func(bot, path string) (io.ReadCloser, error)
	pause    func(ctx context.Context, d time.Duration) error

	mu    sync.Mutex
	stops map[string]runner.Wait // reads that X has told to wait, by bot and read
}

var _ runner.Platform = (*X)(nil)

// New prepares one gotwi client per account. It does no I/O. Its errors name every
// account that is not usable, and no secret.
func New(o Options) (*X, error) {
	base, err := baseURL(o.BaseURL)
	if err != nil {
		return nil, err
	}
	if len(o.Accounts) == 0 {
		return nil, errors.New("x: no account is configured")
	}
	if o.Tier == "" {
		o.Tier = bots.SelfServe
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.UserAgent == "" {
		o.UserAgent = "heed"
	}
	if strings.ContainsFunc(o.UserAgent, func(r rune) bool { return r < ' ' || r > '~' }) {
		return nil, errors.New("x: the user agent may hold printable ASCII only")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Dial == nil {
		o.Dial = tcp
	}
	x := &X{
		accounts: make(map[string]*account, len(o.Accounts)),
		tier:     o.Tier, timeout: o.Timeout, now: o.Now,
		scrub:  newScrubber(o.Consumer, o.Accounts),
		marker: words.BioMarker,
		media:  o.Media, pause: pause,
		stops: map[string]runner.Wait{},
	}
	wire := newWire(base, o.UserAgent, o.Dial)
	var wrong []error
	for name, a := range o.Accounts {
		if x.accounts[name], err = newAccount(name, a, o.Consumer, wire); err != nil {
			wrong = append(wrong, err)
		}
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return x, nil
}

// baseURL refuses what would carry credentials in the clear or elsewhere.
func baseURL(s string) (*url.URL, error) {
	if s == "" {
		s = DefaultBase
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Hostname() == "" {
		return nil, errors.New("x: the API's address is not of the form https://host")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return nil, errors.New("x: the API's address may be scheme and host only")
	}
	switch {
	case u.Scheme == "https":
	case u.Scheme == "http" && isLoopback(u.Hostname()):
	default:
		return nil, fmt.Errorf("x: the API's address has scheme %.10q: it must be https; http is for loopback only", u.Scheme)
	}
	return u, nil
}

// account finds a bot's account.
func (x *X) account(bot string) (*account, error) {
	a := x.accounts[bot]
	if a == nil {
		return nil, fmt.Errorf("x: bot %.40q has no account here", bot)
	}
	return a, nil
}

// userID is the account's own id, read from X once where the configuration does not say it.
func (x *X) userID(ctx context.Context, a *account) (bots.UserID, error) {
	if id := a.userID(); id != "" {
		return id, nil
	}
	p, err := x.Profile(ctx, a.bot)
	if err != nil {
		return "", err
	}
	return p.UserID, nil
}
