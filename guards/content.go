package guards

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"heed/bots"
)

func init() {
	register(Rule{
		Name:    "content",
		Says:    "a text has an honest shape: it fits, it is not empty, it hides no characters and no links, and names few cashtags",
		Clauses: []string{"A13", "D9", "D12"},
		Actions: writing,
	}, func() Guard {
		return &content{MaxLength: xLength, Shorteners: shorteners()}
	})
	Declare(Clause{ID: "A13", Says: "the API is used as documented, and never interfered with",
		Source: SourceConduct, Served: []Service{ByGuard}})
	Declare(Clause{ID: "D9", Says: "links lead where they seem to lead",
		Source: SourceAutomation, Served: []Service{ByGuard}})
	Declare(Clause{ID: "D12", Says: "on self-serve a post has at most one cashtag",
		Source: "X API documentation, manage posts: integrate", Served: []Service{ByGuard}})
}

type content struct {
	// MaxLength is the greatest weighted length of a post: letters 1, CJK and emoji 2,
	// links 23. Default 280, from 1 to 25000; more than 280 needs a premium account.
	MaxLength int `toml:"max_length"`
	// Shorteners are hosts whose links hide where they lead; a text with one is held.
	// Default: the usual ones. Rule D9.
	Shorteners []string `toml:"shorteners"`
}

const (
	maxMessage  = 10000 // characters of a direct message
	maxCashtags = 1     // on self-serve, rule D12
)

func shorteners() []string {
	return strings.Fields(`adf.ly bit.do bit.ly bitly.com bl.ink buff.ly clck.ru cutt.ly dlvr.it goo.gl is.gd
		lnkd.in ow.ly qr.ae rb.gy rebrand.ly s.id shorte.st shorturl.at soo.gd t.ly tiny.cc tiny.one
		tinyurl.com trib.al v.gd x.gd`)
}

func (g *content) Check() []string {
	var f faults
	f.count("max_length", g.MaxLength, 1, bots.MaxText, "an intent's text is never longer")
	for _, h := range g.Shorteners {
		if !strings.Contains(h, ".") || strings.ContainsAny(h, "/: @") || h != strings.ToLower(h) {
			f.add("shorteners", "%.60q is no host in lower case, such as bit.ly", h)
		}
	}
	return f
}

func (g *content) Loosens(house Guard) []string {
	h, ok := house.(*content)
	if !ok {
		return notOurs(house)
	}
	var l looser
	l.count("max_length", g.MaxLength, h.MaxLength)
	var lacking looser
	lacking.within("shorteners", h.Shorteners, g.Shorteners)
	if len(lacking) > 0 {
		l.add("shorteners", "%d of the house's are missing", len(lacking))
	}
	return l
}

func (g *content) Needs(bots.Intent) Needs { return Needs{} }

func (g *content) Judge(in bots.Intent, f Facts) Finding {
	if found := shape(in); found.Effect != Allow {
		return found
	}
	if in.Action == bots.DM {
		if n := utf8.RuneCountInString(in.Text); n > maxMessage {
			return Denied("content.too_long", fmt.Sprintf("the message has %d characters, X takes %d", n, maxMessage), "shorten it").
				Citing("A13").With("length", n)
		}
		return g.links(in.Text)
	}
	if !surelyFits(in.Text, g.MaxLength) && length(in.Text) > g.MaxLength {
		n := length(in.Text)
		return Denied("content.too_long", fmt.Sprintf("the text counts %d, %d may be sent (CJK and emoji count 2, links 23)", n, g.MaxLength),
			"shorten it; max_length may be greater for a premium account").Citing("A13").With("length", n).With("max_length", g.MaxLength)
	}
	if f.Bot.House.Tier != bots.Enterprise {
		if n := cashtags(in.Text); n > maxCashtags {
			return Denied("content.cashtags", fmt.Sprintf("%d cashtags, and X lets a self-serve app name %d", n, maxCashtags),
				"name one, or write the others without the dollar sign").Citing("D12").With("cashtags", n)
		}
	}
	return g.links(in.Text)
}

// shape finds texts that are nothing, or not what they seem.
func shape(in bots.Intent) Finding {
	if !utf8.ValidString(in.Text) {
		return Denied("content.characters", "the text is not valid UTF-8", "send valid UTF-8").Citing("A13")
	}
	visible := false
	for _, r := range in.Text {
		if hidden(r) {
			return Denied("content.characters", fmt.Sprintf("the text has %U, a control character that changes how it is read", r),
				"leave such characters out").Citing("A13").With("character", fmt.Sprintf("%U", r))
		}
		visible = visible || !unicode.In(r, unicode.Z, unicode.Cf, unicode.Cc, unicode.Mn)
	}
	if !visible && len(in.Media) == 0 {
		return Denied("content.empty", "nothing of the text can be seen", "write something, or attach media").Citing("A13")
	}
	return Pass()
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

func (g *content) links(text string) Finding {
	host := leadsTo(text, g.Shorteners)
	if host == "" {
		return Pass()
	}
	return Held("content.shortened", fmt.Sprintf("a link by %s hides where it leads", host),
		"use the whole link; or a person looks where it leads: heed approve KEY").Citing("D9").With("host", host)
}
