package sandbox

import (
	"slices"
	"strings"
	"time"
)

// Post is one post, reply, quote or repost.
type Post struct {
	ID            string    `json:"id"`
	AuthorID      string    `json:"author_id"`
	CreatedAt     time.Time `json:"created_at"`
	Raw           string    `json:"raw"`  // as written, with the leading mentions of a reply
	Text          string    `json:"text"` // as X returns it
	Note          string    `json:"note,omitempty"`
	Entities      *entities `json:"entities,omitempty"`
	NoteEntities  *entities `json:"note_entities,omitempty"`
	Mentions      []string  `json:"mentions,omitempty"` // user ids
	Fingerprint   string    `json:"fingerprint,omitempty"`
	Conversation  string    `json:"conversation_id"`
	ReplyTo       string    `json:"reply_to,omitempty"`
	ReplyToUser   string    `json:"reply_to_user,omitempty"`
	QuoteOf       string    `json:"quote_of,omitempty"`
	RepostOf      string    `json:"repost_of,omitempty"`
	ReplySettings string    `json:"reply_settings"` // everyone, following, mentionedUsers, subscribers, verified
	Source        string    `json:"source"`         // the app's name
	MadeWithAI    bool      `json:"made_with_ai,omitempty"`
	Paid          bool      `json:"paid_partnership,omitempty"`
	Poll          *Poll     `json:"poll,omitempty"`
	Media         []string  `json:"media,omitempty"` // ids of uploads
	Hidden        bool      `json:"hidden,omitempty"`
	Deleted       bool      `json:"deleted,omitempty"`
	DeletedAt     time.Time `json:"deleted_at,omitzero"`
}

// Poll is a post's question.
type Poll struct {
	ID      string    `json:"id"`
	Options []string  `json:"options"`
	Minutes int       `json:"minutes"`
	Ends    time.Time `json:"ends"`
}

// draft is a post that wants to be.
type draft struct {
	author        *User
	app           *App // nil: by the account's own hand
	text          string
	replyTo       string
	exclude       []string // user ids left out of the leading mentions
	bare          bool     // no leading mentions
	quoteOf       string
	replySettings string
	poll          *Poll
	media         []*Media
	madeWithAI    bool
	paid          bool
}

// visible says whether viewer, who may be nil for an app alone, can see p.
func (w *World) visible(viewer *User, p *Post) bool {
	return p != nil && !p.Deleted && w.mayRead(viewer, p)
}

// known says whether reads tell of p by now: a post and its end both show only
// after the lag.
func (w *World) known(p *Post, now time.Time) bool {
	if p == nil || now.Sub(p.CreatedAt) < w.opt.Lag {
		return false
	}
	return !p.Deleted || now.Sub(p.DeletedAt) < w.opt.Lag
}

// mayRead says whether viewer may see what p's author writes.
func (w *World) mayRead(viewer *User, p *Post) bool {
	author := w.st.Users[p.AuthorID]
	if author == nil || author.Suspended {
		return false
	}
	if viewer == nil {
		return !author.Protected
	}
	if viewer.ID == author.ID {
		return true
	}
	if w.st.Blocks.has(author.ID, viewer.ID) {
		return false
	}
	return !author.Protected || w.st.Follows.has(viewer.ID, author.ID)
}

// blocked says whether either of two accounts blocks the other.
func (w *World) blocked(a, b string) bool {
	return w.st.Blocks.has(a, b) || w.st.Blocks.has(b, a)
}

// leading are the mentions that X puts before a reply: the author replied to and
// those that author named, but never the writer, nor who was left out or is
// named in the text already. The author replied to cannot be left out.
func (w *World) leading(d *draft, target *Post) string {
	if d.bare {
		return ""
	}
	skip := append([]string{d.author.ID}, w.mentioned(d.text)...)
	var b strings.Builder
	for _, id := range append([]string{target.AuthorID}, target.Mentions...) {
		if slices.Contains(skip, id) || id != target.AuthorID && slices.Contains(d.exclude, id) {
			continue
		}
		skip = append(skip, id)
		if u := w.st.Users[id]; u != nil {
			b.WriteString("@" + u.Username + " ")
		}
	}
	return b.String()
}

