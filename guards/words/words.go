// Package words finds out whether a message asks a bot to stop (opt-out), to
// start again (opt-in) or to explain itself (help), in the languages of the
// embedded table words.toml. It serves rules C2 and C3: a wrong opt-out can be
// taken back, a missed one breaks policy, so doubt goes to opt-out or to Hold.
//
// How a message is read. Lines that begin with ">" and texts of the bot itself
// are left out. Invisible characters, case, styled letters, accents (of Latin,
// Greek and Cyrillic), punctuation, emoji and letters repeated three times or
// more make no difference; spelled words (S T O P) are joined; polite words
// around a keyword are dropped. Then, in this order:
//
//  1. The whole message is a phrase of the table: its outcome. Polite words may
//     stand around it, except around an opt-in, which must be explicit.
//  2. It begins with a "leading" phrase: of several words, an opt-out; of one
//     word followed by a topic of one or two words, in at most six words, an
//     opt-out with Argument; otherwise Hold.
//  3. The first or last sentence is a leading phrase: an opt-out, however long
//     the message is. A "whole" phrase, or any phrase as a middle sentence: Hold.
//  4. A leading phrase stands elsewhere as a word of its own, and not in one of
//     the table's innocent uses (bus stop, can't stop): Hold. A "whole" phrase
//     (end, cancel, red) inside a message never counts.
//  5. A short sentence has both a word of refusing and a word of contact ("delete my
//     number"): Hold.
//  6. A stop sign without words: Hold.
//
// Chinese, Japanese and Korean are compared without spaces: a message must be a
// phrase, with polite beginnings and endings taken off; a leading phrase inside
// makes it Hold.
//
// Hold means that a person should look, and that nothing automated is sent to
// the sender until then. A message of another bot, or of this one, must not be
// given to this package at all.
package words

// Version names the table. It changes whenever words.toml or the reading of
// messages changes, and stands beside every recorded opt-out.
const Version = "2026-11-22.2"

// Outcome is what a message asks for.
type Outcome int

// The outcomes, gravest last.
const (
	None   Outcome = iota // nothing this package knows
	OptIn                 // contact me again
	Help                  // tell me what this is
	Hold                  // perhaps stop: a person must look
	OptOut                // stop contacting me
)

var outcomeNames = [...]string{"none", "optin", "help", "hold", "optout"}

// String is the outcome as the table writes it.
func (o Outcome) String() string { return outcomeNames[o] }

// Hit is what was found in a message.
type Hit struct {
	Outcome Outcome
	Rule    string // stable id such as "en.stop", "extra.sluta", "sign.stop"; "" for None
	Lang    string // language of the phrase, "" when it has none
	Tier    string // regulator, vendor or community

	// Argument is what follows a leading keyword, folded: "quakes" in "STOP
	// QUAKES!". If it is no topic of the bot, the message is a full opt-out. It
	// is the sender's text: hold it in memory only.
	Argument string
}

// Options say how messages are read.
type Options struct {
	// Extra are opt-out words of the operator. They count like leading words of
	// the community tier and never take away from the table. See CheckExtra.
	Extra []string
	// Own are texts that the bot itself sends, such as its opt-out notice. A
	// message that quotes one does not thereby opt out. Texts of fewer than
	// three words are not considered: they could hide a keyword.
	Own []string
	// Mentions drops @names at both ends of a message: "@bot stop".
	Mentions bool
}

// Matcher reads messages under fixed options. It is safe for concurrent use.
type Matcher struct {
	extra       map[string]*phrase
	extraInside []*phrase // the CJK ones, in the operator's order
	own         [][]string
	mentions    bool
}

// New prepares a matcher. Extra words past the limits of CheckExtra are not used.
func New(o Options) *Matcher {
	m := &Matcher{mentions: o.Mentions}
	for i, word := range o.Extra {
		p, err := extraPhrase(word)
		if err != nil || i >= maxExtra {
			continue
		}
		if m.extra == nil {
			m.extra = make(map[string]*phrase)
		}
		m.extra[p.key] = p
		if hasCJK(p.key) {
			m.extraInside = append(m.extraInside, p)
		}
	}
	for _, text := range o.Own {
		// Prepared as messages are, or a word that stands twice in a row would keep a quote from matching.
		if tokens := textsOf(m.prepare(read(text, true).tokens)); len(tokens) >= 3 {
			m.own = append(m.own, tokens)
		}
	}
	return m
}

// Match reads one message, such as a DM.
func Match(text string, extra []string) Hit {
	return New(Options{Extra: extra}).Match(text)
}

// MatchMention reads a public post addressed to the bot: @names at its ends are
// dropped first.
func MatchMention(text string, extra []string) Hit {
	return New(Options{Extra: extra, Mentions: true}).Match(text)
}
