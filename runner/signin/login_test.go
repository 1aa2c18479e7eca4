package signin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"heed/bots"
	"heed/runner"
)

// person sits before the terminal, and does what a person does with the address.
type person struct {
	t    *testing.T
	mu   sync.Mutex
	said strings.Builder
	at   chan string // the address to open
}

func newPerson(t *testing.T) *person { return &person{t: t, at: make(chan string, 1)} }

var addressLine = regexp.MustCompile(`(?m)^ +(http\S+)$`)

func (p *person) say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	line := fmt.Sprintf(format, args...)
	p.said.WriteString(line + "\n")
	if m := addressLine.FindStringSubmatch(line); m != nil {
		p.at <- m[1]
	}
}

func (p *person) heard() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.String()
}

// browse opens an address and gives the last page, following redirects as browsers do.
func browse(t *testing.T, address string) (int, string) {
	t.Helper()
	res, err := http.Get(address)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer func() { _ = res.Body.Close() }()
	b, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(b)
}

// redirected is the address at which a browser without heed's callback would end.
func redirected(t *testing.T, address string) string {
	t.Helper()
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.Header.Get("Location")
}

func freePort(t *testing.T) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().(*net.TCPAddr).Port
}

func wish(t *testing.T, p *person) Wish {
	return Wish{Bot: "tides", Want: Identity{"500", "@TidesBot"}, Scopes: Scopes([]bots.Action{bots.Post}), Port: freePort(t), Say: p.say}
}

type outcome struct {
	token Token
	err   error
}

func signIn(ctx context.Context, c *Client, w Wish) chan outcome {
	done := make(chan outcome, 1)
	go func() { tok, err := c.Login(ctx, w); done <- outcome{tok, err} }()
	return done
}

func TestLoginWithACallback(t *testing.T) {
	for _, public := range []bool{false, true} {
		f := newX(t)
		f.public = public
		p := newPerson(t)
		w := wish(t, p)
		done := signIn(t.Context(), f.client(), w)
		address := <-p.at
		// Neither another page, another path nor another state is taken for the answer.
		base := Redirect(w.Port)
		for _, stray := range []string{base, base + "?state=x&code=y", strings.Replace(base, "/callback", "/favicon.ico", 1)} {
			if status, _ := browse(t, stray); status != 404 {
				t.Errorf("%s: %d", stray, status)
			}
		}
		req, _ := http.NewRequestWithContext(t.Context(), "GET", base+"?"+url.Values{"state": {stateOf(address)}, "code": {"x"}}.Encode(), nil)
		req.Host = "evil.example"
		if res, err := http.DefaultClient.Do(req); err != nil || res.StatusCode != 404 {
			t.Errorf("a name of somebody else's: %v, %v", res, err)
		} else {
			_ = res.Body.Close()
		}
		status, page := browse(t, address)
		if status != 200 || !strings.Contains(page, "You can close this") {
			t.Errorf("the page: %d %s", status, page)
		}
		got := <-done
		if got.err != nil {
			t.Fatal(got.err)
		}
		tok := got.token
		if tok.Kind != OAuth2 || tok.UserID != "500" || tok.Handle != "@tidesbot" || !f.access[string(tok.Access)] || !f.refresh[string(tok.Refresh)] ||
			len(tok.Lacks(w.Scopes)) != 0 || time.Until(tok.Expires) < time.Hour {
			t.Errorf("%+v", tok)
		}
		told(t, p.heard(), tok)
		if u, _ := url.Parse(address); u.Query().Get("scope") != "dm.read media.write offline.access tweet.read tweet.write users.read" {
			t.Errorf("asked for %s", u.Query().Get("scope"))
		}
		if _, err := net.DialTimeout("tcp", localPort(w.Port), time.Second); err == nil {
			t.Error("the callback is still there")
		}
	}
}

func stateOf(address string) string {
	u, _ := url.Parse(address)
	return u.Query().Get("state")
}

