package main

import (
	"encoding/json"

	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"heed/runner/sandbox"
)

// oneShot prints a line once and then waits to be stopped.
func oneShot(lines ...string) string {
	return "#!/bin/sh\ncat <<'END'\n" + strings.Join(lines, "\n") + "\nEND\ncat >/dev/null\n"
}

func TestHeldIntentsWaitForAPerson(t *testing.T) {
	x := newStage(t, sandbox.Options{})
	dir := t.TempDir()
	env := x.settings(t, dir, "", "one")
	write(t, filepath.Join(dir, "one.sh"), oneShot(
		`{"action":"post","key":"yes","hold":true,"text":"The harbour master asks for a look at this."}`,
		`{"action":"post","key":"no","hold":true,"text":"Something else entirely, about gulls."}`), 0o755)
	p := start(t, dir, env, "run")
	p.until(60*time.Second, `one +verdict +HELD +post yes`, `one +verdict +HELD +post no`)
	out, code := heed(t, dir, "", "held", "--json")
	if code != exitOK || !strings.Contains(out, "The harbour master asks") {
		t.Fatalf("held: exit %d: %s", code, out)
	}
	if out, code := heed(t, dir, "", "approve", "yes", "--hash", "0000"); code != exitRefused || !strings.Contains(out, "not what you looked at") {
		t.Errorf("approve of another hash: exit %d: %s", code, out)
	}
	if n := len(x.Acts("")); n != 0 {
		t.Fatalf("%d acts before anybody approved", n)
	}
	if out, code := heed(t, dir, "", "reject", "no", "--reason", "no gulls"); code != exitOK {
		t.Errorf("reject: exit %d: %s", code, out)
	}
	if out, code := heed(t, dir, "", "approve", "yes"); code != exitOK {
		t.Errorf("approve: exit %d: %s", code, out)
	}
	p.until(30*time.Second, `one +outcome +DONE +post yes`)
	if acts := x.Acts(""); len(acts) != 1 || acts[0].Text != "The harbour master asks for a look at this." {
		t.Errorf("what was sent is not what was approved: %+v", acts)
	}
	if out, code := heed(t, dir, "", "approve", "yes"); code != exitRefused {
		t.Errorf("a second approval: exit %d: %s", code, out)
	}
	p.end(syscall.SIGTERM, 30*time.Second)
}

// TestP12ASuspendedAccountLatches: nothing more is sent from it until a person says so.
func TestP12ASuspendedAccountLatches(t *testing.T) {
	x := newStage(t, sandbox.Options{})
	dir := t.TempDir()
	env := x.settings(t, dir, "", "one")
	write(t, filepath.Join(dir, "one.sh"), "#!/bin/sh\nn=0\nwhile read -r l; do\n"+
		"case $l in *'\"type\":\"mention\"'*) n=$((n+1)); id=${l#*'\"id\":\"'}; id=${id%%'\"'*}\n"+
		"printf '{\"action\":\"reply\",\"cause\":\"%s\",\"key\":\"%s\",\"text\":\"answer number %s, gladly\",\"target\":{\"post_id\":\"%s\"}}\\n' \"$id\" \"$id\" \"$n\" \"${id#post:}\";; esac\ndone\n", 0o755)
	if _, err := x.AddUser(sandbox.User{ID: "3001", Username: "ann"}); err != nil {
		t.Fatal(err)
	}
	ask := func(what string) {
		t.Helper()
		if _, err := x.Mention("ann", "one", "@one "+what); err != nil {
			t.Fatal(err)
		}
	}
	p := start(t, dir, env, "run")
	p.until(60*time.Second, `one +script +script.started`)
	ask("first?")
	p.until(60*time.Second, `one +outcome +DONE +reply`)
	if err := x.SetSuspended("one", true); err != nil {
		t.Fatal(err)
	}
	p.until(60*time.Second, `one +halt +.*latch`)
	if err := x.SetSuspended("one", false); err != nil {
		t.Fatal(err)
	}
	calls := len(x.Calls())
	ask("second?")
	if out, code := heed(t, dir, "", "resume", "one"); code != exitNotFound || !strings.Contains(out, "--latch") {
		t.Errorf("a latch was lifted without being named: exit %d: %s", code, out)
	}
	if n := len(x.Calls()); n > calls+2 { // at most what was on its way
		t.Errorf("a latched account made %d more calls", n-calls)
	}
	if out, code := heed(t, dir, "", "resume", "one", "--latch"); code != exitOK || !strings.Contains(out, "1 stops lifted") {
		t.Errorf("resume --latch: exit %d: %s", code, out)
	}
	p.until(60*time.Second, `one +outcome +DONE +reply`)
	p.end(syscall.SIGTERM, 30*time.Second)
}

