package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// smallDisk puts a file system of a few megabytes where heed keeps its state.
func smallDisk(t *testing.T, dir string, megabytes int) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+strconv.Itoa(megabytes)+"m"); err != nil {
		t.Skip("needs the right to mount a small file system: ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

// fill leaves no byte free.
func fill(t *testing.T, dir string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, "ballast"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, size := range []int{1 << 20, 4096, 1} {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
}

func empty(t *testing.T, dir string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, "ballast")); err != nil {
		t.Fatal(err)
	}
}

// fullWords is what is said of a full disk, by whichever part met it first.
var fullWords = regexp.MustCompile(`no space left|disk is full|does not take writes|could not be stored|insufficient`)

// TestP5P9ADiskThatFills: whatever heed was doing, it says that the disk is full, does
// nothing that it cannot write down, acknowledges nothing falsely, and goes on when there
// is room: by itself, or after the restart that it asks for. HEED_FILLS sets how often.
func TestP5P9ADiskThatFills(t *testing.T) {
	fills := 2
	if n, err := strconv.Atoi(os.Getenv("HEED_FILLS")); err == nil {
		fills = n
	}
	w := newCrashWorld(t, 1)
	state := filepath.Join(w.dir, "state")
	smallDisk(t, state, 32)
	stop := w.open()
	byItself, restarts := 0, 0
	for i := range fills {
		l := w.start()
		l.events(12, 20*time.Second)
		fill(t, state)
		w.awaitSaid(l)
		acts := len(w.x.Acts(""))
		if out, code := heedIn(t, w.dir, w.env, "optout", "add", "99990"); code == exitOK {
			w.optedOut("99990") // it found room: then it must last
		} else if !fullWords.MatchString(out) {
			t.Errorf("an opt-out that could not be recorded: exit %d: %s", code, out)
		}
		switch i % 3 {
		case 0: // it is left to itself
			empty(t, state)
			if w.goesOn(l, acts) {
				byItself++
			}
			restarts++
			l.end(syscall.SIGTERM, defaultDrain+10*time.Second)
		case 1: // killed while it is full, and started while it is full
			l.end(syscall.SIGKILL, 20*time.Second)
			w.died()
			w.startsNot()
			empty(t, state)
		case 2: // told to end while it is full
			l.end(syscall.SIGTERM, defaultDrain+10*time.Second)
			empty(t, state)
		}
	}
	stop()
	w.x.ClearFaults()
	l := w.start()
	l.quiet(8*time.Second, 60*time.Second)
	if code := l.end(syscall.SIGTERM, defaultDrain+10*time.Second); code != exitOK {
		t.Errorf("with room on the disk it ended with %d:\n%s", code, l.tail())
	}
	w.judge()
	t.Attr("fills", strconv.Itoa(fills))
	t.Attr("went_on_by_itself", strconv.Itoa(byItself))
	w.figures.tell(t)
	t.Logf("went on by itself after %d of %d", byItself, restarts)
}

// died notes a kill.
func (w *crashWorld) died() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.kills = append(w.kills, time.Now())
	w.figures.kills++
}

// awaitSaid waits until heed says that the disk is full.
func (w *crashWorld) awaitSaid(l *crashLife) {
	w.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); pause(50 * time.Millisecond) {
		if fullWords.MatchString(l.tail()) {
			return
		}
	}
	w.t.Errorf("it did not say that the disk is full:\n%s", l.tail())
}

// goesOn says whether more is done within some seconds.
func (w *crashWorld) goesOn(l *crashLife, acts int) bool {
	for deadline := time.Now().Add(12 * time.Second); time.Now().Before(deadline); pause(50 * time.Millisecond) {
		if len(w.x.Acts("")) > acts+3 {
			return true
		}
	}
	w.t.Logf("there is room again, and little is done:\n%s", l.tail())
	return false
}

// startsNot starts heed on the full disk: it ends, and says what is wrong.
func (w *crashWorld) startsNot() {
	w.t.Helper()
	cmd := exec.Command(heedBinary(w.t), "run")
	cmd.Dir, cmd.Env = w.dir, append(os.Environ(), w.env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-ended:
	case <-time.After(30 * time.Second): // it bears with it; then it must say so
		_ = cmd.Process.Kill()
		<-ended
		w.died()
	}
	if cmd.ProcessState.ExitCode() == exitOK || !fullWords.MatchString(out.String()) || !strings.Contains(out.String(), "make room") {
		w.t.Errorf("started on a full disk it ended with %d and said:\n%s", cmd.ProcessState.ExitCode(), out.String())
	}
	w.t.Logf("started on a full disk: exit %d: %s", cmd.ProcessState.ExitCode(), lastLine(out.String()))
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

// heedIn runs one verb in an environment.
func heedIn(t *testing.T, dir string, env []string, args ...string) (out string, code int) {
	t.Helper()
	cmd := exec.Command(heedBinary(t), args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	both, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return string(both), cmd.ProcessState.ExitCode()
}
