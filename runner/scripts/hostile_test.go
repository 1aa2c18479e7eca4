package scripts_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"heed/bots"
	"heed/runner/scripts"
)

// What a hostile script tries. Every attempt runs twice: as scripts are run, where it
// must fail, and without the defence, where it must succeed: an attempt that fails by
// itself shows nothing.

func off(_ *rig, _ *bots.Bot, o *scripts.Options) { o.Sandbox = scripts.Off }

// attempts on heed's files, memory and peers. d is the operator's folder, home the bot's
// own, pid heed's. Each is one Python expression or function.
const attempts = `
import ctypes, os, json, resource, socket
d, home, pid = os.getcwd(), os.environ["HOME"], int(os.environ["TARGET"])
libc = ctypes.CDLL(None, use_errno=True)
def ok(n):
    if n < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return n
def child(f):
    p = os.fork()
    if p == 0:
        try:
            f(); os._exit(0)
        except BaseException:
            os._exit(1)
    if os.waitpid(p, 0)[1] != 0:
        raise OSError("refused")
def get_descriptor():
    fd = ok(libc.syscall(434, pid, 0))
    return ok(libc.syscall(438, fd, 0, 0))
def trace():
    ok(libc.ptrace(0x4206, pid, 0, 0)); ok(libc.ptrace(0x4207, pid, 0, 0))
    os.waitpid(pid, 0x40000000)
def peek():
    class iovec(ctypes.Structure):
        _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]
    at = int(open("/proc/%d/maps" % pid).readline().split("-")[0], 16)
    peek_at(at)
def peek_at(at):
    class iovec(ctypes.Structure):
        _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]
    b = ctypes.create_string_buffer(16)
    mine, theirs = iovec(ctypes.addressof(b), 16), iovec(at, 16)
    ok(libc.process_vm_readv(pid, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0))
def write_memory():
    open("/proc/%d/mem" % pid, "r+b", buffering=0).close()
def reraise():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard + 1, hard + 1))
def follow():
    os.symlink(d + "/token", home + "/sym"); open(home + "/sym").read(1)
def hard():
    os.link(d + "/token", home + "/hard"); open(home + "/hard").read(1)
def write(path):
    return lambda: open(d + path, "r+").write("x")
def peer():
    open(d + "/state/bots/news.socket").read(1)
todo = {
    "read a token": lambda: open(d + "/token").read(1),
    "read a file of secrets": lambda: open(d + "/secrets/token").read(1),
    "read the ledger": lambda: open(d + "/data/heed.db").read(1),
    "read the ledger's log": lambda: open(d + "/data/heed.db-wal").read(1),
    "read the key of NATS": lambda: open(d + "/state/nats.nk").read(1),
    "read the store of NATS": lambda: open(d + "/state/nats/1.blk").read(1),
    "read the dashboard's token": lambda: open(d + "/state/web.token").read(1),
    "read another bot's state": lambda: open(d + "/state/bots/news/own").read(1),
    "read the name of another bot's socket": peer,
    "list the folders of sockets": lambda: os.listdir(os.path.dirname(os.path.dirname(os.environ["HEED_SOCKET"]))),
    "read the names of sockets": lambda: open("/proc/net/unix").read(1),
    "write to the ledger": write("/data/heed.db"),
    "write to the ledger's log": write("/data/heed.db-wal"),
    "write to the store of NATS": write("/state/nats/1.blk"),
    "write to the settings": write("/heed.toml"),
    "write to another bot's state": write("/state/bots/news/own"),
    "put a file beside the ledger": lambda: open(d + "/data/heed.db-journal", "w").close(),
    "cut the ledger off": lambda: os.truncate(d + "/data/heed.db-shm", 0),
    "remove the ledger": lambda: os.remove(d + "/data/gone.db"),
    "replace the settings": lambda: (open(home + "/heed.toml", "w").write("x"), os.replace(home + "/heed.toml", d + "/heed.toml")),
    "move another bot's state here": lambda: os.rename(d + "/state/bots/moved", home + "/moved"),
    "read a secret through a link": follow,
    "read a secret through a hard link": hard,
    "read heed's environment": lambda: open("/proc/%d/environ" % pid).read(1),
    "read heed's memory map": lambda: open("/proc/%d/maps" % pid).read(1),
    "read heed's memory": lambda: open("/proc/%d/mem" % pid, "rb").close(),
    "write to heed's memory": write_memory,
    "read heed's memory by process_vm_readv": peek,
    "trace heed": lambda: child(trace),
    "list heed's open files": lambda: os.listdir("/proc/%d/fd" % pid),
    "take one of heed's open files": get_descriptor,
    "go through heed's root": lambda: os.listdir("/proc/%d/root/" % pid),
    "send heed a signal": lambda: os.kill(pid, 0),
    "set heed's limits": lambda: resource.prlimit(pid, resource.RLIMIT_CORE, resource.prlimit(pid, resource.RLIMIT_CORE)),
    "slow heed down": lambda: os.setpriority(os.PRIO_PROCESS, pid, os.getpriority(os.PRIO_PROCESS, pid)),
    "slow down all of its user": lambda: ok(libc.ioprio_set(3, 0, 0x4004) if hasattr(libc, "ioprio_set") else libc.syscall(251, 3, os.getuid(), 0x4004)),
    "schedule heed last": lambda: os.sched_setscheduler(pid, os.sched_getscheduler(pid), os.sched_getparam(pid)),
    "connect to an abstract socket": lambda: socket.socket(socket.AF_UNIX).connect("\0" + os.environ["ABSTRACT"]),
}
for name, f in todo.items():
    try:
        f(); print(json.dumps({name: "yes"}))
    except Exception as e:
        print(json.dumps({name: "no"}))
print('{"end": "yes"}')
`

