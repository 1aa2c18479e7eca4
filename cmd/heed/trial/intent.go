package trial

import (
	"strings"
	"time"

	"heed/bots"
	"heed/config"
)

// intentTable is an intent as a case writes it: the keys of the line that a bot prints, and
// two shorter ones for its target.
type intentTable struct {
	V               int               `toml:"v"`
	Type            string            `toml:"type"`
	ID              string            `toml:"id"`
	Key             string            `toml:"key"`
	Action          bots.Action       `toml:"action"`
	Text            string            `toml:"text"`
	Target          targetTable       `toml:"target"`
	Media           []mediaTable      `toml:"media"`
	Cause           string            `toml:"cause"`
	Reason          string            `toml:"reason"`
	NotBefore       time.Time         `toml:"not_before"`
	ExpiresAt       time.Time         `toml:"expires_at"`
	Hold            bool              `toml:"hold"`
	Template        string            `toml:"template"`
	Facts           map[string]string `toml:"facts"`
	Poll            *pollTable        `toml:"poll"`
	ReplySettings   string            `toml:"reply_settings"`
	MadeWithAI      bool              `toml:"made_with_ai"`
	PaidPartnership bool              `toml:"paid_partnership"`
	Sensitive       bool              `toml:"sensitive"`
	Labels          map[string]string `toml:"labels"`

	ReplyTo bots.PostID `toml:"reply_to"` // target.post_id, and the action is a reply
	To      bots.UserID `toml:"to"`       // target.user_id
}

type targetTable struct {
	PostID bots.PostID `toml:"post_id"`
	UserID bots.UserID `toml:"user_id"`
}

type mediaTable struct {
	Path string `toml:"path"`
	Alt  string `toml:"alt"`
}

type pollTable struct {
	Options []string `toml:"options"`
	Minutes int      `toml:"minutes"`
}

// intent makes the intent, and tells all that is wrong with its form.
func (t *intentTable) intent(row config.Row) bots.Intent {
	in := bots.Intent{V: 1, Type: "intent", ID: t.ID, Key: t.Key, Action: t.Action, Text: t.Text, Target: bots.Target(t.Target), Cause: t.Cause,
		Reason: t.Reason, NotBefore: t.NotBefore, ExpiresAt: t.ExpiresAt, Hold: t.Hold, Template: t.Template, Facts: t.Facts,
		ReplySettings: t.ReplySettings, MadeWithAI: t.MadeWithAI, PaidPartnership: t.PaidPartnership, Sensitive: t.Sensitive, Labels: t.Labels}
	for _, m := range t.Media {
		in.Media = append(in.Media, bots.Media{Path: m.Path, Alt: m.Alt})
	}
	if t.Poll != nil {
		in.Poll = &bots.Poll{Options: t.Poll.Options, Minutes: t.Poll.Minutes}
	}
	if in.ID == "" {
		in.ID = "the-case"
	}
	if in.Key == "" {
		in.Key = "the-case"
	}
	at := func(key string) []string { return []string{"intent", key} }
	if t.ReplyTo != "" {
		if t.Target != (targetTable{}) {
			row.Bad(at("reply_to"), "stands beside target", "it is target.post_id, in short: leave one of the two out")
		}
		if in.Action == "" {
			in.Action = bots.Reply
		}
		in.Target = bots.Target{PostID: t.ReplyTo}
	}
	if t.To != "" {
		if t.Target != (targetTable{}) || t.ReplyTo != "" {
			row.Bad(at("to"), "stands beside another target", "it is target.user_id, in short: leave one of the two out")
		}
		in.Target = bots.Target{UserID: t.To}
	}
	if t.V < 0 || t.V > 1 {
		in.V = t.V
	}
	if t.Type != "" {
		in.Type = t.Type
	}
	checkIntent(row, in)
	return in
}

// checkIntent tells what heed's own reader would say about the line.
func checkIntent(row config.Row, in bots.Intent) {
	err := in.Check()
	if err == nil {
		return
	}
	for _, wrong := range strings.Split(strings.TrimPrefix(err.Error(), "intent: "), "; ") {
		key, what, ok := strings.Cut(wrong, ": ")
		if !ok {
			row.Bad([]string{"intent"}, wrong, "")
			continue
		}
		path := append([]string{"intent"}, pathOf(key)...)
		if row.Refused(path[:2]...) || path[1] == "target" && (row.Refused("intent", "reply_to") || row.Refused("intent", "to")) {
			continue // what was refused is missing now, and no second mistake
		}
		hint := ""
		if key == "action" {
			hint = config.DidYouMean(string(in.Action), actionNames())
		}
		row.Bad(path, what, hint)
	}
}

// pathOf takes media[0].alt apart.
func pathOf(key string) []string {
	return strings.FieldsFunc(strings.ReplaceAll(key, "[", ".["), func(r rune) bool { return r == '.' })
}

func actionNames() (names []string) {
	for _, a := range bots.Actions() {
		names = append(names, string(a))
	}
	return names
}
