package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/BurntSushi/toml"

	"heed/bots"
	"heed/config"
	stops "heed/guards/words"
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
				lintBlock(t, dir, b)
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

var (
	exitComment = regexp.MustCompile(`#.*\bexit (\d)(?: or (\d))?\b`)
	makeTarget  = regexp.MustCompile("`make ([a-z-]+)")
	pageLink    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading     = regexp.MustCompile(`(?m)^#+ +(.*)$`)
)

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

// TestDocLinks wants that every link between pages leads to a file and a heading that are
// there, every `make` target exists, and docs/README.md names every page.
func TestDocLinks(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	index, err := os.ReadFile("../../docs/README.md")
	if err != nil {
		t.Fatal(err)
	}
	links := 0
	for _, page := range docPages(t) {
		b, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		for _, m := range makeTarget.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(string(makefile), "\n"+m[1]+":") {
				t.Errorf("%s: there is no `make %s`", page, m[1])
			}
		}
		for _, m := range pageLink.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			links++
			to, anchor, _ := strings.Cut(m[1], "#")
			path := page
			if to != "" {
				path = filepath.Join(filepath.Dir(page), to)
			}
			target, err := os.ReadFile(path)
			if err != nil {
				if info, dirErr := os.Stat(path); dirErr != nil || !info.IsDir() {
					t.Errorf("%s: %s leads nowhere", page, m[1])
				}
				continue
			}
			if anchor != "" && !slices.Contains(anchorsOf(string(target)), anchor) {
				t.Errorf("%s: %s: there is no such heading", page, m[1])
			}
		}
		if name := filepath.Base(page); name != "README.md" && !strings.Contains(string(index), "]("+name+")") {
			t.Errorf("docs/README.md does not name %s", name)
		}
	}
	if links < 10 {
		t.Errorf("only %d links were found", links)
	}
}

// anchorsOf makes of each heading what a page's links name it by.
func anchorsOf(text string) []string {
	all := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		var b strings.Builder
		for _, r := range strings.ToLower(m[1]) {
			switch {
			case r == ' ' || r == '-':
				b.WriteByte('-')
			case r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 0x7f:
				b.WriteRune(r)
			}
		}
		all[b.String()] = true
	}
	return slices.Collect(maps.Keys(all))
}

// ownNames are the languages as those who speak them call them.
var ownNames = map[string]string{"en": "English", "es": "Español", "pt": "Português", "fr": "Français", "de": "Deutsch", "it": "Italiano",
	"ja": "日本語", "ko": "한국어", "zh": "中文", "ar": "العربية", "tr": "Türkçe", "id": "Bahasa Indonesia", "hi": "हिन्दी", "ru": "Русский"}

// mostWords of a language are told on the page; all of them are in guards/words/words.toml.
const mostWords = 8

// stopWords writes the table of words that stop a bot. Each is tried as a message.
func stopWords(t *testing.T) string {
	t.Helper()
	var all struct {
		Language []struct {
			Code  string
			Words []struct {
				Outcome, Match string
				Phrases        []string
			}
		}
	}
	if _, err := toml.DecodeFile("../../guards/words/words.toml", &all); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("| language | words |\n|---|---|\n")
	for _, l := range all.Language {
		var said []string
		for _, w := range l.Words {
			for _, phrase := range w.Phrases {
				if w.Outcome != "optout" || len(said) == mostWords {
					continue
				}
				if hit := stops.Match(phrase, nil); hit.Outcome != stops.OptOut {
					t.Errorf("%s: %q is no opt-out: %s", l.Code, phrase, hit.Outcome)
				}
				if w.Match == "leading" {
					phrase += "*"
				}
				said = append(said, phrase)
			}
		}
		if ownNames[l.Code] == "" || len(said) == 0 {
			t.Errorf("%s: has no name or no words", l.Code)
		}
		fmt.Fprintf(&b, "| %s | %s |\n", ownNames[l.Code], strings.Join(said, " · "))
	}
	if len(all.Language) != len(ownNames) {
		t.Errorf("%d languages, and %d names", len(all.Language), len(ownNames))
	}
	return b.String()
}

// TestOptingOutPage keeps the words of docs/opting-out.md those that heed understands.
func TestOptingOutPage(t *testing.T) {
	const file = "../../docs/opting-out.md"
	const begin, end = "<!-- words: written by `make rules` -->\n", "<!-- /words -->"
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(got), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatal("docs/opting-out.md has lost the marks around its words")
	}
	page := before + begin + stopWords(t) + end + after
	if page == string(got) {
		return
	}
	if !*update {
		t.Fatal("the words of docs/opting-out.md are not those of the table; run `make rules`")
	}
	if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
}
