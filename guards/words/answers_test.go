package words

import (
	"slices"
	"strings"
	"testing"
)

func TestAnswersAreInEveryLanguageOfTheTable(t *testing.T) {
	var langs []string
	for _, e := range Entries() {
		if !slices.Contains(langs, e.Lang) {
			langs = append(langs, e.Lang)
		}
	}
	if !slices.Equal(langs, Langs()) || len(langs) != 14 {
		t.Errorf("answers in %v, keywords in %v", Langs(), langs)
	}
	for _, lang := range langs {
		a := AnswersIn(lang)
		if a.Code != lang {
			t.Errorf("%s gets the answers of %s", lang, a.Code)
		}
		stop := Match(a.Stop, nil)
		if stop.Lang != lang && stop.Lang != "en" {
			t.Errorf("%s: the stop word %q is of %s", lang, a.Stop, stop.Lang)
		}
	}
	if AnswersIn("xx").Code != "en" {
		t.Error("an unknown language gets no English")
	}
	list := Langs()
	if list[0] = "xx"; Langs()[0] == "xx" {
		t.Error("a caller can change the list of languages")
	}
}

func TestBadAnswersAreRefused(t *testing.T) {
	for why, change := range map[string][2]string{
		"a stop word that is none":  {`stop = "STOP"`, `stop = "MAYBE"`},
		"a start word that is none": {`start = "START"`, `start = "YES"`},
		"help without the operator": {"{operator} runs it", "somebody runs it"},
		"help without the stop":     {"To stop it, write {stop}", "Nothing stops it"},
		"a blank that nobody fills": {"This is a bot", "This is {what}"},
		"an unknown key":            {"[[language]]", "colour = 1\n[[language]]"},
		"no English":                {`code = "en"`, `code = "eo"`},
	} {
		if _, _, err := readAnswers(strings.Replace(answersFile, change[0], change[1], 1)); err == nil {
			t.Errorf("%s: accepted", why)
		}
	}
}
