package words

import (
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"
	"testing"
)

type phraseCase struct {
	line                 int
	lang, text, expected string
	note                 string
}

func readCases(t testing.TB, file string) []phraseCase {
	t.Helper()
	data, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var cases []phraseCase
	for i, line := range strings.Split(strings.TrimRight(string(data), "\n"), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 4 {
			t.Fatalf("%s:%d has %d columns, want 4", file, i+1, len(f))
		}
		text, err := strconv.Unquote(`"` + strings.ReplaceAll(f[1], `"`, `\"`) + `"`)
		if err != nil {
			t.Fatalf("%s:%d: %v", file, i+1, err)
		}
		cases = append(cases, phraseCase{i + 1, f[0], text, f[2], f[3]})
	}
	return cases
}

// tally counts the phrases of one language that came out as expected, of how many.
type tally struct {
	total, unsettled int
	of, right        map[string]int
}

// TestPhraseTable holds every phrase to what it should mean, and tells, by language, how
// many do. Those that no rule settles stand in a file of their own with the answer given
// now and the reason, so that a change of mind shows.
func TestPhraseTable(t *testing.T) {
	langs, order := map[string]*tally{}, Langs()
	for _, lang := range order {
		langs[lang] = &tally{of: map[string]int{}, right: map[string]int{}}
	}
	seen := map[string]bool{}
	held := func(file string, settled bool) {
		for _, c := range readCases(t, file) {
			n := langs[c.lang]
			if n == nil {
				t.Fatalf("%s:%d: language %q", file, c.line, c.lang)
			}
			if id := c.lang + c.text; seen[id] {
				t.Errorf("%s:%d: %s: %q stands twice", file, c.line, c.lang, c.text)
			} else {
				seen[id] = true
			}
			n.total++
			n.of[c.expected]++
			got := Match(c.text, nil)
			if got.Outcome.String() != c.expected {
				t.Errorf("%s:%d: %s: %q is %s by %q, want %s (%s)", file, c.line, c.lang, c.text, got.Outcome, got.Rule, c.expected, c.note)
				continue
			}
			n.right[c.expected]++
			if !settled {
				n.unsettled++
				if c.note == "" {
					t.Errorf("%s:%d: %s: %q is not settled, and nobody says why", file, c.line, c.lang, c.text)
				}
			}
		}
	}
	held("phrases.tsv", true)
	settled := map[string]map[string]int{}
	for lang, n := range langs {
		settled[lang] = maps.Clone(n.of)
	}
	held("unsettled.tsv", false)
	t.Log("language phrases opt-out hold none opt-in help unsettled (right of all; the unsettled ones count as answered now)")
	for _, lang := range order {
		n := langs[lang]
		share := func(o Outcome) string { return fmt.Sprintf("%d/%d", n.right[o.String()], n.of[o.String()]) }
		t.Logf("%-8s %7d %7s %5s %5s %5s %4s %9d", lang, n.total, share(OptOut), share(Hold), share(None), share(OptIn), share(Help), n.unsettled)
		for what, least := range map[string]int{"optout": 25, "hold": 4, "none": 12, "optin": 2, "help": 2} {
			if settled[lang][what] < least {
				t.Errorf("%s has only %d phrases that mean %s, want %d", lang, settled[lang][what], what, least)
			}
		}
		if n.unsettled == 0 {
			t.Errorf("%s settles everything, which cannot be true", lang)
		}
	}
}

// TestFreshSentences measures on sentences that were not used to make the table. The
// bounds are what was measured when they were written, so that a change for the worse shows.
func TestFreshSentences(t *testing.T) {
	data, err := os.ReadFile("testdata/fresh.tsv")
	if err != nil {
		t.Fatal(err)
	}
	n := map[string]int{}
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if len(f) != 3 || f[2] != "stop" && f[2] != "innocent" {
			t.Fatalf("%q", line)
		}
		got := Match(f[1], nil).Outcome
		n[f[2]]++
		n[f[2]+" "+got.String()]++
		if f[2] == "stop" && got == None || f[2] == "innocent" && got != None {
			t.Logf("%s: %q is %s", f[0], f[1], got)
		}
	}
	t.Logf("of %d stops %d opt out, %d are held for a person, %d are missed; of %d innocent ones %d opt out, %d are held",
		n["stop"], n["stop optout"], n["stop hold"], n["stop none"], n["innocent"], n["innocent optout"], n["innocent hold"])
	if n["stop"] < 50 || n["innocent"] < 40 || n["stop none"] > 20 || n["innocent"]-n["innocent none"] > 2 {
		t.Errorf("worse than when they were written: %v", n)
	}
}
