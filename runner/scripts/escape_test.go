package scripts_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"heed/bots"
	"heed/runner/scripts"
)

// escapes are ways to outlive a run. Each tells the number of what should live on as
// {"pid":N}, and then the script ends.
var escapes = map[string]string{
	"setsid_and_a_double_fork": `
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        tell(); hold()
    os._exit(0)
os.wait()
wait_for_it()`,
	"without_an_environment": `
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        tell(); os.execve("/bin/sleep", ["sleep", "600"], {})
    os._exit(0)
os.wait()
wait_for_it()`,
	"as_a_parent_of_its_own": `
import ctypes
if os.fork() == 0:
    os.setsid()
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    if os.fork() == 0:
        if os.fork() == 0:
            os.setsid(); tell(); hold()
        os._exit(0)
    hold()
wait_for_it()`,
	"deaf_to_every_signal": `
import signal
if os.fork() == 0:
    os.setsid()
    for s in range(1, 65):
        try:
            signal.signal(s, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    tell(); hold()
wait_for_it()`,
	"with_another_bots_socket": `
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        tell(); os.execve("/bin/sleep", ["sleep", "600"], {"HEED_SOCKET": "/tmp/heed-1234567890/emit.sock"})
    os._exit(0)
os.wait()
wait_for_it()`,
}

const escapeHelp = `
import os, time
r, w = os.pipe()
def hold():
    time.sleep(600); os._exit(0)
def tell():
    os.write(w, b"%d" % os.getpid())
def wait_for_it():
    print('{"pid":%s}' % os.read(r, 20).decode(), flush=True)
    time.sleep(0.2)
`

// lives says whether a process runs a second after it should have ended.
func lives(t *testing.T, r *rig) bool {
	t.Helper()
	pid := 0
	_, err := fmt.Sscanf(joined(r.frame(t)), `{"pid":%d}`, &pid)
	must(t, err)
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	r.want(t, "script.ended")
	for end := time.Now().Add(time.Second); time.Now().Before(end); {
		if syscall.Kill(pid, 0) != nil || zombie(pid) {
			return false
		}
	}
	return true
}

// TestP1HostileScriptForksAway: by the ender, by counting alone where there is none, and
// with neither.
func TestP1HostileScriptForksAway(t *testing.T) {
	needsLandlock(t)
	for name, script := range escapes {
		t.Run(name, func(t *testing.T) {
			try := func(more ...setting) bool {
				return lives(t, keep(t, append([]setting{python(escapeHelp + script)}, more...)...))
			}
			if try() {
				t.Error("it outlives its run")
			}
			if try(off) {
				t.Error("it outlives its run where there is no ender")
			}
			scripts.Disown(t)
			if try() {
				t.Error("it outlives its run where heed cannot adopt it")
			}
			if !try(off) {
				t.Error("it ends without a defence too, and shows nothing")
			}
		})
	}
	report(t, len(escapes))
}

