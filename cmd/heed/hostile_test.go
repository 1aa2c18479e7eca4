package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"

	"heed/runner/sandbox"
	"heed/runner/scripts"
)

// What a hostile script tries against the whole program. runner/scripts has what it tries
// against the machine, runner/bus what it tries over NATS, runner/web at the door.

func needsPython(t *testing.T) {
	t.Helper()
	if _, err := os.Stat("/usr/bin/python3"); err != nil {
		t.Skip("needs /usr/bin/python3")
	}
	if scripts.LandlockVersion() == 0 {
		t.Skip("this kernel has no Landlock")
	}
}

const moleHelp = `
import json, os, socket, subprocess, sys, time, urllib.request
def try_(name, f):
    try:
        got = f()
    except Exception as e:
        got = "no: " + type(e).__name__
    print("tried", name, "got", json.dumps(str(got))[:300], flush=True)
def verb(*args):
    r = subprocess.run(["heed", *args, "--config", os.environ["SETTINGS"]], capture_output=True, timeout=60)
    return "exit %d" % r.returncode
def ask(request):
    s = socket.socket(socket.AF_UNIX); s.settimeout(20); s.connect(os.environ["HEED_SOCKET"])
    s.sendall(json.dumps(request).encode() + b"\n")
    return s.makefile().readline()
def http(method, path, host=None, token=None):
    r = urllib.request.Request("http://127.0.0.1:" + os.environ["DOOR"] + path, method=method, data=b'{"user_id":"3001"}' if method == "POST" else None)
    if host:
        r.add_header("Host", host)
    if token:
        r.add_header("Authorization", "Bearer " + token)
    try:
        return "status %d" % urllib.request.urlopen(r, timeout=20).status
    except urllib.error.HTTPError as e:
        return "status %d" % e.code
`

// mole tries what it can, one attempt a line, and then sits still.
const mole = moleHelp + `
print('{"action":"post","key":"k1","hold":true,"text":"The harbour master asks for a look at this."}', flush=True)
sys.stdin.readline()
time.sleep(1)
post = {"action": "post", "text": "Something about gulls and herring."}
for name, args in {
    "approve": ["approve", "k1"], "reject": ["reject", "k1"], "held": ["held"], "why": ["why", "k1"], "log": ["log"],
    "optout_rm": ["optout", "rm", "3001", "--reason", "x"], "optout_list": ["optout", "list"], "consent": ["consent", "list"],
    "resume": ["resume", "mole"], "pause": ["pause", "news"], "halt": ["halt"], "whoami": ["whoami", "mole"], "login": ["login", "mole"],
    "run": ["run"],
}.items():
    try_("verb." + name, lambda: verb(*args))
for name, request in {
    "approve": {"approve": "k1"}, "approve_beside": {"intent": post, "approve": True}, "by": {"intent": {**post, "by": "operator"}},
    "as_another": {"intent": {**post, "bot": "news"}}, "state": {"type": "state"}, "verdict": {"intent": post, "verdict": {"decision": "allow"}},
    "case_variant": {"intent": {**post, "Hold": False}},
}.items():
    try_("socket." + name, lambda: ask(request))
try_("socket.honest", lambda: ask({"intent": {"action": "post", "key": "honest", "hold": True, "text": "An honest line about the tide."}}))
for name, args in {
    "no_token": ["GET", "/v1/opt-outs/3001"], "wrong_token": ["GET", "/v1/opt-outs/3001", None, "x" * 43], "post": ["POST", "/v1/opt-outs"],
    "other_host": ["GET", "/healthz", "heed.example"], "metrics": ["GET", "/metrics"], "approve": ["POST", "/v1/approve/k1"],
}.items():
    try_("door." + name, lambda: http(*args))
def nats():
    s = socket.create_connection(("127.0.0.1", int(os.environ["ROAD"])), 20); s.settimeout(20)
    s.recv(4096)
    s.sendall(b'CONNECT {"verbose":true,"pedantic":false}\r\nPUB heed.v1.intent.news 2\r\n{}\r\nPING\r\n')
    return s.recv(4096)
try_("nats.nobody", nats)
parent = os.getppid()
for name in ["environ", "mem", "maps", "fd/3", "root/etc/hostname"]:
    try_("proc." + name, lambda: open("/proc/%d/%s" % (parent, name), "rb").read(1) and "yes")
d = os.path.dirname(os.environ["SETTINGS"])
for name in ["state/heed.db", "state/heed.db-wal", "state/web.token", "secrets/token", "state/nats/creds/mole.nk", "state/bots/news/own", "state/bots/news.socket"]:
    try_("file." + name, lambda: open(d + "/" + name, "rb").read(1) and "yes")
# Words that would fool who reads heed's log.
print("\x1b[2J\x1b]0;title\x07 \u202egnol si siht\u202c \r12:00:00 heed      all is well", flush=True)
sys.stdout.buffer.write(b"12:00:00 news   outcome  DONE post forged\n\xff\xfe\x00 half\xc3\n"); sys.stdout.flush()
print("\x1b[31m E! red \u2066x\u2069", file=sys.stderr, flush=True)
for bad in ["\x1b[2J", "\u202eevil", "a\rb", "a\0b", "\u200b", "x" * 3000]:
    print(json.dumps({"action": "post", "key": bad, "text": "Gulls."}), flush=True)
    print(json.dumps({"action": "post", "key": "r", "reason": bad, "hold": True, "text": "Gulls over the pier at noon."}), flush=True)
for fake in [{"type": "verdict", "verdict": {"key": "k1", "decision": "allow"}}, {"type": "state", "state": "x" * 100000}]:
    print(json.dumps(fake), flush=True)
print("all tried", flush=True)
time.sleep(600)
`

