package guards

import (
	"fmt"
	"slices"
	"time"

	"heed/bots"
)

// Effect is what a finding asks for. The greater wins.
type Effect int

// The effects. Unjudged allows nothing: an empty answer must never pass.
const (
	Unjudged Effect = iota
	Allow
	Defer // until a time
	Hold  // for a person
	Deny
)

var effectNames = [...]string{"unjudged", "allow", "defer", "hold", "deny"}

// EffectNames are the words of the effects that a verdict can have, in the order of their
// gravity.
func EffectNames() []string { return slices.Clone(effectNames[Allow:]) }

func (e Effect) String() string {
	if e < 0 || int(e) >= len(effectNames) {
		return fmt.Sprintf("effect(%d)", int(e))
	}
	return effectNames[e]
}

// MarshalText writes the effect's word.
func (e Effect) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText reads the effect's word.
func (e *Effect) UnmarshalText(b []byte) error {
	for i, n := range effectNames {
		if n == string(b) {
			*e = Effect(i)
			return nil
		}
	}
	return fmt.Errorf("effect: %.20q is none", b)
}

// Finding is one guard's answer about one intent.
type Finding struct {
	Guard    string         `json:"guard"` // filled in by the pipeline
	Effect   Effect         `json:"effect"`
	Code     string         `json:"code"`              // "follow_rate.hour_full": stable
	Because  string         `json:"because,omitempty"` // what was found, with its numbers
	Remedy   string         `json:"remedy,omitempty"`  // what would change the answer
	Until    time.Time      `json:"until,omitzero"`    // Defer only; zero: until what stops it is lifted
	Rules    []string       `json:"rules,omitempty"`   // policy clauses; the rule's own when the guard names none
	Evidence map[string]any `json:"evidence,omitempty"`
	Watched  bool           `json:"watched,omitempty"`  // told, not obeyed (mode = "watch")
	Released bool           `json:"released,omitempty"` // a person has approved this hold
}

// Pass is the finding of a guard that has looked and has no objection.
func Pass() Finding { return Finding{Effect: Allow} }

// Denied, Held and Deferred make findings. Because and remedy are sentences without
// a final stop.
func Denied(code, because, remedy string) Finding {
	return Finding{Effect: Deny, Code: code, Because: because, Remedy: remedy}
}

// Held asks for a person.
func Held(code, because, remedy string) Finding {
	return Finding{Effect: Hold, Code: code, Because: because, Remedy: remedy}
}

// Deferred asks to try again at until; zero means when what stops it is lifted.
func Deferred(code, because, remedy string, until time.Time) Finding {
	return Finding{Effect: Defer, Code: code, Because: because, Remedy: remedy, Until: until}
}

// With adds a number or id that the sentence rests on.
func (f Finding) With(key string, value any) Finding {
	e := make(map[string]any, len(f.Evidence)+1)
	for k, v := range f.Evidence {
		e[k] = v
	}
	e[key] = value
	f.Evidence = e
	return f
}

// Citing names the policy clauses of this very finding, where they are fewer than the rule's.
func (f Finding) Citing(clauses ...string) Finding {
	f.Rules = clauses
	return f
}

// Verdict is a pipeline's answer.
type Verdict struct {
	Effect   Effect    `json:"effect"`
	Until    time.Time `json:"until,omitzero"` // Defer only
	At       time.Time `json:"at"`
	Code     string    `json:"code"`
	Message  string    `json:"message"`
	Mode     bots.Mode `json:"mode"`
	Policy   string    `json:"policy"`
	Cost     Money     `json:"cost,omitempty"` // of the act, by the price table
	Findings []Finding `json:"findings"`
}
