package signin

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"heed/bots"
	"heed/runner"
)

// Kind is how a token signs.
type Kind string

// The kinds of tokens.
const (
	OAuth1 Kind = "oauth1"
	OAuth2 Kind = "oauth2"
)

// Token is what a bot signs with, and whose it is.
type Token struct {
	Kind    Kind
	UserID  bots.UserID
	Handle  string // with its @
	Access  runner.Secret
	Secret  runner.Secret // OAuth 1.0a
	Refresh runner.Secret // OAuth 2.0; good once
	Expires time.Time     // of Access; zero for OAuth 1.0a, whose tokens do not expire
	Scopes  []string      // what X gave
	SavedAt time.Time

	// Spent says why only a person can make the token good again; "" while it is good.
	Spent string
}

// Identity is an account.
type Identity struct {
	UserID bots.UserID // "": any
	Handle string      // with or without the @
}

// Differs says how an account is another than the wanted one; "" when it is that one.
func (i Identity) Differs(want Identity) string {
	switch {
	case want.UserID != "" && i.UserID != want.UserID:
		return fmt.Sprintf("the account is user %s (%s), the settings say %s", i.UserID, i.Handle, want.UserID)
	case !strings.EqualFold(strings.TrimPrefix(i.Handle, "@"), strings.TrimPrefix(want.Handle, "@")):
		return fmt.Sprintf("the account is %s (user %s), the settings say @%s", i.Handle, i.UserID, strings.TrimPrefix(want.Handle, "@"))
	}
	return ""
}

// Scopes are the least that a bot with these actions needs, in X's terms. Messages are
// always read: a STOP may arrive by one (rule C2).
func Scopes(actions []bots.Action) []string {
	need := []string{"tweet.read", "users.read", "offline.access", "dm.read"}
	for _, a := range actions {
		switch a {
		case bots.Post, bots.Reply, bots.Quote:
			need = append(need, "tweet.write", "media.write")
		case bots.Repost, bots.Unrepost, bots.Delete:
			need = append(need, "tweet.write")
		case bots.Like, bots.Unlike:
			need = append(need, "like.read", "like.write")
		case bots.Follow, bots.Unfollow:
			need = append(need, "follows.read", "follows.write")
		case bots.DM:
			need = append(need, "dm.write")
		case bots.HideReply:
			need = append(need, "tweet.moderate.write")
		}
	}
	slices.Sort(need)
	return slices.Compact(need)
}

// Lacks lists the scopes that a token does not have. One of OAuth 1.0a has none: its
// permissions are the app's.
func (t Token) Lacks(need []string) (missing []string) {
	if t.Kind != OAuth2 {
		return nil
	}
	for _, s := range need {
		if !slices.Contains(t.Scopes, s) {
			missing = append(missing, s)
		}
	}
	return missing
}

// check says what is wrong with a token that is to be kept or used.
func (t Token) check() error {
	if !bots.IsSnowflake(string(t.UserID)) {
		return fmt.Errorf("its user id is not 1 to 20 digits")
	}
	if err := t.Access.Check("the access token"); err != nil {
		return err
	}
	switch t.Kind {
	case OAuth1:
		return t.Secret.Check("the access secret")
	case OAuth2:
		if t.Expires.IsZero() {
			return fmt.Errorf("it does not say when the access token expires")
		}
		return t.Refresh.Check("the refresh token")
	}
	return fmt.Errorf("its kind is neither %s nor %s", OAuth1, OAuth2)
}
