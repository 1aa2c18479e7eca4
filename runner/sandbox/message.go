package sandbox

import (
	"time"
	"unicode/utf8"
)

// Message is one direct message. Sealed ones are end-to-end encrypted: they exist,
// and the API never shows them.
type Message struct {
	ID             string    `json:"id"`
	ConversationID string    `json:"conversation_id"` // "small-large"
	SenderID       string    `json:"sender_id"`
	RecipientID    string    `json:"recipient_id"`
	CreatedAt      time.Time `json:"created_at"`
	Raw            string    `json:"raw,omitempty"`
	Text           string    `json:"text,omitempty"` // as X returns it
	Entities       *entities `json:"entities,omitempty"`
	Media          []string  `json:"media,omitempty"` // ids of uploads
	Sealed         bool      `json:"sealed,omitempty"`
	Forgotten      bool      `json:"forgotten,omitempty"` // its text was not saved
}

// maxDM is the longest direct message, in characters.
const maxDM = 10_000

// messageHorizon is how far back the API shows messages.
const messageHorizon = 30 * 24 * time.Hour

// ConversationID names the conversation of two accounts: the smaller id first.
func ConversationID(a, b string) string {
	if less(b, a) {
		a, b = b, a
	}
	return a + "-" + b
}

// mayMessage is X's permission matrix: nobody across a block; else an open inbox,
// a recipient who follows the sender, or one who wrote first and has not closed since.
func (w *World) mayMessage(from, to *User) bool {
	if to.Suspended || w.blocked(from.ID, to.ID) {
		return false
	}
	if to.DMOpen || w.st.Follows.has(to.ID, from.ID) {
		return true
	}
	if to.DMClosed {
		return false
	}
	for _, m := range w.ix.talks[ConversationID(from.ID, to.ID)] {
		if m.SenderID == to.ID {
			return true
		}
	}
	return false
}

// message writes a direct message after the checks that bind everybody.
func (w *World) message(from, to *User, text string, media []*Media, app *App, sealed bool) (*Message, *refusal) {
	now := w.opt.Now()
	switch n := utf8.RuneCountInString(text); {
	case n == 0 && len(media) == 0:
		return nil, invalid("$.text", "", "[$.text: must be at least 1 characters long]")
	case n > maxDM:
		return nil, refuse(403, "The text of your direct message is over the max character limit.")
	case from.ID == to.ID:
		return nil, refuse(403, msgNotPermOp)
	case !w.mayMessage(from, to):
		return nil, refuse(403, msgNoDM)
	case w.full():
		return nil, refuse(503, "Service Unavailable")
	}
	m := &Message{
		ID: w.newID(now), ConversationID: ConversationID(from.ID, to.ID),
		SenderID: from.ID, RecipientID: to.ID, CreatedAt: now.UTC(), Raw: text, Sealed: sealed,
	}
	m.Text, m.Entities = w.render(text)
	var sums []string
	if len(media) > 0 {
		m.Media, sums = use(media)
		m.Text, m.Entities = w.withLink(m.Text, m.Entities, "https://x.com/messages/media/"+m.ID, media[0].Key)
	}
	w.st.Messages = append(w.st.Messages, m)
	w.ix.addMessage(m)
	w.countDay(from.ID, "dm", now)
	w.note(Act{
		Action: "dm", UserID: from.ID, AppID: appID(app), ID: m.ID, TargetUser: to.ID,
		Text: text, Contacts: []string{to.ID}, Media: sums,
	})
	w.tellMessage(m, from, to)
	if app == nil && !sealed {
		w.hear(from.ID, to.ID, m.ID, text)
	}
	return m, nil
}

func appID(a *App) string {
	if a == nil {
		return ""
	}
	return a.ID
}

// shown says whether the API serves m at now.
func (w *World) shown(m *Message, now time.Time) bool {
	age := now.Sub(m.CreatedAt)
	return !m.Sealed && !m.Forgotten && age >= w.opt.Lag && age < messageHorizon
}
