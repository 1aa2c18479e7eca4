package trial

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"heed/bots"
	"heed/config"
)

func house(t *testing.T, name string) *config.Config {
	t.Helper()
	cfg, err := config.Load(filepath.Join("testdata", name+".toml"))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// TestCasesAreJudged tries cases that use every fact there is.
func TestCasesAreJudged(t *testing.T) {
	text := ""
	for _, name := range []string{"house", "enterprise"} {
		file := filepath.Join("testdata", name+".test.toml")
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text += string(b)
		cases, problems := Read(file, house(t, name))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		for _, c := range cases {
			if r := c.Judge(); !r.OK {
				t.Errorf("%s %s: expected %s, found %s %s: %s", c.Place(), c.Name, c.Expect, r.Verdict.Effect, r.Verdict.Code, r.Verdict.Message)
			}
		}
	}
	for _, table := range []any{caseTable{}, factsTable{}, invitedTable{}} {
		for _, f := range reflect.VisibleFields(reflect.TypeOf(table)) {
			if key := f.Tag.Get("toml"); !strings.Contains(text, key+" ") && !strings.Contains(text, key+".") {
				t.Errorf("no case says %s", key)
			}
		}
	}
}

// TestEveryKeyOfAnIntentCanBeWritten: the table of a case has what the line of a bot has.
func TestEveryKeyOfAnIntentCanBeWritten(t *testing.T) {
	tags := func(of any, name string) map[string]bool {
		all := map[string]bool{}
		for _, f := range reflect.VisibleFields(reflect.TypeOf(of)) {
			key, _, _ := strings.Cut(f.Tag.Get(name), ",")
			all[key] = true
		}
		return all
	}
	for _, pair := range []struct{ line, table any }{{bots.Intent{}, intentTable{}}, {bots.Target{}, targetTable{}}, {bots.Media{}, mediaTable{}}, {bots.Poll{}, pollTable{}}} {
		ours := tags(pair.table, "toml")
		for key := range tags(pair.line, "json") {
			if key == "sha256" { // heed's own
				continue
			}
			if !ours[key] {
				t.Errorf("%T has no %s", pair.table, key)
			}
		}
	}
}

// TestThePageTellsEveryFact: docs/writing-a-bot.md lists what a case can say.
func TestThePageTellsEveryFact(t *testing.T) {
	page, err := os.ReadFile("../../../docs/writing-a-bot.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []any{factsTable{}, invitedTable{}} {
		for _, f := range reflect.VisibleFields(reflect.TypeOf(table)) {
			if key := f.Tag.Get("toml"); !strings.Contains(string(page), "`"+key+"`") {
				t.Errorf("the page does not tell of %s", key)
			} else if !strings.Contains(Help, key) {
				t.Errorf("the help does not tell of %s", key)
			}
		}
	}
}

var update = flag.Bool("update", false, "write what is said as what is wanted")

// TestMistakes: every mistake of a file is told at once, with its place and what to do.
func TestMistakes(t *testing.T) {
	cases, problems := Read(filepath.Join("testdata", "mistakes.test.toml"), house(t, "house"))
	if cases != nil {
		t.Errorf("%d cases of a file with mistakes", len(cases))
	}
	got, want := problems.Error()+"\n", filepath.Join("testdata", "mistakes.want")
	if *update {
		if err := os.WriteFile(want, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := os.ReadFile(want); err != nil || string(b) != got {
		t.Errorf("%v\ngot\n%s\nwant\n%s", err, got, b)
	}
}

// TestNoFileIsTakenForNoCase: what cannot be read, or holds none, is a mistake.
func TestNoFileIsTakenForNoCase(t *testing.T) {
	cfg, dir := house(t, "house"), t.TempDir()
	for text, says := range map[string]string{
		"":                       "1:1: has no cases (write [[case]]",
		"[case]\nname = \"a\"\n": "case: wants a list of tables, and has a table (write [[case]] above each)",
		"case = [1]\n":           "case: wants a list of tables",
		"case = 1\n":             "case: wants a list of tables, and has a whole number",
		"[[caze]]\n":             `caze: is no key here (did you mean "case"?)`,
		"[[case]\n":              "is no TOML",
		"case = []\n":            "has no cases",
		"bot = 1\n[[case]]\n":    "bot: wants a text",
		"[[case]]\nfacts = { now = 0001-01-01T00:00:00Z }\nbot = \"tides\"\nintent = { action = \"post\", text = \"x\" }\n": "is no time of a case",
	} {
		file := filepath.Join(dir, "x.test.toml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if cases, problems := Read(file, cfg); cases != nil || !strings.Contains(problems.Error(), says) {
			t.Errorf("%q: %v", text, problems)
		}
	}
	if cases, problems := Read(filepath.Join(dir, "none.test.toml"), cfg); cases != nil || len(problems) != 1 || strings.Contains(problems.Error(), "init") {
		t.Errorf("a file that is not there: %v", problems)
	}
}
