package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write generated tables and golden files anew")

const (
	tableBegin = "<!-- rules: written by `make rules` -->\n"
	tableEnd   = "<!-- /rules -->"
)

// TestREADME keeps the README's table of guards what the registry says.
func TestREADME(t *testing.T) {
	const file = "../../README.md"
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(b), tableBegin)
	table, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok1 || !ok2 {
		t.Fatal("the README has lost the marks around its table of guards")
	}
	if table == rulesTable() {
		return
	}
	if !*update {
		t.Fatal("the README's table of guards is not what `heed rules` says; run `make rules`")
	}
	if err := os.WriteFile(file, []byte(before+tableBegin+rulesTable()+tableEnd+after), 0o644); err != nil {
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
			time.AfterFunc(300*time.Millisecond, func() { _ = p.cmd.Process.Signal(syscall.SIGINT) })
			if <-p.ended; p.cmd.ProcessState.ExitCode() != exitOK {
				t.Errorf("heed %s: exit %d", line, p.cmd.ProcessState.ExitCode())
			}
			continue
		}
		out, code := heed(t, dir, stdin, args...)
		if code != exitOK && code != exitRefused && code != exitNotFound {
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
