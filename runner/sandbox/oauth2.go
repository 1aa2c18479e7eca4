package sandbox

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// How long OAuth 2.0 things live. X does not publish the refresh token's life.
const (
	codeLife    = 30 * time.Second
	accessLife  = 2 * time.Hour
	refreshLife = 180 * 24 * time.Hour
	maxGrants   = 1_000 // codes and request tokens that wait
)

// code is an authorization code: what a person agreed to, before an app fetched it.
type code struct {
	AppID       string    `json:"app_id"`
	UserID      string    `json:"user_id"`
	RedirectURI string    `json:"redirect_uri"`
	Scopes      []string  `json:"scopes"`
	Challenge   string    `json:"challenge"`
	Expires     time.Time `json:"expires"`
}

// refresh is a refresh token: good once, for one app and account.
type refresh struct {
	AppID   string    `json:"app_id"`
	UserID  string    `json:"user_id"`
	Scopes  []string  `json:"scopes"`
	Grant   string    `json:"grant"`
	Expires time.Time `json:"expires"`
}

// sweep forgets what has run out, so that nothing grows without end.
func (w *World) sweep(now time.Time) {
	for key, c := range w.st.Codes {
		if !now.Before(c.Expires) {
			delete(w.st.Codes, key)
		}
	}
	for key, a := range w.st.Asks {
		if !now.Before(a.Expires) {
			delete(w.st.Asks, key)
		}
	}
	for key, r := range w.st.Refresh {
		if !now.Before(r.Expires) {
			delete(w.st.Refresh, key)
		}
	}
	for key, t := range w.st.Tokens {
		// An unknown token is refused as an expired one is.
		if t.Secret == "" && now.After(t.Expires.Add(day)) {
			delete(w.st.Tokens, key)
		}
	}
}

// tokenError is the token endpoint's own shape of refusal.
func tokenError(status int, kind, why string) answer {
	return jsonAnswer(status, map[string]any{"error": kind, "error_description": why})
}

func badToken(why string) answer { return tokenError(400, "invalid_request", why) }

const msgBadToken = "Value passed for the token was invalid."

// client finds out which app calls the token endpoint: a confidential one by HTTP
// Basic, a public one by client_id in the body.
func (w *World) client(k *knock) (*App, *answer) {
	no := func(a answer) (*App, *answer) { return nil, &a }
	if !k.ours {
		return no(badToken("Content-Type must be application/x-www-form-urlencoded."))
	}
	id, secret, basic := basicAuth(k.r)
	if !basic {
		id = k.form.Get("client_id")
	}
	app := w.ix.clients[id]
	switch {
	case id == "":
		return no(badToken("Missing required parameter [client_id]."))
	case app == nil, app.Public && basic, !app.Public && !basic,
		basic && subtle.ConstantTimeCompare([]byte(secret), []byte(app.ClientSecret)) != 1:
		return no(tokenError(401, "unauthorized_client", "Missing valid authorization header"))
	case app.Suspended:
		return no(oldCode(app.ID, 401, 32, "Could not authenticate you.").answer())
	}
	return app, nil
}

// basicAuth reads HTTP Basic with both parts form-encoded, as RFC 6749 2.3.1 says.
func basicAuth(r *http.Request) (id, secret string, ok bool) {
	id, secret, ok = r.BasicAuth()
	id, err1 := url.QueryUnescape(id)
	secret, err2 := url.QueryUnescape(secret)
	return id, secret, ok && err1 == nil && err2 == nil
}

func (w *World) oauth2Token(k *knock) answer {
	app, no := w.client(k)
	if no != nil {
		return *no
	}
	switch k.form.Get("grant_type") {
	case "authorization_code":
		return w.redeem(k, app)
	case "refresh_token":
		old := k.form.Get("refresh_token")
		r := w.st.Refresh[old]
		if r == nil || r.AppID != app.ID || !k.now.Before(r.Expires) {
			return badToken(msgBadToken)
		}
		// Single use: it is spent whether or not the answer arrives.
		delete(w.st.Refresh, old)
		return w.issue(k, r.AppID, r.UserID, r.Scopes, r.Grant)
	}
	return badToken("Value passed for the grant type was invalid, grant type should be authorization_code, refresh_token or client_credentials.")
}

