package scripts_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heed/bots"
	"heed/runner/scripts"
)

// house makes a folder as an operator has it: settings, script, secrets, ledger and
// state side by side.
func house(r *rig, b *bots.Bot, o *scripts.Options) {
	o.StateDir = r.dir + "/state"
	r.state = o.StateDir
	for _, dir := range []string{"/state/bots/news", "/secrets", "/lib", "/data"} {
		if err := os.MkdirAll(r.dir+dir, 0o700); err != nil {
			panic(err)
		}
	}
	for _, f := range []string{"/heed.toml", "/state/bots/news/own", "/state/nats.nk", "/secrets/token", "/token", "/token.bak",
		"/data/heed.db", "/data/heed.db-wal", "/data/tides.csv"} {
		if err := os.WriteFile(r.dir+f, []byte("content"), 0o600); err != nil {
			panic(err)
		}
	}
	o.Deny = func() []string { return []string{r.dir + "/secrets", r.dir + "/token", r.dir + "/data/heed.db"} }
}

// try prints what a script gets from one operation, as {"NAME":"yes"} or no.
const try = `
import os, json, socket, subprocess, tempfile
def attempt(name, f):
    try:
        f()
        print(json.dumps({name: "yes"}))
    except Exception as e:
        print(json.dumps({name: "no"}))
def read(path):
    return lambda: open(path, "rb").read(1)
def put(path):
    return lambda: open(path, "w").write("x")
`

func answers(t *testing.T, r *rig) map[string]string {
	t.Helper()
	got := map[string]string{}
	for {
		f := r.frame(t)
		for _, l := range f.Lines {
			name, yes, _ := strings.Cut(strings.Trim(string(l), `{}"`), `": "`)
			if name == "end" {
				return got
			}
			got[name] = yes
		}
	}
}

func needsLandlock(t *testing.T) {
	t.Helper()
	if _, err := os.Stat("/proc/sys"); err != nil {
		t.Skip("needs /proc")
	}
	r := keep(t, sh("true"))
	r.want(t, "script.ended")
	if strings.Contains(r.all(), "script.unsandboxed") {
		t.Skip("this kernel has no Landlock")
	}
}

func TestP1AScriptReachesNothingOfHeed(t *testing.T) {
	needsLandlock(t)
	t.Setenv("TIDES_SECRET", "secret-of-the-account")
	me := os.Getpid()
	r := keep(t, house, python(try+fmt.Sprintf(`
d = os.getcwd()
for name in ["heed.toml", "data/tides.csv", "lib", "token", "token.bak", "secrets/token", "data/heed.db", "data/heed.db-wal",
             "state/nats.nk", "state/bots/news/own", "state/bots/tides"]:
    attempt("read " + name, (lambda p: lambda: os.listdir(p) if os.path.isdir(p) else open(p).read(1))(os.path.join(d, name)))
attempt("list its folder", lambda: os.listdir(d))
attempt("link to a secret", lambda: (os.symlink(d + "/token", os.environ["HOME"] + "/l"), open(os.environ["HOME"] + "/l").read(1)))
attempt("hard link to a secret", lambda: (os.link(d + "/token", os.environ["HOME"] + "/h"), open(os.environ["HOME"] + "/h").read(1)))
attempt("move another's state", lambda: os.rename(d + "/state/bots/news", os.environ["HOME"] + "/news"))
attempt("environ of heed", read("/proc/%[1]d/environ"))
attempt("mem of heed", read("/proc/%[1]d/mem"))
attempt("files of heed", lambda: os.listdir("/proc/%[1]d/fd"))
attempt("root through heed", lambda: os.listdir("/proc/%[1]d/root"))
attempt("names of sockets", read("/proc/net/unix"))
attempt("names of sockets, its own", read("/proc/self/net/unix"))
attempt("list of runtime folders", lambda: os.listdir(os.path.dirname(os.path.dirname(os.environ["HEED_SOCKET"]))))
attempt("write beside the script", put(d + "/new"))
attempt("write over the settings", put(d + "/heed.toml"))
attempt("write to /tmp", put("/tmp/heed-was-here"))
attempt("write to /etc", put("/etc/heed-was-here"))
attempt("signal heed", lambda: os.kill(%[1]d, 0))
attempt("state", lambda: (put(os.environ["HOME"] + "/kept")(), open(os.environ["HOME"] + "/kept").read()))
attempt("rename in state", lambda: (os.mkdir(os.environ["HOME"] + "/sub"), os.rename(os.environ["HOME"] + "/kept", os.environ["HOME"] + "/sub/kept")))
attempt("temporary file", lambda: tempfile.NamedTemporaryFile().write(b"x"))
attempt("null", lambda: (put("/dev/null")(), open("/dev/urandom", "rb").read(1)))
attempt("child", lambda: 1 / (subprocess.run(["bash", "-c", "cat <(echo x)"], capture_output=True).stdout == b"x\n"))
attempt("own socket", lambda: socket.socket(socket.AF_UNIX).connect(os.environ["HEED_SOCKET"]))
attempt("tls roots", lambda: os.listdir("/etc/ssl"))
print('{"end": "yes"}')`, me)))
	got := answers(t, r)
	may := map[string]bool{"read heed.toml": true, "read data/tides.csv": true, "read lib": true, "read state/bots/tides": true,
		"list its folder": true, "state": true, "rename in state": true, "temporary file": true, "null": true, "child": true, "own socket": true, "tls roots": true}
	if len(got) != 34 {
		t.Errorf("%d answers: %v", len(got), got)
	}
	for name, is := range got {
		if (is == "yes") != may[name] {
			t.Errorf("%s: %s", name, is)
		}
	}
	for _, path := range []string{r.dir + "/new", "/tmp/heed-was-here", "/etc/heed-was-here"} {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s was written", path)
		}
	}
}

