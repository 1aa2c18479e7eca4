package guards

import (
	"slices"
	"strings"
	"unicode/utf8"

	"heed/bots"
	"heed/guards/words"
)

// HelpText answers HELP: what the bot is, who answers for it, how to stop it, and where
// the operator tells of privacy (rules B1, C3). lang is that of the words that asked, as
// Wish.Lang has it; an unknown one gets English. The purpose is shortened so that the
// text counts at most 280 as X counts it; only an operator whose name alone is longer
// than a post gets more.
func HelpText(b bots.Bot, lang string) string {
	a := words.AnswersIn(lang)
	purpose := shorten(plainPurpose(b), xLength)
	text := fillHelp(a, b, purpose)
	for n := utf8.RuneCountInString(purpose); n > 2 && length(text) > xLength; n-- {
		text = fillHelp(a, b, shorten(purpose, n))
	}
	return text
}

func fillHelp(a words.Answers, b bots.Bot, purpose string) string {
	text := a.Help
	if b.House.Operator.PrivacyURL != "" {
		text += " " + a.Privacy
	}
	return strings.NewReplacer("{purpose}", purpose, "{operator}", whoRuns(b), "{stop}", a.Stop,
		"{privacy}", b.House.Operator.PrivacyURL).Replace(text)
}

// plainPurpose is the bot's purpose as a part of a sentence that names nobody: names
// need consent, which a purpose does not have.
func plainPurpose(b bots.Bot) string {
	purpose := strings.Join(strings.Fields(strings.NewReplacer("@", "", "＠", "").Replace(b.Purpose)), " ")
	if purpose = strings.TrimRight(purpose, " .。।!！"); purpose == "" {
		return b.Name
	}
	return purpose
}

// whoRuns names the operator by all that is known of them.
func whoRuns(b bots.Bot) string {
	op := b.House.Operator
	handle := strings.TrimPrefix(op.Handle, "@")
	switch name := strings.TrimSpace(op.Name); {
	case handle == "":
		return name
	case name == "":
		return "@" + handle
	default:
		return name + " (@" + handle + ")"
	}
}

// ConfirmText says once that a stop was heard, for which bots, and how to come back;
// nothing else (rule C2). scope is the opt-out's: "*" for every bot of the operator, or
// a bot's name. lang is as in HelpText.
func ConfirmText(b bots.Bot, lang, scope string) string {
	a := words.AnswersIn(lang)
	if scope == "*" || scope == "" {
		return strings.NewReplacer("{operator}", whoRuns(b), "{start}", a.Start).Replace(a.ConfirmAll)
	}
	return strings.NewReplacer("{bot}", handleOf(b, scope), "{start}", a.Start).Replace(a.ConfirmOne)
}

// handleOf is the handle of one of the house's bots, its name where the handle is not known.
func handleOf(b bots.Bot, name string) string {
	if name == b.Name && b.Handle != "" {
		return b.Handle
	}
	if i := slices.Index(b.House.Bots, name); i >= 0 && i < len(b.House.Handles) {
		return b.House.Handles[i]
	}
	return name
}
