package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"heed/runner/sandbox"
)

// silentBot reads its events and says them on stderr: what heed answers itself must
// not reach it.
const silentBot = "#!/bin/sh\nwhile read -r l; do case $l in *'\"type\":\"dm\"'*|*'\"type\":\"mention\"'*) echo asked >&2;; esac; done\n"

// toldAnn are the texts that a bot's app sent to a person.
func (s *stage) toldTo(person string) (texts []string) {
	for _, a := range s.Contacts(person) {
		texts = append(texts, a.Text)
	}
	return texts
}

// TestHelpAndOneConfirmation: HELP is answered by heed itself, once a day, in the words'
// language; a STOP is confirmed once where the operator wants it, and never again.
func TestHelpAndOneConfirmation(t *testing.T) {
	x := newStage(t, sandbox.Options{})
	dir := t.TempDir()
	env := x.settings(t, dir, "[opt_out]\nconfirm = true\n", "desk")
	write(t, filepath.Join(dir, "desk.sh"), silentBot, 0o755)
	for id, name := range map[string]string{"3001": "ann", "3002": "bert"} {
		if _, err := x.AddUser(sandbox.User{ID: id, Username: name}); err != nil {
			t.Fatal(err)
		}
	}
	say := func(who, text string) {
		t.Helper()
		if _, err := x.DM(who, "desk", text); err != nil {
			t.Fatal(err)
		}
	}
	p := start(t, dir, env, "run")
	p.until(60*time.Second, `desk +script +script.started`)
	say("ann", "HELP")
	say("bert", "Hilfe")
	p.until(60*time.Second, `desk +outcome +DONE +dm heed:help:3001`, `desk +outcome +DONE +dm heed:help:3002`)
	if told := x.toldTo("3001"); len(told) != 1 || !strings.Contains(told[0], "Test Lab") || !strings.Contains(told[0], "STOP") {
		t.Errorf("ann was told %q", told)
	}
	if told := x.toldTo("3002"); len(told) != 1 || told[0] == x.toldTo("3001")[0] {
		t.Errorf("bert asked in German and was told %q", told)
	}
	say("ann", "help!")
	say("ann", "STOP")
	say("ann", "STOP!!")
	p.until(90*time.Second, `desk +outcome +DONE +dm heed:stop:`)
	if told := x.toldTo("3001"); len(told) != 2 || !strings.Contains(told[1], "START") {
		t.Errorf("ann was told %q", told)
	}
	if n := p.count(`script.stderr.*asked`); n != 0 {
		t.Errorf("the bot was asked %d times for what heed answered", n)
	}
	if _, err := x.Mention("bert", "desk", "@desk help"); err != nil {
		t.Fatal(err)
	}
	p.end(syscall.SIGTERM, 30*time.Second)
	if n := len(x.toldTo("3002")); n != 1 {
		t.Errorf("bert was told %d times in a day what the bot is", n)
	}
}

// TestSomebodyElsesAccountNeedsTheirGrant (rules P1, P2, P3).
func TestSomebodyElsesAccountNeedsTheirGrant(t *testing.T) {
	x := newStage(t, sandbox.Options{})
	dir := t.TempDir()
	env := x.settings(t, dir, "", "one")
	change(t, dir, `run = "service"`, "run = \"service\"\nowner = \"other\"")
	write(t, filepath.Join(dir, "one.sh"), "#!/bin/sh\nn=0\nwhile :; do n=$((n+1)); echo '{\"action\":\"post\",\"key\":\"k'$n'\",\"text\":\"Word number '$n' of the day, from the '$n' pier.\",\"template\":\"w\",\"facts\":{\"n\":\"'$n'\"}}'; sleep 1; done\n", 0o755)
	p := start(t, dir, env, "run")
	p.until(60*time.Second, `one +verdict +DENIED +post .*grant.none`)
	if out, code := heed(t, dir, "", "grant", "show", "one"); code != exitOK || !strings.Contains(out, "a test") || !strings.Contains(out, "take this back") {
		t.Errorf("grant show: exit %d: %s", code, out)
	}
	if out, code := heed(t, dir, "", "grant", "add", "one", "--owner", "@owner, by letter of 1 November"); code != exitOK {
		t.Fatalf("grant add: exit %d: %s", code, out)
	}
	p.until(60*time.Second, `one +outcome +DONE +post`)
	if out, code := heed(t, dir, "", "grant", "list"); code != exitOK || !strings.Contains(out, "in force") {
		t.Errorf("grant list: exit %d: %s", code, out)
	}
	change(t, dir, `purpose = "a test"`, `purpose = "another thing"`)
	p.signal(syscall.SIGHUP)
	p.until(60*time.Second, `one +notice +.*behaviour.changed`, `one +verdict +DENIED +post .*grant.stale`)
	change(t, dir, `purpose = "another thing"`, `purpose = "a test"`)
	p.signal(syscall.SIGHUP)
	p.until(60*time.Second, `one +outcome +DONE +post`)
	if out, code := heed(t, dir, "", "grant", "withdraw", "one", "--owner", "@owner"); code != exitOK {
		t.Errorf("grant withdraw: exit %d: %s", code, out)
	}
	p.until(60*time.Second, `one +verdict +DENIED +post .*grant.withdrawn`)
	p.end(syscall.SIGTERM, 30*time.Second)
}

