package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fleeting is what differs from one run to the next: ids, times, hashes, and how many acts of
// other bots were counted beside.
var fleeting = regexp.MustCompile(`\d{4}-\d\d-\d\d(T| )\d\d:\d\d:\d\d[.\d]*Z?|\b\d\d:\d\d:\d\d\b|[0-9a-f]{8}-[0-9a-f-]{27}|\b\d{15,}\b|sha256:[0-9a-f]+|_(?:day|month|hour|15m|3h|24h) \d+|shy-\d+|-\d{10}\b`)

func masked(s string) string { return fleeting.ReplaceAllString(s, "…") }

// TestTour follows one intent through the example house, and wants docs/tour.md to show what
// the program answered, but for ids and times.
func TestTour(t *testing.T) {
	const file = "../../docs/tour.md"
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := exampleHouse(t)
	p := start(t, dir, nil, "run")
	p.until(60*time.Second, `quakes +outcome +DONE +post us2000crkq`, `copycat +verdict +DENIED +post copy-us2000crkq`,
		`desk +heard .*user 2002: .*en\.stop`, `circle +verdict +DENIED +follow .*opt_out.opted_out user 2002`)
	if code := p.end(syscall.SIGTERM, 30*time.Second); code != exitOK {
		t.Fatalf("the house ended with %d", code)
	}
	var now strings.Builder
	inside, commands := false, 0
	for line := range strings.Lines(string(page)) {
		command, asked := strings.CutPrefix(line, "$ ")
		switch {
		case strings.HasPrefix(line, "```"):
			inside = line == "```console\n"
		case inside && asked:
			now.WriteString(line + answerOf(t, dir, command))
			commands++
			continue
		case inside:
			continue // an answer of before
		}
		now.WriteString(line)
	}
	if commands < 4 {
		t.Errorf("only %d commands were found", commands)
	}
	if masked(now.String()) == masked(string(page)) {
		return
	}
	if !*update {
		t.Fatalf("docs/tour.md is not what heed answers; run `make rules`:\n%s", masked(now.String()))
	}
	if err := os.WriteFile(file, []byte(now.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func answerOf(t *testing.T, dir, command string) string {
	t.Helper()
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(heedBinary(t))+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	if err != nil || len(out) == 0 {
		t.Errorf("%s: %v: %q", strings.TrimSpace(command), err, out)
	}
	return string(out)
}
