package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	stops "heed/guards/words"
)

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
