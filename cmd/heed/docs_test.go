package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/BurntSushi/toml"

	"heed/bots"
	"heed/cmd/heed/trial"
	"heed/config"
)

// mostUnrun is how many blocks of the pages may say that no test can run them.
const mostUnrun = 12

// block is a fenced piece of a page. Its info is the language, then "file=NAME" (it is
// written there), "refused: WORDS" (settings that heed refuses so) or "not run: REASON".
type block struct {
	page, lang, info, text string
	line                   int
}

func (b block) String() string { return fmt.Sprintf("%s:%d", b.page, b.line) }

func (b block) file() string {
	for _, w := range strings.Fields(b.info) {
		if name, ok := strings.CutPrefix(w, "file="); ok {
			return name
		}
	}
	return ""
}

func docPages(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) < 10 {
		t.Fatalf("%d pages: %v", len(pages), err)
	}
	return append(pages, "../../README.md")
}

func blocksOf(t *testing.T, page string) (blocks []block) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	open, n := false, 0
	for line := range strings.Lines(string(text)) {
		n++
		info, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && !open:
			lang, info, _ := strings.Cut(strings.TrimSpace(info), " ")
			blocks = append(blocks, block{page: filepath.Base(page), lang: lang, info: info, line: n})
		case !fence && open:
			blocks[len(blocks)-1].text += line
		}
		open = open != fence
	}
	if open {
		t.Fatalf("%s: a fence is not closed", page)
	}
	return blocks
}

// docHouse makes the house in which the pages' commands are run: a bot that has posted
// once, and one post that waits for a person.
func docHouse(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "heed.toml"), docSettings, 0o600)
	write(t, filepath.Join(dir, "tides.sh"), `echo '{"action":"post","key":"tide-14","text":"High tide today: 14:32 (4.1 m)."}'
echo '{"action":"post","key":"storm-1","hold":true,"text":"A storm is coming up the harbour: the ferry rests."}'
`, 0o600)
	p := start(t, dir, nil, "run")
	p.until(60*time.Second, `DONE +post tide-14`, `HELD +post storm-1`)
	if code := p.end(syscall.SIGTERM, 30*time.Second); code != exitOK {
		t.Fatalf("the house ended with %d", code)
	}
	return dir
}

const docSettings = `[operator]
name        = "Harbour Lab"
handle      = "@harbourlab"
privacy_url = "https://harbour.example/privacy"

[x]
environment = "production"
api_url     = "sandbox"
use_case    = "Tells the tides of a harbour."

[web]
listen = ""

[bots.tides]
handle  = "@tidesbot"
purpose = "Tells the tides of the harbour"
mode    = "live"
command = ["sh", "tides.sh"]
every   = "1h"
actions = ["post"]
`

