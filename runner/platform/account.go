package platform

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/michimani/gotwi"

	"heed/bots"
	"heed/guards"
)

func init() {
	guards.Declare(guards.Clause{ID: "M11", Says: "no X password is ever asked for, used or stored",
		Source: guards.SourcePrivacy, Served: []guards.Service{guards.ByDuty},
		Tests: []string{"runner/platform TestOnlyTokensAreUsed", "runner/signin TestNoPasswordIsAskedFor"}, Operator: "give heed the tokens of accounts that are yours, and ask nobody for theirs"})
}

// Account is one bot's account on X, with its OAuth 1.0a user token, or with what gives
// its OAuth 2.0 access token.
type Account struct {
	Handle string      // with or without the @; for people
	UserID bots.UserID // "" until it is read from X
	Token  Secret
	Secret Secret
	Bearer Bearer // nil: calls are signed with Token and Secret
}

// account is an account that can be called. Its gotwi client is never changed once made:
// gotwi's setters race with calls.
type account struct {
	bot    string
	handle string
	send   caller
	bearer *bearer      // nil: OAuth 1.0a
	fixed  bots.UserID  // as configured
	id     atomic.Value // bots.UserID, as configured or learnt
}

// caller is the one seam of authentication: what signs a call and sends it. It is a
// func so that nothing that prints it can reach the keys inside.
type caller func(ctx context.Context, method, path string, p parameters) error

// parameters are what gotwi takes for a call. gotwi writes the access token into
// them, so each call needs its own.
type parameters interface {
	SetAccessToken(token string)
	AccessToken() string
	ResolveEndpoint(endpointBase string) string
	Body() (io.Reader, error)
	ParameterMap() map[string]string
}

func newAccount(bot string, a Account, k Keys, wire http.RoundTripper) (*account, error) {
	if a.UserID != "" && !bots.IsSnowflake(string(a.UserID)) {
		return nil, fmt.Errorf("x: bot %.40q: user id %.30q is not 1 to 20 digits", bot, string(a.UserID))
	}
	made := &account{bot: bot, handle: a.Handle, fixed: a.UserID}
	client := &http.Client{
		Transport: wire,
		// A followed 307 would send the write again, and elsewhere. The wire shows
		// gotwi no redirect; this holds should that ever change.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	var err error
	if a.Bearer != nil {
		if a.Token != "" || a.Secret != "" {
			return nil, fmt.Errorf("x: bot %.40q: has tokens of OAuth 1.0a and of OAuth 2.0; an account signs in one way", bot)
		}
		made.bearer = &bearer{token: a.Bearer.Token, renew: a.Bearer.Renew}
		made.send, err = bearerCaller(client, made.bearer)
	} else {
		made.send, err = oauth1Caller(client, a, k)
	}
	if err != nil {
		return nil, fmt.Errorf("x: bot %.40q: %w", bot, err)
	}
	made.learn(a.UserID)
	return made, nil
}

// oauth1Caller signs with the keys of the app and of the account. Its gotwi client is
// never changed once made, see account.
func oauth1Caller(client *http.Client, a Account, k Keys) (caller, error) {
	// gotwi signs wrongly when a credential holds a space.
	for _, c := range []struct {
		secret Secret
		what   string
	}{{k.Key, "the consumer key"}, {k.Secret, "the consumer secret"}, {a.Token, "the access token"}, {a.Secret, "the access secret"}} {
		if err := c.secret.Check(c.what); err != nil {
			return nil, err
		}
	}
	made, err := gotwi.NewClient(&gotwi.NewClientInput{
		HTTPClient:           client,
		AuthenticationMethod: gotwi.AuthenMethodOAuth1UserContext,
		OAuthToken:           string(a.Token),
		OAuthTokenSecret:     string(a.Secret),
		APIKey:               string(k.Key),
		APIKeySecret:         string(k.Secret),
	})
	if err != nil {
		return nil, fmt.Errorf("its client cannot be made: %w", err)
	}
	return func(ctx context.Context, method, path string, p parameters) error {
		return made.CallAPI(ctx, signedBase+path, method, p, &ignored{})
	}, nil
}

func (a *account) learn(id bots.UserID) { a.id.Store(id) }

func (a *account) userID() bots.UserID {
	id, _ := a.id.Load().(bots.UserID)
	return id
}

// ignored is the response that gotwi decodes into: nothing, the wire gives it an empty
// body. What X said is read from the exchange, because gotwi's structs lose facts and
// fail on odd ones.
type ignored struct{}

// HasPartialError is what gotwi asks of a response.
func (*ignored) HasPartialError() bool { return false }
