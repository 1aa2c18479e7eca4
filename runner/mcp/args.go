package mcp

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"

	"heed/bots"
)

// mistake is one thing wrong with what a tool was given, with a way out where one is known.
type mistake struct {
	bots.Mistake
	Hint string `json:"hint,omitempty"`
}

// mistaken are all mistakes of one call.
type mistaken struct {
	head string
	all  []mistake
}

func (m *mistaken) Error() string {
	var b strings.Builder
	b.WriteString(m.head)
	for _, x := range m.all {
		b.WriteString("\n- ")
		if x.Field != "" {
			b.WriteString(x.Field + ": ")
		}
		b.WriteString(x.Says)
		if x.Hint != "" {
			b.WriteString(" (" + x.Hint + ")")
		}
	}
	return b.String()
}

// wrong is a call with one mistake.
func wrong(field, says, hint string) error {
	return &mistaken{"nothing was done:", []mistake{{bots.Mistake{Field: field, Says: says}, hint}}}
}

// read reads the few arguments of a tool that only looks.
func read(args []byte, into any, fields string) error {
	err := json.Unmarshal(args, into, json.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	hint := "the fields are: " + fields
	if fields == "" {
		hint = "it takes no fields"
	}
	var sem *json.SemanticError
	if !errors.As(err, &sem) {
		return wrong("", "not one well-formed JSON object", hint)
	}
	says := "not of the right kind"
	if errors.Is(err, json.ErrUnknownName) {
		says = "unknown field"
	}
	return wrong(fmt.Sprintf("%.60s", strings.TrimPrefix(string(sem.JSONPointer), "/")), says, hint)
}
