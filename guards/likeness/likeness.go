// Package likeness tells whether two short posts are the same message with
// substantially the same wording, however disguised.
//
// A text becomes a Sketch once: it is folded to a comparison key (Fold), the
// key is cut into weighted units, and Score compares two sketches. An Index
// holds many sketches and finds the likest ones at a cost that does not grow
// with their number or with the size of a bot's family of posts.
//
// The package is pure: no clock, no files, no network. What it knows of
// languages is one embedded table of word weights.
package likeness

// Two levels and not one: what is nearly certain is refused, what is only
// likely is shown to a person with both texts.
const (
	// Deny is the score from which two posts are surely the same message.
	Deny = 0.9
	// Hold is the score from which a person should look.
	Hold = 0.5
)

// Rule names what settled a comparison, for the log and for the person who
// has to understand a refusal or a permission.
type Rule string

const (
	// RuleExact: the texts fold to the same key.
	RuleExact Rule = "same words"
	// RuleOrder: the same words in another order.
	RuleOrder Rule = "same words in another order"
	// RuleTags: equal but for the hashtags at the end.
	RuleTags Rule = "same words but for trailing hashtags"
	// RuleLetters: nearly every run of four letters is the same, and no number differs.
	RuleLetters Rule = "same letters"
	// RuleWording: the weighted comparison of words, numbers, letters and order.
	RuleWording Rule = "similar wording"
	// RuleSameFacts: the same declared template, filled with the same facts.
	RuleSameFacts Rule = "same template and same facts"
	// RuleOtherFacts: the same declared template, filled with other facts: another message.
	RuleOtherFacts Rule = "same template and other facts"
	// RuleBoilerplate: the index has seen the common part so often that what
	// differs is taken for facts.
	RuleBoilerplate Rule = "differs in the facts of a well-known frame"
)

// Likeness is the answer of one comparison.
type Likeness struct {
	// Score runs from 0 (another message) to 1 (the same message).
	Score float64
	// Rule is what settled the score.
	Rule Rule
}
