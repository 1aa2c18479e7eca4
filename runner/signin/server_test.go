package signin

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"heed/runner"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Every credential of these tests holds the canary: nothing that is told may.
const canary = "CANARY"

const (
	clientID       = "aTZ1bGl2ZXM6MTpjaQ"
	clientSecret   = "clientSecretCANARY~*'()!0123"
	consumerKey    = "cnsmrKeyCANARY0123456789A"
	consumerSecret = "cnsmrSecretCANARY~*'()!0123456789"
)

// fakeX behaves as X's endpoints of signing in do. It knows one account.
type fakeX struct {
	*httptest.Server
	t  *testing.T
	mu sync.Mutex

	public   bool // the app is a public client
	id, name string
	scope    string                           // given instead of what was asked
	deny     bool                             // the person says no
	fault    func(w http.ResponseWriter) bool // of the token endpoint; true: it answered
	change   func(answer map[string]any)      // of the token endpoint's success
	stall    chan struct{}                    // the token endpoint waits for it
	arrived  chan struct{}                    // told when a request for a token is there
	me       func(w http.ResponseWriter) bool // of users/me

	n         int
	asked     []url.Values // to /2/oauth2/token
	revoked   []string
	codes     map[string]string // code to challenge
	codeScope map[string]string
	refresh   map[string]bool // good refresh tokens
	access    map[string]bool
	request1  map[string]string // OAuth 1.0a: request token to secret
	access1   map[string]string
	pin       string
	calls     []string
}

func newX(t *testing.T) *fakeX {
	t.Helper()
	f := &fakeX{t: t, id: "500", name: "tidesbot", codes: map[string]string{}, codeScope: map[string]string{}, refresh: map[string]bool{},
		access: map[string]bool{}, request1: map[string]string{}, access1: map[string]string{}, pin: "1234567"}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fakeX) client(change ...func(*App)) *Client {
	f.t.Helper()
	app := App{API: f.URL, Authorize: f.URL + "/i/oauth2/authorize", ClientID: clientID, ClientSecret: clientSecret,
		ConsumerKey: consumerKey, ConsumerSecret: consumerSecret}
	if f.public {
		app.ClientSecret = ""
	}
	for _, c := range change {
		c(&app)
	}
	c, err := New(app)
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

// seed is a token as X gave it earlier.
func (f *fakeX) seed(expires time.Time) Token {
	f.mu.Lock()
	defer f.mu.Unlock()
	access, refresh := f.pairLocked()
	return Token{Kind: OAuth2, UserID: "500", Handle: "@tidesbot", Access: runner.Secret(access), Refresh: runner.Secret(refresh),
		Expires: expires, Scopes: []string{"tweet.read"}, SavedAt: expires.Add(-2 * time.Hour)}
}

func (f *fakeX) pairLocked() (access, refresh string) {
	f.n++
	access, refresh = fmt.Sprintf("accessCANARY%d", f.n), fmt.Sprintf("refreshCANARY%d", f.n)
	f.access[access], f.refresh[refresh] = true, true
	return access, refresh
}

// hold makes the token endpoint tell of each request, and wait until stall is closed.
func (f *fakeX) hold() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stall, f.arrived = make(chan struct{}), make(chan struct{}, 100)
}

func (f *fakeX) requests() []url.Values {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.asked)
}

func (f *fakeX) seen() (calls, revoked []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls), slices.Clone(f.revoked)
}

func say(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func invalid(w http.ResponseWriter, code string) {
	say(w, 400, map[string]string{"error": code, "error_description": "Value passed for the token was invalid: refreshCANARY"})
}

func (f *fakeX) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.calls = append(f.calls, r.Method+" "+r.URL.Path)
	f.mu.Unlock()
	switch r.Method + " " + r.URL.Path {
	case "GET /i/oauth2/authorize":
		f.authorize(w, r)
	case "POST /2/oauth2/token":
		f.token(w, r)
	case "POST /2/oauth2/revoke":
		f.revoke(w, r)
	case "GET /2/users/me":
		f.users(w, r)
	case "POST /oauth/request_token", "POST /oauth/access_token":
		f.oauth1(w, r)
	default:
		w.WriteHeader(404)
	}
}

// authorize is the person who allows the app, and sends the browser back.
func (f *fakeX) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("response_type") != "code" || q.Get("client_id") != clientID || q.Get("code_challenge_method") != "S256" ||
		!strings.HasPrefix(q.Get("redirect_uri"), "http://127.0.0.1:") || len(q.Get("state")) < 20 || len(q.Get("state")) > 500 {
		f.t.Errorf("authorize: %s", r.URL.RawQuery)
	}
	back := url.Values{"state": {q.Get("state")}}
	f.mu.Lock()
	if f.deny {
		back.Set("error", "access_denied")
	} else {
		f.n++
		code := fmt.Sprintf("codeCANARY%d", f.n)
		f.codes[code], f.codeScope[code] = q.Get("code_challenge")+" "+q.Get("redirect_uri"), q.Get("scope")
		back.Set("code", code)
	}
	f.mu.Unlock()
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

// known checks how the client shows itself: a confidential one by the header alone, a
// public one by its id alone.
func (f *fakeX) known(r *http.Request) bool {
	id, secret, basic := r.BasicAuth()
	if f.public {
		return !basic && r.PostForm.Get("client_id") == clientID && r.PostForm.Get("client_secret") == ""
	}
	plain, _ := url.QueryUnescape(secret)
	return basic && id == clientID && plain == clientSecret && r.PostForm.Get("client_secret") == ""
}

