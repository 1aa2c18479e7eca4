package words

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

//go:embed words.toml
var tableFile string

const (
	maxExtra       = 100 // extra words of an operator
	maxExtraRunes  = 64
	maxPhraseWords = 10
)

// phrase is one entry of the table, ready to compare.
type phrase struct {
	key     string // folded words, joined by blanks; without blanks in CJK
	words   int
	rule    string
	lang    string
	tier    string
	outcome Outcome
	leading bool
}

func (p *phrase) hit() Hit {
	return Hit{Outcome: p.outcome, Rule: p.rule, Lang: p.lang, Tier: p.tier}
}

// index is the table by key.
type index struct {
	asOf     string
	all      []*phrase
	whole    map[string]*phrase // every phrase
	leading  map[string]*phrase // those that may be followed by a topic
	inside   []*phrase          // leading CJK phrases, looked for inside messages
	polite   map[string]bool
	affixes  []string // polite CJK beginnings and endings
	innocent map[string]bool
	plain    plainTable
}

type languageEntry struct {
	Code, Name       string
	Polite, Innocent []string
	Refuse, Contact  []string
	Words            []struct {
		Outcome, Tier, Match string
		Phrases              []string
	}
}

var table = mustLoad(tableFile)

func mustLoad(file string) *index {
	ix, err := load(file)
	if err != nil {
		panic("words.toml: " + err.Error()) // embedded data: only a broken build gets here
	}
	return ix
}

func load(file string) (*index, error) {
	var doc struct {
		AsOf     string `toml:"as_of"`
		Language []languageEntry
	}
	meta, err := toml.Decode(file, &doc)
	if err != nil {
		return nil, err
	}
	if extra := meta.Undecoded(); len(extra) > 0 {
		return nil, fmt.Errorf("unknown key %v", extra[0])
	}
	ix := &index{asOf: doc.AsOf, whole: map[string]*phrase{}, leading: map[string]*phrase{},
		polite: map[string]bool{}, innocent: map[string]bool{},
		plain: plainTable{exact: map[string][]plainPhrase{}, prefix: map[string][]plainPhrase{}}}
	for _, l := range doc.Language {
		if err := ix.add(l); err != nil {
			return nil, fmt.Errorf("%s: %w", l.Code, err)
		}
	}
	return ix, nil
}

func (ix *index) add(l languageEntry) error {
	for _, text := range l.Polite {
		key := keyOf(text)
		ix.polite[key] = true
		if hasCJK(key) {
			ix.affixes = append(ix.affixes, key)
		}
	}
	for _, text := range l.Innocent {
		ix.innocent[keyOf(text)] = true
	}
	for _, text := range slices.Concat(l.Refuse, l.Contact) {
		if keyOf(text) == "" {
			return fmt.Errorf("%q has no word", text)
		}
	}
	ix.addPlain(l)
	for _, group := range l.Words {
		outcome, err := outcomeOf(group.Outcome)
		if err != nil {
			return err
		}
		if group.Match != "whole" && group.Match != "leading" {
			return fmt.Errorf("match %q is neither whole nor leading", group.Match)
		}
		for _, text := range group.Phrases {
			p, err := newPhrase(l.Code, group.Tier, text, outcome, group.Match == "leading")
			if err != nil {
				return err
			}
			ix.put(p)
		}
	}
	return nil
}

// put enters a phrase. Of two with one key the graver outcome wins, then the
// one named first.
func (ix *index) put(p *phrase) {
	ix.all = append(ix.all, p)
	if old := ix.whole[p.key]; old == nil || old.outcome < p.outcome {
		ix.whole[p.key] = p
	}
	if !p.leading {
		return
	}
	if old := ix.leading[p.key]; old == nil || old.outcome < p.outcome {
		ix.leading[p.key] = p
	}
	if hasCJK(p.key) && p.outcome == OptOut {
		ix.inside = append(ix.inside, p)
	}
}

func outcomeOf(name string) (Outcome, error) {
	for o, n := range outcomeNames {
		if n == name && Outcome(o) != None {
			return Outcome(o), nil
		}
	}
	return None, fmt.Errorf("outcome %q is unknown", name)
}

func newPhrase(lang, tier, text string, outcome Outcome, leading bool) (*phrase, error) {
	tokens := read(text, true).texts()
	if n := len(tokens); n == 0 || n > maxPhraseWords {
		return nil, fmt.Errorf("phrase %q has %d words, want 1 to %d", text, n, maxPhraseWords)
	}
	key := join(tokens)
	return &phrase{key: key, words: len(tokens), rule: lang + "." + strings.ReplaceAll(key, " ", "-"),
		lang: lang, tier: tier, outcome: outcome, leading: leading}, nil
}

func extraPhrase(text string) (*phrase, error) {
	if n := utf8.RuneCountInString(text); n > maxExtraRunes {
		return nil, fmt.Errorf("extra keyword of %d characters: at most %d are allowed", n, maxExtraRunes)
	}
	p, err := newPhrase("extra", "community", text, OptOut, true)
	if err != nil {
		return nil, fmt.Errorf("extra keyword: %w", err)
	}
	p.lang = ""
	return p, nil
}

// CheckExtra says what is wrong with an operator's extra keywords: too many,
// too long, without a letter, or already a word of the table with another
// outcome, which would keep that outcome.
func CheckExtra(extra []string) error {
	var errs []error
	if len(extra) > maxExtra {
		errs = append(errs, fmt.Errorf("%d extra keywords: at most %d are allowed", len(extra), maxExtra))
	}
	for _, text := range extra {
		p, err := extraPhrase(text)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if old := table.whole[p.key]; old != nil && old.outcome != OptOut {
			errs = append(errs, fmt.Errorf("extra keyword %q: built in as %s (%s), which stays", text, old.outcome, old.rule))
		}
	}
	return errors.Join(errs...)
}

// AsOf is the date of the table, as 2006-01-02.
func AsOf() string { return table.asOf }

// Entry is one phrase of the table, for lists and documentation.
type Entry struct {
	Rule    string
	Lang    string
	Tier    string
	Outcome Outcome
	Leading bool // may be followed by a topic; otherwise only the whole message counts
}

// Entries lists the table in its order.
func Entries() []Entry {
	list := make([]Entry, 0, len(table.all))
	for _, p := range table.all {
		list = append(list, Entry{p.rule, p.lang, p.tier, p.outcome, p.leading})
	}
	return list
}
