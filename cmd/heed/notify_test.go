package main

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"heed/runner/sandbox"
)

// listenAsManager opens a service manager's socket, and gives what is told there.
func listenAsManager(t *testing.T, path string) *net.UnixConn {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// managerSocket is a short path: that of a socket may have 107 bytes.
func managerSocket(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "heed-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "notify")
}

// hears reads one datagram, or gives "" where none comes in time.
func hears(t *testing.T, c *net.UnixConn, limit time.Duration) string {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(limit)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 4096)
	n, err := c.Read(b)
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal(err)
	}
	return string(b[:n])
}

func TestWhatAServiceManagerLeft(t *testing.T) {
	for name, c := range map[string]struct {
		env    map[string]string
		want   manager
		refuse bool
	}{
		"nothing":                  {nil, manager{}, false},
		"a socket":                 {map[string]string{"NOTIFY_SOCKET": "/run/n"}, manager{"/run/n", 0}, false},
		"a watchdog":               {map[string]string{"NOTIFY_SOCKET": "/run/n", "WATCHDOG_USEC": "120000000", "WATCHDOG_PID": "7"}, manager{"/run/n", 2 * time.Minute}, false},
		"a watchdog of another":    {map[string]string{"NOTIFY_SOCKET": "/run/n", "WATCHDOG_USEC": "120000000", "WATCHDOG_PID": "8"}, manager{"/run/n", 0}, false},
		"a watchdog and no socket": {map[string]string{"WATCHDOG_USEC": "120000000"}, manager{}, false},
		"no number":                {map[string]string{"NOTIFY_SOCKET": "/run/n", "WATCHDOG_USEC": "2min"}, manager{"/run/n", 0}, true},
		"no time":                  {map[string]string{"NOTIFY_SOCKET": "/run/n", "WATCHDOG_USEC": "0"}, manager{"/run/n", 0}, true},
		"too much":                 {map[string]string{"NOTIFY_SOCKET": "/run/n", "WATCHDOG_USEC": "9223372036854775807"}, manager{"/run/n", 0}, true},
	} {
		got, err := managerOf(func(name string) (string, bool) { v, ok := c.env[name]; return v, ok }, 7)
		if got != c.want || (err != nil) != c.refuse {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestAManagerIsTold(t *testing.T) {
	if err := (manager{}).tell("READY=1"); err != nil {
		t.Errorf("nobody to tell: %v", err)
	}
	path := managerSocket(t)
	if err := (manager{socket: path}).tell("READY=1"); err == nil {
		t.Error("a manager that is gone is told")
	}
	for _, at := range []string{path, "@" + path} { // of a file, and of Linux's own names
		c := listenAsManager(t, at)
		if err := (manager{socket: at}).tell("READY=1", "STATUS=well"); err != nil {
			t.Fatal(err)
		}
		if got := hears(t, c, time.Minute); got != "READY=1\nSTATUS=well" {
			t.Errorf("told: %q", got)
		}
	}
}

// Who is not alive does not say so, however often it is asked.
func TestOnlyTheLivingSayThatTheyLive(t *testing.T) {
	path := managerSocket(t)
	c, m := listenAsManager(t, path), manager{path, 40 * time.Millisecond}
	ctx, cancel := context.WithCancel(t.Context())
	var dead atomic.Bool
	asked, reports, ended := make(chan struct{}), atomic.Int32{}, make(chan struct{})
	go func() {
		defer close(ended)
		m.lives(ctx, func(now context.Context) error {
			if _, bounded := now.Deadline(); !bounded {
				t.Error("who is asked has no end of time to answer")
			}
			if !dead.Load() {
				return nil
			}
			select {
			case asked <- struct{}{}:
			case <-ctx.Done():
			}
			return errors.New("it hangs")
		}, func(error) { reports.Add(1) })
	}()
	for range 3 {
		if got := hears(t, c, time.Minute); got != "WATCHDOG=1" {
			t.Fatalf("told: %q", got)
		}
	}
	dead.Store(true)
	<-asked // what was told before is on the socket by now
	for told := "?"; told != ""; told = hears(t, c, time.Millisecond) {
	}
	for range 3 {
		<-asked
	}
	cancel()
	<-ended
	if got := hears(t, c, time.Millisecond); got != "" || reports.Load() < 3 {
		t.Errorf("the dead say %q, and report %d times", got, reports.Load())
	}
}

// The program tells its manager when it can act, that it lives for as long as its ledger
// answers, when it reads its settings anew, and that it ends.
func TestTheProgramTellsItsManager(t *testing.T) {
	path := managerSocket(t)
	c, dir, s := listenAsManager(t, path), t.TempDir(), newStage(t, sandbox.Options{})
	env := s.settings(t, dir, "", "tides")
	write(t, filepath.Join(dir, "tides.sh"), `echo "manager: ${NOTIFY_SOCKET-none}" >&2; cat >/dev/null`, 0o644)
	p := start(t, dir, append(env, "NOTIFY_SOCKET="+path, "WATCHDOG_USEC=2000000"), "run")
	until := func(want string, others ...string) {
		t.Helper()
		for {
			got := hears(t, c, time.Minute)
			if strings.HasPrefix(got, want) {
				return
			}
			known := false
			for _, o := range others {
				known = known || got == o
			}
			if !known {
				t.Fatalf("told %q before %q", got, want)
			}
		}
	}
	until("READY=1\nSTATUS=1 bots, judged under ")
	until("WATCHDOG=1")
	p.until(time.Minute, "manager: none") // a script has no way to speak for heed
	p.signal(syscall.SIGHUP)
	until("RELOADING=1\nMONOTONIC_USEC=", "WATCHDOG=1")
	until("READY=1\nSTATUS=1 bots", "WATCHDOG=1")
	change(t, dir, "[web]", "[wed]")
	p.signal(syscall.SIGHUP)
	until("RELOADING=1", "WATCHDOG=1")
	until("READY=1\nSTATUS=reload refused", "WATCHDOG=1")

	hold := holdLedger(t, dir)
	p.until(time.Minute, "does not say that it lives: the ledger's writer does not answer")
	for told := "?"; told != ""; told = hears(t, c, time.Millisecond) {
	}
	p.until(time.Minute, "does not say that it lives")
	if got := hears(t, c, time.Millisecond); got != "" {
		t.Errorf("told while the ledger is held: %q", got)
	}
	hold()
	until("WATCHDOG=1")

	if code := p.end(syscall.SIGTERM, time.Minute); code != 0 {
		t.Errorf("exit %d", code)
	}
	until("STOPPING=1", "WATCHDOG=1")
}

// holdLedger keeps heed's ledger from being written, until it is let go.
func holdLedger(t *testing.T, dir string) (letGo func()) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*", "*.db"))
	if err != nil || len(paths) != 1 {
		t.Fatal(paths, err)
	}
	db, err := sql.Open("sqlite3", "file:"+paths[0]+"?_txlock=immediate&_busy_timeout=30000")
	if err != nil {
		t.Fatal(err)
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	return func() { _ = tx.Rollback(); _ = db.Close() }
}
