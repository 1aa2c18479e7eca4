package guards

import (
	_ "embed"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"heed/bots"
	"heed/bots/xtext"
)

func init() {
	register(Rule{
		Name:    "engagement",
		Says:    "no follow, like or repost is bought, sold or made the price of a prize, and no post rides on trends or is a heap of hashtags",
		Clauses: []string{"D8", "F5"},
		Actions: writing,
	}, func() Guard { return &engagement{MaxHashtags: 3} })
	Declare(Clause{ID: "D8", Says: "trending topics are neither ridden upon nor manipulated by automation",
		Source: SourceAutomation, Served: []Service{ByGuard},
		Tests:    []string{"guards TestEngagementTrends", "guards TestEngagementHashtags"},
		Operator: "name in trends what your bots have no business with; heed does not read what is trending"})
	Declare(Clause{ID: "F5", Says: "no action on X is sold, bought or paid for",
		Source: SourceSpam + "; " + SourceGuidelines, Served: []Service{ByGuard},
		Tests: []string{"guards TestEngagement"}})
}

//go:embed engagement.toml
var engagementFile string

// bargains are phrases that trade in actions: whole ones, and acts beside what lures to them.
var bargains = func() (t struct{ whole, acts, lures phrases }) {
	type row struct {
		Code    string   `toml:"code"`
		Phrases []string `toml:"phrases"`
		Acts    []string `toml:"acts"`
		Lures   []string `toml:"lures"`
	}
	v := vocabulary[struct {
		Language []row `toml:"language"`
	}]("engagement.toml", engagementFile)
	var whole, acts, lures []string
	for _, l := range v.Language {
		whole, acts, lures = append(whole, l.Phrases...), append(acts, l.Acts...), append(lures, l.Lures...)
	}
	t.whole, t.acts, t.lures = phrasesOf(whole), phrasesOf(acts), phrasesOf(lures)
	return t
}()

type engagement struct {
	// Trends are words, phrases or hashtags that no public text may ride on. Default: none. Rule D8.
	Trends []string `toml:"trends"`
	// MaxHashtags is how many hashtags a public text may have; one with more is held.
	// Default 3, from 0 to 30. Rule D8.
	MaxHashtags int `toml:"max_hashtags"`
}

func (g *engagement) Check() []string {
	var f faults
	for _, w := range g.Trends {
		if wrong := wordForm(w); wrong != "" {
			f.add("trends", "%s", wrong)
		}
	}
	f.count("max_hashtags", g.MaxHashtags, 0, 30, "more is a heap of tags")
	return f
}

func (g *engagement) Loosens(house Guard) []string {
	h, ok := house.(*engagement)
	if !ok {
		return notOurs(house)
	}
	var l looser
	l.whole("trends", g.Trends, h.Trends)
	l.count("max_hashtags", g.MaxHashtags, h.MaxHashtags)
	return l
}

func (g *engagement) Needs(bots.Intent) Needs { return Needs{} }

func (g *engagement) Judge(in bots.Intent, f Facts) Finding {
	key := f.read(written(&in))
	if in.Action != bots.DM {
		for _, w := range g.Trends {
			if key.has(reduce(w)) {
				return Denied("engagement.trend", fmt.Sprintf("the text rides on %q, which the settings keep bots from", w),
					"leave it out, or take it out of trends").Citing("D8").With("trend", w)
			}
		}
	}
	if said := bargain(key); said != "" {
		return quoting(Held("engagement.bargain", "the text seems to trade in follows, likes or reposts",
			"ask for none in return for anything; or a person looks: heed approve KEY").Citing("F5"), in, "words", said)
	}
	if in.Action == bots.DM {
		return Pass()
	}
	return g.tags(&in)
}

// nearLure is how many words may stand between an act and what lures to it.
const nearLure = 8

// bargain finds words that trade in actions, "" if none.
func bargain(t *reading) string {
	if said := bargains.whole.in(t); said != "" {
		return said
	}
	if !bargains.acts.mayBe(t) || !bargains.lures.mayBe(t) {
		return ""
	}
	act, at := "", 0
	for i := range t.words {
		w := &t.words[i]
		for _, ph := range bargains.lures.beginning(w) {
			if act != "" && i-at <= nearLure && ph.at(t.words, i) {
				return act + " … " + ph.spelled
			}
		}
		for _, ph := range bargains.acts.beginning(w) {
			if ph.at(t.words, i) {
				act, at = ph.spelled, i
			}
		}
	}
	for _, a := range bargains.acts.parts {
		for _, l := range bargains.lures.parts {
			if t.holds(a.place) && t.holds(l.place) {
				return a.spelled + " … " + l.spelled
			}
		}
	}
	return ""
}

// tags judges the hashtags of a public text.
func (g *engagement) tags(in *bots.Intent) Finding {
	tags := strings.Count(in.Text, "#") + strings.Count(in.Text, "＃")
	if tags > g.MaxHashtags {
		tags = len(xtext.Hashtags(in.Text))
	}
	if tags > g.MaxHashtags {
		return Held("engagement.hashtags", fmt.Sprintf("%d hashtags, and a text may have %d", tags, g.MaxHashtags),
			"name fewer; or a person looks: heed approve KEY").Citing("D8").With("hashtags", tags).With("max_hashtags", g.MaxHashtags)
	}
	if len(in.Media) == 0 && in.Poll == nil && onlyEntities(in.Text) {
		return Held("engagement.nothing_said", "the text is nothing but hashtags, handles and links",
			"say something with them; or a person looks: heed approve KEY").Citing("D8")
	}
	return Pass()
}

// onlyEntities says whether a text has hashtags or links, and no word of its own.
func onlyEntities(text string) bool {
	return !hasPlainWord(text) && entitiesAlone(text)
}

// entitiesAlone is onlyEntities by the whole of the text.
func entitiesAlone(text string) bool {
	e := xtext.Parse(text)
	if len(e.Hashtags) == 0 && len(e.URLs) == 0 {
		return false
	}
	runes := []rune(text)
	blank := func(s xtext.Span) {
		for i := s.Start; i < s.End && i < len(runes); i++ {
			runes[i] = ' '
		}
	}
	for _, x := range e.Hashtags {
		blank(x.Span)
	}
	for _, x := range e.URLs {
		blank(x.Span)
	}
	for _, x := range e.Mentions {
		blank(x.Span)
	}
	for _, x := range e.Cashtags {
		blank(x.Span)
	}
	for _, r := range runes {
		if unicode.In(r, unicode.L, unicode.N, unicode.So) {
			return false
		}
	}
	return true
}

// hasPlainWord says whether some stretch between blanks says something, and has none of
// the signs of which every hashtag, handle and link has one. Most texts have such a
// stretch, and are read no further.
func hasPlainWord(text string) bool {
	for at := 0; at < len(text); {
		end := at + chunk(text[at:])
		if plainWord(text[at:end]) {
			return true
		}
		at = end + 1
	}
	return false
}

func plainWord(s string) bool {
	says := false
	for i, r := range s {
		switch {
		case r == '#' || r == '@' || r == '$' || r == '＃' || r == '＠' || r == '.' && i+1 < len(s) && (letter(s[i+1]) || s[i+1] >= utf8.RuneSelf):
			return false
		case r >= utf8.RuneSelf:
			says = says || foldOf(r).is&told != 0
		default:
			says = says || letter(byte(r)) || digit(byte(r))
		}
	}
	return says
}
