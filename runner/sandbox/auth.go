package sandbox

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// caller is who a call is from, and where to.
type caller struct {
	app   *App
	user  *User  // nil: the app alone
	token *Token // nil: the app alone
	route *route
}

func (c *caller) id() string {
	if c.user == nil {
		return ""
	}
	return c.user.ID
}

// lane is what a 429 stops.
func (c *caller) lane() string {
	return c.app.ID + " " + c.id() + " " + c.route.method + " " + c.route.pattern
}

// authenticate finds out who calls, or says no as X does.
func (w *World) authenticate(r *http.Request, rt *route, now time.Time) (*caller, *refusal) {
	kind, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	c := &caller{route: rt}
	switch {
	case strings.EqualFold(kind, "OAuth"):
		if no := w.oauth1(c, r, rest); no != nil {
			return nil, no
		}
	case strings.EqualFold(kind, "Bearer"):
		if no := w.bearer(c, rest, now); no != nil {
			return nil, no
		}
	default:
		return nil, unauthorized()
	}
	if c.app.Suspended {
		return c, oldCode(c.app.ID, 401, 32, "Could not authenticate you.")
	}
	if c.user == nil {
		if !rt.appOnly {
			return c, unsupportedAuth("OAuth 2.0 Application-Only", "OAuth 1.0a User Context", "OAuth 2.0 User Context")
		}
		return c, nil
	}
	return c, w.standing(c)
}

// standing refuses accounts that may not act now and tokens that may not do this.
func (w *World) standing(c *caller) *refusal {
	switch {
	case c.user.Suspended:
		return oldCode(c.user.ID, 403, 64, "Your account is suspended and is not permitted to access this feature.")
	case c.user.Locked:
		return oldCode(c.user.ID, 403, 326, "To protect our users from spam and other malicious activity, this account is temporarily locked.")
	}
	if c.token.Secret == "" {
		for _, s := range c.route.scopes {
			if !slices.Contains(c.token.Scopes, s) {
				return refuse(403, "Forbidden")
			}
		}
		return nil
	}
	have := c.token.Permission
	switch {
	case c.route.dm && have != ReadWriteDM, c.route.method != "GET" && have == Read:
		return oauth1Permissions()
	}
	return nil
}

func (w *World) bearer(c *caller, token string, now time.Time) *refusal {
	if a := w.ix.bearers[token]; a != nil {
		c.app = a
		return nil
	}
	t := w.st.Tokens[token]
	if t == nil || t.Secret != "" || t.Revoked || !now.Before(t.Expires) {
		return unauthorized()
	}
	c.token, c.app, c.user = t, w.st.Apps[t.AppID], w.st.Users[t.UserID]
	return nil
}

// oauth1 verifies a signature as RFC 5849 says. The base string is made from the
// Host the client asked for: a client behind a transport that leads it here has
// signed X's own address.
func (w *World) oauth1(c *caller, r *http.Request, header string) *refusal {
	p, ok := oauthParams(header)
	if !ok {
		return unauthorized()
	}
	app, tok := w.ix.keys[p["oauth_consumer_key"]], w.st.Tokens[p["oauth_token"]]
	if app == nil || tok == nil || tok.Revoked || tok.Secret == "" || tok.AppID != app.ID {
		return unauthorized()
	}
	if !w.signatureHolds(r, p, app, tok.Secret, nil) {
		return unauthorized()
	}
	c.app, c.token, c.user = app, tok, w.st.Users[tok.UserID]
	return nil
}

// oauthHeader reads a request's OAuth header.
func oauthHeader(r *http.Request) (map[string]string, bool) {
	kind, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(kind, "OAuth") {
		return nil, false
	}
	return oauthParams(rest)
}

// signatureHolds verifies a signature and that it is made now and for the first time.
func (w *World) signatureHolds(r *http.Request, p map[string]string, app *App, secret string, form url.Values) bool {
	if v, sent := p["oauth_version"]; sent && v != "1.0" || p["oauth_signature_method"] != "HMAC-SHA1" || p["oauth_nonce"] == "" {
		return false
	}
	holds := false
	for _, scheme := range schemes(r) {
		base, err := baseString(scheme, r, p, form)
		if err != nil {
			return false
		}
		mac := hmac.New(sha1.New, []byte(encode(app.ConsumerSecret)+"&"+encode(secret)))
		mac.Write([]byte(base))
		want := base64.StdEncoding.EncodeToString(mac.Sum(nil))
		holds = holds || subtle.ConstantTimeCompare([]byte(want), []byte(p["oauth_signature"])) == 1
	}
	return holds && w.fresh(p["oauth_timestamp"], app.ID+" "+p["oauth_token"]+" "+p["oauth_nonce"], w.opt.Wall())
}

// schemes are those that a request may be signed for: https, and http where the
// client truly called this machine by its own name, over plain HTTP.
func schemes(r *http.Request) []string {
	if r.TLS == nil && loopback(r.Host) {
		return []string{"https", "http"}
	}
	return []string{"https"}
}

// fresh refuses a timestamp out of tolerance and a nonce seen within it.
func (w *World) fresh(stamp, nonce string, now time.Time) bool {
	n, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return false
	}
	at := time.Unix(n, 0)
	if at.Before(now.Add(-w.opt.Skew)) || at.After(now.Add(w.opt.Skew)) {
		return false
	}
	key := nonce + " " + stamp
	if _, seen := w.nonces[key]; seen {
		return false
	}
	if len(w.nonces) >= 10_000 {
		for k, t := range w.nonces {
			if t.Before(now.Add(-w.opt.Skew)) {
				delete(w.nonces, k)
			}
		}
	}
	w.nonces[key] = at
	return true
}

// oauthParams reads the parameters of an OAuth header, each at most once.
func oauthParams(header string) (map[string]string, bool) {
	p := map[string]string{}
	for _, part := range strings.Split(header, ",") {
		k, v, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok || len(v) < 2 || v[0] != '"' || v[len(v)-1] != '"' {
			return nil, false
		}
		key, err1 := url.PathUnescape(k)
		value, err2 := url.PathUnescape(v[1 : len(v)-1])
		if _, twice := p[key]; twice || err1 != nil || err2 != nil {
			return nil, false
		}
		p[key] = value
	}
	return p, true
}

// baseString is RFC 5849 section 3.4.1; form holds the body where that is a form.
func baseString(scheme string, r *http.Request, oauth map[string]string, form url.Values) (string, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return "", err
	}
	var pairs []string
	for _, values := range []url.Values{query, form} {
		for k, list := range values {
			for _, v := range list {
				pairs = append(pairs, encode(k)+"\x00"+encode(v))
			}
		}
	}
	for k, v := range oauth {
		if k != "oauth_signature" && k != "realm" {
			pairs = append(pairs, encode(k)+"\x00"+encode(v))
		}
	}
	// Sorted with a separator below every other byte: by name, then by value.
	slices.Sort(pairs)
	for i := range pairs {
		pairs[i] = strings.Replace(pairs[i], "\x00", "=", 1)
	}
	host := strings.TrimSuffix(strings.ToLower(r.Host), map[string]string{"https": ":443", "http": ":80"}[scheme])
	return r.Method + "&" + encode(scheme+"://"+host+r.URL.EscapedPath()) + "&" + encode(strings.Join(pairs, "&")), nil
}

// encode is RFC 3986 percent-encoding, stricter than url.QueryEscape.
func encode(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteString("%" + string(hex[c>>4]) + string(hex[c&15]))
		}
	}
	return b.String()
}
