package sandbox

import (
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

const callback = "http://127.0.0.1:8765/callback"

// visit asks as a browser does, and follows nothing.
func (s *stage) visit(method, path string, form url.Values, spoil ...func(*http.Request)) got {
	s.Helper()
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(form.Encode()))
	ok(s.T, err)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, f := range spoil {
		f(r)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	ok(s.T, err)
	return must[got](s.T)(readAnswer(res))
}

// oauth2App is an app with the callback, and its settings for the client library.
func (s *stage) oauth2App(name string, more ...AppOption) (App, *oauth2.Config) {
	s.Helper()
	a := must[App](s.T)(s.w.AddApp(name, "", append(more, WithRedirects(callback))...))
	c := &oauth2.Config{ClientID: a.ClientID, RedirectURL: callback, Scopes: []string{"tweet.read", "users.read", "offline.access"},
		Endpoint: oauth2.Endpoint{AuthURL: s.url + "/i/oauth2/authorize", TokenURL: s.url + "/2/oauth2/token", AuthStyle: oauth2.AuthStyleInParams}}
	if !a.Public {
		c.ClientSecret, c.Endpoint.AuthStyle = a.ClientSecret, oauth2.AuthStyleInHeader
	}
	return a, c
}

// agree lets an app in as a person and gives the code.
func (s *stage) agree(c *oauth2.Config, verifier, as string) string {
	s.Helper()
	address := c.AuthCodeURL("st&te", oauth2.S256ChallengeOption(verifier)) + "&_heed_as=" + as
	g := s.visit("GET", strings.TrimPrefix(address, s.url), nil)
	to := must[*url.URL](s.T)(url.Parse(g.header.Get("Location")))
	if g.status != 303 || !strings.HasPrefix(to.String(), callback+"?") || to.Query().Get("state") != "st&te" || to.Query().Get("code") == "" {
		s.Fatalf("agreeing: %d to %s: %s", g.status, to, g.raw)
	}
	return to.Query().Get("code")
}

func TestSigningInWithPKCE(t *testing.T) {
	for _, more := range [][]AppOption{nil, {Public()}} {
		s := setup(t, Options{})
		_, c := s.oauth2App("Signer", more...)
		verifier := oauth2.GenerateVerifier()
		code := s.agree(c, verifier, "@Ann")
		tok := must[*oauth2.Token](t)(c.Exchange(t.Context(), code, oauth2.VerifierOption(verifier)))
		if tok.TokenType != "bearer" || tok.ExpiresIn != 7200 || tok.RefreshToken == "" || tok.Extra("scope") != "tweet.read users.read offline.access" {
			t.Errorf("token: type %s, %d s, scope %v", tok.TokenType, tok.ExpiresIn, tok.Extra("scope"))
		}
		s.expect(s.raw("GET", "/2/users/me", "Bearer "+tok.AccessToken), 200, `"username":"ann"`)
		s.expect(s.raw("POST", "/2/tweets", "Bearer "+tok.AccessToken), 403, `"detail":"Forbidden"`)

		var spent *oauth2.RetrieveError
		if _, err := c.Exchange(t.Context(), code, oauth2.VerifierOption(verifier)); !errors.As(err, &spent) || spent.ErrorCode != "invalid_request" {
			t.Errorf("a code was good twice: %v", err)
		}
		// The refresh token rotates and is good once.
		s.clock.add(2 * time.Hour)
		s.expect(s.raw("GET", "/2/users/me", "Bearer "+tok.AccessToken), 401, "Unauthorized")
		old := &oauth2.Token{RefreshToken: tok.RefreshToken}
		next := must[*oauth2.Token](t)(c.TokenSource(t.Context(), old).Token())
		if next.RefreshToken == tok.RefreshToken || next.AccessToken == tok.AccessToken {
			t.Error("a token did not rotate")
		}
		if _, err := c.TokenSource(t.Context(), old).Token(); !errors.As(err, &spent) || spent.Response.StatusCode != 400 ||
			spent.ErrorCode != "invalid_request" || spent.ErrorDescription != msgBadToken {
			t.Errorf("a spent refresh token: %v", err)
		}
		s.expect(s.raw("GET", "/2/users/me", "Bearer "+next.AccessToken), 200, "ann")
	}
}

func TestACodeIsGoodForItsOwnAppMomentAndVerifier(t *testing.T) {
	s := setup(t, Options{})
	a, c := s.oauth2App("Signer")
	other, _ := s.oauth2App("Other")
	verifier := oauth2.GenerateVerifier()
	for why, try := range map[string]struct {
		late   time.Duration
		spoil  func(url.Values)
		app    App
		status int
		says   string
	}{
		"in time":            {29 * time.Second, nil, a, 200, "access_token"},
		"after 30 s":         {30 * time.Second, nil, a, 400, "invalid_request"},
		"another verifier":   {0, func(v url.Values) { v.Set("code_verifier", oauth2.GenerateVerifier()) }, a, 400, "code verifier"},
		"no verifier":        {0, func(v url.Values) { v.Del("code_verifier") }, a, 400, "code verifier"},
		"another address":    {0, func(v url.Values) { v.Set("redirect_uri", callback+"/") }, a, 400, "redirect uri"},
		"another app":        {0, nil, other, 400, "authorization code"},
		"another grant type": {0, func(v url.Values) { v.Set("grant_type", "password") }, a, 400, "grant type"},
	} {
		v := url.Values{"grant_type": {"authorization_code"}, "code": {s.agree(c, verifier, "ann")}, "redirect_uri": {callback}, "code_verifier": {verifier}}
		if try.spoil != nil {
			try.spoil(v)
		}
		s.clock.add(try.late)
		g := s.visit("POST", "/2/oauth2/token", v, func(r *http.Request) { r.SetBasicAuth(try.app.ClientID, try.app.ClientSecret) })
		if g.status != try.status || !strings.Contains(g.raw, try.says) {
			t.Errorf("%s: got %d %s", why, g.status, g.raw)
		}
	}
}

func TestTokenEndpointKnowsItsClients(t *testing.T) {
	s := setup(t, Options{})
	a, _ := s.oauth2App("Signer")
	public, _ := s.oauth2App("Pocket", Public())
	v := func(id string) url.Values {
		f := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"nothing"}}
		if id != "" {
			f.Set("client_id", id)
		}
		return f
	}
	basic := func(id, secret string) func(*http.Request) {
		return func(r *http.Request) { r.SetBasicAuth(id, secret) }
	}
	none := func(*http.Request) {}
	for why, c := range map[string]struct {
		form   url.Values
		auth   func(*http.Request)
		status int
	}{
		"a confidential app with its secret":     {v(""), basic(a.ClientID, a.ClientSecret), 400},
		"a confidential app in the body alone":   {v(a.ClientID), none, 401},
		"a confidential app with another secret": {v(""), basic(a.ClientID, public.ClientSecret), 401},
		"a public app in the body":               {v(public.ClientID), none, 400},
		"a public app with a secret":             {v(""), basic(public.ClientID, public.ClientSecret), 401},
		"an unknown app":                         {v("nobody"), none, 401},
		"no app":                                 {v(""), none, 400},
	} {
		for _, path := range []string{"/2/oauth2/token", "/2/oauth2/revoke"} {
			if g := s.visit("POST", path, c.form, c.auth); g.status != c.status || g.str("error") == "" {
				t.Errorf("%s at %s: got %d %s, want %d", why, path, g.status, g.raw, c.status)
			}
		}
	}
	s.expect(s.heed("POST", "/2/oauth2/token", `{"grant_type":"refresh_token"}`), 400, "x-www-form-urlencoded")
	ok(t, s.w.SetAppSuspended(a.ID, true))
	s.expect(s.visit("POST", "/2/oauth2/token", v(""), basic(a.ClientID, a.ClientSecret)), 401, `"code":32`)
}

