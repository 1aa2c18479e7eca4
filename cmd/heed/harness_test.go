package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"heed/runner/sandbox"
	"heed/runner/web/webtest"
)

// The tests of the whole program run the built binary as a process of its own, and
// the real NATS, SQLite, HTTP and scripts behind it.

var built string // the folder of the binary; "" while no test has asked for it

var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "heed-test-")
	if err != nil {
		return "", err
	}
	built = dir
	bin := filepath.Join(dir, "heed")
	out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return bin, nil
})

func heedBinary(t *testing.T) string {
	t.Helper()
	bin, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

func TestMain(m *testing.M) {
	if at := os.Getenv("HEED_TEST_NATS"); at != "" {
		serveNATS(at, os.Getenv("HEED_TEST_NATS_DIR"))
		return
	}
	code := webtest.Main{M: m}.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	os.Exit(code)
}

// process is a running heed whose lines are read as they come.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines chan string
	mu    sync.Mutex
	all   []string
	ended chan struct{}
}

func start(t *testing.T, dir string, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(heedBinary(t), args...), lines: make(chan string, 100000), ended: make(chan struct{})}
	p.cmd.Dir = dir
	p.cmd.Env = append(os.Environ(), env...)
	r, w := io.Pipe()
	p.cmd.Stdout, p.cmd.Stderr = w, w
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		sc := bufio.NewScanner(r)
		sc.Buffer(nil, 4<<20)
		for sc.Scan() {
			p.mu.Lock()
			p.all = append(p.all, sc.Text())
			p.mu.Unlock()
			p.lines <- sc.Text()
		}
		close(p.lines)
	}()
	go func() {
		_ = p.cmd.Wait()
		_ = w.Close()
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
		if t.Failed() {
			t.Logf("what heed said:\n%s", strings.Join(p.said(), "\n"))
		}
	})
	return p
}

func (p *process) said() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.all...)
}

// until reads on until every pattern was seen, in any order.
func (p *process) until(limit time.Duration, patterns ...string) {
	p.t.Helper()
	left := map[string]*regexp.Regexp{}
	for _, s := range patterns {
		left[s] = regexp.MustCompile(s)
	}
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	for len(left) > 0 {
		select {
		case line, more := <-p.lines:
			if !more {
				p.t.Fatalf("heed ended before it said %v", keys(left))
			}
			for s, re := range left {
				if re.MatchString(line) {
					delete(left, s)
				}
			}
		case <-deadline.C:
			p.t.Fatalf("within %s heed did not say %v", limit, keys(left))
		}
	}
}

func keys(m map[string]*regexp.Regexp) (out []string) {
	for k := range m {
		out = append(out, k)
	}
	return out
}

// count says how many lines so far match.
func (p *process) count(pattern string) (n int) {
	re := regexp.MustCompile(pattern)
	for _, line := range p.said() {
		if re.MatchString(line) {
			n++
		}
	}
	return n
}

func (p *process) signal(sig syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		p.t.Fatal(err)
	}
}

// end sends a signal and gives the exit code.
func (p *process) end(sig syscall.Signal, limit time.Duration) int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(limit):
		p.t.Fatalf("heed did not end within %s of %s", limit, sig)
	}
	return p.cmd.ProcessState.ExitCode()
}

// heed runs one verb to its end.
func heed(t *testing.T, dir string, stdin string, args ...string) (out string, code int) {
	t.Helper()
	cmd := exec.Command(heedBinary(t), args...)
	cmd.Dir = dir
	cmd.Stdin = strings.NewReader(stdin)
	both, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return string(both), cmd.ProcessState.ExitCode()
}

// stage is a sandboxed X in the test's own process, so that it outlives every heed
// that is killed, and the test sees the server's truth.
type stage struct {
	*sandbox.World
	url string
}

func newStage(t *testing.T, o sandbox.Options) *stage {
	t.Helper()
	w := sandbox.New(o)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- sandbox.Serve(ctx, ln, w) }()
	t.Cleanup(func() { cancel(); <-done })
	return &stage{w, "http://" + ln.Addr().String()}
}

// settings writes a heed.toml of bots that live on the stage, and gives the
// environment with their credentials.
func (s *stage) settings(t *testing.T, dir, more string, names ...string) (env []string) {
	t.Helper()
	app, err := s.AddApp("test", "")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `
[operator]
name = "Test Lab"
privacy_url = "https://lab.example/privacy"
[x]
environment = "production"
tier = "enterprise"
use_case = "tests"
api_url = %q
poll = "200ms"
consumer_key = { env = "T_KEY" }
consumer_secret = { env = "T_SECRET" }
[web]
listen = ""
[guards.post_rate]
per_hour = 2000
per_day = 2000
%s
`, s.url, more)
	for _, name := range names {
		c, err := s.AddBot(app.ID, sandbox.User{Username: name, Verified: true, DMOpen: true, Bio: "A bot by Test Lab. DM STOP to end."})
		if err != nil {
			t.Fatal(err)
		}
		up := strings.ToUpper(name)
		fmt.Fprintf(&b, `
[bots.%s]
handle = "@%s"
purpose = "a test"
mode = "live"
command = ["sh", "%s.sh"]
run = "service"
actions = ["post", "reply", "dm", "follow"]
access_token = { env = "T_%s_TOKEN" }
access_secret = { env = "T_%s_SECRET" }
`, name, name, name, up, up)
		env = append(env, "T_KEY="+c.ConsumerKey, "T_SECRET="+c.ConsumerSecret, "T_"+up+"_TOKEN="+c.AccessToken, "T_"+up+"_SECRET="+c.AccessSecret)
	}
	write(t, filepath.Join(dir, "heed.toml"), b.String(), 0o600)
	return env
}

// change replaces a text in the settings, wherever it stands.
func change(t *testing.T, dir, old, now string) {
	t.Helper()
	file := filepath.Join(dir, "heed.toml")
	b, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(b), old) {
		t.Fatalf("%s has no %q: %v", file, old, err)
	}
	write(t, file, strings.ReplaceAll(string(b), old, now), 0o600)
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}
