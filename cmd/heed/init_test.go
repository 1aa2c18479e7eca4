package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// begun is what init --json answers.
type begun struct {
	Wrote string
	Files []string
	Notes []string
	Next  []step
}

func initJSON(t *testing.T, dir string, args ...string) (b begun) {
	t.Helper()
	out, code := heed(t, dir, "", append([]string{"init", "--json"}, args...)...)
	if code != exitOK {
		t.Fatalf("exit %d: %s", code, out)
	}
	if err := json.Unmarshal([]byte(out), &b); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return b
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// tree lists the files under a folder.
func tree(t *testing.T, dir string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			files = append(files, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestInitRefuses(t *testing.T) {
	for _, c := range []struct {
		args string
		want []string
	}{
		{"--bot Tides", []string{`did you mean "tides"?`}},
		{"--handle tidesbot", []string{`write "@tidesbot"`}},
		{"--lang pyton", []string{`none of go, node, python, sh (did you mean "python"?)`}},
		{"--lang JavaScript", []string{`did you mean "node"?`}},
		{"--lang cobol", []string{`"cobol" is none of go, node, python, sh`}},
		{"--bot a2345678901234567", []string{"too long for an account's name"}},
		{"--bot json --lang python", []string{`"json" is a name that python3 needs itself (did you mean "json-bot"?)`}},
		{"--bot state --lang go", []string{`did you mean "state-bot"?`}},
		{"--bot X --handle y --lang z --purpose \x01 --operator \x01", []string{"operator:", "bot:", "handle:", "lang:", "purpose:", "nothing was written"}},
		{"--lang sh --command sh,x.sh", []string{"lang command"}},
		{"--dir x --config y.toml", []string{"leave one of the two out"}},
	} {
		dir := t.TempDir()
		out, code := heed(t, dir, "", append([]string{"init"}, strings.Fields(c.args)...)...)
		if code != exitUsage {
			t.Errorf("init %s: exit %d: %s", c.args, code, out)
		}
		for _, want := range c.want {
			if !strings.Contains(out, want) {
				t.Errorf("init %s: no %q in %s", c.args, want, out)
			}
		}
		if files := tree(t, dir); len(files) > 0 {
			t.Errorf("init %s wrote %q", c.args, files)
		}
	}
}

// TestInitWritesOverNothing: each file that is in the way is named, and nothing is written.
func TestInitWritesOverNothing(t *testing.T) {
	for lang, there := range map[string][]string{
		"sh":     {"heed.toml", "tides.sh", "tides.test.toml", "people.json"},
		"python": {"tides.py"},
		"go":     {"tides/main.go", "bin/tides"},
		"node":   {"people.json"},
	} {
		dir := t.TempDir()
		for _, f := range there {
			write(t, filepath.Join(dir, f), "mine", 0o600)
		}
		out, code := heed(t, dir, "", "init", "--bot", "tides", "--lang", lang)
		if code != exitFailed || !strings.Contains(out, "nothing was written") {
			t.Errorf("%s: exit %d: %s", lang, code, out)
		}
		for _, f := range there {
			if !strings.Contains(out, f) {
				t.Errorf("%s: %s is not named: %s", lang, f, out)
			}
		}
		slices.Sort(there)
		if got := tree(t, dir); !slices.Equal(got, there) {
			t.Errorf("%s: there are now %q", lang, got)
		}
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "file"), "mine", 0o600)
	if out, code := heed(t, dir, "", "init", "--dir", "file"); code != exitFailed || len(tree(t, dir)) != 1 {
		t.Errorf("a file for a folder: exit %d: %s", code, out)
	}
}

func TestInitKeepsAGitignore(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, gitignore), "/state/\n*.log\n", 0o600)
	b := initJSON(t, dir, "--operator", "Lab")
	if read(t, filepath.Join(dir, gitignore)) != "/state/\n*.log\n" || len(b.Notes) != 1 || !strings.Contains(b.Notes[0], "lacks secrets/") {
		t.Errorf("%+v", b)
	}
	dir = t.TempDir()
	b = initJSON(t, dir)
	if got := read(t, filepath.Join(dir, gitignore)); got != "state/\nsecrets/\n" {
		t.Errorf("a new one has %q", got)
	}
	if len(b.Notes) != 1 || !strings.Contains(b.Notes[0], "place-holder") {
		t.Errorf("%+v", b.Notes)
	}
}

// TestInitOfOwnProgram: who has a program gets settings alone, and is asked no language.
func TestInitOfOwnProgram(t *testing.T) {
	dir := t.TempDir()
	b := initJSON(t, dir, "--operator", "Lab", "--bot", "tides", "--command", "sh,tides.sh")
	if got := tree(t, dir); !slices.Equal(got, []string{".gitignore", "heed.toml"}) || len(b.Next) != 2 {
		t.Errorf("%q, %+v", got, b)
	}
	if text := read(t, filepath.Join(dir, "heed.toml")); !strings.Contains(text, `command = ["sh", "tides.sh"]`) {
		t.Error(text)
	}
}

// TestInitPrintsItsSteps: what people read has the commands that --json has, numbered.
func TestInitPrintsItsSteps(t *testing.T) {
	b := initJSON(t, t.TempDir(), "--lang", "go")
	out, code := heed(t, t.TempDir(), "", "init", "--lang", "go")
	if code != exitOK || len(b.Next) != 5 {
		t.Fatalf("exit %d: %s", code, out)
	}
	for i, s := range b.Next {
		if line := regexp.MustCompile(`(?m)^  ` + string(rune('1'+i)) + `\. ` + regexp.QuoteMeta(s.Run) + `$`); !line.MatchString(out) {
			t.Errorf("no step %d %q in\n%s", i+1, s.Run, out)
		}
	}
}

// TestInitCallsHeedAsItIsFound: where the search path leads to this heed, the steps call
// it by its name, and else by its path, from where they are typed.
func TestInitCallsHeedAsItIsFound(t *testing.T) {
	folder, bin := filepath.Split(heedBinary(t))
	other := t.TempDir()
	write(t, filepath.Join(other, "heed"), "#!/bin/sh\n", 0o755)
	for path, want := range map[string]string{folder: "heed check", other: "./" + bin + " check", "/nowhere": "./" + bin + " check"} {
		dir := t.TempDir()
		if err := os.Symlink(filepath.Join(folder, bin), filepath.Join(dir, bin)); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("./"+bin, "init")
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "PATH="+path)
		out, err := cmd.Output()
		if err != nil || !strings.Contains(string(out), "  1. "+want+"\n") {
			t.Errorf("PATH=%s: no %q: %v: %s", path, want, err, out)
		}
	}
}

// TestInitNamesThatPythonNeeds: no module that the first bot in Python reads can be hidden
// by a bot's file. What Python carries within itself (frozen) cannot.
func TestInitNamesThatPythonNeeds(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("python3 is not here")
	}
	imports := regexp.MustCompile(`(?m)^import .*$`).FindAllString(read(t, "starter/bot.py"), -1)
	if len(imports) < 2 {
		t.Fatal(imports)
	}
	out, err := exec.Command("python3", "-S", "-c", strings.Join(imports, "\n")+"\nfor m in sys.modules.values():\n  print(m.__name__ if getattr(m, '__file__', None) and m.__spec__.origin != 'frozen' else '')").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(string(out)) {
		if l := languages["python"]; !strings.ContainsAny(name, "._") && l.check(name) == nil {
			t.Errorf("a bot may be called %s", name)
		}
	}
}