func TestAuthorizePageRefuses(t *testing.T) {
	s := setup(t, Options{})
	_, c := s.oauth2App("Signer")
	ok(t, s.w.SetSuspended("bob", true))
	good := must[*url.URL](t)(url.Parse(c.AuthCodeURL("state", oauth2.S256ChallengeOption(oauth2.GenerateVerifier())))).Query()
	for why, spoil := range map[string]func(url.Values){
		"another address":        func(v url.Values) { v.Set("redirect_uri", callback+"?x=1") },
		"an unknown app":         func(v url.Values) { v.Set("client_id", "nobody") },
		"no state":               func(v url.Values) { v.Del("state") },
		"a long state":           func(v url.Values) { v.Set("state", strings.Repeat("x", 501)) },
		"the implicit flow":      func(v url.Values) { v.Set("response_type", "token") },
		"no PKCE":                func(v url.Values) { v.Del("code_challenge") },
		"plain PKCE":             func(v url.Values) { v.Set("code_challenge_method", "plain") },
		"an unknown scope":       func(v url.Values) { v.Set("scope", "tweet.read everything") },
		"a parameter twice":      func(v url.Values) { v.Add("redirect_uri", "http://evil.example/") },
		"a person unknown":       func(v url.Values) { v.Set("_heed_as", "nobody") },
		"a person suspended":     func(v url.Values) { v.Set("_heed_as", "bob") },
		"a code for no verifier": func(v url.Values) { v.Set("code_challenge", "short") },
	} {
		v := url.Values{}
		for name := range good {
			v.Set(name, good.Get(name))
		}
		spoil(v)
		if g := s.visit("GET", "/i/oauth2/authorize?"+v.Encode(), nil); g.status != 400 || g.header.Get("Location") != "" {
			t.Errorf("%s: %d to %q", why, g.status, g.header.Get("Location"))
		}
	}
	if len(s.w.st.Codes) != 0 {
		t.Errorf("%d codes were made", len(s.w.st.Codes))
	}
}

