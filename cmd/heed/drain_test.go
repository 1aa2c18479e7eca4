package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"heed/runner"
	"heed/runner/ledger"
	"heed/runner/sandbox"
)

// testDrain is what heed gets for its end here, and slack what a busy machine adds.
const (
	testDrain = 6 * time.Second
	slack     = 4 * time.Second
)

// drainRig is a running heed with one bot, about to be told to end.
type drainRig struct {
	t   *testing.T
	x   *stage
	dir string
	env []string
	p   *process
}

func newDrainRig(t *testing.T, script string) *drainRig {
	r := &drainRig{t: t, x: newStage(t, sandbox.Options{Tier: sandbox.Enterprise}), dir: t.TempDir()}
	r.env = r.x.settings(t, r.dir, "", "one")
	write(t, filepath.Join(r.dir, "one.sh"), script, 0o755)
	return r
}

func (r *drainRig) run(until ...string) {
	r.p = start(r.t, r.dir, r.env, "run", "--drain", testDrain.String())
	r.p.until(60*time.Second, until...)
}

func (r *drainRig) fault(preset, method, route string) {
	r.t.Helper()
	f, err := sandbox.Preset(preset)
	if err != nil {
		r.t.Fatal(err)
	}
	f.Method, f.Route = method, route
	if err := r.x.AddFault(f); err != nil {
		r.t.Fatal(err)
	}
}

// end measures that it ends in time, with a code.
func (r *drainRig) end(sig syscall.Signal, code int) {
	r.t.Helper()
	began := time.Now()
	got := r.p.end(sig, testDrain+slack)
	r.t.Attr("ended_after_ms", strconv.FormatInt(time.Since(began).Milliseconds(), 10))
	if got != code {
		r.t.Errorf("it ended with %d, want %d", got, code)
	}
}

func (r *drainRig) state(key string) runner.State {
	r.t.Helper()
	l, err := ledger.Open(filepath.Join(r.dir, "state", "heed.db"), ledger.Options{})
	if err != nil {
		r.t.Fatal(err)
	}
	defer l.Close()
	c, err := l.Case(r.t.Context(), runner.Ref{Bot: "one", Key: key})
	if err != nil {
		r.t.Fatal(err)
	}
	return c.State
}

const onePost = `{"action":"post","key":"a","text":"The last word before the lights go out."}`

// TestP4ACallThatHangsDoesNotHoldUpTheEnd: it is cut off and written down as unknown,
// and the next start finds out by looking.
func TestP4ACallThatHangsDoesNotHoldUpTheEnd(t *testing.T) {
	for preset, want := range map[string]struct {
		acts int
		sig  syscall.Signal
	}{"hang_before": {0, syscall.SIGTERM}, "hang_after": {1, syscall.SIGINT}} {
		t.Run(preset, func(t *testing.T) {
			r := newDrainRig(t, oneShot(onePost))
			r.fault(preset, "POST", "/2/tweets")
			r.run(`one +verdict +DOING +post a`)
			r.end(want.sig, exitOK)
			if s := r.state("a"); s != runner.Unknown {
				t.Errorf("a call that was cut off is %s", s)
			}
			r.x.ClearFaults()
			r.run(`one +script +script.started`)
			if want.acts == 1 {
				r.p.until(60*time.Second, `one +outcome +DONE +post a`)
			}
			r.end(want.sig, exitOK)
			if n := len(r.x.Acts("")); n != want.acts {
				t.Errorf("%d posts stand on X, want %d", n, want.acts)
			}
		})
	}
}

// TestAnUploadThatHangsDoesNotHoldUpTheEnd: nothing was posted, and the next start does it.
func TestAnUploadThatHangsDoesNotHoldUpTheEnd(t *testing.T) {
	r := newDrainRig(t, oneShot(`{"action":"post","key":"a","text":"The harbour as it is now.","media":[{"path":"now.jpg","alt":"waves before the pier"}]}`))
	write(t, filepath.Join(r.dir, "state", "bots", "one", "now.jpg"), scene(t, 80), 0o600)
	r.fault("hang_before", "POST", "/2/media/upload/:id/append")
	r.run(`one +verdict +DOING +post a`)
	r.end(syscall.SIGTERM, exitOK)
	if s := r.state("a"); s != runner.Deferred {
		t.Errorf("a post whose upload was cut off is %s", s)
	}
	r.x.ClearFaults()
	r.run(`one +outcome +DONE +post a`)
	r.end(syscall.SIGTERM, exitOK)
	if n := len(r.x.Acts("")); n != 1 {
		t.Errorf("%d posts stand on X, want 1", n)
	}
}

// TestAScriptThatWillNotEndIsEnded: it is deaf to the end of its stdin and to TERM, and
// others hold doors of heed's open.
func TestAScriptThatWillNotEndIsEnded(t *testing.T) {
	r := newDrainRig(t, "#!/bin/sh\ntrap '' TERM INT HUP\nprintf '%s\\n' '"+
		`{"action":"post","key":"h","hold":true,"text":"Somebody should look at this."}`+"'\n"+
		"heed emit post --key w --hold --text 'And at this, too, before it goes.' --wait &\nwhile :; do sleep 1; done\n")
	web := freePort(t)
	change(t, r.dir, `listen = ""`, fmt.Sprintf("listen = %q", web))
	r.run(`one +verdict +HELD +post h`, `one +verdict +HELD +post w`)
	c, err := net.Dial("tcp", web)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("POST /v1/opt-outs HTTP/1.1\r\nHost: ")); err != nil {
		t.Fatal(err)
	}
	pid := 0
	for _, line := range r.p.said() {
		if m := crashScript.FindStringSubmatch(line); m != nil {
			pid, _ = strconv.Atoi(m[3])
		}
	}
	r.end(syscall.SIGTERM, exitOK)
	if pid == 0 || syscall.Kill(pid, 0) == nil {
		t.Errorf("process %d of the script lives on", pid)
	}
}

