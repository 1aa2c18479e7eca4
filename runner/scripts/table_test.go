package scripts

import (
	"io"
	"os/exec"
	"slices"
	"testing"
	"time"
)

// lookUntil looks as the watch does, which is told from memory what has slept since,
// until a run has so many processes.
func lookUntil(t *testing.T, f *family, n int) []proc {
	t.Helper()
	for began := time.Now(); ; {
		ours, _, err := f.look("a socket", time.Nanosecond)
		if err != nil {
			t.Fatal(err)
		}
		if len(ours) == n {
			return ours
		}
		if time.Since(began) > 20*time.Second {
			t.Fatalf("%d processes, and not %d", len(ours), n)
		}
	}
}

// What sleeps is told from memory, until it wakes, starts something or loses its parent.
func TestWhatSleepsIsNotReadAgain(t *testing.T) {
	f := newFamily()
	cmd := exec.Command("sh", "-c", "sleep 60 & read x; sleep 60 & sleep 60 & read x; exit 0")
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HEED_SOCKET=a socket"}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := f.start(cmd, "a socket"); err != nil {
		t.Fatal(err)
	}
	say := func() {
		if _, err := io.WriteString(in, "\n"); err != nil {
			t.Fatal(err)
		}
	}
	lookUntil(t, f, 2)
	for began := time.Now(); ; { // both are told from memory once they sleep
		ours, _, err := f.look("a socket", time.Nanosecond)
		if err != nil || time.Since(began) > 20*time.Second {
			t.Fatalf("%v: they are read again and again", err)
		}
		if !slices.ContainsFunc(ours, func(p proc) bool { return f.table[p.pid].age == 0 }) {
			break
		}
	}
	for range oldest {
		lookUntil(t, f, 2)
	}
	if m := f.table[cmd.Process.Pid]; m.age >= oldest {
		t.Errorf("what sleeps was not read for %d looks", m.age)
	}
	say()
	lookUntil(t, f, 4)
	say() // the three lose their parent, and the very next look still finds them
	awaitExit(cmd.Process.Pid)
	ours, _, err := f.look("a socket", time.Nanosecond)
	if err != nil || len(ours) != 3 {
		t.Errorf("%v, %v", ours, err)
	}
	for _, p := range ours {
		p.signal(9)
	}
	lookUntil(t, f, 0)
	if err := f.wait(cmd); err != nil {
		t.Error(err)
	}
}
