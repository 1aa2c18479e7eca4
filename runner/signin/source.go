package signin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"heed/runner"
)

const (
	renewBefore = 5 * time.Minute  // an access token with less left is renewed first
	lastCall    = 30 * time.Second // left of an access token that is still used where none can be had
	firstPause  = 5 * time.Second  // after a renewal that failed; doubled each time
	longPause   = 5 * time.Minute
)

// Source gives one bot's OAuth 2.0 access token and renews it. A refresh token is good
// once, so a renewal happens once at a time over all processes, is never broken off by
// whoever asked, and is written down before it is used.
type Source struct {
	client *Client
	store  *Store
	bot    string

	mu     sync.Mutex
	held   Token       // as last read or written
	seen   fs.FileInfo // of the file that was last read
	lost   *Token      // got from X, and not yet written down
	under  *renewal    // under way
	pause  time.Duration
	notYet time.Time // no renewal before
}

// renewal is one renewal that any number of callers wait for.
type renewal struct {
	done chan struct{}
	err  error
}

// Source gives a bot's tokens from a store. It does no I/O.
func (c *Client) Source(store *Store, bot string) *Source {
	return &Source{client: c, store: store, bot: bot}
}

// Format keeps what the source holds from every verb of fmt.
func (s *Source) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[token of " + s.bot + "]")) }

// Token gives an access token that is good for a call made now. Its errors are
// *runner.NeedsLogin when only a person can help, *runner.Locked when X does not know
// the app, and plain where a later call may succeed.
func (s *Source) Token(ctx context.Context) (runner.Secret, error) {
	s.look()
	s.mu.Lock()
	now, held := s.client.now(), s.held
	s.mu.Unlock()
	if held.good(now, renewBefore) {
		return held.Access, nil
	}
	err := s.renewal(ctx, "")
	s.mu.Lock()
	held = s.held
	s.mu.Unlock()
	if err == nil {
		return held.Access, nil
	}
	if permanent(err) || !held.good(s.client.now(), lastCall) {
		return "", err
	}
	return held.Access, nil // X or the disk is not well, and the old one still has a while
}

// look reads the token anew where its file is another than the one read before: after a
// login, a logout, or a renewal by another process. No lock is needed, since a file is
// always whole; what it finds is only ever used or found wanting by renewal.
func (s *Source) look() {
	info, err := os.Lstat(s.store.Path(s.bot))
	s.mu.Lock()
	defer s.mu.Unlock()
	same := err == nil && s.seen != nil && os.SameFile(info, s.seen) && info.ModTime().Equal(s.seen.ModTime())
	if same || s.lost != nil {
		return
	}
	s.seen = info
	if s.held, err = s.store.Read(s.bot); err != nil {
		s.held, s.seen = Token{}, nil
	}
}

// Renew gets another access token than the one that X refused. It does nothing where
// there is another one already.
func (s *Source) Renew(ctx context.Context, refused runner.Secret) error {
	return s.renewal(ctx, refused)
}

func (t Token) good(now time.Time, left time.Duration) bool {
	return t.Kind == OAuth2 && t.Access != "" && t.Spent == "" && t.Expires.Sub(now) >= left
}

func permanent(err error) bool {
	var needs *runner.NeedsLogin
	var locked *runner.Locked
	return errors.As(err, &needs) || errors.As(err, &locked)
}

// renewal joins the renewal that is under way, or begins one. It outlives its callers:
// one that is broken off may have spent the refresh token.
func (s *Source) renewal(ctx context.Context, refused runner.Secret) error {
	for {
		s.mu.Lock()
		if refused != "" && s.held.Access != refused && s.held.good(s.client.now(), lastCall) {
			s.mu.Unlock()
			return nil
		}
		r, mine := s.under, false
		if r == nil {
			r, mine = &renewal{done: make(chan struct{})}, true
			s.under = r
			go s.run(context.WithoutCancel(ctx), r, refused)
		}
		s.mu.Unlock()
		select {
		case <-r.done:
		case <-ctx.Done():
			return fmt.Errorf("token of %s: its renewal takes longer than this call may wait: %w", s.bot, ctx.Err())
		}
		if mine || r.err != nil || refused == "" {
			return r.err
		}
		// One that was under way may have been content with the refused token.
	}
}

