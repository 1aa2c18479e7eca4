package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"heed/config"
	"heed/runner"
	"heed/runner/ledger"
	"heed/runner/sandbox"
	"heed/runner/signin"
)

func TestSignsOfTheHouse(t *testing.T) {
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := l.Addr().String()
	for _, c := range []struct {
		says string
		sign sign
		want string
	}{
		{"room on the disk", diskSign("/x", lowDisk), good},
		{"none", diskSign("/x", lowDisk-1), bad},
		{"a clock that is kept right", clockSign(now, now.Add(-time.Hour), true, true), good},
		{"one that nobody keeps right", clockSign(now, now, true, false), warning},
		{"one that cannot be read", clockSign(now, time.Time{}, false, false), good},
		{"one that went back", clockSign(now, now.Add(time.Minute), true, true), bad},
		{"X has the same time", aheadSign(-2 * time.Second), good},
		{"nearly", aheadSign(11 * time.Second), warning},
		{"another", aheadSign(-time.Hour), bad},
		{"a port that is taken before the start", doorSign("web", "[web] listen", taken, false), bad},
		{"a port that is free", doorSign("web", "[web] listen", "127.0.0.1:0", false), good},
		{"heed answers", doorSign("web", "[web] listen", taken, true), good},
		{"heed does not", doorSign("web", "[web] listen", "127.0.0.1:1", true), bad},
	} {
		if c.sign.Level != c.want || (c.sign.Do == "") != (c.want == good) {
			t.Errorf("%s: %+v", c.says, c.sign)
		}
	}
}

// examined is a house on disk and what the doctor needs of it.
func examined(t *testing.T, more, bot string) *doctor {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "heed.toml"), `[operator]
name = "Test Lab"
privacy_url = "https://lab.example/privacy"
[x]
environment = "production"
use_case = "tests"
`+more+`
[web]
listen = ""
[bots.one]
handle = "@one"
purpose = "a test"
mode = "live"
command = ["sh", "one.sh"]
every = "1h"
actions = ["post"]
`+bot, 0o600)
	write(t, filepath.Join(dir, "one.sh"), "", 0o600)
	cfg, err := config.Load(filepath.Join(dir, "heed.toml"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(cfg.Ledger.Path, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return &doctor{cfg: cfg, desk: l, now: time.Now()}
}

// has looks for a sign by its level and words.
func (d *doctor) has(level, about, words string) bool {
	for _, s := range d.signs {
		if s.Level == level && s.About == about && strings.Contains(s.Says, words) {
			return true
		}
	}
	return false
}

func (d *doctor) want(t *testing.T, level, about, words string) {
	t.Helper()
	if !d.has(level, about, words) {
		t.Errorf("no sign is %s of %s with %q: %+v", level, about, words, d.signs)
	}
	d.signs = nil
}

const inSandbox = `api_url = "sandbox"`

func TestSignsOfFiles(t *testing.T) {
	d := examined(t, inSandbox, "")
	d.files()
	d.want(t, good, "files", "closed to others")
	if err := os.Chmod(d.cfg.Ledger.Path, 0o644); err != nil {
		t.Fatal(err)
	}
	d.files()
	d.want(t, bad, "files", "heed.db: others than its owner may use it (mode 0644)")
}

func TestSignsOfTheBackup(t *testing.T) {
	d := examined(t, inSandbox, "")
	d.backup()
	d.want(t, good, "backup", "on this machine")
	d.cfg.X.APIURL = "https://api.x.com"
	d.backup()
	d.want(t, warning, "backup", "none was made")
	if err := rememberBackup(d.cfg, ledger.Backup{Path: "b.db", At: d.now.Add(-time.Hour)}); err != nil {
		t.Fatal(err)
	}
	d.backup()
	d.want(t, good, "backup", "b.db")
	d.now = d.now.Add(oldBackup)
	d.backup()
	d.want(t, warning, "backup", "7 days ago")
	write(t, backupNote(d.cfg), "{", 0o600)
	d.backup()
	d.want(t, warning, "backup", "cannot be read")
}

// TestSignsOfAProgram: an interpreter that is here does not help a script that is not.
func TestSignsOfAProgram(t *testing.T) {
	d := examined(t, inSandbox, "")
	b := d.cfg.Bots[0]
	d.program("bots.one", b)
	d.want(t, good, "bots.one", "its program sh is here")
	if err := os.Remove(filepath.Join(b.Script.Dir, "one.sh")); err != nil {
		t.Fatal(err)
	}
	d.program("bots.one", b)
	if len(d.signs) != 1 || !strings.Contains(d.signs[0].Do, "write it, or put its name right") {
		t.Errorf("%+v", d.signs)
	}
	d.want(t, bad, "bots.one", "sh is told to read one.sh, and "+filepath.Join(b.Script.Dir, "one.sh")+" does not exist")
	b.Script.Command = []string{"a-program-that-is-not-here"}
	d.program("bots.one", b)
	d.want(t, bad, "bots.one", "is not on the search path")
}

func TestSignsOfABot(t *testing.T) {
	d := examined(t, inSandbox, "[bots.one.guards.opt_out]\ninbox_age = \"5m\"\n")
	b := d.cfg.Bots[0]
	d.bot(t.Context(), b)
	if !d.has(bad, "bots.one", "never read whole") || !d.has(good, "bots.one", "its program sh is here") {
		t.Errorf("%+v", d.signs)
	}
	l := d.desk.(*ledger.Ledger)
	read := func(ago time.Duration) {
		if err := l.InboxRead(t.Context(), "one", "", d.now.Add(-ago)); err != nil {
			t.Fatal(err)
		}
		d.signs = nil
		d.inbox(t.Context(), "bots.one", b)
	}
	read(6 * time.Minute) // the bot's own bound, not the default of 15
	d.want(t, warning, "bots.one", "more than 5m0s ago")
	read(4 * time.Minute)
	d.want(t, good, "bots.one", "its inbox was read")
	b.Script.Command = []string{"no-such-program"}
	d.program("bots.one", b)
	d.want(t, bad, "bots.one", "cannot be started")
}

const onX = `consumer_key = { env = "DOCTOR_KEY" }
consumer_secret = { env = "DOCTOR_SECRET" }
client_id = "client"`

func TestSignsOfTokens(t *testing.T) {
	d := examined(t, onX, "oauth2 = true\n")
	b := d.cfg.Bots[0]
	d.token("bots.one", b)
	d.want(t, bad, "bots.one", "there is no token")
	keep := func(scopes []string, spent string) {
		err := tokens(d.cfg).Save(t.Context(), "one", signin.Token{Kind: signin.OAuth2, UserID: "7", Handle: "@one", Access: "access-token-1",
			Refresh: "refresh-token-1", Expires: d.now.Add(time.Hour), Scopes: scopes, Spent: spent})
		if err != nil {
			t.Fatal(err)
		}
		d.token("bots.one", b)
	}
	keep(signin.Scopes(b.Actions), "")
	d.want(t, good, "bots.one", "signed in as @one")
	keep([]string{"tweet.read"}, "")
	d.want(t, bad, "bots.one", "tweet.write")
	keep(signin.Scopes(b.Actions), "X refused to renew it")
	d.want(t, bad, "bots.one", "X refused to renew it")
}

func TestSignsOfAnAccount(t *testing.T) {
	d := examined(t, onX, "oauth2 = true\n")
	b := d.cfg.Bots[0]
	answer := func(handle string, ahead time.Duration, err error) {
		d.signs = nil
		d.ask = func(context.Context, *config.Config, config.Bot) (signin.Identity, time.Duration, bool, error) {
			return signin.Identity{UserID: "7", Handle: handle}, ahead, true, err
		}
		d.account(t.Context(), "bots.one", b)
	}
	answer("@one", 0, nil)
	d.want(t, good, "bots.one", "X knows it as @one")
	answer("@other", 0, nil)
	d.want(t, bad, "bots.one", "the account is @other")
	answer("@one", 0, &runner.NeedsLogin{Bot: "one", Why: "spent"})
	d.want(t, bad, "bots.one", "spent")
	answer("@one", -time.Hour, errors.New("X answered 401"))
	if !d.has(bad, "bots.one", "401") {
		t.Errorf("%+v", d.signs)
	}
	d.want(t, bad, "clock", "1h0m0s behind X's")
}

// TestDoctorAsksX asks a stand-in whose account it is and what time it has.
func TestDoctorAsksX(t *testing.T) {
	x := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
		_, _ = w.Write([]byte(`{"data":{"id":"7","username":"one"}}`))
	}))
	defer x.Close()
	for _, name := range []string{"DOCTOR_KEY", "DOCTOR_SECRET", "DOCTOR_TOKEN"} {
		t.Setenv(name, "a-secret-of-some-length")
	}
	d := examined(t, onX+"\napi_url = \""+x.URL+"\"", "access_token = { env = \"DOCTOR_TOKEN\" }\naccess_secret = { env = \"DOCTOR_TOKEN\" }\n")
	d.ask = (&app{}).whose
	d.bot(t.Context(), d.cfg.Bots[0])
	if !d.has(good, "bots.one", "X knows it as @one (user 7)") || !d.has(good, "bots.one", "console tokens") {
		t.Errorf("%+v", d.signs)
	}
	d.want(t, bad, "clock", "behind X's")
}

