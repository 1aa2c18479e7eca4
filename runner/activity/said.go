package activity

import (
	"encoding/json"
	"slices"
	"strings"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// said makes of a post what its author said to the bot, as polling would have: the same
// event id, and the same reading of whether it summons the bot.
func (d *decoder) said(about Account, kind string, ev event) []runner.Push {
	var p post
	if json.Unmarshal(ev.Payload, &p) != nil {
		return nil
	}
	id, ok := p.ID.id()
	from, known := p.AuthorID.id()
	repost := slices.ContainsFunc(p.refs(), func(r refBody) bool { return r.Type == "retweeted" || r.Type == "reposted" })
	if !ok || !known || from == string(about.UserID) || repost {
		return nil
	}
	words, e := p.full()
	named, mentions := about.named(e)
	replies := string(p.InReplyTo) == string(about.UserID) || p.InReplyTo == "" && kind == "post.reply.create"
	quotes := quotesBot(p, about, kind, ev.Includes.value.authors())
	how := guards.ByMention
	switch {
	case replies:
		how = guards.ByReply
	case quotes:
		how = guards.ByQuote
	case !named && kind != "post.mention.create":
		return nil // it says that it is about the bot, and shows nothing of that
	}
	who, shown := people(ev.Includes.value.Users)[from]
	thread, ok := p.ConversationID.id()
	if !ok {
		thread = ""
	}
	s := runner.Said{Text: unescaper.Replace(words), Signs: d.signs(who, shown), Invitation: guards.Invitation{
		Event: "post:" + id, Kind: how, Bot: about.Bot, From: bots.UserID(from), Post: bots.PostID(id), At: at(p.CreatedAt, p.ID),
		Summons: named || quotes, Automated: who.automated(), Thread: bots.PostID(thread), Mentions: mentions,
	}}
	return []runner.Push{{Bot: about.Bot, Event: s.Event, At: s.At, Said: &s}}
}

// named says whether a post names the bot, and whom else.
func (a Account) named(e entities) (named bool, others []bots.UserID) {
	for _, m := range e.Mentions {
		id, ok := m.ID.id()
		switch {
		case ok && id == string(a.UserID),
			m.Username != "" && strings.EqualFold(string(m.Username), strings.TrimPrefix(a.Handle, "@")):
			named = true
		case ok && !slices.Contains(others, bots.UserID(id)):
			others = append(others, bots.UserID(id))
		}
	}
	return named, others
}

// quotesBot says whether a post quotes one of the bot's. Where the quoted post is shown,
// its author decides; else the event's own name does.
func quotesBot(p post, a Account, kind string, authors map[string]string) bool {
	return slices.ContainsFunc(p.refs(), func(r refBody) bool {
		if r.Type != "quoted" {
			return false
		}
		by, shown := authors[string(r.ID)]
		return shown && by == string(a.UserID) || !shown && kind == "post.quote.create"
	})
}

// message is a direct message, in the shape of before v2 and in that of v2.
type message struct {
	ID       text `json:"id"`
	Type     text `json:"type"`
	Kind     text `json:"event_type"`
	Created  text `json:"created_timestamp"`
	Made     text `json:"created_at"`
	SenderID text `json:"sender_id"`
	Talk     text `json:"dm_conversation_id"`
	Text     text `json:"text"`
	Create   lax[struct {
		SenderID text `json:"sender_id"`
		Target   struct {
			RecipientID text `json:"recipient_id"`
		} `json:"target"`
		Data struct {
			Text text `json:"text"`
		} `json:"message_data"`
	}] `json:"message_create"`
}

// messages reads the messages of a delivery that were written to one of the bots.
func (d *decoder) messages(accounts []Account, ev event) (all []runner.Push) {
	var p struct {
		message
		Events lax[[]json.RawMessage] `json:"direct_message_events"`
		Users  json.RawMessage        `json:"users"`
	}
	if json.Unmarshal(ev.Payload, &p) != nil {
		return nil
	}
	list := []message{p.message}
	if p.Events.value != nil {
		list = nil
	}
	for _, raw := range p.Events.value[:min(len(p.Events.value), mostEvents)] {
		var m message
		if json.Unmarshal(raw, &m) == nil {
			list = append(list, m)
		}
	}
	users := people(p.Users)
	for id, u := range people(ev.Includes.value.Users) {
		users[id] = u
	}
	for _, m := range list {
		if push, ok := d.message(accounts, ev, m, users); ok {
			all = append(all, push)
		}
	}
	return all
}

func (d *decoder) message(accounts []Account, ev event, m message, users map[string]person) (runner.Push, bool) {
	sender, words := m.SenderID, m.Text
	to := m.Create.value.Target.RecipientID
	if m.Create.value.SenderID != "" {
		sender, words = m.Create.value.SenderID, m.Create.value.Data.Text
	}
	spoken := (m.Type == "" || m.Type == "message_create") && (m.Kind == "" || m.Kind == "MessageCreate")
	about, ours := find(accounts, ev.Filter.value.UserID)
	if ev.Filter.value.UserID == "" {
		about, ours = find(accounts, to)
	}
	id, ok := m.ID.id()
	from, known := sender.id()
	if !spoken || !ours || !ok || !known || from == string(about.UserID) || to != "" && string(to) != string(about.UserID) {
		return runner.Push{}, false
	}
	when := millis(m.Created, m.ID)
	if m.Made != "" {
		when = at(m.Made, m.ID)
	}
	who, shown := users[from]
	s := runner.Said{Text: unescaper.Replace(string(words)), Signs: d.signs(who, shown), Invitation: guards.Invitation{
		Event: "dm:" + id, Kind: guards.ByDM, Bot: about.Bot, From: bots.UserID(from), At: when,
		Summons: to != "" || strings.Contains(string(m.Talk), "-"), Automated: who.automated(),
	}}
	return runner.Push{Bot: about.Bot, Event: s.Event, At: s.At, Said: &s}, true
}
