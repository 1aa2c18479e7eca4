package platform

import (
	"encoding/json"
	"strings"

	"heed/bots"
)

// messageFields is what is asked of a direct message.
const messageFields = "created_at,dm_conversation_id,entities,event_type,id,sender_id,text"

// message is a direct message as X shows it. Its text is raw: one that cannot be
// read must not hide that somebody spoke.
type message struct {
	ID        string          `json:"id"`
	EventType string          `json:"event_type"`
	SenderID  string          `json:"sender_id"`
	Talk      string          `json:"dm_conversation_id"`
	CreatedAt string          `json:"created_at"`
	Text      json.RawMessage `json:"text"`
	URLs      json.RawMessage `json:"urls"`
	Entities  json.RawMessage `json:"entities"`

	Attachments lax[attached] `json:"attachments"`
}

// entities are the message's links, which X has shown in two places.
func (m message) entities() entities {
	var e entities
	_ = json.Unmarshal(m.Entities, &e) // without them no link is written out, nothing more
	var direct []urlBody
	_ = json.Unmarshal(m.URLs, &direct)
	e.URLs = append(e.URLs, direct...)
	return e
}

// direct says whether the message was to the bot alone: the id of such a talk is two
// ids and a dash, a group's is one number.
func (m message) direct() bool { return strings.Contains(m.Talk, "-") }

// messages reads a page of message events; joins and leaves of a group are none. ok
// is false when it cannot be said who sent one of them.
func messages(raw json.RawMessage) (all []message, ok bool) {
	list, ok := items[message](raw, func(m message) bool {
		return bots.IsSnowflake(m.ID) && (!m.spoken() || bots.IsSnowflake(m.SenderID))
	})
	for _, m := range list {
		if m.spoken() {
			all = append(all, m)
		}
	}
	return all, ok
}

func (m message) spoken() bool { return m.EventType == "" || m.EventType == "MessageCreate" }
