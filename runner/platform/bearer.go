package platform

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/michimani/gotwi"

	"heed/runner"
)

// Bearer gives an account's OAuth 2.0 access token. Its errors are *runner.NeedsLogin
// when only a person can help, *runner.Locked when the app is refused, and plain where
// a later call may succeed.
type Bearer interface {
	// Token is good for a call made now.
	Token(ctx context.Context) (runner.Secret, error)

	// Renew is told that X refused a token before its time, and gets another one, which
	// Token gives from then on. It does nothing where Token gives another one already.
	Renew(ctx context.Context, refused runner.Secret) error
}

// placeholder is the token that gotwi holds. It is never sent: a gotwi client must not
// be changed while it calls, so the wire puts the real one on.
const placeholder = "none"

// afterRenewal is how soon a write that X refused for its token may be tried again.
const afterRenewal = time.Second

// renewalRest is how long a token that was got after a refusal is not renewed in the
// same way: one that X refuses so soon is refused for another reason.
const renewalRest = 5 * time.Minute

// bearer is an account's source of tokens with what X made of the last. The source is
// held as funcs: nothing that prints them can reach the tokens inside.
type bearer struct {
	token func(context.Context) (runner.Secret, error)
	renew func(context.Context, runner.Secret) error
	mu    sync.Mutex
	fresh [sha256.Size]byte // hash of the one got because X had refused the one before; no secret to show
	at    time.Time         // when it was got
}

func bearerCaller(client *http.Client, b *bearer) (caller, error) {
	made, err := gotwi.NewClientWithAccessToken(&gotwi.NewClientWithAccessTokenInput{HTTPClient: client, AccessToken: placeholder})
	if err != nil {
		return nil, fmt.Errorf("its client cannot be made: %w", err)
	}
	return func(ctx context.Context, method, path string, p parameters) error {
		seen, ok := ctx.Value(exchangeKey{}).(*exchange)
		if !ok {
			return fmt.Errorf("%w: a call without its exchange", errNotSent)
		}
		token, err := b.token(ctx)
		if err == nil {
			err = token.Check("the access token")
		}
		if err != nil {
			seen.err = &noToken{err}
			return seen.err
		}
		seen.bearer = token
		return made.CallAPI(ctx, signedBase+path, method, p, &ignored{})
	}, nil
}

// noToken is why a call was not sent: there was nothing to sign it with.
type noToken struct{ err error }

func (n *noToken) Error() string { return "x: not sent: no access token: " + n.err.Error() }

func (n *noToken) Unwrap() []error { return []error{errNotSent, n.err} }

// grounded is what a failed token means for the bot: a lock that a person must clear,
// or nil where a later call may succeed.
func grounded(err error) *runner.Locked {
	var locked *runner.Locked
	var needs *runner.NeedsLogin
	switch {
	case errors.As(err, &locked):
		return locked
	case errors.As(err, &needs):
		return &runner.Locked{Why: needs.Error()}
	}
	return nil
}

// tokenless is the answer to a write that nothing could sign.
func (x *X) tokenless(err *noToken, now time.Time) runner.Answer {
	a := unsent("x.no_token", x.scrub.clean("nothing was sent, there is no access token for it: "+err.err.Error()))
	if locked := grounded(err); locked != nil {
		a.Latch, a.App = x.scrub.clean(locked.Why), locked.App
		a.Detail = a.Latch
		if !locked.App {
			a.Code = codeNeedsLogin
		}
		return a
	}
	a.RetryAt = now.Add(soon)
	return a
}

const codeNeedsLogin = "x.needs_login"

// spoilt says whether an answer means that X no longer takes the token it was sent with.
func (e *exchange) spoilt() bool { return e.status == http.StatusUnauthorized && e.bearer != "" }

// renew gets another token after X refused the one of this exchange. again is true
// where that one had itself been got in this way a moment ago: then renewing helps no
// more, and the refusal stands.
func (a *account) renew(ctx context.Context, e *exchange, now time.Time) (again bool, err error) {
	b := a.bearer
	b.mu.Lock()
	again = sha256.Sum256([]byte(e.bearer)) == b.fresh && now.Before(b.at.Add(renewalRest))
	b.mu.Unlock()
	if again {
		return true, nil
	}
	if err := b.renew(ctx, e.bearer); err != nil {
		return false, &noToken{err}
	}
	token, err := b.token(ctx)
	if err != nil {
		return false, &noToken{err}
	}
	b.mu.Lock()
	b.fresh, b.at = sha256.Sum256([]byte(token)), now
	b.mu.Unlock()
	return false, nil
}

// afterRefusal is the answer to a write whose token X refused: it was not done, and may
// be tried once more with another token. ok is false where the refusal stands.
func (x *X) afterRefusal(ctx context.Context, a *account, e *exchange) (no runner.Answer, ok bool) {
	now := x.now()
	again, err := a.renew(ctx, e, now)
	var none *noToken
	switch {
	case again:
		return runner.Answer{}, false
	case errors.As(err, &none):
		no = x.tokenless(none, now)
	default:
		no = unsent("x.token_renewed", "X did not take the access token; there is another one now, and it is tried again")
		no.RetryAt = now.Add(afterRenewal)
	}
	no.Status = e.status
	return no, true
}

// advice is what a person does about a refusal that stands.
func (a *account) advice(e *exchange) string {
	if !e.spoilt() {
		return ""
	}
	return fmt.Sprintf("; if the account is well, run heed login %.40s", a.bot)
}
