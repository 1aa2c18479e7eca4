package sandbox

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// knownScopes are X's OAuth 2.0 scopes.
var knownScopes = []string{
	"tweet.read", "tweet.write", "tweet.moderate.write", "users.read", "users.email", "follows.read", "follows.write",
	"offline.access", "space.read", "mute.read", "mute.write", "like.read", "like.write", "list.read", "list.write",
	"block.read", "block.write", "bookmark.read", "bookmark.write", "dm.read", "dm.write", "media.write",
}

// challengeRule is the form of a S256 challenge: 32 bytes in unpadded base64url.
var challengeRule = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// asking is a checked authorization request.
type asking struct {
	app                        *App
	redirect, state, challenge string
	scopes                     []string
}

// readAsk checks what an app asks of a person. X shows every such mistake on a page
// of its own, and leads nowhere.
func (w *World) readAsk(q url.Values) (*asking, string) {
	a := &asking{app: w.ix.clients[q.Get("client_id")], redirect: q.Get("redirect_uri"), state: q.Get("state"),
		challenge: q.Get("code_challenge"), scopes: strings.Fields(q.Get("scope"))}
	for _, name := range []string{"client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "code_challenge_method"} {
		if len(q[name]) != 1 || q.Get(name) == "" {
			return nil, name + " must be there, once"
		}
	}
	switch {
	case a.app == nil || a.app.Suspended:
		return nil, "client_id is of no app here"
	case !slices.Contains(a.app.RedirectURIs, a.redirect):
		return nil, "redirect_uri is not one of the app's, letter by letter"
	case q.Get("response_type") != "code":
		return nil, "response_type must be code"
	case len(a.state) > 500:
		return nil, "state is over 500 characters"
	case q.Get("code_challenge_method") != "S256" || !challengeRule.MatchString(a.challenge):
		return nil, "code_challenge must be an S256 challenge, and code_challenge_method S256"
	}
	for i, s := range a.scopes {
		if !slices.Contains(knownScopes, s) || slices.Contains(a.scopes[:i], s) {
			return nil, "scope " + s + " is unknown or there twice"
		}
	}
	return a, ""
}

// oauth2Ask shows a person what an app asks for. With _heed_as, which is the
// sandbox's own, that person agrees at once.
func (w *World) oauth2Ask(k *knock) answer {
	q := k.r.URL.Query()
	a, wrong := w.readAsk(q)
	if wrong != "" {
		return consentError(http.StatusBadRequest, wrong)
	}
	if as := q.Get("_heed_as"); as != "" {
		return w.agree(k, a, as)
	}
	fields := map[string]string{}
	for name := range q {
		fields[name] = q.Get(name)
	}
	page := consent{App: a.app.Name, Action: "/i/oauth2/authorize", Scopes: a.scopes, People: w.people(), Fields: fields}
	return page.answer(http.StatusOK, formTarget(a.redirect))
}

// oauth2Decide is the page's form, sent.
func (w *World) oauth2Decide(k *knock) answer {
	a, wrong := w.readAsk(k.form)
	switch {
	case wrong != "":
		return consentError(http.StatusBadRequest, wrong)
	case k.form.Get("decision") != "approve":
		return redirect(a.redirect, url.Values{"error": {"access_denied"}, "state": {a.state}})
	}
	return w.agree(k, a, k.form.Get("as"))
}

func (w *World) agree(k *knock, a *asking, as string) answer {
	u := w.signer(as)
	if u == nil {
		return consentError(http.StatusBadRequest, "nobody of that name can sign in here")
	}
	w.sweep(k.now)
	if len(w.st.Codes)+len(w.st.Asks) >= maxGrants {
		return consentError(http.StatusServiceUnavailable, "too many sign-ins wait")
	}
	made := "sandbox-code-" + w.secret("code")
	w.st.Codes[made] = &code{AppID: a.app.ID, UserID: u.ID, RedirectURI: a.redirect, Scopes: a.scopes,
		Challenge: a.challenge, Expires: k.now.Add(codeLife).UTC()}
	return redirect(a.redirect, url.Values{"state": {a.state}, "code": {made}})
}