// TestP1HostileScriptHops: a process that forks and ends, again and again, is nowhere
// when it is looked for.
func TestP1HostileScriptHops(t *testing.T) {
	needsLandlock(t)
	alive := func(path string) bool {
		was, _ := os.Stat(path)
		for range 40 {
			time.Sleep(25 * time.Millisecond)
			if is, err := os.Stat(path); err == nil && was != nil && is.ModTime() != was.ModTime() {
				return true
			}
		}
		return false
	}
	hopper := python(escapeHelp + `
if os.fork() == 0:
    os.write(w, b"0")
    for _ in range(3000):
        if os.path.exists(os.environ["HOME"] + "/enough"):
            os._exit(0)
        os.setsid()
        if os.fork() != 0:
            os._exit(0)
        open(os.environ["HOME"] + "/alive", "w").write("x")
    os._exit(0)
wait_for_it()`)
	r := keep(t, hopper)
	r.want(t, "script.ended")
	if alive(r.state + "/bots/tides/alive") {
		t.Error("it hops on")
	}
	scripts.Disown(t)
	r = keep(t, hopper, off)
	r.want(t, "script.ended")
	if !alive(r.state + "/bots/tides/alive") {
		t.Error("it ends without a defence too, and shows nothing")
	}
	// What nothing ends has to be told to: it writes where the test's own end removes.
	if err := os.WriteFile(r.state+"/bots/tides/enough", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	alive(r.state + "/bots/tides/alive") // waits for as long as it still hops
	if alive(r.state + "/bots/tides/alive") {
		t.Error("it does not end when it is told to")
	}
	report(t, 1)
}

// TestP1HostileScriptAttacksItsEnder: what ends a run is out of the run's reach.
func TestP1HostileScriptAttacksItsEnder(t *testing.T) {
	needsLandlock(t)
	r := keep(t, service, python(`
import os, json, ctypes, signal, resource, sys
libc = ctypes.CDLL(None, use_errno=True)
# Below its own number there was one made for it, next to it.
found = [p for p in range(os.getpid() + 1, os.getpid() + 200) if libc.syscall(434, p, 0) >= 0]
def may(f):
    try:
        f(); return "yes"
    except OSError:
        return "no"
def kill_all():
    for p in found:
        if p != os.getpid():
            os.kill(p, 9)
def limit():
    for p in found:
        resource.prlimit(p, resource.RLIMIT_CPU, (0, 0))
print(json.dumps({"kill": may(kill_all), "limit": may(limit), "stop": may(lambda: [os.kill(p, signal.SIGSTOP) for p in found])}), flush=True)
try:
    os.kill(-1, 9)
except OSError:
    pass
print('{"still":"here"}', flush=True)
sys.stdin.read()`))
	if got := joined(r.frame(t)); !strings.Contains(got, `{"kill": "no", "limit": "no", "stop": "no"}`) {
		t.Errorf("it got %s", got)
	}
	before, err := exec.Command("true").CombinedOutput() // this very process can still start and end others
	if err != nil {
		t.Errorf("%v %s", err, before)
	}
	r.end(t)
	if !strings.Contains(r.all(), "ended with 0") {
		t.Error(r.all())
	}
	report(t, 4)
}

// TestP1HostileScriptLaysLinks: a script makes links of what heed itself uses in the
// bot's folder, to have heed write, or change the rights of, what the link names.
func TestP1HostileScriptLaysLinks(t *testing.T) {
	r := keep(t, sh(`echo '{"n":1}'`), func(r *rig, _ *bots.Bot, _ *scripts.Options) {
		own := r.state + "/bots/tides"
		must(t, os.MkdirAll(own, 0o700))
		write(t, r.dir+"/heed.db", "ledger")
		must(t, os.Mkdir(r.dir+"/public", 0o755))
		must(t, os.Symlink(r.dir+"/heed.db", own+"/emit.socket"))
		must(t, os.Symlink(r.dir+"/public", own+"/tmp"))
	})
	r.want(t, "script.ended")
	if b, err := os.ReadFile(r.dir + "/heed.db"); string(b) != "ledger" {
		t.Errorf("the ledger is %q: %v", b, err)
	}
	if info, err := os.Stat(r.dir + "/public"); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("its rights are now %v: %v", info.Mode(), err)
	}
	if info, err := os.Lstat(r.state + "/bots/tides/tmp"); err != nil || !info.IsDir() {
		t.Errorf("tmp is %v: %v", info, err)
	}
	report(t, 2)
}

func TestWhatAnEarlierHeedLeftIsEnded(t *testing.T) {
	state := t.TempDir()
	must(t, os.MkdirAll(state+"/bots", 0o700))
	socket := t.TempDir() + "/emit.sock"
	write(t, state+"/bots/tides.socket", socket)
	left := exec.Command("/bin/sleep", "600")
	left.Env = []string{"HEED_SOCKET=" + socket}
	other := exec.Command("/bin/sleep", "600")
	other.Env = []string{"HEED_SOCKET=" + socket + "2"}
	scripts.Disown(t) // these two are the test's own
	for _, cmd := range []*exec.Cmd{left, other} {
		must(t, cmd.Start())
		defer cmd.Wait()
		defer cmd.Process.Kill()
	}
	r := keep(t, sh("true"), func(_ *rig, _ *bots.Bot, o *scripts.Options) { o.StateDir = state })
	if s := r.want(t, "script.left"); !strings.HasPrefix(s.Text, "1 processes") {
		t.Error(s.Text)
	}
	r.want(t, "script.ended")
	if !zombie(left.Process.Pid) || zombie(other.Process.Pid) {
		t.Error("the wrong ones were ended")
	}
}
