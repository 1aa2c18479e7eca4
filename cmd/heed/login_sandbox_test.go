package main

import (
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"heed/runner/sandbox"
	"heed/runner/signin"
)

// TestLoginAtTheSandbox signs a bot in by OAuth 2.0 at heed's own X, lets it post with
// the token it got, refreshes it when it has run out, and withdraws it.
func TestLoginAtTheSandbox(t *testing.T) {
	x := newStage(t, sandbox.Options{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	app, err := x.AddApp("harbour", "", sandbox.WithRedirects(signin.Redirect(port)))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"one", "other"} {
		if _, err := x.AddUser(sandbox.User{Username: name, Verified: true, Bio: "A bot by Test Lab. DM STOP to end."}); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "client_secret"), app.ClientSecret+"\n", 0o600)
	write(t, filepath.Join(dir, "one.sh"), oneShot(`{"action":"post","key":"a","text":"A first word, by a token of its own."}`), 0o755)
	write(t, filepath.Join(dir, "heed.toml"), fmt.Sprintf(`[operator]
name = "Test Lab"
privacy_url = "https://lab.example/privacy"
[x]
environment = "production"
use_case = "tests"
api_url = %q
poll = "200ms"
client_id = %q
client_secret = { file = "client_secret" }
[web]
listen = ""
[bots.one]
handle = "@one"
purpose = "a test"
mode = "live"
command = ["sh", "one.sh"]
run = "service"
actions = ["post"]
oauth2 = true
`, x.url, app.ClientID), 0o600)

	if out, code := heed(t, dir, "", "whoami", "one"); code == exitOK {
		t.Errorf("nobody signed in, and whoami says %s", out)
	}
	login := func(as string) int {
		t.Helper()
		p := start(t, dir, nil, "login", "one", "--port", fmt.Sprint(port))
		p.until(30*time.Second, `http://\S+/i/oauth2/authorize`)
		url := regexp.MustCompile(`http://\S+/i/oauth2/authorize\S+`).FindString(strings.Join(p.said(), "\n"))
		res, err := http.Get(url + "&_heed_as=" + as) // the person's browser, and their yes
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		<-p.ended
		return p.cmd.ProcessState.ExitCode()
	}
	if code := login("other"); code != exitRefused {
		t.Errorf("a login of another account: exit %d", code)
	}
	if code := login("one"); code != exitOK {
		t.Fatalf("login: exit %d", code)
	}
	if out, code := heed(t, dir, "", "whoami", "one"); code != exitOK || !strings.Contains(out, "@one") {
		t.Errorf("whoami: exit %d: %s", code, out)
	}
	p := start(t, dir, nil, "run")
	p.until(60*time.Second, `one +outcome +DONE +post a`)
	p.end(syscall.SIGTERM, 30*time.Second)
	if acts := x.Acts(""); len(acts) != 1 || acts[0].AppID != app.ID {
		t.Errorf("acts %+v", acts)
	}
	if out, code := heed(t, dir, "", "logout", "one"); code != exitOK {
		t.Errorf("logout: exit %d: %s", code, out)
	}
	if out, code := heed(t, dir, "", "whoami", "one"); code == exitOK {
		t.Errorf("signed out, and whoami says %s", out)
	}
}