// publish checks what holds for everybody, writes the post and notes the act.
// Rules that bind apps only are judged before, by createPost.
func (w *World) publish(d draft) (*Post, *refusal) {
	now := w.opt.Now()
	var target, quoted *Post
	prefix := ""
	if d.replyTo != "" {
		target = w.original(d.replyTo)
		if !w.visible(d.author, target) || w.blocked(d.author.ID, target.AuthorID) {
			return nil, refuse(403, msgReplyGone)
		}
		if !w.mayReply(d.author, target) {
			return nil, refuse(403, msgNotSummoned)
		}
		prefix = w.leading(&d, target)
	}
	if d.quoteOf != "" {
		quoted = w.original(d.quoteOf)
		if !w.visible(d.author, quoted) || w.blocked(d.author.ID, quoted.AuthorID) {
			return nil, refuse(403, msgNotPermitted)
		}
	}
	if !fits(d.author, d.text) {
		return nil, refuse(w.opt.Quirks.TooLongStatus, msgTooLong)
	}
	raw := prefix + strings.TrimSpace(d.text)
	// The same words with another picture are another post.
	print := fingerprint(raw) + d.quoteOf
	for _, m := range d.media {
		print += m.SHA256
	}
	if d.app != nil && w.duplicate(d.author.ID, print, now) {
		return nil, refuse(403, msgDuplicate)
	}
	if w.full() {
		return nil, refuse(503, "Service Unavailable")
	}
	p := w.write(d, raw, print, target, quoted, now)
	w.notePost(d, p, target, quoted)
	return p, nil
}

// fits says whether a text is within the length its author may write.
func fits(author *User, text string) bool {
	limit := 280
	if author.long() {
		limit = 25_000
	}
	return weigh(text) <= limit
}

// write enters a post that was found to be right.
func (w *World) write(d draft, raw, print string, target, quoted *Post, now time.Time) *Post {
	p := &Post{
		ID: w.newID(now), AuthorID: d.author.ID, CreatedAt: now.UTC(), Raw: raw,
		Fingerprint: print, Mentions: w.mentioned(raw), ReplySettings: d.replySettings,
		Source: "X for people", MadeWithAI: d.madeWithAI, Paid: d.paid,
	}
	if d.app != nil {
		p.Source = d.app.Name
	}
	if p.ReplySettings == "" {
		p.ReplySettings = "everyone"
	}
	p.Conversation = p.ID
	if target != nil {
		p.ReplyTo, p.ReplyToUser, p.Conversation = target.ID, target.AuthorID, target.Conversation
		p.ReplySettings = target.ReplySettings
	}
	shown := raw
	if quoted != nil {
		p.QuoteOf = quoted.ID
		shown += " https://x.com/" + w.st.Users[quoted.AuthorID].Username + "/status/" + quoted.ID
	}
	if d.poll != nil {
		p.Poll = &Poll{ID: w.newID(now), Options: d.poll.Options, Minutes: d.poll.Minutes,
			Ends: now.UTC().Add(time.Duration(d.poll.Minutes) * time.Minute)}
	}
	if weigh(d.text) > 280 {
		// A long post shows its beginning; the whole is in note_tweet.
		p.Note, p.NoteEntities = w.render(shown)
		short := []rune(raw)
		shown = string(short[:min(len(short), 139)]) + "…"
	}
	p.Text, p.Entities = w.render(shown)
	if len(d.media) > 0 {
		p.Media, _ = use(d.media)
		part := "/photo/1"
		if categories[d.media[0].Category].kind == "video" {
			part = "/video/1"
		}
		p.Text, p.Entities = w.withLink(p.Text, p.Entities, "https://x.com/"+d.author.Username+"/status/"+p.ID+part, d.media[0].Key)
	}
	w.st.Posts[p.ID] = p
	w.ix.addPost(p)
	w.countDay(d.author.ID, capKind(p), now)
	return p
}

// original resolves a repost to what it reposts.
func (w *World) original(id string) *Post {
	p := w.st.Posts[id]
	if p != nil && p.RepostOf != "" && !p.Deleted {
		return w.st.Posts[p.RepostOf]
	}
	return p
}

func (w *World) duplicate(author, print string, now time.Time) bool {
	p := w.st.Posts[w.ix.same[edge(author, print)]]
	return p != nil && !p.Deleted && now.Sub(p.CreatedAt) < w.opt.DuplicateWindow
}

// mayReply holds the reply settings of a conversation, which its first post sets.
func (w *World) mayReply(u *User, target *Post) bool {
	root := w.st.Posts[target.Conversation]
	if root == nil || u.ID == root.AuthorID || slices.Contains(root.Mentions, u.ID) {
		return true
	}
	switch target.ReplySettings {
	case "following":
		return w.st.Follows.has(root.AuthorID, u.ID)
	case "verified":
		return u.Verified
	case "mentionedUsers", "subscribers":
		return false
	}
	return true
}

// remove deletes a post and, like X, the reposts of it.
func (w *World) remove(p *Post) {
	p.Deleted, p.DeletedAt = true, w.opt.Now().UTC()
	w.ix.dropPost(p)
	w.tellDeleted(p)
	if p.RepostOf != "" || w.ix.count(p.ID).reposts == 0 {
		return
	}
	for _, r := range w.st.Posts {
		if r.RepostOf == p.ID && !r.Deleted {
			r.Deleted, r.DeletedAt = true, p.DeletedAt
			w.ix.dropPost(r)
		}
	}
}
