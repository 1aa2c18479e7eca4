package ledger

import (
	"time"

	"heed/bots"
	"heed/guards"
)

var (
	causeOf = sql(`SELECT kind, user, post, at, summons, automated, thread, mentions, spent_by, talk FROM inbound WHERE bot = ? AND event = ?`)
	answers = sql(`SELECT count(*) FROM (SELECT 1 FROM inbound WHERE bot = ? AND talk = ? AND at > ? AND spent_by <> '' AND spent_by <> ? LIMIT 1000)`)
	// Only words are confirmed: an account that shows a sign has said nothing to answer.
	confirmable = sql(`SELECT ` + choiceColumns + ` FROM choices WHERE user = ? AND kind = 'opt_out' AND (scope = '*' OR scope = ?)
		AND (event = ? OR first_event = ?) AND (how = 'dm' OR how = 'mention') AND ended_at IS NULL ORDER BY n LIMIT 1`)
	confirmed = sql(`SELECT 1 FROM intents WHERE origin = 'confirm' AND person = ? AND cause = ? AND seq <> ?
		AND (state = 'doing' OR state = 'done' OR state = 'unknown') LIMIT 1`)
)

// mostNamed is how many people of Needs.Named are read. Whom the facts leave out counts
// as unread, which lets nothing pass.
const mostNamed = 100

func (t *tx) named(f *guards.Facts, who []bots.UserID) error {
	read := map[bots.UserID]bool{}
	for _, id := range who {
		if read[id] || len(f.Named) == mostNamed {
			continue
		}
		read[id] = true
		p, err := person(t.conn, id, f.Bot.Name)
		if err != nil {
			return err
		}
		f.Named = append(f.Named, p)
	}
	return nil
}

// cause reads the event that the intent answers, and how often the bot has answered in
// its conversation.
func (t *tx) cause(f *guards.Facts, s *subject, asked bool, span time.Duration) error {
	if !asked && span <= 0 || s.in.Cause == "" {
		return nil
	}
	i, talk := guards.Invitation{Event: s.in.Cause, Bot: f.Bot.Name}, ""
	found, err := t.first(causeOf, func(r *row) {
		i.Kind, i.From, i.Post, i.At = guards.InviteKind(r.str()), bots.UserID(r.str()), bots.PostID(r.str()), r.when()
		i.Summons, i.Automated, i.Thread = r.flag(), r.flag(), bots.PostID(r.str())
		i.Mentions = splitIDs(r.str())
		i.SpentBy, talk = r.str(), r.str()
	}, f.Bot.Name, s.in.Cause)
	if err != nil || !found {
		return err
	}
	if i.SpentBy == s.in.ID {
		i.SpentBy = "" // by an earlier attempt of this very intent
	}
	if asked {
		f.Cause = &i
	}
	if span <= 0 {
		return nil
	}
	_, err = t.first(answers, func(r *row) { f.Answered = int(r.num()) }, f.Bot.Name, talk, f.Now.Add(-span), s.in.ID)
	return err
}

// confirms finds the opt-out that heed's own intent is to confirm: in force for this
// bot, by this very event, and confirmed by no other.
func (t *tx) confirms(f *guards.Facts, s *subject) error {
	who := s.person
	if s.origin != guards.Confirmation || s.in.Cause == "" || who == "" {
		return nil
	}
	p, err := person(t.conn, who, f.Bot.Name)
	if err != nil || p.OptOut == nil { // they have come back since
		return err
	}
	var c guards.Choice
	found, err := t.first(confirmable, func(r *row) { c = scanChoice(r).Choice }, who, f.Bot.Name, s.in.Cause, s.in.Cause)
	if err != nil || !found {
		return err
	}
	c.Event = s.in.Cause
	done, err := t.first(confirmed, func(*row) {}, who, s.in.Cause, s.seq)
	if err == nil && !done {
		f.Confirms = &c
	}
	return err
}
