package guards

import (
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
)

// vocabulary reads a file of word lists onto a struct with toml tags. It panics on one
// that cannot be right: it is part of the program.
func vocabulary[T any](name, file string) T {
	var t T
	meta, err := toml.Decode(file, &t)
	if err == nil && len(meta.Undecoded()) > 0 {
		err = fmt.Errorf("unknown key %s", meta.Undecoded()[0])
	}
	if err != nil {
		panic("guards: " + name + ": " + err.Error())
	}
	return t
}

// phrasesOf makes phrases of a list. Where a script joins words, a phrase may stand
// inside one; else it is whole words.
func phrasesOf(list []string) phrases { return readPhrases(strings.Join(list, "\n")) }

// wordForm says what is wrong with a word or phrase of the settings, "" if nothing.
func wordForm(w string) string {
	switch key := reduce(w); {
	case len(w) > 200:
		return fmt.Sprintf("%.60q is longer than 200 bytes", w)
	case len(key.words) == 0:
		return fmt.Sprintf("%q is no word: it has neither letter nor number", w)
	case strings.ContainsAny(w, ";[]\n"):
		return fmt.Sprintf("%q: write one word or phrase an entry", w)
	}
	return ""
}
