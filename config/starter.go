package config

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"text/template"
)

//go:embed starter.toml
var starterText string

var starter = template.Must(template.New("heed.toml").Parse(starterText))

// Start is what a first heed.toml needs to know.
type Start struct {
	Operator string   // who answers for the bots
	Bot      string   // the first bot's name
	Handle   string   // its account, with @
	Purpose  string   // what it does, in a sentence; may be empty
	Command  []string // how its script is started, from the folder of the file
}

// Starter writes a first heed.toml, commented, that runs in the sandbox and sends
// nothing to X. It loads without a problem when the names are such as Load takes.
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
	var b bytes.Buffer
	err := starter.Execute(&b, struct{ Operator, Bot, Handle, Purpose, Command string }{
		tomlText(s.Operator), name, tomlText(s.Handle), tomlText(s.Purpose), "[" + strings.Join(words, ", ") + "]",
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