func TestP1TheSameScriptReachesItAllWithoutTheSandbox(t *testing.T) {
	r := keep(t, house, func(_ *rig, _ *bots.Bot, o *scripts.Options) { o.Sandbox = scripts.Off }, python(try+fmt.Sprintf(`
attempt("a", read("token"))
attempt("b", read("state/bots/news/own"))
attempt("c", read("/proc/%d/environ"))
attempt("d", read("data/heed.db-wal"))
print('{"end": "yes"}')`, os.Getpid())))
	for name, is := range answers(t, r) {
		if is != "yes" {
			t.Errorf("%s: %s: the other test shows nothing", name, is)
		}
	}
}

func TestAScriptFindsItsModulesBesideTheState(t *testing.T) {
	r := keep(t, house, func(r *rig, b *bots.Bot, _ *scripts.Options) {
		b.Script.Command = []string{"python3", "tides.py"}
		for name, text := range map[string]string{"/tides.py": "import helper\nprint(helper.line)", "/helper.py": `line = '{"ok":1}'`} {
			if err := os.WriteFile(r.dir+name, []byte(text), 0o600); err != nil {
				panic(err)
			}
		}
	})
	if f := r.frame(t); joined(f) != `{"ok":1}` {
		t.Error(joined(f))
	}
}

func TestAProgramOfTheBotsFolderRuns(t *testing.T) {
	r := keep(t, house, func(r *rig, b *bots.Bot, _ *scripts.Options) {
		b.Script.Command = []string{"./tides.sh", "a b"}
		if err := os.WriteFile(r.dir+"/tides.sh", []byte("#!/bin/sh\necho \"{\\\"$1\\\":\\\"$(ulimit -n) $(ulimit -c)\\\"}\"\n"), 0o700); err != nil {
			panic(err)
		}
	})
	if f := r.frame(t); joined(f) != `{"a b":"256 0"}` {
		t.Errorf("came %s", joined(f))
	}
}

func TestAllowedFoldersCanBeRead(t *testing.T) {
	shared := filepath.Join(t.TempDir(), "shared")
	must(t, os.Mkdir(shared, 0o700))
	write(t, shared+"/words", `{"words":1}`)
	for name, c := range map[string]struct {
		allow []string
		want  string
	}{
		"not named": {nil, `{"no":1}`},
		"named":     {[]string{shared}, `{"words":1}`},
	} {
		r := keep(t, sh(`cat '`+shared+`/words' || echo '{"no":1}'`), func(_ *rig, _ *bots.Bot, o *scripts.Options) { o.Allow = c.allow })
		if f := r.frame(t); joined(f) != c.want {
			t.Errorf("%s: %s", name, joined(f))
		}
	}
}

func TestTooManyFilesBesideASecretAreRefused(t *testing.T) {
	r := keep(t, sh("true"), house, func(r *rig, _ *bots.Bot, _ *scripts.Options) {
		for i := range 2100 {
			if err := os.WriteFile(fmt.Sprintf("%s/data/%d", r.dir, i), nil, 0o600); err != nil {
				panic(err)
			}
		}
	})
	if s := r.want(t, "script.not_started"); !strings.Contains(s.Text, "folder of its own") {
		t.Errorf("reported %q", s.Text)
	}
}