// TestOneFaultHidesNoOther: a ledger that cannot be opened leaves all other signs.
func TestOneFaultHidesNoOther(t *testing.T) {
	d := examined(t, inSandbox, "")
	d.desk = nil
	d.all(t.Context())
	for _, about := range []string{"secrets", "tables", "files", "backup", "disk", "clock", "events", "sandbox", "bots.one"} {
		found := false
		for _, s := range d.signs {
			found = found || s.About == about
		}
		if !found {
			t.Errorf("nothing is said of %s", about)
		}
	}
}

// TestDoctorLocal is a container's health check: 1 before heed runs and after, 0 while it does.
func TestDoctorLocal(t *testing.T) {
	x := newStage(t, sandbox.Options{})
	dir := t.TempDir()
	env := x.settings(t, dir, "", "one")
	write(t, filepath.Join(dir, "one.sh"), "#!/bin/sh\ncat >/dev/null\n", 0o755)
	if out, code := heed(t, dir, "", "doctor", "--local"); code != exitFailed || !strings.Contains(out, "no heed runs") {
		t.Errorf("before the start: exit %d: %s", code, out)
	}
	p := start(t, dir, env, "run")
	p.until(60*time.Second, `one +script +script.started`)
	if out, code := heed(t, dir, "", "doctor", "--local"); code != exitOK {
		t.Errorf("while heed runs: exit %d: %s", code, out)
	}
	if code := p.end(syscall.SIGTERM, 30*time.Second); code != exitOK {
		t.Errorf("exit %d", code)
	}
	if _, code := heed(t, dir, "", "doctor", "--local"); code != exitFailed {
		t.Errorf("after the end: exit %d", code)
	}
	write(t, filepath.Join(dir, "heed.toml"), "x = ", 0o600)
	if _, code := heed(t, dir, "", "doctor", "--local"); code != exitFailed {
		t.Errorf("settings that cannot be read: exit %d", code)
	}
}