func TestReload(t *testing.T) {
	x := newStage(t, sandbox.Options{})
	dir := t.TempDir()
	env := x.settings(t, dir, "", "one")
	write(t, filepath.Join(dir, "one.sh"), oneShot(`{"action":"post","key":"a","text":"A first word from the pier."}`), 0o755)
	p := start(t, dir, env, "run")
	p.until(60*time.Second, `one +outcome +DONE +post a`)
	file := filepath.Join(dir, "heed.toml")
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	hup := func() { p.signal(syscall.SIGHUP) }
	write(t, file, strings.Replace(string(good), "per_hour", "per_huor", 1), 0o600)
	hup()
	p.until(30*time.Second, `reload refused, the settings stay as they were`, `heed.toml:\d+:\d+: .*per_huor.*per_hour`)

	changed := strings.Replace(string(good), `mode = "live"`, `mode = "dry_run"`, 1)
	changed = strings.Replace(changed, "[web]", "[ledger]\npath = \"elsewhere.db\"\n[web]", 1)
	changed = strings.Replace(changed, `command = ["sh", "one.sh"]`, `command = ["sh", "two.sh"]`, 1)
	write(t, filepath.Join(dir, "two.sh"), oneShot(`{"action":"post","key":"b","text":"Quite another thing about the tide."}`), 0o755)
	write(t, file, changed, 0o600)
	hup()
	p.until(30*time.Second, `reload: waits for a restart: ledger.path`, `reload: applied: bots.one.mode: live -> dry_run`,
		`one +script +script.started`, `one +verdict +DONE +post b`)
	if n := len(x.Acts("")); n != 1 {
		t.Errorf("%d acts: a dry run was sent", n)
	}
	hup()
	p.until(30*time.Second, `reload: nothing changed|waits for a restart`)
	p.end(syscall.SIGTERM, 30*time.Second)
}

// TestP1ABotOverNATS: a bot elsewhere speaks for itself with its own key, and for
// nobody else.
func TestP1ABotOverNATS(t *testing.T) {
	x := newStage(t, sandbox.Options{})
	dir := t.TempDir()
	env := x.settings(t, dir, "[nats]\nlisten = \"127.0.0.1:0\"\n", "one", "two")
	file := filepath.Join(dir, "heed.toml")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, strings.ReplaceAll(string(b), "purpose = ", "nats = true\npurpose = "), 0o600)
	for _, name := range []string{"one", "two"} {
		write(t, filepath.Join(dir, name+".sh"), oneShot(), 0o755)
	}
	p := start(t, dir, env, "run")
	p.until(60*time.Second, `NATS listens on`, `two +script +script.started`)
	var addr string
	for _, line := range p.said() {
		if m := regexp.MustCompile(`NATS listens on (\S+);`).FindStringSubmatch(line); m != nil {
			addr = m[1]
		}
	}
	seed := filepath.Join(dir, "state", "nats", "creds", "one.nk")
	opt, err := nats.NkeyOptionFromSeed(seed)
	if err != nil {
		t.Fatal(err)
	}
	denied := make(chan error, 8)
	nc, err := nats.Connect("nats://"+addr, opt, nats.CustomInboxPrefix("_INBOX.one"),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { denied <- err }))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	events, err := nc.SubscribeSync("heed.v1.event.one")
	if err != nil {
		t.Fatal(err)
	}
	line := `{"action":"post","key":"n1","text":"Said over the wire, from far away."}`
	if _, err := nc.Request("heed.v1.intent.one", []byte(line), 10*time.Second); err != nil {
		t.Fatalf("the intent was not acknowledged: %v", err)
	}
	p.until(30*time.Second, `one +outcome +DONE +post n1`)
	told := ""
	for strings.Count(told, " ") < 2 {
		m, err := events.NextMsg(10 * time.Second)
		if err != nil {
			t.Fatal(err)
		}
		var e struct{ Type string }
		if err := json.Unmarshal(m.Data, &e); err != nil {
			t.Fatal(err)
		}
		if e.Type != "hello" { // it may begin just now
			told += e.Type + " "
		}
	}
	if told != "verdict outcome " {
		t.Errorf("the bot was told %q", told)
	}
	if err := nc.Publish("heed.v1.intent.two", []byte(line)); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-denied:
		if !strings.Contains(strings.ToLower(err.Error()), "permissions violation") {
			t.Errorf("speaking for another bot: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("speaking for another bot was not refused")
	}
	if n := p.count(`two +intent`); n != 0 {
		t.Errorf("%d intents were taken for two's", n)
	}
	p.end(syscall.SIGTERM, 30*time.Second)
}