func TestAuthorizePageAsksAPerson(t *testing.T) {
	s := setup(t, Options{})
	a, c := s.oauth2App(`<script>alert(1)</script>`)
	verifier := oauth2.GenerateVerifier()
	q := must[*url.URL](t)(url.Parse(c.AuthCodeURL(`"><script>`, oauth2.S256ChallengeOption(verifier)))).Query()
	g := s.visit("GET", "/i/oauth2/authorize?"+q.Encode(), nil)
	s.expect(g, 200, "&lt;script&gt;alert(1)")
	for _, part := range []string{"<code>tweet.read</code>", `<option value="ann">`, `value="&#34;&gt;&lt;script&gt;"`} {
		s.expect(g, 200, part)
	}
	if strings.Contains(g.raw, "<script") || !strings.Contains(g.header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("the page: %s %s", g.header.Get("Content-Security-Policy"), g.raw)
	}
	q.Set("as", "ann")
	q.Set("decision", "cancel")
	g = s.visit("POST", "/i/oauth2/authorize", q)
	if to := g.header.Get("Location"); g.status != 303 || !strings.Contains(to, "error=access_denied") || !strings.Contains(to, "state=") {
		t.Errorf("cancel: %d %s", g.status, to)
	}
	q.Set("decision", "approve")
	for why, spoil := range map[string]func(*http.Request){
		"another site's form":     func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"another site's old form": func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") },
	} {
		if g = s.visit("POST", "/i/oauth2/authorize", q, spoil); g.status != 403 || len(s.w.st.Codes) != 0 {
			t.Errorf("%s: %d", why, g.status)
		}
	}
	g = s.visit("POST", "/i/oauth2/authorize", q, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") })
	to := must[*url.URL](t)(url.Parse(g.header.Get("Location")))
	tok := must[*oauth2.Token](t)(c.Exchange(t.Context(), to.Query().Get("code"), oauth2.VerifierOption(verifier)))
	s.expect(s.raw("GET", "/2/users/me", "Bearer "+tok.AccessToken), 200, "ann")
	if to.Query().Get("state") != `"><script>` || s.w.st.Tokens[tok.AccessToken].AppID != a.ID {
		t.Errorf("led to %s", to)
	}
}

func TestRevokingEndsTheWholeGrant(t *testing.T) {
	for _, which := range []string{"access", "refresh", "by its owner"} {
		s := setup(t, Options{})
		a, c := s.oauth2App("Signer")
		other, _ := s.oauth2App("Other")
		verifier := oauth2.GenerateVerifier()
		tok := must[*oauth2.Token](t)(c.Exchange(t.Context(), s.agree(c, verifier, "ann"), oauth2.VerifierOption(verifier)))
		revoke := func(app App, token string) got {
			return s.visit("POST", "/2/oauth2/revoke", url.Values{"token": {token}}, func(r *http.Request) { r.SetBasicAuth(app.ClientID, app.ClientSecret) })
		}
		s.expect(revoke(other, tok.AccessToken), 400, "invalid_request")
		s.expect(s.raw("GET", "/2/users/me", "Bearer "+tok.AccessToken), 200, "ann")
		switch which {
		case "access":
			s.expect(revoke(a, tok.AccessToken), 200, `{"revoked":true}`)
		case "refresh":
			s.expect(revoke(a, tok.RefreshToken), 200, `{"revoked":true}`)
		default:
			ok(t, s.w.Revoke(tok.AccessToken))
		}
		s.expect(s.raw("GET", "/2/users/me", "Bearer "+tok.AccessToken), 401, "Unauthorized")
		if _, err := c.TokenSource(t.Context(), &oauth2.Token{RefreshToken: tok.RefreshToken}).Token(); err == nil {
			t.Errorf("%s: the refresh token outlived it", which)
		}
		s.expect(revoke(a, tok.AccessToken), 400, msgBadToken)
	}
}

func TestAppOnlyBearer(t *testing.T) {
	s := setup(t, Options{})
	ask := func(key, secret, grant string) got {
		return s.visit("POST", "/oauth2/token", url.Values{"grant_type": {grant}}, func(r *http.Request) { r.SetBasicAuth(key, secret) })
	}
	g := ask(s.app.ConsumerKey, s.app.ConsumerSecret, "client_credentials")
	s.expect(g, 200, `"token_type":"bearer"`)
	bearer := "Bearer " + g.str("access_token")
	s.expect(s.raw("GET", "/2/users/"+s.ann.ID, bearer), 200, "ann")
	g = s.raw("GET", "/2/users/me", bearer)
	s.expect(g, 403, "OAuth 2.0 Application-Only")
	if g.header.Get("Content-Type") != problemT || !strings.HasSuffix(g.str("type"), "/unsupported-authentication") {
		t.Errorf("app-only at a user's endpoint: %s %s", g.header.Get("Content-Type"), g.str("type"))
	}
	s.expect(ask(s.app.ConsumerKey, "wrong", "client_credentials"), 403, `"code":99`)
	s.expect(ask(s.app.ClientID, s.app.ClientSecret, "client_credentials"), 403, `"code":99`)
	s.expect(ask(s.app.ConsumerKey, s.app.ConsumerSecret, "password"), 400, `"code":170`)
}

func TestFaultsStrikeTheTokenEndpoint(t *testing.T) {
	s := setup(t, Options{})
	_, c := s.oauth2App("Signer")
	verifier := oauth2.GenerateVerifier()
	tok := must[*oauth2.Token](t)(c.Exchange(t.Context(), s.agree(c, verifier, "ann"), oauth2.VerifierOption(verifier)))
	f := must[Fault](t)(Preset("error_after"))
	f.Route, f.Count = "/2/oauth2/token", 1
	s.fault(f)
	old := &oauth2.Token{RefreshToken: tok.RefreshToken}
	if _, err := c.TokenSource(t.Context(), old).Token(); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("with a fault: %v", err)
	}
	if _, err := c.TokenSource(t.Context(), old).Token(); err == nil || !strings.Contains(err.Error(), "invalid_request") {
		t.Errorf("the answer was lost, and the token is spent all the same: %v", err)
	}
	calls := s.w.Calls()
	if last := calls[len(calls)-1]; last.Route != "/2/oauth2/token" || last.Status != 400 || calls[len(calls)-2].Fault != "refuse" {
		t.Errorf("the record: %+v", calls)
	}
	for _, c := range calls {
		if strings.Contains(c.Query, "code") {
			t.Error("a code is in the record")
		}
	}
}

