package sandbox

import (
	"encoding/json"
	"slices"
)

// Endpoints of direct messages.

func (w *World) createMessage(c *call) answer {
	f, no := c.object("text", "attachments")
	var text string
	if no == nil {
		no = f.text("text", &text)
	}
	var media []*Media
	if no == nil && f.has("attachments") {
		media, no = w.readAttachments(c, f)
	} else if no == nil {
		no = f.required("text")
	}
	if no == nil && f.has("text") && text == "" {
		no = f.bad("text", "must be at least 1 characters long")
	}
	if no == nil {
		no = first(w.capped(&c.caller, "dm", c.now))
	}
	to := w.st.Users[c.path["id"]]
	if no == nil && to == nil {
		no = invalid("participant_id", c.path["id"], "Could not find user with id: ["+c.path["id"]+"].")
	}
	if no != nil {
		return no.answer()
	}
	m, no := w.message(c.user, to, text, media, c.app, false)
	if no != nil {
		return no.answer()
	}
	a := jsonAnswer(201, map[string]any{"data": map[string]any{"dm_conversation_id": m.ConversationID, "dm_event_id": m.ID}})
	a.landed = true
	return a
}

// readAttachments reads the one file that a message may have.
func (w *World) readAttachments(c *call, f *fields) ([]*Media, *refusal) {
	var list []json.RawMessage
	if no := read(f, "attachments", "array of objects expected", &list); no != nil {
		return nil, no
	}
	var ids []string
	for _, raw := range list {
		one, no := object(raw, "$.attachments", "media_id")
		var id string
		if no == nil {
			no = first(one.required("media_id"), one.id("media_id", &id))
		}
		if no != nil {
			return nil, no
		}
		ids = append(ids, id)
	}
	if len(ids) != 1 {
		return nil, f.bad("attachments", "must have 1 item")
	}
	return w.pickMedia(c.user, ids, true, c.now)
}

func (w *World) getMessages(c *call) answer {
	return w.messagePage(c, "dm "+c.user.ID, w.ix.inbox[c.user.ID])
}

func (w *World) getMessagesWith(c *call) answer {
	conv := ConversationID(c.user.ID, c.path["id"])
	return w.messagePage(c, "dm "+conv, w.ix.talks[conv])
}

// messagePage answers with a page of messages, newest first, of the last 30 days.
func (w *World) messagePage(c *call, name string, list []*Message) answer {
	types := c.list("event_types")
	for _, t := range types {
		if !slices.Contains([]string{"MessageCreate", "ParticipantsJoin", "ParticipantsLeave"}, t) {
			return invalid("event_types", t, "The `event_types` query parameter value ["+t+"] is not one of [MessageCreate,ParticipantsJoin,ParticipantsLeave]").answer()
		}
	}
	all := []*Message{}
	for i := len(list) - 1; i >= 0; i-- {
		// Nobody joins or leaves a conversation of two.
		if w.shown(list[i], c.now) && (types == nil || slices.Contains(types, "MessageCreate")) {
			all = append(all, list[i])
		}
	}
	cut, meta, no := page(w, c, name, all, 1, 100, 100)
	if no != nil {
		return no.answer()
	}
	v := w.view(c)
	body := map[string]any{"meta": meta}
	var out []any
	var served []string
	for _, m := range cut {
		out = append(out, v.message(m))
		served = append(served, m.ID)
	}
	if len(cut) > 0 {
		body["data"] = out
	}
	a := jsonAnswer(200, v.seal(body))
	a.served = served
	return a
}
