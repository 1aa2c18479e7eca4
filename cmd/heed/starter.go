package main

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"text/template"

	"heed/config"
)

// starterFiles are a first bot in each language, and what lies beside it. The programs
// are whole: they learn the bot's name from heed, so that nothing is filled in.
//
//go:embed starter
var starterFiles embed.FS

var starterPeople = template.Must(template.New("people.json").Funcs(template.FuncMap{"json": func(s string) (string, error) {
	b, err := json.Marshal(s)
	return string(b), err
}}).ParseFS(starterFiles, "starter/people.json"))

// starterCases are what the first bot says, for heed test. A bot's name needs no quoting.
var starterCases = template.Must(template.ParseFS(starterFiles, "starter/cases.test.toml"))

// language is one in which a first bot can be had.
type language struct {
	from  string                       // its program, among starterFiles
	file  func(bot string) string      // where the program goes
	start func(bot string) []string    // how it is started
	build func(dir, bot string) string // makes of the file what is started; nil: it needs no building
	needs string                       // the program that must be installed
	also  []string                     // what people call the language too
	taken []string                     // names whose file would be taken for something else
}

// languages by the word of --lang.
var languages = map[string]language{
	// A file beside the bot's stands before Python's own modules.
	"python": interpreted("python3", ".py", []string{"py", "python3"},
		"abc", "codecs", "collections", "copyreg", "encodings", "enum", "functools", "genericpath", "io", "json", "keyword",
		"operator", "os", "posixpath", "re", "reprlib", "site", "stat", "sys", "types"),
	"sh":   interpreted("sh", ".sh", []string{"shell", "bash", "posix"}),
	"node": interpreted("node", ".js", []string{"js", "javascript", "nodejs"}),
	"go": {from: "go/main.go", needs: "go", also: []string{"golang"},
		taken: []string{"bin", "secrets", "state"}, // folders that hold no programs
		file:  func(bot string) string { return path.Join(bot, "main.go") },
		start: func(bot string) []string { return []string{"bin/" + bot} },
		build: func(dir, bot string) string {
			return "go build -o " + shellWord(path.Join(dir, "bin", bot)) + " " + shellWord(path.Join(dir, bot, "main.go"))
		}},
}

func interpreted(with, ext string, also []string, taken ...string) language {
	file := func(bot string) string { return bot + ext }
	return language{from: "bot" + ext, file: file, needs: with, also: also, taken: taken,
		start: func(bot string) []string { return []string{with, file(bot)} }}
}

func languageNames() []string { return slices.Sorted(maps.Keys(languages)) }

// languageOf finds a language, or says which one was meant.
func languageOf(name string) (language, error) {
	if l, ok := languages[name]; ok {
		return l, nil
	}
	hint := ""
	near := config.Nearest(name, languageNames())
	for n, l := range languages {
		if slices.Contains(l.also, strings.ToLower(name)) {
			near = n
		}
	}
	if near != "" {
		hint = fmt.Sprintf(" (did you mean %q?)", near)
	}
	return language{}, fmt.Errorf("lang: %q is none of %s%s", name, strings.Join(languageNames(), ", "), hint)
}

// check refuses a name whose file would be taken for something else.
func (l language) check(bot string) error {
	if slices.Contains(l.taken, bot) {
		return fmt.Errorf("bot: %q is a name that %s needs itself (did you mean %q?)", bot, l.needs, bot+"-bot")
	}
	return nil
}

// builds are the files that building the bot makes.
func (l language) builds(bot string) []string {
	if l.build == nil {
		return nil
	}
	return l.start(bot)
}

// starterFile is a file that init writes, by its path from the folder of heed.toml.
type starterFile struct {
	path string
	text []byte
}

// firstFiles are the bot's program, cases for heed test, and the people it meets in the
// sandbox.
func firstFiles(s config.Start, l language) ([]starterFile, error) {
	program, err := starterFiles.ReadFile("starter/" + l.from)
	if err != nil {
		return nil, err
	}
	account, person := strings.TrimPrefix(s.Account(), "@"), "ann_demo"
	if strings.EqualFold(account, person) {
		person = "ann_demo2"
	}
	var people, cases bytes.Buffer
	if err := starterCases.Execute(&cases, s); err != nil {
		return nil, err
	}
	err = starterPeople.Execute(&people, struct{ Operator, Account, Person, Question string }{s.Operator, account, person, s.Account() + " what can you do?"})
	return []starterFile{{l.file(s.Bot), program}, {s.Bot + ".test.toml", cases.Bytes()}, {s.People, people.Bytes()}}, err
}