func TestLoginByPasting(t *testing.T) {
	code := func(at string) string { u, _ := url.Parse(at); return u.Query().Get("code") }
	for says, c := range map[string]struct {
		paste func(at string) string
		fails string
		gone  bool // *Refused
	}{
		"the whole address":           {func(at string) string { return at }, "", false},
		"with blanks and more behind": {func(at string) string { return "  " + at + " \r\nmore" }, "", false},
		"the bare code":               {code, "", false},
		"another login's state":       {func(at string) string { return strings.Replace(at, "state=", "state=x", 1) }, "another sign-in", true},
		"no state":                    {func(at string) string { return "http://127.0.0.1/callback?code=" + code(at) }, "another sign-in", true},
		"the person said no":          {func(at string) string { return "http://127.0.0.1/callback?error=access_denied&state=" + stateOf(at) }, "not allowed", true},
		"a refusal of X's":            {func(at string) string { return "http://127.0.0.1/callback?error=server_error&state=" + stateOf(at) }, "server_error", true},
		"a code that X does not know": {func(string) string { return "anotherCANARY" }, "30 seconds", true},
		"nothing":                     {func(string) string { return "\n" }, "nothing was pasted", false},
		"an address without a code":   {func(at string) string { return "http://127.0.0.1/callback?state=" + stateOf(at) }, "no code", false},
		"a line without an end":       {func(string) string { return strings.Repeat("x", maxPasted+10) }, "more than", false},
	} {
		f := newX(t)
		p := newPerson(t)
		w := wish(t, p)
		r, keyboard := io.Pipe()
		w.Paste = r
		done := signIn(t.Context(), f.client(), w)
		text := c.paste(redirected(t, <-p.at))
		go func() { _, _ = io.WriteString(keyboard, text); _ = keyboard.Close() }()
		got := <-done
		_ = r.Close()
		var no *Refused
		switch {
		case c.fails == "" && (got.err != nil || got.token.UserID != "500"):
			t.Errorf("%s: %v", says, got.err)
		case c.fails != "" && (got.err == nil || !strings.Contains(got.err.Error(), c.fails) || errors.As(got.err, &no) != c.gone):
			t.Errorf("%s: %v", says, got.err)
		}
		told(t, got.err, p.heard())
		if !strings.Contains(p.heard(), "30 seconds") {
			t.Errorf("%s: nobody said that time is short", says)
		}
	}
}

// What is not the account of the settings is not stored, and X takes the token back.
func TestLoginOfAnotherAccount(t *testing.T) {
	for says, c := range map[string]struct {
		change func(*fakeX, *Wish)
		fails  string
		gone   bool
	}{
		"another id":               {func(f *fakeX, _ *Wish) { f.id = "501" }, "the settings say 500", true},
		"another handle":           {func(f *fakeX, _ *Wish) { f.name = "gulls" }, "the settings say @TidesBot", true},
		"another handle, no id":    {func(f *fakeX, w *Wish) { f.name = "gulls"; w.Want.UserID = "" }, "the settings say @TidesBot", true},
		"a scope that is missing":  {func(f *fakeX, _ *Wish) { f.scope = "tweet.read users.read offline.access" }, "X did not give dm.read, media.write, tweet.write", true},
		"no refresh token":         {func(f *fakeX, _ *Wish) { f.change = func(a map[string]any) { delete(a, "refresh_token") } }, "no refresh token", true},
		"a name that is no handle": {func(f *fakeX, _ *Wish) { f.name = "x\x1b[31m" }, "names no account", false},
		"an account without words": {func(f *fakeX, _ *Wish) { f.me = func(w http.ResponseWriter) bool { w.WriteHeader(503); return true } }, "503", false},
	} {
		f := newX(t)
		p := newPerson(t)
		w := wish(t, p)
		c.change(f, &w)
		done := signIn(t.Context(), f.client(), w)
		browse(t, <-p.at)
		got := <-done
		var no *Refused
		if got.err == nil || !strings.Contains(got.err.Error(), c.fails) || errors.As(got.err, &no) != c.gone || !strings.Contains(got.err.Error(), "the token was revoked") {
			t.Errorf("%s: %v", says, got.err)
		}
		told(t, got.err, p.heard())
		if len(f.access) != 0 || len(f.refresh) > 0 && says != "no refresh token" {
			t.Errorf("%s: tokens are still good: %v %v", says, f.access, f.refresh)
		}
	}
}

func TestLoginGivesUp(t *testing.T) {
	f := newX(t)
	p := newPerson(t)
	w := wish(t, p)
	ctx, cancel := context.WithCancel(t.Context())
	done := signIn(ctx, f.client(), w)
	<-p.at
	cancel()
	if got := <-done; got.err == nil || !strings.Contains(got.err.Error(), "in time") {
		t.Errorf("%v", got.err)
	}
	ln, err := net.Listen("tcp", localPort(w.Port))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	if _, err := f.client().Login(t.Context(), w); err == nil || !strings.Contains(err.Error(), "--paste") {
		t.Errorf("a port that is taken: %v", err)
	}
}

func TestCallbackTakesOneAnswer(t *testing.T) {
	p := freePort(t)
	c, err := openCallback(p, "the-state")
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	if status, _ := browse(t, Redirect(p)+"?state=the-state&code=first"); status != 200 {
		t.Error(status)
	}
	if status, page := browse(t, Redirect(p)+"?state=the-state&code=second"); status != 410 || !strings.Contains(page, "already") {
		t.Error(status, page)
	}
	if code, err := c.wait(t.Context()); code != "first" || err != nil {
		t.Error(code, err)
	}
}