// TestAFloodOfBadLinesBesideAnHonestBot: 50,000 lines that are no intents are kept
// with their reasons, as many as may be, and the bot beside them is served meanwhile.
func TestAFloodOfBadLinesBesideAnHonestBot(t *testing.T) {
	x := newStage(t, sandbox.Options{})
	dir := t.TempDir()
	env := x.settings(t, dir, "", "flood", "calm")
	write(t, filepath.Join(dir, "flood.sh"), `#!/bin/sh
awk 'BEGIN { for (i = 0; i < 50000; i++) print "{\"action\":\"post\",\"text\":\"a\",\"text\":\"" i "\"}"; print "{\"action\":\"post\",\"key\":\"end\"}" }'
cat >/dev/null
`, 0o755)
	write(t, filepath.Join(dir, "calm.sh"), strings.ReplaceAll(steadyBot, "texts)", "calm.txt)"), 0o755)
	write(t, filepath.Join(dir, "calm.txt"), words(20), 0o644)
	p := start(t, dir, env, "run")
	p.until(120*time.Second, `calm +outcome +DONE +post k20\b`)
	flooded := p.count(`flood +intent .*twice at`)
	end := `flood +intent .* needs text or media`
	if p.count(end) == 0 { // the flood may be over before the last honest post is done
		p.until(180*time.Second, end)
	}
	t.Logf("%d bad lines were told before the honest bot's last post was done", flooded)
	if flooded >= 50000 {
		t.Error("the honest bot was served after the flood")
	}
	out, code := heed(t, dir, "", "log", "--bot", "flood", "-n", "5", "--json")
	if code != exitOK || !strings.Contains(out, "flood") {
		t.Errorf("log: exit %d: %s", code, out)
	}
	if n := len(x.Acts("")); n != 20 {
		t.Errorf("%d acts, want the honest bot's 20", n)
	}
	p.end(syscall.SIGTERM, 30*time.Second)
}

// TestSandboxAlone: it answers by itself, says what it can do, and keeps its word.
func TestSandboxAlone(t *testing.T) {
	dir := t.TempDir()
	people := `{"app":{"name":"alone"},"bots":[{"username":"tides"}],"people":[{"username":"ann"}],"steps":[]}`
	write(t, filepath.Join(dir, "people.json"), people, 0o644)
	p := start(t, dir, nil, "sandbox", "--listen", "127.0.0.1:0", "--people", "people.json", "--state", "world.json")
	p.until(30*time.Second, `@tides user_id=\d+ consumer_key=\S+`, `stands in for X on http://127.0.0.1:\d+`)
	if code := p.end(syscall.SIGINT, 10*time.Second); code != exitOK {
		t.Errorf("exit %d", code)
	}
	if info, err := os.Stat(filepath.Join(dir, "world.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("world.json: %v, %v", info, err)
	}
	if out, code := heed(t, dir, "", "sandbox", "--listen", "0.0.0.0:0"); code != exitUsage {
		t.Errorf("a public address: exit %d: %s", code, out)
	}
	write(t, filepath.Join(dir, "bad.json"), strings.Replace(people, "ann", "a n n", 1), 0o644)
	if out, code := heed(t, dir, "", "sandbox", "--listen", "127.0.0.1:0", "--people", "bad.json"); code == exitOK {
		t.Errorf("a name that is none: %s", out)
	}
}
