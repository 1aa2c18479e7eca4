package guards

import (
	"bytes"
	_ "embed"
	"fmt"
)

//go:embed private_data.toml
var askingFile string

// demand says what a text asks its reader for.
type demand int

const (
	asksNothing demand = iota
	warnsOf            // words of asking beside words of warning
	asksData
	asksSecret
)

// role is what a word does in asking for data.
type role int

const (
	asks   role = iota // send, tell
	whose              // your
	datas              // phone number
	secret             // password
	never              // not, never: no asking
	keen               // hesitate: what never stands before it is asking after all
	warns              // scam
	roles
)

// asking is one language's row of the table.
type asking struct {
	Code   string   `toml:"code"`
	Asks   []string `toml:"asks"`
	Whose  []string `toml:"whose"` // none: the words for data carry it themselves
	Data   []string `toml:"data"`
	Secret []string `toml:"secret"`
	Never  []string `toml:"never"`
	Keen   []string `toml:"keen"`
	Warns  []string `toml:"warns"`
	After  bool     `toml:"after"` // what is asked for may stand before the word that asks
}

// meaning is a word or a sequence of words, with its language and role.
type meaning struct {
	language int
	role     role
	phrase   phrase
}

type askingTable struct {
	table     tables
	asked     tables // begun by the words for data alone
	languages []asking
	byFirst   map[int32][]meaning
	glued     []gluedAsking // of scripts that write without spaces
}

type gluedAsking struct{ by [roles][]int } // places in the set of glued phrases

var askings = readAskings(askingFile)

// readAskings panics on a table that cannot be right: it is part of the program.
func readAskings(file string) askingTable {
	t := vocabulary[struct {
		Language []asking `toml:"language"`
	}]("private_data.toml", file)
	var err error
	table := askingTable{table: newTable(), asked: newTable(), languages: t.Language, byFirst: map[int32][]meaning{}}
	for i, l := range t.Language {
		if l.Code == "" || len(l.Asks) == 0 || len(l.Data) == 0 || len(l.Secret) == 0 {
			err = fmt.Errorf("language %q is not whole", l.Code)
		}
		var inside gluedAsking
		joined := false
		for r, list := range [roles][]string{l.Asks, l.Whose, l.Data, l.Secret, l.Never, l.Keen, l.Warns} {
			for _, w := range list {
				key := reduce(w)
				if len(key.words) == 0 {
					err = fmt.Errorf("language %q has an empty word", l.Code)
					continue
				}
				if key.joined {
					joined = true
					inside.by[r] = append(inside.by[r], glued.add(key))
					continue
				}
				table.table.begin(key.words[0])
				if role(r) == datas || role(r) == secret {
					table.asked.begin(key.words[0])
				}
				first := numberOf(key.words[0])
				table.byFirst[first] = append(table.byFirst[first], meaning{i, role(r), phrase{words: numbersOf(key.words)}})
			}
		}
		if joined {
			table.glued = append(table.glued, inside)
		}
	}
	if err != nil {
		panic("guards: private_data.toml: " + err.Error())
	}
	return table
}

// hit is a meaning found at a word.
type hit struct {
	at, language int
	role         role
}

const (
	nearWhose = 4  // words from "your" to the data
	nearAsk   = 12 // words from "send" to the data
	afterData = 6  // words from the data to "send", where the language puts it last
)

// asksFor says what a text asks its reader for; the graver of two. Its time is linear
// in the text.
func asksFor(t *reading) demand {
	found := asksNothing
	if t.begins&askings.asked != 0 {
		found = asksByWords(t)
	}
	if t.holding {
		for _, g := range askings.glued {
			found = max(found, g.in(t))
		}
	}
	return found
}

func asksByWords(t *reading) demand {
	var room [32]hit
	hits, found, something := room[:0], asksNothing, false
	for i, w := range t.words {
		if w.begins&askings.table == 0 {
			continue
		}
		for _, m := range askings.byFirst[w.number] {
			if m.phrase.at(t.words, i) && !(w.named && m.role != warns) {
				hits = append(hits, hit{i, m.language, m.role})
				something = something || m.role == datas || m.role == secret
			}
		}
	}
	if !something {
		return asksNothing
	}
	for i, h := range hits {
		if h.role == datas || h.role == secret {
			found = max(found, asksAt(hits, i))
		}
	}
	return found
}

// asksAt says whether the data of one hit is asked for.
func asksAt(hits []hit, i int) demand {
	data := hits[i]
	language := askings.languages[data.language]
	mine, ask, warned, denied := len(language.Whose) == 0, false, false, false
	look := func(h hit, back bool) {
		distance := data.at - h.at
		if !back {
			distance = -distance
		}
		switch {
		case h.role == warns:
			warned = true
		case h.language != data.language:
		case h.role == whose:
			mine = mine || back && distance <= nearWhose
		case h.role == asks:
			ask = ask || back && distance <= nearAsk || !back && language.After && distance <= afterData
		case h.role == never:
			denied = denied || distance <= nearAsk && (back || language.After)
		case h.role == keen:
			denied = false
		}
	}
	first := i
	for first > 0 && data.at-hits[first-1].at <= nearAsk+4 {
		first--
	}
	for _, h := range hits[first:i] {
		look(h, true)
	}
	for _, h := range hits[i+1:] {
		if h.at-data.at > nearAsk {
			break
		}
		look(h, false)
	}
	switch {
	case !mine || !ask || denied:
		return asksNothing
	case warned:
		return warnsOf
	case data.role == secret:
		return asksSecret
	}
	return asksData
}

const nearGlued = 96 // bytes of the key between what is asked for and the word that asks

func (g *gluedAsking) in(t *reading) demand {
	found := asksNothing
	for _, r := range []role{datas, secret} {
		for _, noun := range g.by[r] {
			if !t.holds(noun) {
				continue
			}
			word := glued.keys[noun]
			at := bytes.Index(t.key, word)
			around := t.key[max(0, at-nearGlued):min(len(t.key), at+len(word)+nearGlued)]
			switch {
			case !hasAny(around, g.by[asks]) || hasAny(around, g.by[never]):
			case hasAny(t.key, g.by[warns]):
				found = max(found, warnsOf)
			case r == secret:
				found = asksSecret
			default:
				found = max(found, asksData)
			}
		}
	}
	return found
}

// hasAny says whether a part of a key has one of some glued phrases.
func hasAny(key []byte, phrases []int) bool {
	for _, n := range phrases {
		if bytes.Contains(key, glued.keys[n]) {
			return true
		}
	}
	return false
}