func TestCallbackIsNotFlooded(t *testing.T) {
	p := freePort(t)
	c, err := openCallback(p, "the-state")
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for range mostStrays + 1 {
		browse(t, Redirect(p)+"?state=guess")
	}
	if _, err := c.wait(t.Context()); err == nil || !strings.Contains(err.Error(), "floods") {
		t.Error(err)
	}
}

func TestLoginWithAPIN(t *testing.T) {
	for says, c := range map[string]struct {
		pin, handle, fails string
		secret             string
	}{
		"the number that X shows":       {"123 4567\n", "tidesbot", "", consumerSecret},
		"another number":                {"7654321\n", "tidesbot", "did not take the number", consumerSecret},
		"no number":                     {"CANARY\n", "tidesbot", "no number", consumerSecret},
		"another account":               {"1234567\n", "gulls", "taken away at X by hand", consumerSecret},
		"a consumer secret that is old": {"1234567\n", "tidesbot", "x.consumer_key", "oldCANARY"},
	} {
		f := newX(t)
		f.name = c.handle
		p := newPerson(t)
		w := wish(t, p)
		w.Paste = strings.NewReader(c.pin)
		got, err := f.client(func(a *App) { a.ConsumerSecret = runner.Secret(c.secret) }).LoginPIN(t.Context(), w)
		if (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), c.fails) {
			t.Errorf("%s: %v", says, err)
		}
		if err == nil && (got.Kind != OAuth1 || got.UserID != "500" || f.access1[string(got.Access)] != string(got.Secret)) {
			t.Errorf("%s: %+v", says, got)
		}
		told(t, err)
		if says == "the number that X shows" && !strings.Contains(p.heard(), f.URL+"/oauth/authorize?oauth_token=") {
			t.Errorf("the address was not shown: %s", p.heard())
		}
	}
}

func TestImport(t *testing.T) {
	const good = consumerKey + "\n" + consumerSecret + "\n500-CANARY\nsecretCANARY\n"
	for says, c := range map[string]struct{ text, handle, fails string }{
		"four lines":              {good, "tidesbot", ""},
		"without the last end":    {strings.TrimSuffix(good, "\n"), "tidesbot", ""},
		"three lines":             {consumerKey + "\n" + consumerSecret + "\n500-CANARY\n", "tidesbot", "line 4, the access secret"},
		"a blank in one":          {strings.Replace(good, "500-", "500 ", 1), "tidesbot", "line 3: the access token holds"},
		"another app's":           {strings.Replace(good, consumerSecret, "otherCANARY", 1), "tidesbot", "another app"},
		"a token X does not know": {strings.Replace(good, "500-", "501-", 1), "tidesbot", "X does not accept the token"},
		"another account's":       {good, "gulls", "the settings say @TidesBot"},
	} {
		f := newX(t)
		f.name = c.handle
		f.access1["500-CANARY"] = "secretCANARY"
		p := newPerson(t)
		w := wish(t, p)
		w.Paste = strings.NewReader(c.text)
		got, err := f.client().Import(t.Context(), w)
		if (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), c.fails) {
			t.Errorf("%s: %v", says, err)
		}
		if err == nil && (got.Kind != OAuth1 || got.UserID != "500" || got.Access != "500-CANARY" || got.Secret != "secretCANARY") {
			t.Errorf("%s: %+v", says, got)
		}
		told(t, err, p.heard())
	}
}

func TestRevoke(t *testing.T) {
	for _, public := range []bool{false, true} {
		f := newX(t)
		f.public = public
		tok := f.seed(time.Now().Add(time.Hour))
		if err := f.client().Revoke(t.Context(), tok); err != nil || len(f.access)+len(f.refresh) != 0 {
			t.Errorf("%v: %v %v", err, f.access, f.refresh)
		}
		err := f.client().Revoke(t.Context(), tok)
		if err == nil {
			t.Error("a token that X does not know counts as taken back")
		}
		told(t, err)
	}
	f := newX(t)
	if err := f.client().Revoke(t.Context(), first1); !errors.Is(err, ErrByHand) {
		t.Errorf("OAuth 1.0a: %v", err)
	}
	if calls, _ := f.seen(); len(calls) != 0 {
		t.Errorf("X was asked: %v", calls)
	}
}

// There is no place for a password: not in what is asked, sent or stored (rule M11).
func TestNoPasswordIsAskedFor(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{`"password"`, `"passwd"`, `"username":`, `grant_type=password`, "PasswordCredentialsToken"} {
			if strings.Contains(string(b), word) {
				t.Errorf("%s: %s", file, word)
			}
		}
	}
}
