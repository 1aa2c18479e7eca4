package bots

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// mostMistakes is how many mistakes of one line are told.
const mostMistakes = 32

// Mistake is one thing that is wrong with a line.
type Mistake struct {
	Field string `json:"field,omitempty"` // its place, like target.post_id; "" for the line itself
	Says  string `json:"says"`
}

// DecodeTelling takes what DecodeIntent takes, and of any other line tells the mistakes
// one by one, also several keys that are unknown or hold what cannot stand there, beside
// what could be read.
func DecodeTelling(line []byte) (Intent, []Mistake) {
	in, err := DecodeIntent(line)
	if err == nil {
		return in, nil
	}
	var tree map[string]any
	if len(line) > MaxLine || json.Unmarshal(line, &tree) != nil {
		return Intent{}, []Mistake{{"", strings.TrimPrefix(err.Error(), "intent: ")}}
	}
	found, broken, rest := shape(line, tree)
	for _, c := range rest.complaints() {
		field, says, _ := strings.Cut(c, ": ")
		if !slices.Contains(broken, topOf(field)) {
			found = append(found, Mistake{field, says})
		}
	}
	return rest, found[:min(len(found), mostMistakes)]
}

// shape finds what is unknown or of the wrong kind, by taking each out of the tree in
// turn. rest is what can be read then; broken are the keys about which nothing more can
// be said.
func shape(line []byte, tree map[string]any) (found []Mistake, broken []string, rest Intent) {
	for len(found) < mostMistakes {
		var in Intent
		err := json.Unmarshal(line, &in, json.RejectUnknownMembers(true))
		if err == nil {
			return found, broken, in
		}
		var sem *json.SemanticError
		if !errors.As(err, &sem) || !takeOut(tree, slices.Collect(sem.JSONPointer.Tokens())) {
			found = append(found, Mistake{"", strings.TrimPrefix(plain(err).Error(), "intent: ")})
			break
		}
		m := Mistake{fieldOf(sem.JSONPointer), fmt.Sprintf("a %s cannot stand here", kindName(sem.JSONKind))}
		if name := sem.JSONPointer.LastToken(); errors.Is(err, json.ErrUnknownName) {
			m.Says = unknownKey(name)
			broken = append(broken, nearestKey(name))
		}
		found, broken = append(found, m), append(broken, topOf(m.Field))
		if topOf(m.Field) == "media" { // whether a text is missing depends on them
			broken = append(broken, "text")
		}
		if line, err = json.Marshal(tree, json.Deterministic(true)); err != nil {
			break
		}
	}
	return found, slices.Concat(broken, intentKeys), Intent{}
}

// takeOut takes a value out of the tree: of a list the whole list, so that the places of
// its other values do not change.
func takeOut(tree map[string]any, path []string) bool {
	for i, name := range path {
		inner, ok := tree[name].(map[string]any)
		if i == len(path)-1 || !ok {
			_, there := tree[name]
			delete(tree, name)
			return there
		}
		tree = inner
	}
	return false
}

func fieldOf(p jsontext.Pointer) string {
	field := strings.Join(slices.Collect(p.Tokens()), ".")
	return field[:min(len(field), 80)]
}

// topOf is the key of the line that a field belongs to.
func topOf(field string) string {
	if end := strings.IndexAny(field, ".["); end >= 0 {
		return field[:end]
	}
	return field
}
