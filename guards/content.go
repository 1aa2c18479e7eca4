package guards

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"heed/bots"
	"heed/bots/xtext"
)

func init() {
	register(Rule{
		Name:    "content",
		Says:    "a text has an honest shape: it fits, it is not empty, it hides no characters, and it names few cashtags",
		Clauses: []string{"A13", "D12"},
		Actions: writing,
	}, func() Guard { return &content{MaxLength: xLength} })
	Declare(Clause{ID: "A13", Says: "the API is used as documented, and never interfered with",
		Source: SourceConduct, Served: []Service{ByGuard, ByDuty},
		Tests: []string{"guards TestContent", "guards TestMedia"}})
	Declare(Clause{ID: "D12", Says: "on self-serve a post has at most one cashtag",
		Source: SourceDocs + ", manage posts: integrate", Served: []Service{ByGuard},
		Tests: []string{"guards TestContent"}})
	Declare(Clause{ID: "D13", Says: "what comes from elsewhere is posted only with the right to publish it",
		Source: SourceAutomation + " II.B.1; " + SourceSpam, Served: []Service{ByWords},
		Operator: "see to it that every feed, picture and text which your bots pass on is yours, or that you may publish it: heed cannot know a licence"})
}

type content struct {
	// MaxLength is the greatest weighted length of a post: letters 1, CJK and emoji 2,
	// links 23. Default 280, from 1 to 25000; more than 280 needs a premium account.
	MaxLength int `toml:"max_length"`
}

const (
	maxMessage  = 10000 // characters of a direct message
	maxCashtags = 1     // on self-serve, rule D12
)

func (g *content) Check() []string {
	var f faults
	f.count("max_length", g.MaxLength, 1, bots.MaxText, "an intent's text is never longer")
	return f
}

func (g *content) Loosens(house Guard) []string {
	h, ok := house.(*content)
	if !ok {
		return notOurs(house)
	}
	var l looser
	l.count("max_length", g.MaxLength, h.MaxLength)
	return l
}

func (g *content) Needs(bots.Intent) Needs { return Needs{} }

func (g *content) Judge(in bots.Intent, f Facts) Finding {
	if found := shape(&in); found.Effect != Allow {
		return found
	}
	if in.Action == bots.DM {
		if n := utf8.RuneCountInString(in.Text); n > maxMessage {
			return Denied("content.too_long", fmt.Sprintf("the message has %d characters, X takes %d", n, maxMessage), "shorten it").
				Citing("A13").With("length", n)
		}
		return Pass()
	}
	if n := f.length(in.Text, g.MaxLength); n > g.MaxLength {
		return Denied("content.too_long", fmt.Sprintf("the text counts %d, %d may be sent (CJK and emoji count 2, links 23)", n, g.MaxLength),
			"shorten it; max_length may be greater for a premium account").Citing("A13").With("length", n).With("max_length", g.MaxLength)
	}
	if f.Bot.House.Tier != bots.Enterprise {
		if n := cashtags(in.Text); n > maxCashtags {
			return Denied("content.cashtags", fmt.Sprintf("%d cashtags, and X lets a self-serve app name %d", n, maxCashtags),
				"name one, or write the others without the dollar sign").Citing("D12").With("cashtags", n)
		}
	}
	return Pass()
}

// length is a text's weighted length as X counts it; 0 for one that surely fits.
func (f *Facts) length(text string, most int) int {
	if surelyFits(text, most) {
		return 0
	}
	return xtext.Length(text, f.links(text))
}

// shape finds texts that are nothing, or not what they seem. What a reader of a poll
// or of a picture's description reads is looked at too.
func shape(in *bots.Intent) Finding {
	all := written(in)
	if !utf8.ValidString(all) {
		return Denied("content.characters", "the text is not valid UTF-8", "send valid UTF-8").Citing("A13")
	}
	for i := range len(all) {
		if !mayHide[all[i]] {
			continue
		}
		if r, _ := utf8.DecodeRuneInString(all[i:]); hidden(r) {
			return Denied("content.characters", fmt.Sprintf("the text has %U, a control character that changes how it is read", r),
				"leave such characters out").Citing("A13").With("character", fmt.Sprintf("%U", r))
		}
	}
	if len(in.Media) == 0 && !seen(in.Text) {
		return Denied("content.empty", "nothing of the text can be seen", "write something, or attach media").Citing("A13")
	}
	return Pass()
}

// mayHide are the first bytes, in UTF-8, of the characters that hidden knows.
var mayHide = func() (table [256]bool) {
	for b := range rune(utf8.RuneSelf) {
		table[b] = hidden(b)
	}
	for _, r := range []rune{0x80, 0x2000, 0xF000} {
		table[string(r)[0]] = true
	}
	return table
}()

// seen says whether a text has anything visible.
func seen(text string) bool {
	for _, r := range text {
		if r > ' ' && r < 0x7F {
			return true
		}
		if !unicode.In(r, unicode.Z, unicode.Cf, unicode.Cc, unicode.Mn) {
			return true
		}
	}
	return false
}

// hidden are control characters, the overrides and isolates that turn the writing
// direction round, and what X refuses. Plain direction marks and joiners are writing.
func hidden(r rune) bool {
	switch {
	case r == '\n' || r == '\t' || r == '\r':
		return false
	case r < 0x20, r >= 0x7F && r <= 0x9F:
		return true
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r >= 0x206A && r <= 0x206F:
		return true
	}
	return r == 0xFEFF || r == 0xFFFE || r == 0xFFFF
}
