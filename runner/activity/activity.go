// Package activity hears what X tells by itself, through X's Activity API: over one
// stream that heed opens, or over a webhook that X calls. It keeps nothing, and what it
// cannot hear polling finds.
package activity

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"heed/runner"
)

// Options say whose events are heard, and how.
type Options struct {
	// BaseURL is scheme and host of the API. Plain http is taken for loopback only.
	BaseURL string
	// ConsumerKey and ConsumerSecret are the app's. ClientSecret is that of its OAuth 2.0
	// client, "" for none; X signs deliveries with it too.
	ConsumerKey, ConsumerSecret, ClientSecret runner.Secret
	// Accounts lists the bots' accounts whose ids are known by now.
	Accounts func() []Account
	// Webhook is where X delivers; nil: over the stream.
	Webhook *Webhook
	// Report is told what is not fatal, such as an event that cannot be subscribed to;
	// nil: nobody is.
	Report func(error)
	// Now stands for the clock; nil means time.Now.
	Now func() time.Time
}

// Webhook is heed's own door for X.
type Webhook struct {
	// URL is what X is told to call: https and no port; a TLS proxy stands there.
	URL string
	// Listen opens the door behind the proxy.
	Listen func() (net.Listener, error)
}

// Source is X's events of all bots. Its methods may be called by many goroutines, but
// Follow by one at a time.
type Source struct {
	o      Options
	base   *url.URL
	http   *http.Client
	decode *decoder
	seen   *seen
	bearer bearer

	up      atomic.Pointer[time.Time] // since when events can come; nil: they cannot
	mu      sync.Mutex                // of what follows
	covered map[string]time.Time      // bots whose words are subscribed to, since when
	told    map[string]string         // what was reported of a subscription
}

var _ runner.Pushes = (*Source)(nil)

// callTime bounds a call that is no stream.
const callTime = 20 * time.Second

// New prepares a source. It does no I/O.
func New(o Options) (*Source, error) {
	base, err := baseURL(o.BaseURL)
	switch {
	case err != nil:
		return nil, err
	case o.ConsumerKey == "" || o.ConsumerSecret == "":
		return nil, errors.New("activity: X's events belong to the app: its consumer key and secret are needed")
	case o.Accounts == nil:
		return nil, errors.New("activity: nobody says whose events are heard")
	case o.Webhook != nil && (o.Webhook.URL == "" || o.Webhook.Listen == nil):
		return nil, errors.New("activity: a webhook needs its address and where it listens")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Report == nil {
		o.Report = func(error) {}
	}
	s := &Source{o: o, base: base, http: client(), seen: newSeen(o.Now), covered: map[string]time.Time{}, told: map[string]string{}}
	s.decode = newDecoder(o.Accounts, o.Now)
	return s, nil
}

// String says nothing of what the source holds.
func (s *Source) String() string { return "X's events" }

// GoString says nothing either.
func (s *Source) GoString() string { return s.String() }

// Passed is how many events were passed over: unknown ones, and such as are about nobody here.
func (s *Source) Passed() int64 { return s.decode.passed.Load() }

// Follow hands over what X tells until ctx ends; see runner.Pushes. It ends before that
// where X refuses the app, with the error saying why.
func (s *Source) Follow(ctx context.Context, handle func(runner.Push)) error {
	defer s.down()
	if s.o.Webhook != nil {
		return s.followWebhook(ctx, handle)
	}
	return s.followStream(ctx, handle)
}

// Since says from when on X tells without a break what people say to a bot.
func (s *Source) Since(bot string) time.Time {
	up := s.up.Load()
	s.mu.Lock()
	covered := s.covered[bot]
	s.mu.Unlock()
	switch {
	case up == nil || covered.IsZero():
		return time.Time{}
	case covered.After(*up):
		return covered
	}
	return *up
}

func (s *Source) isUp() {
	now := s.o.Now()
	s.up.CompareAndSwap(nil, &now)
}

func (s *Source) down() { s.up.Store(nil) }

// pass hands one delivery's pushes on that were not handed on before.
func (s *Source) pass(pushes []runner.Push, handle func(runner.Push)) {
	for _, p := range pushes {
		if s.seen.before(p) {
			continue
		}
		handle(p)
		s.seen.add(p)
	}
}

// who names the accounts of now, to see when there are others.
func (s *Source) who() string {
	var ids []string
	for _, a := range s.o.Accounts() {
		ids = append(ids, string(a.UserID))
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}
