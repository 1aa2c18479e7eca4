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
	cmd := exec.Command("sh", "-c", "sh -c 'sleep 60 & read x; sleep 60 & sleep 60 & read x; exit 0'; read x")
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
	lookUntil(t, f, 3)
	for began := time.Now(); ; { // they are told from memory once they sleep
		ours, _, err := f.look("a socket", time.Nanosecond)
		if err != nil || time.Since(began) > 20*time.Second {
			t.Fatalf("%v: they are read again and again", err)
		}
		if !slices.ContainsFunc(ours, func(p proc) bool { return f.table[p.pid].age == 0 }) {
			break
		}
	}
	for range oldest {
		lookUntil(t, f, 3)
	}
	if m := f.table[cmd.Process.Pid]; m.age >= oldest {
		t.Errorf("what sleeps was not read for %d looks", m.age)
	}
	say()
	ours := lookUntil(t, f, 5)
	middle := ours[slices.IndexFunc(ours, func(p proc) bool { return p.parent == cmd.Process.Pid })]
	say() // three lose their parent, and the very next look still finds them
	for there := error(nil); there == nil; {
		_, there = lookAt(middle.pid)
	}
	ours, _, err = f.look("a socket", time.Nanosecond)
	if err != nil || len(ours) != 4 {
		t.Errorf("%v, %v", ours, err)
	}
	for _, p := range ours {
		p.signal(9)
	}
	lookUntil(t, f, 0)
	_ = f.wait(cmd)
}