func (s *Source) run(ctx context.Context, r *renewal, refused runner.Secret) {
	r.err = s.renew(ctx, refused)
	s.mu.Lock()
	s.under = nil
	switch {
	case r.err == nil || permanent(r.err):
		s.pause, s.notYet = 0, time.Time{}
	case !errors.Is(r.err, errPaused):
		s.pause = min(max(2*s.pause, firstPause), longPause)
		s.notYet = s.client.now().Add(s.pause)
	}
	s.mu.Unlock()
	close(r.done)
}

var errPaused = errors.New("the last renewal failed")

// renew reads the token again under the lock, because another process may have renewed
// it, and asks X only where nobody has.
func (s *Source) renew(ctx context.Context, refused runner.Secret) error {
	unlock, err := s.store.lock(ctx, s.bot)
	if err != nil {
		return err
	}
	defer unlock()
	t, err := s.current()
	if err != nil {
		return err
	}
	now := s.client.now()
	if t.good(now, renewBefore) && t.Access != refused {
		return nil
	}
	if t.Spent != "" {
		return &runner.NeedsLogin{Bot: s.bot, Why: t.Spent}
	}
	s.mu.Lock()
	notYet := s.notYet
	s.mu.Unlock()
	if now.Before(notYet) {
		return fmt.Errorf("token of %s: %w; X is asked again at %s", s.bot, errPaused, notYet.UTC().Format(time.TimeOnly))
	}
	next, err := s.client.refresh(ctx, t)
	var needs *runner.NeedsLogin
	switch {
	case errors.As(err, &needs):
		needs.Bot = s.bot
		t.Spent = needs.Why // so that nobody sends it again, in no process
		s.hold(t)
		if err := s.store.write(s.bot, t); err != nil {
			needs.Why += "; and that could not be written down"
		}
		return needs
	case err != nil:
		return fmt.Errorf("token of %s: %w", s.bot, err)
	}
	return s.keep(t, next)
}

// current is the token as it stands, under the lock. One that X gave and the disk did
// not take is written first, unless a login came between.
func (s *Source) current() (Token, error) {
	t, err := s.store.Read(s.bot)
	switch {
	case errors.Is(err, ErrNone):
		s.hold(Token{})
		return t, &runner.NeedsLogin{Bot: s.bot, Why: "it has no token"}
	case err != nil:
		return t, err
	case t.Kind != OAuth2:
		return t, &runner.NeedsLogin{Bot: s.bot, Why: "its token is of OAuth 1.0a, and the settings say oauth2 = true"}
	}
	s.mu.Lock()
	lost, held := s.lost, s.held
	s.mu.Unlock()
	if lost != nil && held.Refresh == t.Refresh {
		if err := s.keep(t, *lost); err != nil {
			return t, err
		}
		return *lost, nil
	}
	s.mu.Lock()
	s.lost = nil
	s.mu.Unlock()
	s.hold(t)
	return t, nil
}

// keep writes the token that follows another, and only then lets it be used.
func (s *Source) keep(was, next Token) error {
	if err := s.store.write(s.bot, next); err != nil {
		s.mu.Lock()
		s.held, s.lost = was, &next
		s.mu.Unlock()
		return fmt.Errorf("token: X renewed it, and it is not used before it is written down: %w", err)
	}
	s.mu.Lock()
	s.held, s.lost = next, nil
	s.mu.Unlock()
	return nil
}

func (s *Source) hold(t Token) {
	s.mu.Lock()
	s.held = t
	s.mu.Unlock()
}
