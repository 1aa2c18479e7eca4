package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Permission is an app's OAuth 1.0a level; a token keeps the one it was issued with.
type Permission string

// The permission levels, in the words of the x-access-level header.
const (
	Read        Permission = "read"
	ReadWrite   Permission = "read-write"
	ReadWriteDM Permission = "read-write-directmessages"
)

// App is a developer's app: one consumer key, one operator.
type App struct {
	ID             string     `json:"id"`
	Name           string     `json:"name"` // shown as a post's source
	Permission     Permission `json:"permission"`
	Suspended      bool       `json:"suspended,omitempty"`
	ConsumerKey    string     `json:"consumer_key"`
	ConsumerSecret string     `json:"consumer_secret"`
	Bearer         string     `json:"bearer"` // app-only

	// OAuth 2.0. A public app has no secret to keep and sends client_id in the body.
	ClientID     string   `json:"client_id,omitempty"`
	ClientSecret string   `json:"client_secret,omitempty"`
	Public       bool     `json:"public,omitempty"`
	RedirectURIs []string `json:"redirect_uris,omitempty"` // compared letter by letter; OAuth 1.0a callbacks too
}

// Token lets an app act as one account.
type Token struct {
	Token      string     `json:"token"`
	Secret     string     `json:"secret,omitempty"` // none: an OAuth 2.0 user token
	AppID      string     `json:"app_id"`
	UserID     string     `json:"user_id"`
	Permission Permission `json:"permission"`
	Scopes     []string   `json:"scopes,omitempty"` // OAuth 2.0 only
	Expires    time.Time  `json:"expires,omitzero"` // OAuth 2.0 only
	Revoked    bool       `json:"revoked,omitempty"`
	Grant      string     `json:"grant,omitempty"` // the consent it came from, OAuth 2.0 only
}

// Credentials are the four secrets of one bot account. They open this sandbox only,
// and still print as nothing, so that no log learns the habit.
type Credentials struct {
	ConsumerKey    string `json:"consumer_key"`
	ConsumerSecret string `json:"consumer_secret"`
	AccessToken    string `json:"access_token"`
	AccessSecret   string `json:"access_secret"`
	UserID         string `json:"user_id"`
	Username       string `json:"username"`
}

// String names the account and hides the secrets.
func (c Credentials) String() string { return "sandbox credentials of @" + c.Username }

// GoString hides the secrets too.
func (c Credentials) GoString() string { return c.String() }

// String names the app and hides its secrets.
func (a App) String() string { return "sandbox app " + a.Name }

// GoString hides the secrets too.
func (a App) GoString() string { return a.String() }

// String hides the token.
func (t Token) String() string { return "sandbox token of user " + t.UserID }

// GoString hides the token too.
func (t Token) GoString() string { return t.String() }

// secret derives the next made-up secret from the seed.
func (w *World) secret(what string) string {
	w.st.Made++
	var n [16]byte
	binary.BigEndian.PutUint64(n[:8], w.st.Seed)
	binary.BigEndian.PutUint64(n[8:], w.st.Made)
	m := hmac.New(sha256.New, n[:])
	m.Write([]byte(what))
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(m.Sum(nil)[:25]))
}

// AddApp registers an app. An empty permission is read-write-directmessages.
func (w *World) AddApp(name string, p Permission, more ...AppOption) (App, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.addApp(name, p, more...)
}

func (w *World) addApp(name string, p Permission, more ...AppOption) (App, error) {
	if p == "" {
		p = ReadWriteDM
	}
	if !slices.Contains([]Permission{Read, ReadWrite, ReadWriteDM}, p) {
		return App{}, fmt.Errorf("permission %q: need read, read-write or read-write-directmessages", p)
	}
	if name == "" {
		return App{}, errors.New("app: needs a name")
	}
	for _, a := range w.st.Apps {
		if a.Name == name {
			return App{}, fmt.Errorf("app %q: already there", name)
		}
	}
	a := &App{
		ID: w.newID(w.opt.Now()), Name: name, Permission: p,
		ConsumerKey:    "sandbox-" + w.secret("consumer key"),
		ConsumerSecret: "sandbox-" + w.secret("consumer secret"),
		Bearer:         "sandbox-app-" + w.secret("bearer"),
		ClientID:       "sandbox-client-" + w.secret("client id"),
		ClientSecret:   "sandbox-" + w.secret("client secret"),
	}
	for _, set := range more {
		if err := set(a); err != nil {
			return App{}, err
		}
	}
	w.st.Apps[a.ID] = a
	w.ix.addApp(a)
	return *a, nil
}

// AddToken issues an OAuth 1.0a token of an app for an account. The app's
// permission of this moment is baked in, as X does.
func (w *World) AddToken(appID, who string) (Credentials, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.addToken(appID, who)
}

func (w *World) addToken(appID, who string) (Credentials, error) {
	a := w.st.Apps[appID]
	if a == nil {
		return Credentials{}, fmt.Errorf("app %q: unknown", appID)
	}
	u, err := w.find(who)
	if err != nil {
		return Credentials{}, err
	}
	t := &Token{
		Token: u.ID + "-" + w.secret("access token"), Secret: w.secret("access secret"),
		AppID: a.ID, UserID: u.ID, Permission: a.Permission,
	}
	w.st.Tokens[t.Token] = t
	return Credentials{a.ConsumerKey, a.ConsumerSecret, t.Token, t.Secret, u.ID, u.Username}, nil
}

// AddOAuth2Token issues an OAuth 2.0 user token with scopes, good for life; zero
// means X's two hours, without anybody signing in.
func (w *World) AddOAuth2Token(appID, who string, scopes []string, life time.Duration) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, err := w.find(who)
	if err != nil {
		return "", err
	}
	if w.st.Apps[appID] == nil {
		return "", fmt.Errorf("app %q: unknown", appID)
	}
	if life == 0 {
		life = 2 * time.Hour
	}
	t := &Token{
		Token: "sandbox-user-" + w.secret("oauth2"), AppID: appID, UserID: u.ID,
		Permission: ReadWriteDM, Scopes: slices.Clone(scopes), Expires: w.opt.Now().Add(life),
	}
	w.st.Tokens[t.Token] = t
	return t.Token, nil
}

// Revoke makes a token unknown, as when its owner withdraws it.
func (w *World) Revoke(token string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.st.Tokens[token]
	if t == nil {
		return errors.New("token: unknown")
	}
	t.Revoked = true
	if t.Grant == "" {
		w.tellRevoked(t)
	}
	w.endGrant(t.Grant)
	return nil
}

// SetAppSuspended suspends an app: every call with its key gets 401, code 32.
func (w *World) SetAppSuspended(appID string, on bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	a := w.st.Apps[appID]
	if a == nil {
		return fmt.Errorf("app %q: unknown", appID)
	}
	a.Suspended = on
	delete(w.st.ToldStop, a.ID)
	return nil
}

// AddBot adds an account and a token of the app for it in one step.
func (w *World) AddBot(appID string, u User) (Credentials, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.st.Apps[appID] == nil {
		return Credentials{}, fmt.Errorf("app %q: unknown", appID)
	}
	got, err := w.addUser(u)
	if err != nil {
		return Credentials{}, err
	}
	return w.addToken(appID, got.ID)
}