// TestDocs runs what the pages show: shell blocks by a shell in a prepared house, each
// line with the exit code that its comment says (else 0), settings by heed's own check,
// lines by heed's own reader. What cannot be run says why, and such blocks are few.
func TestDocs(t *testing.T) {
	house, unrun, ran := docHouse(t), 0, map[string]int{}
	for _, page := range docPages(t) {
		dir := filepath.Join(t.TempDir(), "house")
		if err := os.CopyFS(dir, os.DirFS(house)); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(dir, "heed.toml"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, b := range blocksOf(t, page) {
			if strings.HasPrefix(b.info, "not run: ") {
				unrun++
				continue
			}
			if name := b.file(); name != "" {
				write(t, filepath.Join(dir, name), b.text, 0o600)
			}
			ran[b.lang]++
			switch b.lang {
			case "sh":
				if b.file() == "" {
					runBlock(t, dir, b)
				}
			case "toml":
				if strings.HasSuffix(b.file(), config.CasesEnd) {
					tryCases(t, dir, b)
				} else {
					lintBlock(t, dir, b)
				}
			case "json":
				readLines(t, b)
			case "text", "console": // what a program answers is held by the test of its page
			case "python", "js", "go": // run by the test of its page
				if b.file() == "" {
					t.Errorf("%s: a program has a file=NAME, so that a test can run it", b)
				}
			default:
				t.Errorf("%s: %q is no language that a test knows; one that cannot be run says \"not run: REASON\"", b, b.lang)
			}
		}
	}
	if unrun > mostUnrun {
		t.Errorf("%d blocks are not run; at most %d", unrun, mostUnrun)
	}
	for _, lang := range []string{"sh", "toml", "json"} {
		if ran[lang] == 0 {
			t.Errorf("no block of %s was found", lang)
		}
	}
}

var exitComment = regexp.MustCompile(`#.*\bexit (\d)(?: or (\d))?\b`)

// runBlock runs a block line by line in one shell. The other disk is a folder of the house.
func runBlock(t *testing.T, dir string, b block) {
	t.Helper()
	var script strings.Builder
	n := 0
	for line := range strings.Lines(strings.ReplaceAll(b.text, "\\\n", " ")) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		want, or := "0", "0"
		if m := exitComment.FindStringSubmatch(line); m != nil {
			want, or = m[1], cmp.Or(m[2], m[1])
		}
		n++
		fmt.Fprintf(&script, "s=0; { %s\n} || s=$?\n[ $s -eq %s ] || [ $s -eq %s ] || { echo \"command %d of the block: exit $s\"; exit 97; }\n", line, want, or, n)
	}
	if err := os.MkdirAll(filepath.Join(dir, "/mnt/other"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", strings.ReplaceAll(script.String(), "/mnt/other", dir+"/mnt/other"))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(heedBinary(t))+":"+os.Getenv("PATH"), "USER=ann")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v: %s", b, err, out)
	}
}

// lintBlock checks settings, whole ones alone and others within the house's.
func lintBlock(t *testing.T, dir string, b block) {
	t.Helper()
	all := map[string]any{}
	if !strings.Contains(b.text, "[operator]") {
		if _, err := toml.Decode(docSettings, &all); err != nil {
			t.Fatal(err)
		}
	}
	var own map[string]any
	if _, err := toml.Decode(b.text, &own); err != nil {
		t.Errorf("%s: %v", b, err)
		return
	}
	merge(all, own)
	var text bytes.Buffer
	if err := toml.NewEncoder(&text).Encode(all); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "lint.toml")
	write(t, file, text.String(), 0o600)
	_, err := config.Load(file)
	words, refused := strings.CutPrefix(b.info, "refused: ")
	switch {
	case !refused && err != nil:
		t.Errorf("%s: %v", b, err)
	case refused && (err == nil || !strings.Contains(err.Error(), words)):
		t.Errorf("%s: is not refused with %q: %v", b, words, err)
	}
}

// tryCases tries verdict cases by the house's settings.
func tryCases(t *testing.T, dir string, b block) {
	t.Helper()
	cfg, err := config.Load(filepath.Join(dir, "heed.toml"))
	if err != nil {
		t.Fatal(err)
	}
	cases, problems := trial.Read(filepath.Join(dir, b.file()), cfg)
	if len(problems) > 0 {
		t.Errorf("%s: %v", b, problems)
	}
	for _, c := range cases {
		if r := c.Judge(); !r.OK {
			t.Errorf("%s: %s: expected %s, found %s %s", b, c.Name, c.Expect, r.Verdict.Effect, r.Verdict.Code)
		}
	}
}

func merge(into, from map[string]any) {
	for k, v := range from {
		sub, table := v.(map[string]any)
		if old, ok := into[k].(map[string]any); ok && table && sub["command"] == nil { // a whole bot takes another's place
			merge(old, sub)
			continue
		}
		into[k] = v
	}
}

// readLines reads intents and events as heed does.
func readLines(t *testing.T, b block) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(b.text))
	for {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err == io.EOF {
			return
		} else if err != nil {
			t.Errorf("%s: %v", b, err)
			return
		}
		strict := json.NewDecoder(bytes.NewReader(raw))
		strict.DisallowUnknownFields()
		var e bots.Event
		if _, err := bots.DecodeIntent(raw); err != nil && (strict.Decode(&e) != nil || e.Type == "" || e.V != 1) {
			t.Errorf("%s: is neither an intent (%v) nor an event: %s", b, err, raw)
		}
	}
}
