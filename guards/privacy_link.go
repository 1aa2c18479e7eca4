package guards

import (
	"strings"
	"time"

	"heed/bots"
)

func init() {
	register(Rule{
		Name:    "privacy_link",
		Says:    "a bot's first answer to somebody's message links the operator's privacy policy",
		Clauses: []string{"C16"},
		Actions: []bots.Action{bots.DM},
		Watched: true, // X's guidelines call it a grey area, and a link in every answer may annoy
	}, func() Guard { return &privacyLink{} })
	Declare(Clause{ID: "C16", Says: "messages of automated support link a privacy policy",
		Source: SourceGuidelines + ", grey areas", Served: []Service{ByGuard},
		Tests:    []string{"guards TestPrivacyLink", "guards TestWatchedRulesAreToldAndNotObeyed"},
		Operator: `set privacy_url in [operator], and mode = "enforce" in [guards.privacy_link] if your bots give support`})
}

type privacyLink struct{}

// firstAnswerAfter is how long a conversation may rest before an answer is the first again.
const firstAnswerAfter = 24 * time.Hour

func (g *privacyLink) Check() []string { return nil }

func (g *privacyLink) Needs(bots.Intent) Needs { return Needs{Cause: true, Answered: firstAnswerAfter} }

func (g *privacyLink) Judge(in bots.Intent, f Facts) Finding {
	link := f.Bot.House.Operator.PrivacyURL
	if link == "" || f.Origin != ByBot || f.Cause == nil || f.Cause.Kind != ByDM || f.Answered > 0 {
		return Pass() // the settings' check tells of an operator without a policy
	}
	_, bare, _ := strings.Cut(link, "://")
	if strings.Contains(strings.ToLower(in.Text), strings.ToLower(strings.TrimRight(bare, "/"))) {
		return Pass()
	}
	return Held("privacy_link.missing", "the first answer to a message does not link the privacy policy",
		"add "+link+" to the text; or a person approves: heed approve KEY").With("answered", f.Answered)
}
