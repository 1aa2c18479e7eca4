package guards

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"heed/bots"
)

func init() {
	register(Rule{
		Name:    "language",
		Says:    "answers and messages are free of profanity, slurs and sensitive media, unless a person releases them",
		Clauses: []string{"C14"},
		Actions: writing,
	}, func() Guard { return &language{} })
	Declare(Clause{ID: "C14", Says: "a reply, mention or message has no profanity and nothing sensitive, unless the person asked for it",
		Source: SourceAutomation + " I.B", Served: []Service{ByGuard},
		Tests:    []string{"guards TestLanguage", "guards TestLanguageIsNoSubstring"},
		Operator: "add the words of your own field and languages: the built-in list has only what is unmistakable"})
}

//go:embed language.toml
var languageFile string

// rude are the built-in words of every language.
var rude = func() phrases {
	type row struct {
		Code  string   `toml:"code"`
		Words []string `toml:"words"`
	}
	t := vocabulary[struct {
		Language []row `toml:"language"`
	}]("language.toml", languageFile)
	var all []string
	for _, l := range t.Language {
		all = append(all, l.Words...)
	}
	return phrasesOf(all)
}()

type language struct {
	// Words are added to the built-in ones. Default: none. Rule C14.
	Words []string `toml:"words"`
	// Allow are built-in words that are none here; only the house may name any.
	// Default: none.
	Allow []string `toml:"allow"`
	// Posts says whether posts of the bot's own accord are held too. Default false:
	// then they pass, and it is told.
	Posts bool `toml:"posts"`
}

func (g *language) Check() []string {
	var f faults
	for key, list := range map[string][]string{"words": g.Words, "allow": g.Allow} {
		for _, w := range list {
			if wrong := wordForm(w); wrong != "" {
				f.add(key, "%s", wrong)
			}
		}
	}
	slices.Sort(f)
	return f
}

func (g *language) Loosens(house Guard) []string {
	h, ok := house.(*language)
	if !ok {
		return notOurs(house)
	}
	var l looser
	l.whole("words", g.Words, h.Words)
	l.within("allow", g.Allow, h.Allow)
	if h.Posts && !g.Posts {
		l.add("posts", "false; the house holds posts too")
	}
	return l
}

func (g *language) Needs(bots.Intent) Needs { return Needs{} }

func (g *language) Judge(in bots.Intent, f Facts) Finding {
	if in.Sensitive && in.Action != bots.Post {
		return Held("language.sensitive_media", fmt.Sprintf("a %s with media that is marked sensitive", in.Action),
			"send it only to who asked for it: a person approves with heed approve KEY").Citing("C14")
	}
	if in.Text == "" && in.Poll == nil && len(in.Media) == 0 {
		return Pass()
	}
	word, count := g.rudeIn(f.read(written(&in)))
	switch {
	case count == 0:
		return Pass()
	case in.Action == bots.Post && !g.Posts:
		return Pass().With("rude_words", count)
	}
	found := Held("language.rude", fmt.Sprintf("the %s has words that an unasked person should not be sent: %d", in.Action, count),
		"say it in other words; or a person approves: heed approve KEY").Citing("C14").With("rude_words", count)
	return quoting(found, in, "word", word)
}

// rudeIn finds the words of a text that do not belong there: the first, and how many.
func (g *language) rudeIn(t *reading) (first string, count int) {
	take := func(w string) bool {
		if slices.ContainsFunc(g.Allow, func(a string) bool { return reduce(a).text == reduce(w).text }) {
			return false
		}
		if count++; first == "" {
			first = w
		}
		return true
	}
	rude.each(t, take)
	for _, w := range g.Words {
		if t.has(reduce(w)) {
			take(strings.TrimSpace(w))
		}
	}
	return first, count
}