func (f *fakeX) token(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	f.mu.Lock()
	f.asked = append(f.asked, r.PostForm)
	stall, arrived := f.stall, f.arrived
	f.mu.Unlock()
	if arrived != nil {
		arrived <- struct{}{}
	}
	if stall != nil {
		<-stall
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fault != nil && f.fault(w) {
		return
	}
	if !f.known(r) {
		say(w, 401, map[string]string{"error": "unauthorized_client", "error_description": "Missing valid authorization header"})
		return
	}
	scope := ""
	switch r.PostForm.Get("grant_type") {
	case "authorization_code":
		code := r.PostForm.Get("code")
		sum := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
		if f.codes[code] != base64.RawURLEncoding.EncodeToString(sum[:])+" "+r.PostForm.Get("redirect_uri") {
			invalid(w, "invalid_request")
			return
		}
		scope = f.codeScope[code]
		delete(f.codes, code)
	case "refresh_token":
		old := r.PostForm.Get("refresh_token")
		if !f.refresh[old] {
			invalid(w, "invalid_request")
			return
		}
		delete(f.refresh, old)
		scope = "tweet.read users.read"
	}
	if f.scope != "" {
		scope = f.scope
	}
	access, refresh := f.pairLocked()
	answer := map[string]any{"token_type": "bearer", "expires_in": 7200, "access_token": access, "refresh_token": refresh, "scope": scope}
	if f.change != nil {
		f.change(answer)
	}
	say(w, 200, answer)
}

func (f *fakeX) revoke(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.known(r) {
		say(w, 401, map[string]string{"error": "unauthorized_client"})
		return
	}
	token := r.PostForm.Get("token")
	f.revoked = append(f.revoked, token)
	if !f.access[token] && !f.refresh[token] {
		invalid(w, "invalid_request")
		return
	}
	delete(f.access, token)
	delete(f.refresh, token)
	say(w, 200, map[string]bool{"revoked": true})
}

func (f *fakeX) users(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.me != nil && f.me(w) {
		return
	}
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if bearer && !f.access[token] || !bearer && verify(r, f.access1) != nil {
		say(w, 401, map[string]any{"title": "Unauthorized", "status": 401, "detail": "Unauthorized " + token})
		return
	}
	say(w, 200, map[string]any{"data": map[string]string{"id": f.id, "username": f.name, "name": "Tides"}})
}

func (f *fakeX) oauth1(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	tokens := map[string]string{"": ""}
	if r.URL.Path == "/oauth/access_token" {
		tokens = f.request1
	}
	if err := verify(r, tokens); err != nil {
		say(w, 401, map[string]any{"errors": []any{map[string]any{"code": 32, "message": "Could not authenticate you."}}})
		return
	}
	given := header1(r)
	var form url.Values
	f.n++
	if r.URL.Path == "/oauth/request_token" {
		if given["oauth_callback"] != "oob" {
			f.t.Errorf("the callback is %q", given["oauth_callback"])
		}
		token := fmt.Sprintf("requestTokenCANARY%d", f.n)
		f.request1[token] = "requestSecretCANARY"
		form = url.Values{"oauth_token": {token}, "oauth_token_secret": {"requestSecretCANARY"}, "oauth_callback_confirmed": {"true"}}
	} else {
		if given["oauth_verifier"] != f.pin {
			w.WriteHeader(401)
			return
		}
		token := fmt.Sprintf("500-accessCANARY%d", f.n)
		f.access1[token] = "accessSecretCANARY"
		form = url.Values{"oauth_token": {token}, "oauth_token_secret": {"accessSecretCANARY"}, "user_id": {f.id}, "screen_name": {f.name}}
	}
	w.Header().Set("Content-Type", "text/html;charset=utf-8")
	_, _ = io.WriteString(w, form.Encode())
}

func header1(r *http.Request) map[string]string {
	given := map[string]string{}
	head, _ := strings.CutPrefix(r.Header.Get("Authorization"), "OAuth ")
	for _, part := range strings.Split(head, ",") {
		k, v, _ := strings.Cut(strings.TrimSpace(part), "=")
		given[k], _ = url.PathUnescape(strings.Trim(v, `"`))
	}
	return given
}

// verify checks a signature as X does: against https and the Host that was sent. The
// signer itself is held against another implementation, see TestSignature.
func verify(r *http.Request, tokens map[string]string) error {
	given := header1(r)
	got := given["oauth_signature"]
	delete(given, "oauth_signature")
	secret, known := tokens[given["oauth_token"]]
	if !known || given["oauth_consumer_key"] != consumerKey || given["oauth_nonce"] == "" {
		return fmt.Errorf("not known")
	}
	if want := signature(r.Method, "https://"+r.Host+r.URL.Path, given, consumerSecret, runner.Secret(secret)); got != want || r.Host != "api.x.com" {
		return fmt.Errorf("the signature is wrong")
	}
	return nil
}

// told fails when something that was told holds a credential.
func told(t *testing.T, what ...any) {
	t.Helper()
	for _, v := range what {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			if s := fmt.Sprintf(verb, v); strings.Contains(s, canary) || strings.Contains(s, fmt.Sprintf("%x", canary)) {
				t.Errorf("a credential is told: %s", s)
			}
		}
	}
}