func TestP1HostileScriptReachesForHeed(t *testing.T) {
	needsLandlock(t)
	abstract, err := net.Listen("unix", "@heed-test-"+strconv.Itoa(os.Getpid()))
	must(t, err)
	defer abstract.Close()
	run := func(more ...setting) map[string]string {
		r := keep(t, append([]setting{house, python(attempts), func(r *rig, b *bots.Bot, _ *scripts.Options) {
			for _, f := range []string{"/state/nats/1.blk", "/state/web.token", "/state/bots/news.socket", "/data/heed.db-shm", "/data/gone.db", "/state/bots/moved/own"} {
				must(t, os.MkdirAll(filepath.Dir(r.dir+f), 0o700))
				write(t, r.dir+f, "content")
			}
			b.Script.Env = map[string]string{"TARGET": strconv.Itoa(os.Getpid()), "ABSTRACT": strings.TrimPrefix(abstract.Addr().String(), "@")}
		}}, more...)...)
		return answers(t, r)
	}
	with, without := run(), run(off)
	if len(with) != 38 || len(without) != len(with) {
		t.Fatalf("%d attempts, %d without a defence", len(with), len(without))
	}
	for name := range with {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			if with[name] != "no" {
				t.Error("it succeeds")
			}
			if without[name] != "yes" {
				t.Error("it fails without the defence too, and shows nothing")
			}
		})
	}
	report(t, len(with))
}

// report gives the figures of attempts that were all turned away, unless one was not.
func report(t *testing.T, n int) {
	t.Helper()
	t.Attr("attempts", strconv.Itoa(n))
	if !t.Failed() {
		t.Attr("defended", strconv.Itoa(n))
	}
}

// limited is one attempt to take more than a limit allows.
type limited struct {
	script string
	tight  bots.Limits // where it must not succeed
	wide   bots.Limits // where it must
	says   string      // the report's text, for what heed counts; "" for what the kernel refuses
}

var overLimit = map[string]limited{
	"open_files": {script: `
fs = [open("/dev/null") for _ in range(300)]`, wide: bots.Limits{Files: 512}},
	"memory_of_one_process": {script: `
b = bytearray(192 << 20)`, tight: bots.Limits{Memory: 96 << 20}, wide: bots.Limits{Memory: 512 << 20}},
	"memory_raised_again": {script: `
import resource
resource.setrlimit(resource.RLIMIT_DATA, (256 << 20, 256 << 20))
b = bytearray(192 << 20)`, tight: bots.Limits{Memory: 96 << 20}, wide: bots.Limits{Memory: 512 << 20}},
	"a_large_file": {script: `
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
f = open(os.environ["HOME"] + "/large", "wb")
for _ in range(32):
    f.write(b"x" * (64 << 10)); f.flush()`, tight: bots.Limits{FileSize: 1 << 20}, wide: bots.Limits{FileSize: 4 << 20}},
	"a_file_in_memory": {script: `
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
os.ftruncate(os.memfd_create("x"), 2 << 20)`, tight: bots.Limits{FileSize: 1 << 20}, wide: bots.Limits{FileSize: 4 << 20}},
	"memory_of_many_processes": {script: `
for _ in range(4):
    if os.fork() == 0:
        b = bytearray(os.urandom(1 << 20) * 32); hold()
done()`, tight: bots.Limits{Memory: 96 << 20}, wide: bots.Limits{Memory: 512 << 20}, says: "MiB of memory; 96 are allowed (limits.memory)"},
	"many_processes": {script: `
for _ in range(20):
    if os.fork() == 0:
        os.setsid(); hold()
done()`, tight: bots.Limits{Processes: 8}, wide: bots.Limits{Processes: 32}, says: "8 are allowed (limits.processes)"},
	"processes_without_end": {script: `
def bomb():
    n = 0
    while n < 300:
        n += 1
        if os.fork() == 0:
            os.setsid()
            time.sleep(0.02)
    hold()
if len(sys.argv) > 1:
    bomb()
done(now=True)
bomb()`, tight: bots.Limits{Processes: 8}, says: "8 are allowed (limits.processes)"},
	"many_threads": {script: `
import threading
threading.stack_size(64 << 10)
for _ in range(100):
    threading.Thread(target=hold, daemon=True).start()
done()`, tight: bots.Limits{Processes: 4}, wide: bots.Limits{Processes: 32}, says: "64 are allowed, 16 for each of limits.processes"},
	"a_full_folder": {script: `
for i in range(40):
    open(os.environ["HOME"] + "/%d" % i, "wb").write(b"x" * (64 << 10))
done()`, tight: bots.Limits{StateSize: 1 << 20}, wide: bots.Limits{StateSize: 8 << 20}, says: "1024 are allowed (limits.state_size)"},
	"a_folder_of_empty_files": {script: `
for i in range(300):
    open(os.environ["HOME"] + "/%d" % i, "wb").close()
done()`, tight: bots.Limits{StateSize: 1 << 20}, wide: bots.Limits{StateSize: 8 << 20}, says: "1024 are allowed (limits.state_size)"},
	"deleted_files_kept_open": {script: `
fs = []
for i in range(40):
    f = open(os.environ["HOME"] + "/x", "wb"); f.write(b"x" * (64 << 10)); f.flush(); fs.append(f)
    os.remove(os.environ["HOME"] + "/x")
done()`, tight: bots.Limits{StateSize: 1 << 20}, wide: bots.Limits{StateSize: 8 << 20}, says: "1024 are allowed (limits.state_size)"},
}

