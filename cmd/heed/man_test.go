package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var (
	manHeader = regexp.MustCompile(`(?m)^\.TH "([^"]+)" "1" "([^"]*)" "heed" "heed"$`)
	manRefers = regexp.MustCompile(`heed[a-z\\-]*\(1\)`)
)

// TestManualPages: every verb has its page, which tells its flags and shows it at work,
// names no page that is not there, and can be rendered.
func TestManualPages(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "man1")
	n, err := writeManual(dir, time.Date(2026, 11, 29, 23, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	render, err := exec.LookPath("man")
	if err != nil {
		t.Log("man is not here: the pages' source alone is looked at")
	}
	want := 0
	verbs(freshRoot(), func(c *cobra.Command) {
		want++
		name := strings.ReplaceAll(c.CommandPath(), " ", "-") + ".1"
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
			return
		}
		page := string(b)
		title := strings.ToUpper(strings.TrimSuffix(name, ".1"))
		if m := manHeader.FindStringSubmatch(page); m == nil || m[1] != title || m[2] != "Nov 2026" {
			t.Errorf("%s: its header is %q", name, m)
		}
		for _, ref := range manRefers.FindAllString(page, -1) {
			file := strings.TrimSuffix(strings.ReplaceAll(ref, `\-`, "-"), "(1)") + ".1"
			if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
				t.Errorf("%s names %s, and there is none", name, ref)
			}
		}
		if render == "" {
			return
		}
		shown := rendered(t, render, filepath.Join(dir, name))
		for _, part := range []string{"NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLE", c.Short} {
			if !strings.Contains(flat(shown), flat(part)) {
				t.Errorf("%s: shown, it has no %q:\n%s", name, part, shown)
			}
		}
		for line := range strings.SplitSeq(c.Example, "\n") {
			if !strings.Contains(shown, line) {
				t.Errorf("%s: shown, it has not the line %q:\n%s", name, line, shown)
			}
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !strings.Contains(flat(shown), "--"+f.Name) {
				t.Errorf("%s: shown, it has no --%s", name, f.Name)
			}
		})
	})
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != want || n != want {
		t.Errorf("%d pages of %d verbs, %d told: %v", len(files), want, n, err)
	}
}

// rendered is a page as man shows it. What man warns of is a fault.
func rendered(t *testing.T, man, file string) string {
	t.Helper()
	cmd := exec.Command(man, "--warnings", "-l", file)
	cmd.Env = append(os.Environ(), "MANWIDTH=160", "LC_ALL=C.UTF-8", "MAN_KEEP_FORMATTING=", "PAGER=cat", "MANPAGER=cat")
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil || errs.Len() > 0 {
		t.Errorf("man %s: %v: %s", file, err, errs.String())
	}
	return out.String()
}

// flat is a text without its line breaks and with single spaces: man fills its lines.
func flat(text string) string {
	return strings.NewReplacer("\u2010 ", "", "\u2010", "-").Replace(strings.Join(strings.Fields(text), " "))
}

// TestManualPagesAreTheSameEverywhere: the date is that of SOURCE_DATE_EPOCH, or the
// build's, and never that of the clock; nor is the user's name or zone in a page.
func TestManualPagesAreTheSameEverywhere(t *testing.T) {
	dir := t.TempDir()
	pages := func(name string, env ...string) string {
		p := start(t, dir, append(env, "USER="+name, "TZ=Pacific/Kiritimati"), "man", name)
		<-p.ended
		if code := p.cmd.ProcessState.ExitCode(); code != exitOK {
			t.Fatalf("exit %d: %v", code, p.said())
		}
		var all strings.Builder
		files, err := filepath.Glob(filepath.Join(dir, name, "*"))
		if err != nil || len(files) < 40 {
			t.Fatalf("%d pages: %v", len(files), err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(b)
		}
		return all.String()
	}
	if a, b := pages("ann", "SOURCE_DATE_EPOCH="), pages("bob", "SOURCE_DATE_EPOCH="); a != b {
		t.Error("two users' pages are not the same")
	}
	if a := pages("epoch", "SOURCE_DATE_EPOCH=951868799"); strings.Count(a, `"Feb 2000"`) < 40 {
		t.Errorf("the pages bear another date than 2000-02-29: %.80s", a)
	}
	for _, wrong := range []string{"yesterday", "-1", "1e9"} {
		if _, err := manDate(wrong); err == nil {
			t.Errorf("SOURCE_DATE_EPOCH=%s was taken", wrong)
		}
	}
	write(t, filepath.Join(dir, "file"), "", 0o600)
	if out, code := heed(t, dir, "", "man", "file"); code != exitFailed {
		t.Errorf("a file was taken for a folder: exit %d: %s", code, out)
	}
}
