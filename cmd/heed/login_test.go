package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// signinX is X as far as a login and a bot's reads go. Every credential that it gives,
// and every one of the house, holds CANARY.
type signinX struct {
	*httptest.Server
	mu       sync.Mutex
	n        int
	name     string
	access   string          // good
	refresh  map[string]bool // good
	revoked  int
	requests int // for a token
	heard    []string
}

func newSigninX(t *testing.T) *signinX {
	x := &signinX{name: "tidesbot", refresh: map[string]bool{}}
	x.Server = httptest.NewServer(x)
	t.Cleanup(x.Close)
	return x
}

func (x *signinX) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.heard = append(x.heard, r.Method+" "+r.URL.Path)
	w.Header().Set("Content-Type", "application/json")
	answer := func(status int, format string, args ...any) {
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, format, args...)
	}
	_, secret, _ := r.BasicAuth()
	switch r.URL.Path {
	case "/i/oauth2/authorize":
		q := r.URL.Query()
		back := url.Values{"state": {q.Get("state")}, "code": {"codeCANARY"}}
		http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
		return
	case "/2/oauth2/token":
		x.requests++
		again := r.PostForm.Get("grant_type") == "refresh_token"
		old := r.PostForm.Get("refresh_token")
		switch {
		case secret != "clientSecretCANARY":
			answer(401, `{"error":"unauthorized_client"}`)
		case again && !x.refresh[old], !again && r.PostForm.Get("code") != "codeCANARY":
			answer(400, `{"error":"invalid_request","error_description":"%s was invalid"}`, old)
		default:
			delete(x.refresh, old)
			x.n++
			x.access = fmt.Sprintf("accessCANARY%d", x.n)
			x.refresh[fmt.Sprintf("refreshCANARY%d", x.n)] = true
			answer(200, `{"token_type":"bearer","expires_in":7200,"access_token":"%s","refresh_token":"refreshCANARY%d","scope":"tweet.read users.read offline.access dm.read tweet.write media.write"}`, x.access, x.n)
		}
		return
	case "/2/oauth2/revoke":
		x.revoked++
		answer(200, `{"revoked":true}`)
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+x.access {
		answer(401, `{"title":"Unauthorized","type":"about:blank","status":401,"detail":"%s"}`, r.Header.Get("Authorization"))
		return
	}
	switch r.URL.Path {
	case "/2/users/me":
		answer(200, `{"data":{"id":"500","username":"%s","name":"Tides","description":"Bot of Harbour Lab"}}`, x.name)
	default:
		answer(200, `{"meta":{"result_count":0}}`)
	}
}

func (x *signinX) set(change func(*signinX)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	change(x)
}

func (x *signinX) count(call string) (n int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, h := range x.heard {
		if h == call {
			n++
		}
	}
	return n
}

func (x *signinX) house(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	write(t, filepath.Join(dir, "client_secret"), "clientSecretCANARY\n", 0o600)
	write(t, filepath.Join(dir, "heed.toml"), `[operator]
name = "Harbour Lab"
privacy_url = "https://harbour.example/privacy"
[x]
environment = "production"
use_case = "Tide tables."
api_url = "`+x.URL+`"
poll = "200ms"
client_id = "clientid"
client_secret = { file = "client_secret" }
[web]
listen = ""
[bots.tides]
handle = "@tidesbot"
purpose = "Tide tables"
command = ["sh", "-c", "true"]
every = "1h"
actions = ["post"]
oauth2 = true
`, 0o600)
	return dir
}

var loginAddress = regexp.MustCompile(`(?m)^ +(http\S+/i/oauth2/authorize\S+)$`)

// loginWith runs heed login and does what the person in the browser does.
func (x *signinX) loginWith(t *testing.T, dir string, args ...string) (out string, code int) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := ln.Addr().(*net.TCPAddr).Port
	_ = ln.Close()
	p := start(t, dir, nil, append([]string{"login", "tides", "--port", fmt.Sprint(port)}, args...)...)
	var at string
	for line := range p.lines {
		if m := loginAddress.FindStringSubmatch(line); m != nil {
			at = m[1]
		}
		if strings.HasPrefix(line, "waiting for your browser") {
			break
		}
	}
	if at == "" {
		t.Fatalf("no address: %v", p.said())
	}
	res, err := http.Get(at)
	if err != nil {
		t.Fatal(err)
	}
	page, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if !strings.Contains(string(page), "You can close this") {
		t.Errorf("the page: %s", page)
	}
	<-p.ended
	for range p.lines { // until all is read
	}
	return strings.Join(p.said(), "\n"), p.cmd.ProcessState.ExitCode()
}