// redeem trades a code for tokens, once, within 30 seconds.
func (w *World) redeem(k *knock, app *App) answer {
	c := w.st.Codes[k.form.Get("code")]
	if c == nil || c.AppID != app.ID || !k.now.Before(c.Expires) {
		return badToken("Value passed for the authorization code was invalid.")
	}
	// A wrong try spends the code too: a thief gets no second guess.
	delete(w.st.Codes, k.form.Get("code"))
	sum := sha256.Sum256([]byte(k.form.Get("code_verifier")))
	proof := base64.RawURLEncoding.EncodeToString(sum[:])
	switch {
	case k.form.Get("redirect_uri") != c.RedirectURI:
		return badToken("Value passed for the redirect uri did not match the uri of the authorization code.")
	case subtle.ConstantTimeCompare([]byte(proof), []byte(c.Challenge)) != 1:
		return badToken("Value passed for the code verifier did not match the code challenge.")
	}
	return w.issue(k, c.AppID, c.UserID, c.Scopes, w.secret("grant"))
}

func (w *World) issue(k *knock, app, user string, scopes []string, grant string) answer {
	w.sweep(k.now)
	t := &Token{Token: "sandbox-user-" + w.secret("oauth2"), AppID: app, UserID: user, Permission: ReadWriteDM,
		Scopes: slices.Clone(scopes), Expires: k.now.Add(accessLife).UTC(), Grant: grant}
	w.st.Tokens[t.Token] = t
	body := map[string]any{"token_type": "bearer", "expires_in": int(accessLife.Seconds()), "access_token": t.Token, "scope": strings.Join(scopes, " ")}
	if slices.Contains(scopes, "offline.access") {
		next := "sandbox-refresh-" + w.secret("refresh")
		w.st.Refresh[next] = &refresh{AppID: app, UserID: user, Scopes: scopes, Grant: grant, Expires: k.now.Add(refreshLife).UTC()}
		body["refresh_token"] = next
	}
	a := jsonAnswer(200, body)
	a.landed = true
	return a
}

// oauth2Revoke ends a grant by any of its tokens. What is no token of the app's is
// refused as a spent one is.
func (w *World) oauth2Revoke(k *knock) answer {
	app, no := w.client(k)
	if no != nil {
		return *no
	}
	token := k.form.Get("token")
	if r := w.st.Refresh[token]; r != nil && r.AppID == app.ID {
		w.endGrant(r.Grant)
	} else if t := w.st.Tokens[token]; t != nil && t.AppID == app.ID && t.Secret == "" && !t.Revoked {
		t.Revoked = true
		w.endGrant(t.Grant)
	} else {
		return badToken(msgBadToken)
	}
	a := jsonAnswer(200, map[string]any{"revoked": true})
	a.landed = true
	return a
}

// endGrant makes every token of one consent unknown.
func (w *World) endGrant(grant string) {
	if grant == "" {
		return
	}
	var last *Token
	for _, t := range w.st.Tokens {
		if t.Grant == grant {
			t.Revoked, last = true, t
		}
	}
	for key, r := range w.st.Refresh {
		if r.Grant == grant {
			delete(w.st.Refresh, key)
		}
	}
	if last != nil {
		w.tellRevoked(last)
	}
}

// appOnlyToken gives an app its own bearer for its consumer key and secret.
func (w *World) appOnlyToken(k *knock) answer {
	key, secret, ok := basicAuth(k.r)
	app := w.ix.keys[key]
	if !ok || app == nil || app.Suspended || subtle.ConstantTimeCompare([]byte(secret), []byte(app.ConsumerSecret)) != 1 {
		return jsonAnswer(403, map[string]any{"errors": []map[string]any{{"code": 99, "message": "Unable to verify your credentials", "label": "authenticity_token_error"}}})
	}
	if !k.ours || k.form.Get("grant_type") != "client_credentials" {
		return jsonAnswer(400, map[string]any{"errors": []map[string]any{{"code": 170, "message": "Missing required parameter: grant_type", "label": "forbidden_missing_parameter"}}})
	}
	return jsonAnswer(200, map[string]any{"token_type": "bearer", "access_token": app.Bearer})
}
