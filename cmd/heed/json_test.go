package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// spoken is a command line and what it has to say under --json.
type spoken struct {
	args  string // without --json
	stdin string
	code  int
	lines int  // at least so many; 0: none at all
	ends  bool // it goes on until ctrl-C: it is told to end after its first line
}

// besideHeed are run while heed runs, in this order: each finds what the ones before left.
var besideHeed = []spoken{
	{args: "", lines: 1},
	{args: "help", lines: 1},
	{args: "help why", lines: 1},
	{args: "init --dir other", lines: 1},
	{args: "check", lines: 1},
	{args: "rules", lines: 1},
	{args: "rules --guards", lines: 20},
	{args: "rules --markdown", code: exitUsage},
	{args: "judge --bot tides", stdin: `{"action":"post","text":"Low tide 20:10."}`, lines: 1},
	{args: "judge --bot tides --peek", stdin: `{"action":"post","text":"Low tide 20:10."}`, lines: 1},
	{args: "test", lines: 1}, // a case; the sum is talk
	{args: "replay --with heed.toml", lines: 1},
	{args: "why tides/tide-14", lines: 1},
	{args: "log", lines: 5},
	{args: "doctor --offline", lines: 5, code: exitFailed}, // a grant is missing
	{args: "dashboard", lines: 1},
	{args: "likeness", stdin: `{"id":"1","a":"High tide 14:32","b":"High tide 14:33"}`, lines: 1},
	{args: "likeness --score pairs.jsonl", lines: 1},
	{args: "optout", lines: 1},
	{args: "optout list"},
	{args: "optout add 100 101", lines: 2},
	{args: "optout list", lines: 2},
	{args: "optout export", lines: 2},
	{args: "optout review", lines: 1},
	{args: "optout reviewed 300", lines: 1},
	{args: "optout review"},
	{args: "optout rm 100 --reason asked", lines: 1},
	{args: "optout import", stdin: "102\n", lines: 1},
	{args: "consent", lines: 1},
	{args: "consent list"},
	{args: "consent add 200 --bot tides --evidence form-1", lines: 1},
	{args: "consent list", lines: 1},
	{args: "consent rm 200", lines: 1},
	{args: "consent import", stdin: `{"user_id":"201","scope":"tides","channel":"dm","event":"form-2"}`, lines: 1},
	{args: "grant", lines: 1},
	{args: "grant show guest", lines: 1},
	{args: "grant add guest --owner Ada", lines: 1},
	{args: "grant list", lines: 1},
	{args: "grant withdraw guest --owner Ada", lines: 1},
	{args: "held", lines: 2},
	{args: "approve tides/storm-1", lines: 1},
	{args: "reject tides/storm-2", lines: 1},
	{args: "held"},
	{args: "pause tides --for 1h", lines: 1},
	{args: "halt", lines: 1},
	{args: "resume tides", lines: 1},
	{args: "resume", lines: 1},
	{args: "resume", lines: 1, code: exitNotFound},
	{args: "backup one.db", lines: 1},
	{args: "backup verify one.db", lines: 1},
	{args: "audit", lines: 1},
	{args: "audit verify", lines: 1},
	{args: "audit export", lines: 3},
	{args: "forget --user 300", lines: 1},
	{args: "emit post --text hello", lines: 1},
	{args: "mcp --bot tides", code: exitConfig}, // its texts are no model's; an agent's own talk is tried in mcp_test.go
	{args: "sandbox --listen 127.0.0.1:0", lines: 1, ends: true},
	{args: "bench guards --scale 0.005", lines: 3},
	{args: "man pages", lines: 1},
	{args: "version", lines: 1},
	{args: "completion", lines: 1},
	{args: "completion bash", code: exitUsage},
	{args: "completion zsh", code: exitUsage},
	{args: "completion fish", code: exitUsage},
	{args: "completion powershell", code: exitUsage},
}

// withoutHeed are run in the same house after heed has ended.
var withoutHeed = []spoken{
	{args: "backup restore one.db", lines: 1},
	{args: "run", lines: 1, ends: true},
	{args: "demo", lines: 1, ends: true},
}

// bySignIn are run in a house whose bot signs in at X, once it has.
var bySignIn = []spoken{
	{args: "whoami tides", lines: 1},
	{args: "logout tides", lines: 1},
}

// bySocket are run by a bot's own script.
var bySocket = []spoken{
	{args: "emit post --wait --key tide-14 --text High_tide_today", lines: 2},
	{args: "emit thread --key storm --text One_storm_is_coming_up --text The_ferry_rests_until_noon", lines: 2},
}

const jsonSettings = `[operator]
name = "Harbour Lab"
privacy_url = "https://harbour.example/privacy"
[x]
environment = "production"
api_url = "sandbox"
use_case = "Tells the tides of a harbour."
poll = "200ms"
[sandbox]
people = "people.json"
[web]
listen = "127.0.0.1:0"
[bots.tides]
handle = "@tidesbot"
purpose = "Tells the tides of the harbour"
mode = "live"
command = ["sh", "tides.sh"]
run = "service"
actions = ["post", "reply", "dm"]
[bots.guest]
handle = "@guestbot"
purpose = "Tells the weather of the harbour"
mode = "live"
owner = "other"
command = ["true"]
every = "24h"
actions = ["post"]
`

