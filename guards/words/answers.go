package words

import (
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
)

//go:embed answers.toml
var answersFile string

// Answers are heed's own texts in one language, with their blanks: {purpose},
// {operator}, {bot}, {privacy}, {stop}, {start}.
type Answers struct {
	Code       string
	Stop       string // the keyword that the texts name for an opt-out
	Start      string // and for coming back
	Help       string // what the bot is, who runs it, how to stop it
	Privacy    string // added to Help, where there is a link
	ConfirmAll string `toml:"confirm_all"` // a stop was heard, for every bot of the operator
	ConfirmOne string `toml:"confirm_one"` // and for one bot
}

var answers, answerLangs = mustReadAnswers(answersFile)

// AnswersIn are the texts in a language, those in English where it is not known.
func AnswersIn(lang string) Answers {
	if a, ok := answers[lang]; ok {
		return a
	}
	return answers["en"]
}

// Langs lists the languages of the answers, and of the table of keywords.
func Langs() []string { return append([]string(nil), answerLangs...) }

func mustReadAnswers(file string) (map[string]Answers, []string) {
	byLang, langs, err := readAnswers(file)
	if err != nil {
		panic("answers.toml: " + err.Error()) // embedded data: only a broken build gets here
	}
	return byLang, langs
}

func readAnswers(file string) (byLang map[string]Answers, langs []string, err error) {
	var doc struct{ Language []Answers }
	meta, err := toml.Decode(file, &doc)
	if err != nil {
		return nil, nil, err
	}
	if extra := meta.Undecoded(); len(extra) > 0 {
		return nil, nil, fmt.Errorf("unknown key %v", extra[0])
	}
	byLang = map[string]Answers{}
	for _, a := range doc.Language {
		if err := a.check(); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", a.Code, err)
		}
		byLang[a.Code], langs = a, append(langs, a.Code)
	}
	if byLang["en"].Code == "" {
		return nil, nil, errors.New("no English, which stands in for every other language")
	}
	return byLang, langs, nil
}

// check says whether the texts name what people must be told, each once.
func (a Answers) check() error {
	for _, t := range []struct{ name, text, blanks string }{
		{"help", a.Help, "{purpose} {operator} {stop}"},
		{"privacy", a.Privacy, "{privacy}"},
		{"confirm_all", a.ConfirmAll, "{operator} {start}"},
		{"confirm_one", a.ConfirmOne, "{bot} {start}"},
	} {
		for blank := range strings.FieldsSeq(t.blanks) {
			if strings.Count(t.text, blank) != 1 {
				return fmt.Errorf("%s must have %s once", t.name, blank)
			}
		}
		if strings.Count(t.text, "{") != len(strings.Fields(t.blanks)) {
			return fmt.Errorf("%s has a blank that nobody fills", t.name)
		}
	}
	if got := Match(a.Stop, nil); got.Outcome != OptOut {
		return fmt.Errorf("stop %q is no opt-out", a.Stop)
	}
	if got := Match(a.Start, nil); got.Outcome != OptIn {
		return fmt.Errorf("start %q is no opt-in", a.Start)
	}
	return nil
}