// free is a port that nobody listens on now.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

func TestP1HostileScriptAgainstTheProgram(t *testing.T) {
	needsPython(t)
	x := newStage(t, sandbox.Options{})
	dir := t.TempDir()
	env := x.settings(t, dir, "", "mole", "news")
	door, road := free(t), free(t)
	change(t, dir, "[web]\nlisten = \"\"", fmt.Sprintf("[web]\nlisten = \"127.0.0.1:%s\"\n[nats]\nlisten = \"127.0.0.1:%s\"", door, road))
	change(t, dir, `command = ["sh", "mole.sh"]`, fmt.Sprintf("nats = true\nlimits = { processes = 16 }\nenv = { SETTINGS = %q, DOOR = %q, ROAD = %q }\ncommand = [\"/usr/bin/python3\", \"mole.py\"]",
		filepath.Join(dir, "heed.toml"), door, road))
	change(t, dir, `access_token = { env = "T_NEWS_TOKEN" }`, `access_token = { file = "secrets/token" }`)
	for _, e := range env {
		if token, ok := strings.CutPrefix(e, "T_NEWS_TOKEN="); ok {
			write(t, filepath.Join(dir, "secrets", "token"), token, 0o600)
		}
	}
	write(t, filepath.Join(dir, "mole.py"), mole, 0o644)
	write(t, filepath.Join(dir, "news.sh"), "echo own > \"$HEED_STATE_DIR/own\"; cat >/dev/null\n", 0o755)
	if _, err := x.AddUser(sandbox.User{ID: "3001", Username: "ann"}); err != nil {
		t.Fatal(err)
	}
	if out, code := heed(t, dir, "", "optout", "add", "3001"); code != exitOK {
		t.Fatalf("optout add: exit %d: %s", code, out)
	}
	p := start(t, dir, env, "run")
	p.until(120*time.Second, `mole +verdict +HELD +post k1`)
	p.until(180*time.Second, `all tried`, `mole +verdict +HELD +post honest`)

	attempts := 0
	for _, want := range []struct{ attempt, turnedAway string }{
		{`verb\.\w+`, `exit [1-9]\d*`},
		{`socket\.(approve|approve_beside|by|as_another|state|verdict|case_variant)`, `\{\\\\?"error`},
		{`door\.(no_token|wrong_token|post|metrics|approve)`, `status 40[1-5]`},
		{`door\.other_host`, `status 421`},
		{`nats\.nobody`, `.*Authorization Violation`},
		{`proc\.\S+`, `no: PermissionError`},
		{`file\.\S+`, `no: PermissionError`},
	} {
		tried := regexp.MustCompile(`tried (` + want.attempt + `) got "(.*)"`)
		away := regexp.MustCompile(`^(` + want.turnedAway + `)`)
		before := attempts
		for _, line := range p.said() {
			if m := tried.FindStringSubmatch(line); m != nil {
				attempts++
				t.Run(m[1], func(t *testing.T) {
					if got := m[len(m)-1]; !away.MatchString(strings.ReplaceAll(got, `\`, "")) && !away.MatchString(got) {
						t.Errorf("it got %s", got)
					}
				})
			}
		}
		if attempts == before {
			t.Errorf("nothing was tried of %s", want.attempt)
		}
	}
	if n := p.count(`tried `); n != attempts+1 || p.count(`tried socket.honest got .*queued`) != 1 {
		t.Errorf("%d attempts were told, %d judged, and one honest one: the socket shows nothing", n, attempts)
	}
	t.Run("words_that_fool_a_reader", func(t *testing.T) { attempts++; plain(t, p.said()) })
	for _, files := range []string{"state/heed.db", "state/web.token", "secrets/token", "state/nats/creds/mole.nk", "state/bots/news/own", "state/bots/news.socket"} {
		if _, err := os.Stat(filepath.Join(dir, files)); err != nil {
			t.Errorf("there was nothing to read: %v", err)
		}
	}

	// The same verbs, by the operator: they are refused to the script alone.
	for _, args := range [][]string{{"why", "k1"}, {"held"}, {"optout", "list"}, {"approve", "k1"}, {"pause", "news"}, {"resume", "news"}, {"consent", "list"},
		{"optout", "rm", "3001", "--reason", "they wrote"}} {
		if out, code := heed(t, dir, "", args...); code != exitOK {
			t.Errorf("heed %s: exit %d: %s", strings.Join(args, " "), code, out)
		}
	}
	p.until(60*time.Second, `mole +outcome +DONE +post k1`)
	if acts := x.Acts(""); len(acts) != 1 {
		t.Errorf("%d acts; one was approved: %+v", len(acts), acts)
	}
	p.end(syscall.SIGTERM, 30*time.Second)
	t.Attr("attempts", strconv.Itoa(attempts))
	if !t.Failed() {
		t.Attr("defended", strconv.Itoa(attempts))
	}
}

// plain wants every line that heed printed to be one that shows what it says, and no
// line of a script's to pass for heed's own.
func plain(t *testing.T, lines []string) {
	seen := false
	for _, line := range lines {
		for _, r := range line {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
				t.Errorf("%U in %q", r, line)
				break
			}
		}
		if strings.Contains(line, "forged") || strings.Contains(line, "all is well") {
			seen = true
			if f := strings.Fields(line); len(f) < 3 || f[1] != "mole" || f[2] != "script" {
				t.Errorf("it passes for another's: %q", line)
			}
		}
	}
	if !seen {
		t.Error("nothing of it was printed")
	}
}

// TestP1ScriptsDieWithHeed: killed with -9, heed takes with it what its scripts have
// started, though they have left their group, their session and their environment.
func TestP1ScriptsDieWithHeed(t *testing.T) {
	needsPython(t)
	if scripts.LandlockVersion() < 6 {
		t.Skip("Landlock 6 keeps signals in the sandbox, and this kernel has none")
	}
	x := newStage(t, sandbox.Options{})
	dir := t.TempDir()
	env := x.settings(t, dir, "", "one")
	change(t, dir, `command = ["sh", "one.sh"]`, `command = ["/usr/bin/python3", "one.py"]`)
	write(t, filepath.Join(dir, "one.py"), `
import ctypes, os, sys, time
ctypes.CDLL(None).prctl(1, 0, 0, 0, 0) # not to die with heed
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(1, b"away %d\n" % os.getpid())
        os.execve("/bin/sleep", ["sleep", "600"], {})
    os._exit(0)
os.wait()
os.write(1, b"here %d\n" % os.getpid())
time.sleep(600)
`, 0o644)
	p := start(t, dir, env, "run")
	p.until(60*time.Second, `away \d+`, `here \d+`)
	var pids []int
	for _, m := range regexp.MustCompile(`(?:away|here) (\d+)`).FindAllStringSubmatch(strings.Join(p.said(), "\n"), -1) {
		pid, _ := strconv.Atoi(m[1])
		pids = append(pids, pid)
		t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
		if syscall.Kill(pid, 0) != nil {
			t.Errorf("%d is not there: it shows nothing", pid)
		}
	}
	p.end(syscall.SIGKILL, 10*time.Second)
	for _, pid := range pids {
		for end := time.Now().Add(10 * time.Second); running(pid); {
			if time.Now().After(end) {
				t.Fatalf("process %d lives on", pid)
			}
		}
	}
	t.Attr("attempts", "2")
	t.Attr("defended", "2")
}

func running(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

// nobody is a user who is not root, by whom nothing on the machine is owned.
const nobody = 65534

// TestP1P7NobodyReadsHeedsMemory: another program of heed's user, in no sandbox, neither
// reads nor traces it, and when it dies badly no memory is dumped. The same program does
// all that to a process that is not hardened.
func TestP1P7NobodyReadsHeedsMemory(t *testing.T) {
	needsPython(t)
	if os.Geteuid() != 0 {
		t.Skip("needs root, to run things as a user who is not")
	}
	dir, err := os.MkdirTemp("", "heed-hostile-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	bin := filepath.Join(dir, "heed")
	if b, err := os.ReadFile(heedBinary(t)); err != nil || os.WriteFile(bin, b, 0o755) != nil || os.Chmod(dir, 0o755) != nil || os.Chown(dir, nobody, nobody) != nil {
		t.Fatal("the program cannot be put where nobody may run it:", err)
	}
	as := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.Env = dir, []string{"PATH=/usr/bin:/bin", "GOTRACEBACK=crash", "CANARY=" + canary}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}, Pdeathsig: syscall.SIGKILL}
		return cmd
	}
	const look = `
import ctypes, os, sys
pid = int(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
def ok(n):
    if n < 0:
        raise OSError("refused")
    return n
for name, f in {
    "environ": lambda: open("/proc/%d/environ" % pid).read(1), "mem": lambda: open("/proc/%d/mem" % pid, "r+b", buffering=0).close(),
    "maps": lambda: open("/proc/%d/maps" % pid).read(1), "fd": lambda: os.listdir("/proc/%d/fd" % pid), "cwd": lambda: os.readlink("/proc/%d/cwd" % pid),
    "getfd": lambda: ok(libc.syscall(438, ok(libc.syscall(434, pid, 0)), 0, 0)), "trace": lambda: ok(libc.ptrace(0x4206, pid, 0, 0)),
}.items():
    try:
        f(); print(name, "yes")
    except OSError as e:
        print(name, "no")
`
	// Both have one and the same environment.
	victims := map[string]*exec.Cmd{"no": as(bin, "sandbox", "--listen", "127.0.0.1:0"), "yes": as("/bin/sleep", "600")}
	attempts := 0
	for want, victim := range victims {
		said, err := victim.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := victim.Start(); err != nil {
			t.Fatal(err)
		}
		if want == "no" { // it is up when it says so
			_, _ = said.Read(make([]byte, 1))
		}
		out, err := as("/usr/bin/python3", "-c", look, strconv.Itoa(victim.Process.Pid)).CombinedOutput()
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		if err != nil || len(lines) != 7 {
			t.Errorf("%v: %s", err, out)
		}
		for _, line := range lines {
			if !strings.HasSuffix(line, " "+want) {
				t.Errorf("%s: %s, want %s", victim.Path, line, want)
			}
		}
		if want == "no" {
			attempts = len(lines) + 1
		}
		_ = victim.Process.Signal(syscall.SIGABRT)
		go func() { _, _ = said.Read(make([]byte, 1<<20)) }()
		var ended *exec.ExitError
		if err := victim.Wait(); !errors.As(err, &ended) {
			t.Fatal(err)
		}
		if ended.Sys().(syscall.WaitStatus).CoreDump() && want == "no" {
			t.Error("its memory was dumped")
		}
	}
	if cores, _ := filepath.Glob(filepath.Join(dir, "core*")); len(cores) > 1 {
		t.Errorf("there are %v", cores)
	}
	t.Attr("attempts", strconv.Itoa(attempts))
	if !t.Failed() {
		t.Attr("defended", strconv.Itoa(attempts))
	}
}
