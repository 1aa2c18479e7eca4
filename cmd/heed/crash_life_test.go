package main

import (
	"bufio"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// crashLife is one process of heed among many: only its last lines are kept.
type crashLife struct {
	t     *testing.T
	cmd   *exec.Cmd
	began time.Time
	event chan struct{}
	ready atomic.Bool // it has begun its work
	ended chan struct{}

	mu      sync.Mutex
	last    []string
	scripts map[string]int // process ids by bot
}

const keptLines = 150

var (
	crashEvent  = regexp.MustCompile(`^\S+ +\S+ +(verdict|outcome) `)
	crashScript = regexp.MustCompile(`^\S+ +(\S+) +script +script\.(started|ended):(?: +process (\d+))?`)
)

func newCrashLife(t *testing.T, dir string, env []string) *crashLife {
	l := &crashLife{t: t, cmd: exec.Command(heedBinary(t), "run"), began: time.Now(), event: make(chan struct{}, 1), ended: make(chan struct{}), scripts: map[string]int{}}
	l.cmd.Dir, l.cmd.Env = dir, append(os.Environ(), env...)
	// A pipe of our own: what a killed heed leaves running must not hold up the reading.
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	l.cmd.Stdout, l.cmd.Stderr = w, w
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	go l.read(r)
	go func() {
		_ = l.cmd.Wait()
		_ = r.SetReadDeadline(time.Now().Add(time.Second))
		close(l.ended)
	}()
	t.Cleanup(func() { _ = l.cmd.Process.Kill(); <-l.ended })
	return l
}

func (l *crashLife) read(r *os.File) {
	defer r.Close()
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadString('\n')
		if line != "" {
			l.note(strings.TrimSuffix(line, "\n"))
		}
		if err != nil {
			return
		}
	}
}

func (l *crashLife) note(line string) {
	l.mu.Lock()
	if l.last = append(l.last, line); len(l.last) > keptLines {
		l.last = l.last[1:]
	}
	if m := crashScript.FindStringSubmatch(line); m != nil {
		delete(l.scripts, m[1])
		if pid, err := strconv.Atoi(m[3]); err == nil {
			l.scripts[m[1]] = pid
		}
	}
	l.mu.Unlock()
	if strings.Contains(line, "guards judge under") {
		l.ready.Store(true)
	}
	if crashEvent.MatchString(line) {
		poke(l.event)
	}
}

// events waits for so many of what moves intents, or so long.
func (l *crashLife) events(n int, limit time.Duration) {
	late := time.NewTimer(limit)
	defer late.Stop()
	for range n {
		select {
		case <-l.event:
		case <-late.C:
			return
		case <-l.ended:
			l.t.Errorf("heed ended by itself with %d; its last words:\n%s", l.cmd.ProcessState.ExitCode(), l.tail())
			return
		}
	}
}

// quiet waits until nothing has moved for a while.
func (l *crashLife) quiet(calm, limit time.Duration) {
	late := time.NewTimer(limit)
	defer late.Stop()
	for {
		still := time.NewTimer(calm)
		select {
		case <-l.event:
			still.Stop()
		case <-still.C:
			if l.ready.Load() {
				return
			}
		case <-late.C:
			return
		case <-l.ended:
			l.t.Errorf("heed ended by itself with %d; its last words:\n%s", l.cmd.ProcessState.ExitCode(), l.tail())
			return
		}
	}
}

func (l *crashLife) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.last, "\n")
}

func (l *crashLife) signal(s syscall.Signal) { _ = l.cmd.Process.Signal(s) }

// end sends a signal and gives the exit code.
func (l *crashLife) end(s syscall.Signal, limit time.Duration) int {
	l.t.Helper()
	l.signal(s)
	select {
	case <-l.ended:
	case <-time.After(limit):
		l.t.Fatalf("heed did not end within %s of %s; its last words:\n%s", limit, s, l.tail())
	}
	return l.cmd.ProcessState.ExitCode()
}

// killScripts kills the scripts that this heed keeps, and what they started.
func (l *crashLife) killScripts() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, pid := range l.scripts {
		if syscall.Kill(-pid, syscall.SIGKILL) == nil {
			n++
		}
	}
	clear(l.scripts)
	return n
}