func TestSignInsAreBoundedAndSaved(t *testing.T) {
	s := setup(t, Options{})
	_, c := s.oauth2App("Signer")
	verifier := oauth2.GenerateVerifier()
	tok := must[*oauth2.Token](t)(c.Exchange(t.Context(), s.agree(c, verifier, "ann"), oauth2.VerifierOption(verifier)))
	for range maxGrants {
		s.w.st.Codes[s.w.secret("x")] = &code{AppID: s.app.ID, UserID: s.botID, Expires: s.clock.now().Add(codeLife)}
	}
	address := strings.TrimPrefix(c.AuthCodeURL("state", oauth2.S256ChallengeOption(verifier)), s.url) + "&_heed_as=ann"
	if g := s.visit("GET", address, nil); g.status != 503 {
		t.Errorf("beyond the bound: %d", g.status)
	}
	s.clock.add(codeLife)
	if g := s.visit("GET", address, nil); g.status != 303 || len(s.w.st.Codes) != 1 {
		t.Errorf("once they ran out: %d, %d codes", g.status, len(s.w.st.Codes))
	}
	file := filepath.Join(t.TempDir(), "world.json")
	ok(t, s.w.Save(file))
	s.w = must[*World](t)(Load(file, Options{Now: s.clock.now}))
	s.serve()
	c.Endpoint.TokenURL = s.url + "/2/oauth2/token"
	next := must[*oauth2.Token](t)(c.TokenSource(t.Context(), &oauth2.Token{RefreshToken: tok.RefreshToken}).Token())
	s.expect(s.raw("GET", "/2/users/me", "Bearer "+next.AccessToken), 200, "ann")
}