const limitHelp = `
import os, sys, time
def hold():
    time.sleep(600); os._exit(0)
def done(now=False):
    time.sleep(0 if now else float(os.environ["PATIENCE"]))
    print('{"got":"it"}', flush=True)
`

func TestP1HostileScriptTakesTooMuch(t *testing.T) {
	for name, c := range overLimit {
		t.Run(name, func(t *testing.T) {
			got := func(l bots.Limits, patience string) (it bool, said string) {
				script := limitHelp + c.script
				if c.says == "" {
					script += "\ndone(now=True)"
				}
				r := keep(t, quick, python(script), func(_ *rig, b *bots.Bot, o *scripts.Options) {
					b.Script.Limits, o.LookEvery = l, 25e6
					b.Script.Env = map[string]string{"PATIENCE": patience}
				})
				r.want(t, "script.ended")
				said = r.all()
				return len(r.frames) > 0, said
			}
			it, said := got(c.tight, "60")
			switch {
			case c.says == "" && it:
				t.Errorf("it got what it wanted; %s", said)
			case c.says != "" && !strings.Contains(said, c.says):
				t.Errorf("nobody ended it: %s", said)
			}
			if c.wide == (bots.Limits{}) {
				return
			}
			if it, said := got(c.wide, "0.7"); !it {
				t.Errorf("within wider limits it fails too, and shows nothing: %s", said)
			}
		})
	}
	report(t, len(overLimit))
}

// TestAFullFolderKeepsAScriptFromStarting: or a script that is started again and again
// fills it a little more each time.
func TestAFullFolderKeepsAScriptFromStarting(t *testing.T) {
	full := func(r *rig, b *bots.Bot, _ *scripts.Options) {
		must(t, os.MkdirAll(r.state+"/bots/tides", 0o700))
		write(t, r.state+"/bots/tides/old", strings.Repeat("x", 2<<20))
	}
	r := keep(t, full, sh(`echo '{"n":1}'`), func(_ *rig, b *bots.Bot, _ *scripts.Options) { b.Script.Limits.StateSize = 1 << 20 })
	if s := r.want(t, "script.not_started"); !strings.Contains(s.Text, "there is room") {
		t.Error(s.Text)
	}
	if f := keep(t, full, sh(`echo '{"n":1}'`)).frame(t); joined(f) != `{"n":1}` {
		t.Error(joined(f))
	}
}

// TestRuntimesStartWithinTheLimits: and within much less than the default.
func TestRuntimesStartWithinTheLimits(t *testing.T) {
	for name, command := range map[string][]string{
		"python3": {"python3", "-c", `print('{"up":1}')`},
		"node":    {"node", "-e", `console.log('{"up":1}')`},
		"perl":    {"perl", "-e", `print '{"up":1}'`},
		"java":    {"java", "-version"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := os.Stat("/usr/bin/" + name); err != nil {
				t.Skip("needs /usr/bin/" + name)
			}
			r := keep(t, func(_ *rig, b *bots.Bot, _ *scripts.Options) { b.Script.Command = command })
			if s := r.want(t, "script.ended"); s.Text != "ended with 0" {
				t.Errorf("%s\n%s", s.Text, r.all())
			}
		})
	}
}

func TestAScriptGoesAfterTheOthers(t *testing.T) {
	was, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	must(t, err)
	r := keep(t, python(`
import os, resource
def may(f):
    try:
        f(); return "yes"
    except OSError:
        return "no"
print('{"nice":"%d","back":"%s","core":"%d"}' % (os.nice(0), may(lambda: os.nice(-5)), resource.getrlimit(resource.RLIMIT_CORE)[1]))`))
	// The kernel gives 20 minus the niceness.
	if want := fmt.Sprintf(`{"nice":"%d","back":"no","core":"1"}`, 20-was+5); joined(r.frame(t)) != want {
		t.Errorf("not %s", want)
	}
}
