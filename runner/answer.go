package runner

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"heed/bots"
	"heed/guards"
)

// answer is the intent by which heed itself answers a person: to HELP with what the bot
// is, who runs it and how to stop it, to STOP once that it was heard. nil where the
// settings, the bot's actions or the author's being a bot themselves forbid it. It takes
// its turn like any other intent, and the guards judge it.
func (l *lane) answer(s Said, w Word, lang string, now time.Time) *Entry {
	house, b := l.runner.settings(), l.bot()
	in := bots.Intent{Action: bots.Reply, Target: bots.Target{PostID: s.Post}}
	if s.Kind == guards.ByDM {
		in = bots.Intent{Action: bots.DM, Target: bots.Target{UserID: s.From}}
	}
	if s.Automated || s.Kind == guards.ByDM && !s.Summons || !slices.Contains(b.Actions, in.Action) {
		return nil
	}
	var origin guards.Origin
	switch {
	case w.Meaning == WantsHelp && house.Help:
		// One answer to one person a day: the key is spent for ever.
		origin, in.Key = guards.ForHelp, bots.HouseKey+"help:"+string(s.From)+":"+now.UTC().Format(time.DateOnly)
		in.Text = guards.HelpText(b, lang)
	case w.Meaning == WantsOut && house.Confirm && in.Action == bots.DM:
		origin, in.Key = guards.Confirmation, bots.HouseKey+"stop:"+s.Event
		in.Text = guards.ConfirmText(b, lang, w.Scope)
	default:
		return nil
	}
	in.V, in.Type, in.ID, in.Cause = 1, "intent", uuid.Must(uuid.NewV7()).String(), s.Event
	in.ExpiresAt = now.Add(in.Action.Patience()).UTC().Truncate(time.Second)
	stored, err := in.Encode()
	if err != nil { // plain data of our own; what cannot be written is not said
		return nil
	}
	return &Entry{Bot: l.name, At: now, Intent: in, Stored: stored, Key: in.Key, Origin: origin}
}