// TestOptOutOverHTTP: a program of the operator's records an opt-out at the daemon's door.
func TestOptOutOverHTTP(t *testing.T) {
	x := newStage(t, sandbox.Options{Tier: sandbox.Enterprise})
	dir := t.TempDir()
	env := x.settings(t, dir, "", "one")
	change(t, dir, "[web]\nlisten = \"\"", "[web]\nlisten = \"127.0.0.1:0\"")
	write(t, filepath.Join(dir, "one.sh"), "#!/bin/sh\nn=0\nwhile :; do n=$((n+1)); echo '{\"action\":\"follow\",\"key\":\"f'$n'\",\"target\":{\"user_id\":\"3001\"}}'; sleep 1; done\n", 0o755)
	if _, err := x.AddUser(sandbox.User{ID: "3001", Username: "ann"}); err != nil {
		t.Fatal(err)
	}
	p := start(t, dir, env, "run")
	p.until(60*time.Second, `web +opt-outs are taken at`, `one +verdict`)
	url := regexp.MustCompile(`http://\S+/v1/opt-outs`).FindString(strings.Join(p.said(), "\n"))
	token, err := os.ReadFile(filepath.Join(dir, "state", "web.token"))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(bearer string) (status int, answer map[string]any) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(`{"user_id":"3001","event":"form-7"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+bearer)
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		_ = json.NewDecoder(res.Body).Decode(&answer)
		return res.StatusCode, answer
	}
	if status, _ := ask("not the token"); status != http.StatusUnauthorized {
		t.Errorf("a stranger got %d", status)
	}
	if status, answer := ask(strings.TrimSpace(string(token))); status != http.StatusOK || answer["new"] != true {
		t.Errorf("%d: %v", status, answer)
	}
	p.until(60*time.Second, `one +verdict +DENIED +follow .*\[F2 C2\]`)
	if out, code := heed(t, dir, "", "optout", "list"); code != exitOK || !strings.Contains(out, "3001") || !strings.Contains(out, "http") {
		t.Errorf("optout list: exit %d: %s", code, out)
	}
	p.end(syscall.SIGTERM, 30*time.Second)
}

// TestStrangersCannotSpendTheOperatorsMoney: beyond the cap nothing is read, and then
// nobody is contacted either: a STOP may be among what was not read.
func TestStrangersCannotSpendTheOperatorsMoney(t *testing.T) {
	x := newStage(t, sandbox.Options{})
	dir := t.TempDir()
	env := x.settings(t, dir, "[guards.opt_out]\ninbox_age = \"1m\"\n", "desk")
	change(t, dir, "[x]\n", "[x]\ninbound_per_day = 3\n")
	write(t, filepath.Join(dir, "desk.sh"), silentBot, 0o755)
	if _, err := x.AddUser(sandbox.User{ID: "3001", Username: "ann"}); err != nil {
		t.Fatal(err)
	}
	p := start(t, dir, env, "run")
	p.until(60*time.Second, `desk +script +script.started`)
	for i := range 4 {
		if _, err := x.DM("ann", "desk", fmt.Sprintf("question number %d of the day", i)); err != nil {
			t.Fatal(err)
		}
	}
	p.until(60*time.Second, `desk +notice +.*inbound_per_day lets 3 be read`)
	p.end(syscall.SIGTERM, 30*time.Second)
}

// TestTheSamePictureTwice: by its looks, whatever the file and the words are.
func TestTheSamePictureTwice(t *testing.T) {
	x := newStage(t, sandbox.Options{})
	dir := t.TempDir()
	env := x.settings(t, dir, "", "one", "two")
	change(t, dir, `mode = "live"`, `mode = "dry_run"`)
	write(t, filepath.Join(dir, "two.sh"), oneShot(), 0o755)
	for i, quality := range []int{90, 40} {
		name := []string{"one", "two"}[i]
		write(t, filepath.Join(dir, "state", "bots", name, "harbour.jpg"), scene(t, quality), 0o600)
		if err := os.Chmod(filepath.Join(dir, "state", "bots", name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	post := func(key, text, path string) string {
		return fmt.Sprintf(`{"action":"post","key":%q,"text":%q,"media":[{"path":%q,"alt":"The harbour"}]}`, key, text, path)
	}
	write(t, filepath.Join(dir, "one.sh"), oneShot(post("first", "The harbour this morning.", "harbour.jpg"),
		post("gone", "A picture that is not there.", "nothing.jpg"), post("out", "A file that is none of its own.", "../../heed.db"),
		post("again", "Boats, boats, boats!", "harbour.jpg")), 0o755)
	p := start(t, dir, env, "run")
	p.until(60*time.Second, `one +verdict +DONE +post first|one +outcome +DONE +post first`, `one +.*nothing.jpg.* is not to be had`,
		`one +.*heed.db.* is not to be had`, `one +verdict +DENIED +post again .*duplicate\.`)
	p.end(syscall.SIGTERM, 30*time.Second)
}

// TestExportsAreIdsAlone: what an operator hands on, to X's auditor or to another house,
// has nobody's words, handle or bio in it (rules M7, M12, M16).
func TestExportsAreIdsAlone(t *testing.T) {
	x := newStage(t, sandbox.Options{})
	dir := t.TempDir()
	env := x.settings(t, dir, "", "desk")
	write(t, filepath.Join(dir, "desk.sh"), chattyBot, 0o755)
	if _, err := x.AddUser(sandbox.User{ID: "3001", Username: "annofthesea", Name: "Ann Margarete", Bio: "I collect sextants"}); err != nil {
		t.Fatal(err)
	}
	p := start(t, dir, env, "run")
	p.until(60*time.Second, `desk +script +script.started`)
	if _, err := x.Mention("annofthesea", "desk", "@desk where do barnacles sleep?"); err != nil {
		t.Fatal(err)
	}
	if _, err := x.DM("annofthesea", "desk", "is the lighthouse open?"); err != nil {
		t.Fatal(err)
	}
	p.until(60*time.Second, `desk +outcome +DONE +dm`)
	if _, err := x.DM("annofthesea", "desk", "STOP"); err != nil {
		t.Fatal(err)
	}
	p.until(60*time.Second, `person +person.opt_out user 3001`)
	p.end(syscall.SIGTERM, 30*time.Second)
	for _, verb := range [][]string{{"log", "--json", "-n", "1000"}, {"optout", "export"}, {"consent", "list", "--json"}, {"rules", "--json"}, {"audit", "export"}} {
		out, code := heed(t, dir, "", verb...)
		if code != exitOK {
			t.Errorf("%v: exit %d: %s", verb, code, out)
		}
		for _, word := range []string{"annofthesea", "Margarete", "sextants", "barnacles", "lighthouse"} {
			if strings.Contains(out, word) {
				t.Errorf("%v tells %q", verb, word)
			}
		}
		if verb[0] == "log" && !strings.Contains(out, `"user_id":"3001"`) {
			t.Errorf("the log does not tell whom it was about: %s", out)
		}
	}
}
