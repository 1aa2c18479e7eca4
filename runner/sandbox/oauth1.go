package sandbox

import (
	"crypto/subtle"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// askLife is how long a request token waits for its person, and maxTries how often
// a PIN may be mistyped. X publishes neither.
const (
	askLife  = 15 * time.Minute
	maxTries = 5
)

// request is an OAuth 1.0a request token.
type request struct {
	Secret   string    `json:"secret"`
	AppID    string    `json:"app_id"`
	Callback string    `json:"callback"`           // "oob", or one of the app's redirect URIs
	UserID   string    `json:"user_id,omitempty"`  // who agreed
	Verifier string    `json:"verifier,omitempty"` // what proves it
	Tries    int       `json:"tries,omitempty"`
	Expires  time.Time `json:"expires"`
}

func notAuthentic() answer {
	return oldCode("", 401, 32, "Could not authenticate you.").answer()
}

func formAnswer(v url.Values) answer {
	// X sends these as text/html, whatever they are.
	return answer{status: 200, ctype: "text/html; charset=utf-8", body: []byte(v.Encode()), landed: true}
}

// signed verifies the signature of a sign-in request, whose form body is signed too.
func (w *World) signed(k *knock, secretOf func(p map[string]string) (string, bool)) (*App, map[string]string, bool) {
	p, ok := oauthHeader(k.r)
	app := w.ix.keys[p["oauth_consumer_key"]]
	if !ok || app == nil || app.Suspended {
		return nil, nil, false
	}
	secret, ok := secretOf(p)
	if !ok || !w.signatureHolds(k.r, p, app, secret, k.form) {
		return nil, nil, false
	}
	for name := range k.form {
		if p[name] == "" {
			p[name] = k.form.Get(name)
		}
	}
	return app, p, true
}

func (w *World) requestToken(k *knock) answer {
	app, p, ok := w.signed(k, func(p map[string]string) (string, bool) { return "", p["oauth_token"] == "" })
	if !ok {
		return notAuthentic()
	}
	callback := p["oauth_callback"]
	if callback != "oob" && !slices.Contains(app.RedirectURIs, callback) {
		return oldCode("", 403, 415, "Callback URL not approved for this client application. Approved callback URLs can be adjusted in your application settings").answer()
	}
	w.sweep(k.now)
	if len(w.st.Codes)+len(w.st.Asks) >= maxGrants {
		return refuse(503, "Service Unavailable").answer()
	}
	token := "sandbox-ask-" + w.secret("request token")
	r := &request{Secret: w.secret("request secret"), AppID: app.ID, Callback: callback, Expires: k.now.Add(askLife).UTC()}
	w.st.Asks[token] = r
	return formAnswer(url.Values{"oauth_token": {token}, "oauth_token_secret": {r.Secret}, "oauth_callback_confirmed": {"true"}})
}

// waiting gives a request token that nobody has decided about yet.
func (w *World) waiting(k *knock, token string) *request {
	r := w.st.Asks[token]
	if r == nil || !k.now.Before(r.Expires) || r.UserID != "" {
		return nil
	}
	return r
}

const msgAskGone = "oauth_token is not valid, has expired or was used already"

func (w *World) oauth1Ask(k *knock) answer {
	q := k.r.URL.Query()
	token := q.Get("oauth_token")
	r := w.waiting(k, token)
	if r == nil {
		return consentError(http.StatusBadRequest, msgAskGone)
	}
	if as := q.Get("_heed_as"); as != "" {
		return w.agree1(r, token, as)
	}
	app := w.st.Apps[r.AppID]
	page := consent{App: app.Name, Action: "/oauth/authorize", Access: string(app.Permission), People: w.people(), Fields: map[string]string{"oauth_token": token}}
	return page.answer(http.StatusOK, formTarget(r.Callback))
}

func (w *World) oauth1Decide(k *knock) answer {
	token := k.form.Get("oauth_token")
	r := w.waiting(k, token)
	if r == nil {
		return consentError(http.StatusBadRequest, msgAskGone)
	}
	if k.form.Get("decision") != "approve" {
		delete(w.st.Asks, token)
		if r.Callback == "oob" {
			return consentError(http.StatusOK, "the app was not let in")
		}
		return redirect(r.Callback, url.Values{"denied": {token}})
	}
	return w.agree1(r, token, k.form.Get("as"))
}

// agree1 lets an app in: a PIN for a program without a callback, else the way back.
func (w *World) agree1(r *request, token, as string) answer {
	u := w.signer(as)
	if u == nil {
		return consentError(http.StatusBadRequest, "nobody of that name can sign in here")
	}
	r.UserID, r.Verifier = u.ID, w.secret("verifier")
	if r.Callback != "oob" {
		return redirect(r.Callback, url.Values{"oauth_token": {token}, "oauth_verifier": {r.Verifier}})
	}
	h := fnv.New64a()
	h.Write([]byte(r.Verifier))
	r.Verifier = fmt.Sprintf("%07d", h.Sum64()%10_000_000)
	a := consent{App: w.st.Apps[r.AppID].Name, PIN: r.Verifier}.answer(http.StatusOK, "")
	a.landed = true
	return a
}

func (w *World) accessToken(k *knock) answer {
	app, p, ok := w.signed(k, func(p map[string]string) (string, bool) {
		r := w.st.Asks[p["oauth_token"]]
		if r == nil || !k.now.Before(r.Expires) || w.ix.keys[p["oauth_consumer_key"]].ID != r.AppID {
			return "", false
		}
		return r.Secret, true
	})
	if !ok {
		return notAuthentic()
	}
	token := p["oauth_token"]
	r := w.st.Asks[token]
	verifier := p["oauth_verifier"]
	if verifier == "" {
		verifier = k.r.URL.Query().Get("oauth_verifier")
	}
	if r.UserID == "" || subtle.ConstantTimeCompare([]byte(verifier), []byte(r.Verifier)) != 1 {
		if r.Tries++; r.Tries >= maxTries {
			delete(w.st.Asks, token)
		}
		return notAuthentic()
	}
	delete(w.st.Asks, token)
	c, err := w.addToken(app.ID, r.UserID)
	if err != nil {
		return notAuthentic()
	}
	return formAnswer(url.Values{"oauth_token": {c.AccessToken}, "oauth_token_secret": {c.AccessSecret}, "user_id": {c.UserID}, "screen_name": {c.Username}})
}