// TestAReaderThatHangsDoesNotHoldUpTheEnd: nobody reads what heed says, its pipe is full.
func TestAReaderThatHangsDoesNotHoldUpTheEnd(t *testing.T) {
	r := newDrainRig(t, "#!/bin/sh\nyes 'a line that nobody will ever read, and there are many of its kind'\n")
	cmd := exec.Command(heedBinary(t), "run", "--drain", testDrain.String())
	cmd.Dir, cmd.Env = r.dir, append(os.Environ(), r.env...)
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = in, in
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = in.Close()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	awaitFull(t, out)
	began := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
		t.Attr("ended_after_ms", strconv.FormatInt(time.Since(began).Milliseconds(), 10))
	case <-time.After(testDrain + slack):
		_ = cmd.Process.Kill()
		t.Errorf("it did not end within %s", testDrain+slack)
	}
}

// awaitFull waits until a pipe has taken what it takes.
func awaitFull(t *testing.T, pipe *os.File) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); pause(20 * time.Millisecond) {
		if n, err := waitingIn(pipe); err == nil && n > 60<<10 {
			return
		}
	}
	t.Fatal("the pipe was never full")
}

// TestASecondSignalEndsAtOnce.
func TestASecondSignalEndsAtOnce(t *testing.T) {
	r := newDrainRig(t, oneShot(onePost))
	r.fault("hang_before", "POST", "/2/tweets")
	r.run(`one +verdict +DOING +post a`)
	r.p.signal(syscall.SIGTERM)
	r.p.until(10*time.Second, `heed +ends`)
	began := time.Now()
	r.p.end(syscall.SIGTERM, 2*time.Second)
	t.Attr("ended_after_ms", strconv.FormatInt(time.Since(began).Milliseconds(), 10))
	if s := r.state("a"); s != runner.Doing {
		t.Errorf("what was under way is %s", s)
	}
	r.x.ClearFaults()
	r.run(`recover.unknown`)
	r.end(syscall.SIGTERM, exitOK)
	if n := len(r.x.Acts("")); n != 0 {
		t.Errorf("%d posts: what nobody knew the end of was sent again", n)
	}
}

// TestP5AnEndAtAnyMomentOfTheStart: told to end while it starts, it ends.
func TestP5AnEndAtAnyMomentOfTheStart(t *testing.T) {
	r := newDrainRig(t, oneShot(onePost))
	slowest := time.Duration(0)
	for after := time.Millisecond; after < 600*time.Millisecond; after = after * 5 / 3 {
		p := start(t, r.dir, r.env, "run", "--drain", testDrain.String())
		pause(after)
		began := time.Now()
		// Before it listens to signals, one just ends it: nothing was begun.
		if code := p.end(syscall.SIGTERM, testDrain+slack); code != exitOK && code != -1 {
			t.Errorf("told to end after %s it ended with %d:\n%s", after, code, strings.Join(p.said(), "\n"))
		}
		slowest = max(slowest, time.Since(began))
	}
	t.Attr("slowest_end_ms", strconv.FormatInt(slowest.Milliseconds(), 10))
	r.run(`one +script +script.started`)
	for deadline := time.Now().Add(60 * time.Second); len(r.x.Acts("")) == 0 && time.Now().Before(deadline); {
		pause(50 * time.Millisecond)
	}
	r.end(syscall.SIGTERM, exitOK)
	if n := len(r.x.Acts("")); n != 1 || r.state("a") != runner.Done {
		t.Errorf("%d posts stand on X, want 1; the ledger says %s", n, r.state("a"))
	}
}

// TestP5AnEndWhileIntentsFlow: what was begun is finished and written down, nothing new
// is begun, and the exit code says that all is well.
func TestP5AnEndWhileIntentsFlow(t *testing.T) {
	r := newDrainRig(t, strings.ReplaceAll(steadyBot, "texts)", "one.txt)"))
	write(t, filepath.Join(r.dir, "one.txt"), words(80), 0o644)
	for i, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGTERM} {
		r.run(`one +outcome +DONE +post k`)
		told := time.Now()
		r.end(sig, exitOK)
		for _, a := range r.x.Acts("") {
			if a.At.After(told.Add(onItsWay)) {
				t.Errorf("a post landed %s after the end was wished for", a.At.Sub(told))
			}
		}
		l, err := ledger.Open(filepath.Join(r.dir, "state", "heed.db"), ledger.Options{})
		if err != nil {
			t.Fatal(err)
		}
		left, err := l.Waiting(t.Context(), []runner.State{runner.Doing, runner.Unknown}, "", 100)
		if err != nil || len(left) > 0 {
			t.Errorf("end %d left %d acts unfinished: %v", i, len(left), err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestDrainIsHeldWithinBounds(t *testing.T) {
	for _, d := range []string{"0s", "999ms", "11m", "-1s"} {
		if out, code := heed(t, t.TempDir(), "", "run", "--drain", d); code != exitUsage || !strings.Contains(out, "1s to 10m0s") {
			t.Errorf("--drain %s: exit %d: %s", d, code, out)
		}
	}
}
