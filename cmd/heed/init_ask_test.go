package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestInitAsks: on a terminal what no flag said is asked for, with a default; a wrong
// answer is told and asked for again, and without an answer nothing is written.
func TestInitAsks(t *testing.T) {
	for _, c := range []struct {
		args, typed, settings, file string
		questions                   int
	}{
		{"", "Ann's Lab\npython\nquakes\n", `name = "Ann's Lab"`, "quakes.py", 3},
		{"", "\n\n\n", `name = "My Organisation"`, "mybot.sh", 3},
		{"--operator Lab --bot tides", "js\nnode\n", "[bots.tides]", "tides.js", 2},
		{"--operator Lab --lang python", "Quakes\njson\nquakes\n", "[bots.quakes]", "quakes.py", 3},
		{"--operator Lab --command true", "a-name-too-long-for-x\ntides\n", "[bots.tides]", "heed.toml", 2},
		{"--operator Lab --bot tides --lang sh", "", "[bots.tides]", "tides.sh", 0},
		{"--no-input", "", "[bots.mybot]", "mybot.sh", 0},
		{"--operator Lab", "python\n\x04", "", "", 2},
	} {
		dir := t.TempDir()
		keys, screen := testTerminal(t)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // waiting for an answer would be for ever
		defer cancel()
		cmd := exec.CommandContext(ctx, heedBinary(t), append([]string{"init"}, strings.Fields(c.args)...)...)
		var out, errs strings.Builder
		cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, screen, &out, &errs
		if _, err := keys.WriteString(c.typed); err != nil {
			t.Fatal(err)
		}
		err := cmd.Run()
		if n := strings.Count(errs.String(), "]: "); n != c.questions {
			t.Errorf("init %s: %d questions: %s", c.args, n, &errs)
		}
		if c.file == "" {
			if cmd.ProcessState.ExitCode() != exitUsage || len(tree(t, dir)) > 0 {
				t.Errorf("init %s: %v: %s", c.args, err, &errs)
			}
			continue
		}
		if err != nil {
			t.Errorf("init %s: %v: %s", c.args, err, &errs)
			continue
		}
		if text := read(t, filepath.Join(dir, "heed.toml")); !strings.Contains(text, c.settings) || !slices.Contains(tree(t, dir), c.file) {
			t.Errorf("init %s: %q and\n%s", c.args, tree(t, dir), text)
		}
	}
}

// testTerminal is a terminal: what is written to keys is typed at it.
func testTerminal(t *testing.T) (keys, screen *os.File) {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no terminal can be made here: ", err)
	}
	t.Cleanup(func() { _ = keys.Close() })
	n, err := unix.IoctlGetInt(int(keys.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(keys.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	screen, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no terminal can be opened here: ", err)
	}
	t.Cleanup(func() { _ = screen.Close() })
	return keys, screen
}
