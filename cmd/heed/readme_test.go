package main

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write generated tables and golden files anew")

// TestREADME keeps the README's tables what the registry says.
func TestREADME(t *testing.T) {
	const file = "../../README.md"
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for name, table := range map[string]string{"guards": guardsTable(), "rules": servicesTable()} {
		begin, end := "<!-- "+name+": written by `make rules` -->\n", "<!-- /"+name+" -->"
		before, rest, ok1 := strings.Cut(text, begin)
		_, after, ok2 := strings.Cut(rest, end)
		if !ok1 || !ok2 {
			t.Fatalf("the README has lost the marks around its table of %s", name)
		}
		text = before + begin + table + end + after
	}
	if text == string(b) {
		return
	}
	if !*update {
		t.Fatal("the README's tables are not what `heed rules` says; run `make rules`")
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestREADMECommands runs every heed command of the README in the house that its first
// one makes. What it names need not be there, but no command may be misunderstood.
func TestREADMECommands(t *testing.T) {
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "mybot.sh"), "#!/bin/sh\n", 0o755)
	ran := 0
	for line := range strings.Lines(string(b)) {
		line, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "    bin/heed ")
		if !ok {
			continue
		}
		line, _, _ = strings.Cut(line, "#")
		line, stdin, _ := strings.Cut(line, "<")
		if stdin != "" {
			stdin = `{"action":"post","text":"High tide today: 14:32 (4.1 m).","key":"tide-14"}`
		}
		args := shellWords(line)
		ran++
		if strings.Contains(line, " -f") {
			p := start(t, dir, nil, args...)
			time.AfterFunc(2*time.Second, func() { _ = p.cmd.Process.Signal(syscall.SIGINT) })
			if <-p.ended; p.cmd.ProcessState.ExitCode() != exitOK {
				t.Errorf("heed %s: exit %d", line, p.cmd.ProcessState.ExitCode())
			}
			continue
		}
		out, code := heed(t, dir, stdin, args...)
		ill := strings.HasPrefix(line, "doctor") && code == exitFailed // a house that never ran is not well
		verb, _, _ := strings.Cut(line, " ")
		signs := slices.Contains([]string{"login", "whoami", "logout"}, verb) && code == exitConfig // bots in the sandbox need no login
		alone := verb == "dashboard" && code == exitUnreachable                                     // no heed runs in this house
		if code != exitOK && code != exitRefused && code != exitNotFound && !ill && !signs && !alone {
			t.Errorf("heed %s: exit %d: %s", line, code, out)
		}
	}
	if ran < 10 {
		t.Errorf("only %d commands were found", ran)
	}
}

// shellWords splits a command line as a shell does, for the quotes that the README uses.
func shellWords(line string) (out []string) {
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 1 {
			out = append(out, part)
			continue
		}
		out = append(out, strings.Fields(part)...)
	}
	return out
}
