package guards

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"heed/bots"
)

func init() {
	register(Rule{
		Name:    "private_data",
		Says:    "no public text shows mail addresses, phone, card or account numbers, or asks people for theirs; a password is asked for nowhere",
		Clauses: []string{"C15", "D15"},
		Actions: writing,
	}, func() Guard { return &privateData{} })
	Declare(Clause{ID: "D15", Says: "no private information about a person is published without their authorisation",
		Source: SourceAutomation + " I.A", Served: []Service{ByGuard},
		Tests:    []string{"guards TestPrivateDataShown", "guards TestPrivateDataIsNeverRepeated"},
		Operator: "look at names, streets and pictures yourself: heed knows only data that has a form of its own"})
	Declare(Clause{ID: "C15", Says: "private information is not asked for in public, and only the least that is needed in a message",
		Source: SourceAutomation + " I.B", Served: []Service{ByGuard},
		Tests:    []string{"guards TestPrivateDataAskedFor"},
		Operator: "in messages, let your bot ask for no more than its answer needs"})
}

type privateData struct {
	// Allow are values that may be shown, such as the operator's own support address.
	// Case and signs between digits make no difference. Default: none. Rule D15.
	Allow []string `toml:"allow"`
}

// The kinds of data that have a form of their own.
const (
	anEmail   = "mail address"
	aPhone    = "phone number"
	aCard     = "card number"
	anAccount = "bank account"
)

const minAllowed = 5 // letters and digits of a value that may be shown

func (g *privateData) Check() []string {
	var f faults
	for _, v := range g.Allow {
		if utf8.RuneCountInString(valueKey(v)) < minAllowed {
			f.add("allow", "%.60q has fewer than %d letters and digits: no address and no number", v, minAllowed)
		}
	}
	return f
}

func (g *privateData) Loosens(house Guard) []string {
	h, ok := house.(*privateData)
	if !ok {
		return notOurs(house)
	}
	var l looser
	l.within("allow", g.Allow, h.Allow)
	return l
}

func (g *privateData) Needs(bots.Intent) Needs { return Needs{} }

// Judge never repeats what it found: kinds and counts are all that leaves it.
func (g *privateData) Judge(in bots.Intent, f Facts) Finding {
	text := written(&in)
	if found := g.asking(&in, f.read(text)); found.Effect != Allow || in.Action == bots.DM {
		return found
	}
	shown := slices.DeleteFunc(dataIn(text), func(d datum) bool { return g.allows(d.value) })
	if len(shown) == 0 {
		return Pass()
	}
	counts := map[string]int{}
	for _, d := range shown {
		counts[d.kind]++
	}
	var parts []string
	for _, kind := range []string{anEmail, aPhone, aCard, anAccount} {
		if n := counts[kind]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s: %d", kind, n))
		}
	}
	found := Held("private_data.shown", "the text shows what looks like private data ("+strings.Join(parts, ", ")+")",
		"leave it out; if it is the operator's own, put it in allow, or a person approves: heed approve KEY").Citing("D15")
	for kind, n := range counts {
		found = found.With(strings.ReplaceAll(kind, " ", "_"), n)
	}
	return found
}

func (g *privateData) asking(in *bots.Intent, text *reading) Finding {
	what := asksFor(text)
	switch {
	case what == asksSecret:
		return Denied("private_data.asks_secret", "the text asks for a password, a code or a card number",
			"ask for no such thing, in public or in a message").Citing("C15")
	case what == asksData && in.Action != bots.DM:
		return Denied("private_data.asks_in_public", "the text asks people for private data in public",
			"invite them to send a message, and ask there for the least that is needed").Citing("C15")
	case what == warnsOf && in.Action != bots.DM:
		return Held("private_data.may_ask", "the text seems to ask for private data, and to warn of it",
			"say plainly what nobody should send; or a person looks: heed approve KEY").Citing("C15")
	}
	return Pass()
}

func (g *privateData) allows(value string) bool {
	if len(g.Allow) == 0 {
		return false
	}
	key := valueKey(value)
	for _, a := range g.Allow {
		if valueKey(a) == key {
			return true
		}
	}
	return false
}

// valueKey is a value without what writers put between its parts.
func valueKey(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '@' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= utf8.RuneSelf:
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return -1
	}, s)
}