// jsonPeople says something that may be a stop.
const jsonPeople = `{"app": {"name": "Harbour Lab"}, "people": [{"id": "300", "username": "ann", "name": "Ann"}],
"bots": [{"username": "tidesbot", "verified": true, "dm_open": true, "bio": "A bot by Harbour Lab. DM STOP to end."}],
"steps": [{"at": "0s", "who": "ann", "does": "dm", "to": "tidesbot", "text": "Count me in! We have got to STOP this terrible bill before it is too late"}]}`

// TestEveryVerbSpeaksJSON runs every command of the tree with --json: each line of its
// standard output is an object, and no verb takes --json and does not obey it. A verb that
// the tables above do not name fails.
func TestEveryVerbSpeaksJSON(t *testing.T) {
	named := map[string]bool{}
	try := func(dir string, calls []spoken) {
		for _, c := range calls {
			named[verbOf(t, c)] = true
			t.Run("heed "+c.args, func(t *testing.T) { c.speak(t, dir) })
		}
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "heed.toml"), jsonSettings, 0o600)
	write(t, filepath.Join(dir, "pairs.jsonl"), `{"id":"1","a":"High tide 14:32","b":"High tide 14:32!","label":"dup","kind":"marks"}`+"\n", 0o600)
	write(t, filepath.Join(dir, "tides.test.toml"), "[[case]]\nname = \"a tide\"\nbot = \"tides\"\nintent = { action = \"post\", text = \"High tide 14:32.\" }\nexpect = \"allow\"\n", 0o600)
	write(t, filepath.Join(dir, "people.json"), jsonPeople, 0o600)
	script := ""
	for _, c := range bySocket {
		named[verbOf(t, c)] = true
		script += "heed " + c.args + " --json >>\"$HEED_STATE_DIR/said.jsonl\"\necho ended $? >>\"$HEED_STATE_DIR/ends\"\n"
	}
	write(t, filepath.Join(dir, "tides.sh"), script+`heed emit post --hold --key storm-1 --text "A storm is coming up the harbour: the ferry rests."
heed emit post --hold --key storm-2 --text "The lighthouse opens its doors on Sunday, and tea is served."
cat >/dev/null
`, 0o600)
	p := start(t, dir, nil, "run")
	p.until(90*time.Second, `HELD +post storm-1`, `HELD +post storm-2`, `DONE +reply storm/2`, `heard .*user 300`)
	t.Run("in a script", func(t *testing.T) { inScript(t, dir) })
	try(dir, besideHeed)
	if code := p.end(syscall.SIGTERM, 30*time.Second); code != exitOK {
		t.Fatalf("the house ended with %d", code)
	}
	try(dir, withoutHeed)

	x := newSigninX(t)
	dir = x.house(t)
	named["login"] = true
	out, code := x.loginWith(t, dir, "--json")
	if code != exitOK || !strings.Contains(out, `{"bot":"tides","user_id":`) {
		t.Errorf("heed login: exit %d: %s", code, out)
	}
	try(dir, bySignIn)

	root := freshRoot()
	root.InitDefaultCompletionCmd("completion")
	verbs(root, func(c *cobra.Command) {
		if !named[pathOf(c)] {
			t.Errorf("heed %s: no case above runs it with --json", pathOf(c))
		}
	})
}

// verbOf is the verb that a command line runs.
func verbOf(t *testing.T, c spoken) string {
	t.Helper()
	root := freshRoot()
	root.InitDefaultCompletionCmd("completion")
	verb, _, err := root.Find(strings.Fields(c.args))
	if err != nil {
		t.Fatal(err)
	}
	return pathOf(verb)
}

// speak runs one command line and looks at what it says.
func (c spoken) speak(t *testing.T, dir string) {
	cmd := exec.Command(heedBinary(t), append(strings.Fields(c.args), "--json")...)
	cmd.Dir = dir
	cmd.Stdin = strings.NewReader(c.stdin)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	limit := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() })
	defer limit.Stop()
	lines := readObjects(t, out, func() {
		if c.ends {
			_ = cmd.Process.Signal(syscall.SIGINT)
		}
	})
	var ended *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != c.code {
		t.Errorf("exit %d, want %d: %s", got, c.code, errs.String())
	}
	if lines < c.lines || c.lines == 0 && lines > 0 {
		t.Errorf("%d lines, want %d: %s", lines, c.lines, errs.String())
	}
}

// inScript looks at what a bot's script was told.
func inScript(t *testing.T, dir string) {
	state := filepath.Join(dir, "state", "bots", "tides")
	f, err := os.Open(filepath.Join(state, "said.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := 0
	for _, c := range bySocket {
		want += c.lines
	}
	if got := readObjects(t, f, nil); got < want {
		t.Errorf("%d lines, want %d", got, want)
	}
	ends, err := os.ReadFile(filepath.Join(state, "ends"))
	if err != nil || !slices.Equal(strings.Fields(string(ends)), []string{"ended", "0", "ended", "0"}) {
		t.Errorf("the script's commands: %q, %v", ends, err)
	}
}

// readObjects counts lines, each of which must be one JSON object.
func readObjects(t *testing.T, from interface{ Read([]byte) (int, error) }, first func()) (n int) {
	t.Helper()
	sc := bufio.NewScanner(from)
	sc.Buffer(nil, 4<<20)
	for sc.Scan() {
		var object map[string]any
		if err := json.Unmarshal(sc.Bytes(), &object); err != nil || object == nil {
			t.Errorf("no JSON object: %.200s", sc.Text())
		}
		if n++; n == 1 && first != nil {
			first()
		}
	}
	if err := sc.Err(); err != nil {
		t.Error(err)
	}
	return n
}
