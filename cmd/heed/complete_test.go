package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"heed/bots"
)

// completed are the words that a shell would offer after these, without what they mean.
func completed(t *testing.T, args ...string) (offered []string) {
	t.Helper()
	var out, errs bytes.Buffer
	if code := Main(append([]string{"__complete"}, args...), strings.NewReader(""), &out, &errs); code != exitOK {
		t.Errorf("__complete %q: exit %d: %s", args, code, errs.String())
	}
	lines := strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
	if last := lines[len(lines)-1]; last != ":4" { // no file names
		t.Errorf("__complete %q ends with %q", args, last)
	}
	for _, line := range lines[:len(lines)-1] {
		word, _, _ := strings.Cut(line, "\t")
		offered = append(offered, word)
	}
	return offered
}

func TestFilesOfSettingsAreCompletedByTheShell(t *testing.T) {
	for _, words := range [][]string{{"test", ""}, {"check", "--config", ""}, {"replay", "--with", ""}} {
		var out, errs bytes.Buffer
		if code := Main(append([]string{"__complete"}, words...), strings.NewReader(""), &out, &errs); code != exitOK || out.String() != "toml\n:8\n" {
			t.Errorf("%q: exit %d: %s%s", words, code, out.String(), errs.String())
		}
	}
}

func TestCompletion(t *testing.T) {
	j := newJudged(t)
	now := time.Now()
	j.judge("tides", "tide-14", bots.Intent{Action: bots.Post, Text: "High water at 12:40."}, now)
	j.judge("gulls", "gull-1", bots.Intent{Action: bots.Post, Text: "Forty gulls.", Hold: true}, now)
	j.judge("gulls", "no shell $(word)", bots.Intent{Action: bots.Post, Text: "Fifty gulls.", Hold: true}, now)
	c := []string{"-c", filepath.Join(j.dir, "heed.toml")}
	all := []string{"gulls", "tides", "waves"}
	for _, x := range []struct {
		words []string
		want  []string
	}{
		{[]string{"pause", ""}, all}, {[]string{"halt", "ti"}, []string{"tides"}}, {[]string{"resume", ""}, all}, {[]string{"pause", "tides", ""}, nil},
		{[]string{"login", "w"}, []string{"waves"}}, {[]string{"logout", ""}, all}, {[]string{"whoami", ""}, all},
		{[]string{"grant", "show", ""}, all}, {[]string{"grant", "add", "t"}, []string{"tides"}}, {[]string{"grant", "withdraw", ""}, all},
		{[]string{"why", ""}, []string{"gulls/gull-1", "tides/tide-14"}}, {[]string{"why", "tide-"}, []string{"tide-14"}},
		{[]string{"why", "tides/"}, []string{"tides/tide-14"}}, {[]string{"why", "tides/tide-14", ""}, nil},
		{[]string{"approve", ""}, []string{"gulls/gull-1"}}, {[]string{"reject", "gu"}, []string{"gulls/gull-1"}}, {[]string{"approve", "tide"}, nil},
		{[]string{"emit", "re"}, []string{"reply", "repost"}}, {[]string{"bench", "gu"}, []string{"guards"}}, {[]string{"bench", "guards", "gu"}, nil},
		{[]string{"judge", "--bot", "g"}, []string{"gulls"}}, {[]string{"why", "x", "--bot", ""}, all}, {[]string{"optout", "add", "1", "--bot", ""}, all},
		{[]string{"consent", "add", "1", "-b", "w"}, []string{"waves"}}, {[]string{"replay", "--bot=t"}, []string{"tides"}},
		{[]string{"log", "--bot", "tides,g"}, []string{"tides,gulls"}}, {[]string{"log", "--kind", "ver"}, []string{"verdict"}},
		{[]string{"log", "--kind", "verdict,out"}, []string{"verdict,outcome"}}, {[]string{"log", "--verdict", "d"}, []string{"defer", "deny"}},
		{[]string{"log", "--rule", "D1"}, []string{"D1", "D10", "D11", "D12", "D13", "D14", "D15"}}, {[]string{"log", "--guard", "du"}, []string{"duplicate"}},
	} {
		got := completed(t, append(slices.Clone(c), x.words...)...)
		slices.Sort(got)
		got = slices.DeleteFunc(got, func(w string) bool { return strings.HasPrefix(w, "--") }) // flags that are required yet
		if !slices.Equal(got, x.want) {
			t.Errorf("%q: offered %q, want %q", x.words, got, x.want)
		}
	}
}

// TestCompletionIsSilent: without settings or a ledger, or with spoilt ones, nothing is
// offered and nothing is said, and no file is made.
func TestCompletionIsSilent(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "heed.toml")
	quiet := func(what string) {
		t.Helper()
		for _, words := range [][]string{{"pause", ""}, {"why", ""}, {"approve", ""}, {"judge", "--bot", ""}} {
			if got := completed(t, append([]string{"-c", file}, words...)...); len(got) > 0 {
				t.Errorf("%s: %q is offered for %q", what, got, words)
			}
		}
	}
	quiet("no settings")
	write(t, file, "[operator", 0o600)
	quiet("spoilt settings")
	write(t, file, logHouse, 0o600)
	if got := completed(t, "-c", file, "why", ""); len(got) > 0 {
		t.Errorf("no ledger: %q", got)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("completing has made files: %v, %v", entries, err)
	}
	write(t, filepath.Join(dir, "state/heed.db"), "no ledger at all, but long enough to be taken for one", 0o600)
	if got := completed(t, "-c", file, "why", ""); len(got) > 0 {
		t.Errorf("a spoilt ledger: %q", got)
	}
}
