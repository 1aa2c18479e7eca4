package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestInitSteps does what init says to do next, word for word, in each language: the
// first bot's hello and its answer to a mention are judged and allowed.
func TestInitSteps(t *testing.T) {
	for _, lang := range languageNames() {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(languages[lang].needs); err != nil {
				t.Skipf("%s is not here: the first bot in %s is not run", languages[lang].needs, lang)
			}
			here := t.TempDir()
			b := initJSON(t, here, "--dir", "my house", "--operator", "Ann's Lab", "--bot", "tides", "--lang", lang)
			write(t, filepath.Join(here, b.Wrote), "[web]\nlisten = \"\"\n"+read(t, filepath.Join(here, b.Wrote)), 0o600) // other tests run beside
			ran := 0
			for _, s := range b.Next {
				if strings.Contains(s.Run, " run --config ") {
					ran++
					runFirst(t, here, s.Run)
					continue
				}
				if out, err := shell(t, here, s.Run).CombinedOutput(); err != nil {
					t.Fatalf("%s: %v: %s", s.Run, err, out)
				}
			}
			if ran != 1 || len(b.Notes) > 0 {
				t.Errorf("%+v", b)
			}
			if n := read(t, filepath.Join(here, "my house/state/bots/tides/asked")); strings.TrimSpace(n) != "1" {
				t.Errorf("the bot counted %q questions", n)
			}
		})
	}
}

// shell is a command line as somebody types it in a folder.
func shell(t *testing.T, dir, line string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir = dir
	return cmd
}

// runFirst runs the daemon until the first bot was heard and answered, and ends it.
func runFirst(t *testing.T, dir, line string) {
	t.Helper()
	args := shellSplit(t, line)
	p := start(t, dir, nil, args[1:]...)
	p.until(60*time.Second, `tides +verdict +DONE +post hello`, `tides +verdict +DONE +reply answer-post:\d+ .* user 2001`)
	if code := p.end(syscall.SIGINT, 30*time.Second); code != exitOK {
		t.Errorf("heed run ended with %d", code)
	}
	if n := p.count(`script\.(stderr|restarted)|tides .*DENIED`); n > 0 {
		t.Errorf("%d lines of complaint", n)
	}
}

// shellSplit asks a shell which words a line has.
func shellSplit(t *testing.T, line string) []string {
	t.Helper()
	out, err := exec.Command("sh", "-c", `for w in `+line+`; do printf '%s\0' "$w"; done`).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

// TestInitCommandsToAVerdict counts what a newcomer types after git clone until the first
// verdict, and wants docs/writing-a-bot.md to say as much. heed check may be left out.
func TestInitCommandsToAVerdict(t *testing.T) {
	page := strings.Join(strings.Fields(read(t, "../../docs/writing-a-bot.md")), " ")
	for lang, says := range map[string]string{"sh": "it is three commands: `make build`, `bin/heed init` and `bin/heed run`",
		"python": "it is three commands", "node": "it is three commands", "go": "In Go it is four commands, with `go build` before the last"} {
		n := 2 // make build, heed init
		for _, s := range initJSON(t, t.TempDir(), "--lang", lang).Next {
			if !strings.HasSuffix(s.Run, " check") {
				n++
			}
			if strings.HasSuffix(s.Run, " run") {
				break
			}
		}
		if word := map[int]string{3: " three ", 4: " four "}[n]; word == "" || !strings.Contains(says, word) || !strings.Contains(page, says) {
			t.Errorf("%s: %d commands, and the page does not say %q", lang, n, says)
		}
	}
}
