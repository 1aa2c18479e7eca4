package config

import (
	"bytes"
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"text/template"
	"unicode"
	"unicode/utf8"
)

//go:embed starter.toml
var starterText string

var starter = template.Must(template.New("heed.toml").Parse(starterText))

// Start is what a first heed.toml needs to know.
type Start struct {
	Operator string   // who answers for the bots
	Bot      string   // the first bot's name
	Handle   string   // its account, with @; empty: the one of its name
	Purpose  string   // what it does, in a sentence; may be empty
	Command  []string // how its script is started, from the folder of the file
	Service  bool     // kept running, and answers people; else it posts once an hour
	People   string   // a script of people for the sandbox; may be empty
}

// maxOperator leaves room in a bio of 160 characters to say that the account is a bot.
const maxOperator = 100

// Check says all that is wrong with the names, each with a hint; nil when Load will
// take what Starter writes.
func (s Start) Check() error {
	return errors.Join(s.CheckOperator(), s.CheckBot(), s.checkHandle(), oneSentence("purpose", s.Purpose, maxSentence))
}

// CheckOperator says what is wrong with the operator's name.
func (s Start) CheckOperator() error {
	if strings.TrimSpace(s.Operator) == "" {
		return errors.New("operator: is empty: every bot's bio says who answers for it (rule B1)")
	}
	return oneSentence("operator", s.Operator, maxOperator)
}

// Account is the bot's handle.
func (s Start) Account() string {
	return cmp.Or(s.Handle, "@"+strings.ReplaceAll(s.Bot, "-", "_"))
}

// CheckBot says what is wrong with the bot's name. It is its account's too, where no
// handle is given.
func (s Start) CheckBot() error {
	if botName.MatchString(s.Bot) {
		if s.Handle == "" && !handleForm.MatchString(s.Account()) {
			return fmt.Errorf("bot: %q is too long for an account's name (up to 15 characters, or give its handle)", s.Bot)
		}
		return nil
	}
	hint := botNameForm
	if near := nearName(s.Bot); botName.MatchString(near) {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return fmt.Errorf("bot: %q is no name for a bot (%s)", oneLine(s.Bot), hint)
}

func (s Start) checkHandle() error {
	if what, hint := badHandle(s.Handle); s.Handle != "" && what != "" {
		return fmt.Errorf("handle: %s (%s)", what, hint)
	}
	return nil
}

func oneSentence(what, v string, most int) error {
	switch {
	case utf8.RuneCountInString(v) > most:
		return fmt.Errorf("%s: is longer than %d characters", what, most)
	case !utf8.ValidString(v):
		return fmt.Errorf("%s: is no UTF-8", what)
	case strings.ContainsFunc(v, unicode.IsControl):
		return fmt.Errorf("%s: holds a control character (one line of text)", what)
	}
	return nil
}

var notOfName = regexp.MustCompile(`[^a-z0-9]+`)

// nearName makes of a name what a bot may be called, if anything is left of it.
func nearName(s string) string {
	s = notOfName.ReplaceAllString(strings.ToLower(s), "-")
	s = strings.TrimLeftFunc(s, func(r rune) bool { return r < 'a' || r > 'z' })
	return strings.TrimRight(s[:min(len(s), 32)], "-")
}

// Starter writes a first heed.toml, commented, that runs in the sandbox and sends
// nothing to X. It loads without a problem when Check finds none.
func Starter(s Start) []byte {
	words := make([]string, len(s.Command))
	for i, w := range s.Command {
		words[i] = tomlText(w)
	}
	if s.Purpose == "" {
		s.Purpose = "Tells what it can do"
	}
	name := s.Bot
	if !bare(name) {
		name = tomlText(name)
	}
	people := ""
	if s.People != "" {
		people = tomlText(s.People)
	}
	var b bytes.Buffer
	err := starter.Execute(&b, struct {
		Operator, Bot, Handle, Purpose, Command, People string
		Service                                         bool
	}{
		tomlText(s.Operator), name, tomlText(s.Account()), tomlText(s.Purpose), "[" + strings.Join(words, ", ") + "]", people, s.Service,
	})
	if err != nil {
		panic("config: the starter's template: " + err.Error())
	}
	return b.Bytes()
}

// tomlText writes a basic string of TOML.
func tomlText(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