// TestSigningInTellsNoSecret signs a bot in, runs it, lets its token end and signs it
// out. No credential is in what heed says or in any file but the token's own (rule A5).
func TestSigningInTellsNoSecret(t *testing.T) {
	x := newSigninX(t)
	dir := x.house(t)
	var told strings.Builder
	hear := func(out string, code, want int, says string) {
		t.Helper()
		told.WriteString(out)
		if code != want || !strings.Contains(out, says) {
			t.Errorf("exit %d, want %d and %q:\n%s", code, want, says, out)
		}
	}
	run := func(want int, says string, args ...string) {
		t.Helper()
		out, code := heed(t, dir, "", args...)
		hear(out, code, want, says)
	}
	out, code := x.loginWith(t, dir)
	hear(out, code, exitOK, "tides signs in as @tidesbot (user 500) with oauth2")
	token := filepath.Join(dir, "state", "tokens", "tides.json")
	for path, mode := range map[string]fs.FileMode{token: 0o600, filepath.Dir(token): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Fatalf("%s: %v, %v", path, info, err)
		}
	}
	run(exitOK, "@tidesbot (user 500)", "whoami", "tides")
	run(exitOK, `"user_id":"500"`, "whoami", "tides", "--json")

	daemon := start(t, dir, nil, "run")
	eventually(t, "the inbox is read", func() bool { return x.count("GET /2/dm_events") > 2 })
	// X takes the access token back: it is renewed, and the bot goes on.
	x.set(func(x *signinX) { x.access = "another" })
	eventually(t, "the token is renewed", func() bool { x.mu.Lock(); defer x.mu.Unlock(); return x.requests == 2 })
	seen := x.count("GET /2/dm_events")
	eventually(t, "the inbox is read again", func() bool { return x.count("GET /2/dm_events") > seen+2 })
	// X takes everything back: the bot stops, and says what to do.
	x.set(func(x *signinX) { x.access, x.refresh = "another", map[string]bool{} })
	daemon.until(20*time.Second, `heed login tides`)
	run(exitFailed, "heed login tides", "doctor")
	for range 2 {
		run(exitRefused, "run heed login tides", "whoami", "tides")
	}
	if x.requests != 3 {
		t.Errorf("the spent token was sent %d times", x.requests-2)
	}
	// A login and a word of a person's set it going, without a restart.
	out, code = x.loginWith(t, dir)
	hear(out, code, exitOK, "heed resume tides --latch")
	seen = x.count("GET /2/dm_events")
	run(exitOK, "", "resume", "tides", "--latch")
	eventually(t, "the inbox is read after the login", func() bool { return x.count("GET /2/dm_events") > seen+2 })
	if err := daemon.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	<-daemon.ended
	told.WriteString(strings.Join(daemon.said(), "\n"))

	if left := canaries(t, dir); len(left) != 2 { // the token's file, and the secret that the operator keeps
		t.Errorf("credentials lie in %v", left)
	}
	run(exitOK, "X took it back", "logout", "tides")
	if left := canaries(t, dir); len(left) != 1 || left[0] != "client_secret" || x.revoked != 2 {
		t.Errorf("after the logout credentials lie in %v, %d were revoked", left, x.revoked)
	}
	run(exitNotFound, "there is no token", "logout", "tides")

	// Another account is refused, and leaves nothing.
	x.set(func(x *signinX) { x.name = "gulls" })
	out, code = x.loginWith(t, dir)
	hear(out, code, exitRefused, "the account is @gulls (user 500), the settings say @tidesbot")
	if left := canaries(t, dir); len(left) != 1 || x.revoked != 4 {
		t.Errorf("after another account's login credentials lie in %v, %d were revoked", left, x.revoked)
	}
	if s := told.String(); strings.Contains(s, "CANARY") {
		t.Errorf("a credential is told:\n%s", s)
	}
}

// canaries are the files below dir that hold a credential.
func canaries(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte("CANARY")) {
			rel, _ := filepath.Rel(dir, path)
			names = append(names, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
