package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Act is a write that landed. Acts by a person's own hand have no AppID.
type Act struct {
	Seq        int64     `json:"seq"`
	At         time.Time `json:"at"`
	UserID     string    `json:"user_id"`
	AppID      string    `json:"app_id,omitempty"`
	Action     string    `json:"action"`
	TargetUser string    `json:"target_user,omitempty"`
	TargetPost string    `json:"target_post,omitempty"`
	ID         string    `json:"id,omitempty"` // of the post or message made
	Text       string    `json:"text,omitempty"`
	// Contacts are the people the act reaches: replied to, mentioned (also by the
	// mentions X puts before a reply), messaged, quoted, reposted, liked, followed.
	Contacts []string `json:"contacts,omitempty"`
	Media    []string `json:"media,omitempty"` // SHA-256 of its files, in hex
	print    string
}

// sign gives an act what it shares with its like: its words, or without any its media.
// The link that X hangs on for media is none of its words.
func (a *Act) sign() {
	switch {
	case a.Text != "":
		a.print = fingerprint(a.Text)
	case len(a.Media) > 0:
		a.print = "media " + strings.Join(a.Media, " ")
	}
}

// Call is a request that came to /2/ and was from somebody.
type Call struct {
	Seq       int64     `json:"seq"`
	At        time.Time `json:"at"`
	Method    string    `json:"method"`
	Route     string    `json:"route"` // the pattern, as "/2/tweets/:id"
	Path      string    `json:"path"`
	Query     string    `json:"query,omitempty"`
	UserID    string    `json:"user_id,omitempty"`
	AppID     string    `json:"app_id,omitempty"`
	Status    int       `json:"status"`          // 0: no answer was sent, or not yet
	Processed bool      `json:"processed"`       // it changed the world
	Fault     string    `json:"fault,omitempty"` // the fault that struck it
}

// note keeps an act and lets the judge look at it.
func (w *World) note(a Act) {
	w.st.ActSeq++
	a.Seq, a.At = w.st.ActSeq, w.opt.Now().UTC()
	a.sign()
	w.st.Acts = append(w.st.Acts, a)
	if len(w.st.Acts) > w.opt.MaxRecords {
		w.st.Acts = slices.Clone(w.st.Acts[len(w.st.Acts)/2:])
	}
	w.judge(a)
	w.judgeLanding(a)
}

// notePost writes down a new post as the act it is.
func (w *World) notePost(d draft, p, target, quoted *Post) {
	a := Act{Action: "post", UserID: p.AuthorID, AppID: appID(d.app), ID: p.ID, Text: d.text}
	for _, m := range d.media {
		a.Media = append(a.Media, m.SHA256)
	}
	reached := slices.Clone(p.Mentions)
	if quoted != nil {
		a.Action, a.TargetPost, a.TargetUser = "quote", quoted.ID, quoted.AuthorID
		reached = append(reached, quoted.AuthorID)
	}
	if target != nil {
		a.Action, a.TargetPost, a.TargetUser = "reply", target.ID, target.AuthorID
		reached = append(reached, target.AuthorID)
	}
	a.Contacts = others(p.AuthorID, reached...)
	w.note(a)
	w.tellPost(d, p, target, quoted)
	if d.app == nil {
		for _, id := range p.Mentions {
			w.hear(p.AuthorID, id, p.ID, d.text)
		}
	}
}

// Acts lists what an account did, oldest first; "" lists everybody's.
func (w *World) Acts(userID string) []Act {
	return w.acts(func(a Act) bool { return userID == "" || a.UserID == userID })
}

// Contacts lists the acts by which any app's account reached a person.
func (w *World) Contacts(personID string) []Act {
	return w.acts(func(a Act) bool { return a.AppID != "" && slices.Contains(a.Contacts, personID) })
}

func (w *World) acts(keep func(Act) bool) []Act {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := []Act{}
	for _, a := range w.st.Acts {
		if keep(a) {
			a.Contacts, a.Media = slices.Clone(a.Contacts), slices.Clone(a.Media)
			list = append(list, a)
		}
	}
	return list
}

// Identical groups the texts that apps wrote more than once: the same words after
// folding, posted by any account, or messaged to the same person. A confirmation sent
// to two people is not identical; the same post on two accounts is.
func (w *World) Identical() [][]Act {
	w.mu.Lock()
	defer w.mu.Unlock()
	groups := map[string][]Act{}
	var order []string
	for _, a := range w.st.Acts {
		if a.AppID == "" || a.print == "" {
			continue
		}
		key := a.print
		switch a.Action {
		case "dm":
			key = "dm " + a.UserID + " " + a.TargetUser + " " + key
		case "reply":
			key = "reply " + a.TargetPost + " " + key
		case "post", "quote":
		default:
			continue
		}
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], a)
	}
	var list [][]Act
	for _, key := range order {
		if len(groups[key]) > 1 {
			list = append(list, groups[key])
		}
	}
	return list
}

// Calls lists every authenticated call and every refused one, oldest first.
func (w *World) Calls() []Call {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := make([]Call, 0, len(w.calls))
	for _, c := range w.calls {
		list = append(list, *c)
	}
	return list
}

// arrive records a call before anything is decided about it.
func (w *World) arrive(c Call) *Call {
	w.callSeq++
	c.Seq, c.At = w.callSeq, w.opt.Now().UTC()
	w.calls = append(w.calls, &c)
	if len(w.calls) > w.opt.MaxRecords {
		w.calls = slices.Clone(w.calls[len(w.calls)/2:])
	}
	return &c
}

// Posts lists an account's live posts, oldest first, reposts included.
func (w *World) Posts(userID string) []Post {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := []Post{}
	for _, p := range w.ix.byAuthor[userID] {
		if !p.Deleted {
			list = append(list, *p)
		}
	}
	return list
}

// Messages lists the direct messages between two accounts, oldest first.
func (w *World) Messages(a, b string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := []Message{}
	for _, m := range w.ix.talks[ConversationID(a, b)] {
		list = append(list, *m)
	}
	return list
}

// PostByID gives a post, also one that is deleted.
func (w *World) PostByID(id string) (Post, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.st.Posts[id]
	if p == nil {
		return Post{}, fmt.Errorf("post %q: not there", id)
	}
	return *p, nil
}
