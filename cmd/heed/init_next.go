package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// step is a command to type next.
type step struct {
	Run  string `json:"run"`
	Says string `json:"says"`
}

// tellFirst says what init wrote, and what comes next.
func (a *app) tellFirst(in *first, l language, files []starterFile, notes []string) error {
	dir := filepath.Dir(a.config)
	var wrote []string
	for _, f := range files {
		wrote = append(wrote, filepath.Join(dir, f.path))
	}
	steps := a.nextSteps(in, l, dir)
	if a.json {
		return a.print(map[string]any{"wrote": a.config, "files": wrote, "notes": append([]string{}, notes...), "next": steps}, "")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "wrote %s\n", strings.Join(wrote, ", "))
	for _, note := range notes {
		fmt.Fprintf(&b, "note: %s\n", note)
	}
	b.WriteString("\nnext:\n")
	for i, s := range steps {
		fmt.Fprintf(&b, "  %d. %s\n     %s\n", i+1, s.Run, s.Says)
	}
	if !in.own {
		fmt.Fprintf(&b, "\nThen make %s your own. What is allowed is done, and no longer only judged, once heed.toml says mode = \"live\".\n", filepath.Join(dir, l.file(in.Bot)))
	}
	_, err := fmt.Fprint(a.out, b.String())
	return err
}

// nextSteps are commands that work from where init was called.
func (a *app) nextSteps(in *first, l language, dir string) (steps []step) {
	heed, where := selfWord(), ""
	if a.config != "heed.toml" {
		where = " --config " + shellWord(a.config)
	}
	if l.build != nil {
		steps = append(steps, step{l.build(dir, in.Bot), "builds the bot; again after each change"})
	}
	steps = append(steps, step{heed + " check" + where, "reads the settings, and touches no network"})
	if in.own {
		return append(steps, step{heed + " run" + where, "starts the bot in the sandbox, judges what it wants, and sends nothing; ctrl-C ends"})
	}
	return append(steps,
		step{heed + " run" + where, "starts the bot in the sandbox: it says hello, somebody asks, it answers; nothing is sent; ctrl-C ends"},
		step{heed + " why" + where + " " + in.Bot + "/hello", "tells what was asked before the hello was allowed; in another terminal, or afterwards"},
		step{heed + " test" + where, "tries what the bot would say, against guards alone, by the cases in " + filepath.Join(dir, in.Bot+".test.toml")})
}

// selfWord is how this program is called from here: by its name where the search path
// leads to it, else as it was.
func selfWord() string {
	self, err := os.Executable()
	if err != nil {
		return "heed"
	}
	if found, err := exec.LookPath("heed"); err == nil {
		if same(found, self) {
			return "heed"
		}
	}
	return shellWord(os.Args[0])
}

func same(a, b string) bool {
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// shellWord writes a word so that a shell takes it for one.
func shellWord(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
