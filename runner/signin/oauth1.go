package signin

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"heed/runner"
)

// pair is a key with its secret: an app's, an account's, or none.
type pair struct{ key, secret runner.Secret }

// Format keeps a pair from every verb of fmt.
func (pair) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[pair]")) }

// call1 makes a call signed by OAuth 1.0a. more are parameters of the protocol that go
// into the header; no call here has a query or a form.
func (c *Client) call1(ctx context.Context, method, path string, token pair, more map[string]string) (int, []byte, error) {
	if err := errors.Join(c.app.ConsumerKey.Check("x.consumer_key"), c.app.ConsumerSecret.Check("x.consumer_secret")); err != nil {
		return 0, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, c.at(path), http.NoBody)
	if err != nil {
		return 0, nil, errors.New("the call cannot be made")
	}
	req.Host = signedHost // the signature covers it
	params := map[string]string{
		"oauth_consumer_key": string(c.app.ConsumerKey), "oauth_nonce": rand.Text(), "oauth_signature_method": "HMAC-SHA1",
		"oauth_timestamp": strconv.FormatInt(c.now().Unix(), 10), "oauth_version": "1.0",
	}
	if token.key != "" {
		params["oauth_token"] = string(token.key)
	}
	maps.Copy(params, more)
	params["oauth_signature"] = signature(method, "https://"+signedHost+path, params, c.app.ConsumerSecret, token.secret)
	var head []string
	for _, k := range slices.Sorted(maps.Keys(params)) {
		head = append(head, escape(k)+`="`+escape(params[k])+`"`)
	}
	req.Header.Set("Authorization", "OAuth "+strings.Join(head, ", "))
	return c.do(req)
}

// signature is HMAC-SHA1 of RFC 5849, section 3.4.
func signature(method, address string, params map[string]string, consumer, token runner.Secret) string {
	type param struct{ k, v string }
	var sorted []param
	for k, v := range params {
		sorted = append(sorted, param{escape(k), escape(v)})
	}
	slices.SortFunc(sorted, func(a, b param) int { return cmp.Or(strings.Compare(a.k, b.k), strings.Compare(a.v, b.v)) })
	var joined []string
	for _, p := range sorted {
		joined = append(joined, p.k+"="+p.v)
	}
	mac := hmac.New(sha1.New, []byte(escape(string(consumer))+"&"+escape(string(token))))
	_, _ = io.WriteString(mac, method+"&"+escape(address)+"&"+escape(strings.Join(joined, "&")))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// escape is the percent-encoding of RFC 5849, section 3.6.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// LoginPIN signs a bot in with OAuth 1.0a: the person allows the app at X and types
// the number that X shows. Its errors are those of Login.
func (c *Client) LoginPIN(ctx context.Context, w Wish) (Token, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	asked, _, err := c.tokens1(ctx, "/oauth/request_token", pair{}, map[string]string{"oauth_callback": "oob"})
	if err != nil {
		return Token{}, err
	}
	if err := w.show(c.at("/oauth/authorize") + "?oauth_token=" + url.QueryEscape(string(asked.key))); err != nil {
		return Token{}, err
	}
	w.Say("X then shows a number; type it here and press return")
	pin, err := readLine(ctx, w.Paste)
	if err != nil {
		return Token{}, err
	}
	if pin = strings.ReplaceAll(pin, " ", ""); len(pin) < 4 || len(pin) > 12 || strings.Trim(pin, "0123456789") != "" {
		return Token{}, errors.New("sign in: that is no number as X shows it")
	}
	got, status, err := c.tokens1(ctx, "/oauth/access_token", asked, map[string]string{"oauth_verifier": pin})
	if err != nil {
		if status/100 == 4 {
			return Token{}, refused("X did not take the number (%d); try again", status)
		}
		return Token{}, err
	}
	t, err := c.accept(ctx, Token{Kind: OAuth1, Access: got.key, Secret: got.secret, SavedAt: c.now().UTC()}, w)
	if err != nil {
		return Token{}, c.undo(ctx, t, err)
	}
	return t, nil
}

// tokens1 asks for a pair of tokens.
func (c *Client) tokens1(ctx context.Context, path string, with pair, more map[string]string) (pair, int, error) {
	status, body, err := c.call1(ctx, http.MethodPost, path, with, more)
	switch {
	case err != nil:
		return pair{}, status, fmt.Errorf("sign in: %s: %w", path, err)
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return pair{}, status, fmt.Errorf("sign in: %s: X answered %d: x.consumer_key or x.consumer_secret is wrong, or this machine's clock", path, status)
	case status != http.StatusOK:
		return pair{}, status, fmt.Errorf("sign in: %s: X answered %d", path, status)
	}
	q, err := url.ParseQuery(string(body))
	got := pair{runner.Secret(q.Get("oauth_token")), runner.Secret(q.Get("oauth_token_secret"))}
	if err != nil || got.key.Check("") != nil || got.secret.Check("") != nil {
		return pair{}, status, fmt.Errorf("sign in: %s: X's answer cannot be read", path)
	}
	return got, status, nil
}

// Import takes the four secrets that X's console shows, a line each: consumer key,
// consumer secret, access token, access secret. The first two must be the app's of the
// settings, and are not kept with the token.
func (c *Client) Import(ctx context.Context, w Wish) (Token, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var four [4]runner.Secret
	for i, what := range []string{"the consumer key", "the consumer secret", "the access token", "the access secret"} {
		line, err := readLine(ctx, w.Paste)
		if err != nil {
			return Token{}, fmt.Errorf("line %d, %s: %w", i+1, what, err)
		}
		four[i] = runner.Secret(line)
		if err := four[i].Check(what); err != nil {
			return Token{}, fmt.Errorf("sign in: line %d: %w", i+1, err)
		}
	}
	if !same(string(four[0]), string(c.app.ConsumerKey)) || !same(string(four[1]), string(c.app.ConsumerSecret)) {
		return Token{}, refused("the consumer key and secret are not those of x.consumer_key and x.consumer_secret: the token belongs to another app")
	}
	t, err := c.accept(ctx, Token{Kind: OAuth1, Access: four[2], Secret: four[3], SavedAt: c.now().UTC()}, w)
	if err != nil {
		return Token{}, fmt.Errorf("%w; nothing was stored", err)
	}
	return t, nil
}
