package sandbox

import (
	"encoding/json"
	"slices"
	"strconv"
)

// Delivery is trouble on the way of events.
type Delivery struct {
	Twice   bool // each event comes twice
	Swapped bool // each second event comes before the first
}

// SetDelivery lays trouble on the way of events, or takes it away. What waits to be
// swapped comes now.
func (w *World) SetDelivery(d Delivery) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.activity.how = d
	if kept := w.activity.kept; kept != nil {
		w.activity.kept = nil
		w.handOver(*kept)
	}
}

// Chat is somebody writing to an account in the encrypted chat, which the API never
// shows. It returns the message's id.
func (w *World) Chat(from, to string) (string, error) { return w.SealedDM(from, to, "sealed") }

// parcel is one event on its way to one subscriber.
type parcel struct {
	sub  *subscription
	body []byte
}

// tell sends an event of an account to whoever is subscribed to it.
func (w *World) tell(kind, user string, payload, includes map[string]any) {
	for _, s := range w.activity.subs {
		if s.kind != kind || s.user != user {
			continue
		}
		filter := map[string]string{"user_id": user}
		if kind == "oauth.revoke" {
			filter = map[string]string{}
		}
		e := map[string]any{"event_uuid": "-" + w.newID(w.opt.Now()), "event_type": kind, "filter": filter, "payload": payload}
		if s.tag != "" {
			e["tag"] = s.tag
		}
		if len(includes) > 0 {
			e["includes"] = includes
		}
		body, err := json.Marshal(map[string]any{"data": e})
		if err != nil {
			continue // plain data; it always encodes
		}
		w.send(parcel{s, body})
	}
}

func (w *World) send(p parcel) {
	if w.activity.how.Swapped && w.activity.kept == nil {
		w.activity.kept = &p
		return
	}
	w.handOver(p)
	if kept := w.activity.kept; kept != nil {
		w.activity.kept = nil
		w.handOver(*kept)
	}
}

func (w *World) handOver(p parcel) {
	times := 1
	if w.activity.how.Twice {
		times = 2
	}
	for range times {
		if p.sub.webhook != "" {
			if h := w.webhook(p.sub.app, p.sub.webhook); h != nil {
				w.post(h, p.body)
			}
			continue
		}
		for _, s := range w.activity.streams {
			if s.app == p.sub.app {
				s.put(p.body)
			}
		}
	}
}

var (
	eventPostFields = []string{"author_id", "conversation_id", "created_at", "entities", "in_reply_to_user_id", "note_tweet", "referenced_tweets", "reply_settings", "lang"}
	eventUserFields = []string{"affiliation", "created_at", "description", "entities", "protected", "verified", "verified_type", "public_metrics"}
)

func (w *World) eventView() *view {
	return &view{w: w, posts: eventPostFields, users: eventUserFields, expand: []string{"author_id", "entities.mentions.username", "referenced_tweets.id"},
		inUsers: map[string]bool{}, inPosts: map[string]bool{}}
}

// tellPost tells of a new post those whom it names in its own words, answers or quotes.
// What a protected account writes is told to nobody.
func (w *World) tellPost(d draft, p, target, quoted *Post) {
	if len(w.activity.subs) == 0 || d.author.Protected {
		return
	}
	tell := func(kind, user string) {
		v := w.eventView()
		payload := v.post(p)
		includes, _ := v.seal(map[string]any{})["includes"].(map[string]any)
		w.tell(kind, user, payload, includes)
	}
	tell("post.create", d.author.ID)
	for _, id := range w.mentioned(d.text) {
		if id != d.author.ID {
			tell("post.mention.create", id)
		}
	}
	if target != nil && target.AuthorID != d.author.ID {
		tell("post.reply.create", target.AuthorID)
	}
	if quoted != nil && quoted.AuthorID != d.author.ID {
		tell("post.quote.create", quoted.AuthorID)
	}
}

// tellMessage tells of a message, in the shape of before v2; of an encrypted one only
// that it is there.
func (w *World) tellMessage(m *Message, from, to *User) {
	if len(w.activity.subs) == 0 {
		return
	}
	ms := strconv.FormatInt(m.CreatedAt.UnixMilli(), 10)
	if m.Sealed {
		payload := map[string]any{"id": "sealed-" + m.ID, "created_at_msec": ms, "sender_id": from.ID,
			"conversation_id": from.ID + ":" + to.ID, "conversation_token": "sealed", "encoded_event": "c2VhbGVk"}
		w.tell("chat.received", to.ID, payload, nil)
		w.tell("chat.sent", from.ID, payload, nil)
		return
	}
	v := w.eventView()
	users := map[string]any{}
	for _, u := range []*User{from, to} {
		users[u.ID] = map[string]any{"data": v.user(u)}
	}
	payload := map[string]any{"users": users, "direct_message_events": []map[string]any{{
		"type": "message_create", "id": m.ID, "created_timestamp": ms,
		"message_create": map[string]any{"sender_id": from.ID, "target": map[string]string{"recipient_id": to.ID},
			"message_data": map[string]any{"text": m.Text, "entities": map[string]any{"urls": []any{}}}},
	}}}
	w.tell("dm.received", to.ID, payload, nil)
	w.tell("dm.sent", from.ID, payload, nil)
}

func (w *World) tellDeleted(p *Post) {
	w.tell("post.delete", p.AuthorID, map[string]any{"id": p.ID, "author_id": p.AuthorID}, nil)
}

func (w *World) tellProfile(was, is User) {
	for _, c := range []struct{ kind, before, after string }{
		{"bio", was.Bio, is.Bio}, {"screenname", was.Name, is.Name}, {"handle", was.Username, is.Username},
		{"verified_badge", strconv.FormatBool(was.Verified), strconv.FormatBool(is.Verified)},
		{"affiliate_badge", strconv.FormatBool(was.Automated), strconv.FormatBool(is.Automated)},
	} {
		if c.before != c.after {
			w.tell("profile.update."+c.kind, is.ID, map[string]any{"before": c.before, "after": c.after}, nil)
		}
	}
}

// tellRevoked tells that an account's owner has withdrawn an app's access, once its last
// token is gone.
func (w *World) tellRevoked(t *Token) {
	if w.authorized(t.AppID, t.UserID) {
		return
	}
	w.tell("oauth.revoke", t.UserID, map[string]any{"date_time": w.opt.Now().UTC().Format("2006-01-02T15:04:05-07:00"), "user_id": t.UserID, "app_id": t.AppID}, nil)
	w.activity.subs = slices.DeleteFunc(w.activity.subs, func(s *subscription) bool {
		return s.app == t.AppID && s.user == t.UserID && eventKinds[s.kind]
	})
}
