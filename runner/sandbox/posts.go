package sandbox

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// createFields are the members of POST /2/tweets that the schema allows.
var createFields = []string{
	"text", "reply", "quote_tweet_id", "media", "poll", "reply_settings", "made_with_ai", "paid_partnership",
	"card_uri", "community_id", "direct_message_deep_link", "edit_options", "for_super_followers_only",
	"geo", "nullcast", "share_with_followers",
}

var replySettings = []string{"following", "mentionedUsers", "subscribers", "verified"}

func (w *World) createPost(c *call) answer {
	d, no := w.readDraft(c)
	if no == nil {
		no = w.allowDraft(c, d)
	}
	if no != nil {
		return no.answer()
	}
	p, no := w.publish(*d)
	if no != nil {
		return no.answer()
	}
	a := jsonAnswer(201, map[string]any{"data": map[string]any{"id": p.ID, "text": p.Text, "edit_history_tweet_ids": []string{p.ID}}})
	a.landed = true
	return a
}

// readDraft holds the schema of POST /2/tweets.
func (w *World) readDraft(c *call) (*draft, *refusal) {
	f, no := c.object(createFields...)
	if no != nil {
		return nil, no
	}
	d := &draft{author: c.user, app: c.app}
	var other string
	var unused bool
	var media []string
	no = first(
		f.text("text", &d.text), f.id("quote_tweet_id", &d.quoteOf), f.flag("made_with_ai", &d.madeWithAI),
		f.flag("paid_partnership", &d.paid), f.oneOf("reply_settings", &d.replySettings, replySettings...),
		f.text("card_uri", &other), f.id("community_id", &other), f.text("direct_message_deep_link", &other),
		f.flag("for_super_followers_only", &unused), f.flag("nullcast", &unused), f.flag("share_with_followers", &unused),
		readReply(f, d), readPoll(f, d), readMedia(f, &media),
	)
	if no != nil {
		return nil, no
	}
	var apart []string
	for _, n := range []string{"media", "poll", "quote_tweet_id", "card_uri"} {
		if f.has(n) {
			apart = append(apart, n)
		}
	}
	if len(apart) > 1 {
		return nil, invalid("$", strings.Join(apart, ","), "[$: "+strings.Join(apart, " and ")+" are mutually exclusive]")
	}
	for _, n := range []string{"card_uri", "community_id", "edit_options", "geo", "nullcast", "for_super_followers_only", "direct_message_deep_link"} {
		if f.has(n) {
			// Better no answer than a post without what was asked for.
			return nil, refuse(501, "sandbox: "+n+" is not simulated")
		}
	}
	if d.media, no = w.pickMedia(c.user, media, false, c.now); no != nil {
		return nil, no
	}
	if strings.TrimSpace(d.text) == "" && d.quoteOf == "" && len(d.media) == 0 {
		return nil, invalid("text", d.text, "Tweet text is required: one of text or media must be there.")
	}
	return d, nil
}

func readReply(f *fields, d *draft) *refusal {
	if !f.has("reply") {
		return nil
	}
	r, no := object(f.raw["reply"], "$.reply", "in_reply_to_tweet_id", "exclude_reply_user_ids", "auto_populate_reply_metadata")
	if no != nil {
		return no
	}
	fill := true
	no = first(r.required("in_reply_to_tweet_id"), r.id("in_reply_to_tweet_id", &d.replyTo),
		r.ids("exclude_reply_user_ids", 0, 100, &d.exclude), r.flag("auto_populate_reply_metadata", &fill))
	d.bare = !fill
	return no
}

func readPoll(f *fields, d *draft) *refusal {
	if !f.has("poll") {
		return nil
	}
	p, no := object(f.raw["poll"], "$.poll", "options", "duration_minutes", "reply_settings")
	if no != nil {
		return no
	}
	d.poll = &Poll{}
	no = first(p.required("options", "duration_minutes"), read(p, "options", "array of strings expected", &d.poll.Options),
		read(p, "duration_minutes", "integer expected", &d.poll.Minutes), p.oneOf("reply_settings", &d.replySettings, replySettings...))
	switch {
	case no != nil:
		return no
	case len(d.poll.Options) < 2 || len(d.poll.Options) > 4:
		return p.bad("options", "must have 2 to 4 items")
	case d.poll.Minutes < 5 || d.poll.Minutes > 10080:
		return p.bad("duration_minutes", "must be from 5 to 10080")
	}
	for _, o := range d.poll.Options {
		if n := utf8.RuneCountInString(o); n < 1 || n > 25 {
			return p.bad("options", "must be 1 to 25 characters long")
		}
	}
	return nil
}

func readMedia(f *fields, ids *[]string) *refusal {
	if !f.has("media") {
		return nil
	}
	m, no := object(f.raw["media"], "$.media", "media_ids", "tagged_user_ids")
	if no != nil {
		return no
	}
	var tagged []string
	return first(m.required("media_ids"), m.ids("media_ids", 1, 4, ids), m.ids("tagged_user_ids", 0, 10, &tagged))
}

// allowDraft holds the rules that bind apps and not hands.
func (w *World) allowDraft(c *call, d *draft) *refusal {
	kind := "post"
	if d.replyTo != "" {
		kind = "reply"
	}
	if no := w.capped(&c.caller, kind, c.now); no != nil {
		return no
	}
	if w.opt.Tier == Enterprise {
		return nil
	}
	if d.quoteOf != "" || cashtags(d.text) > 1 {
		return refuse(403, msgNotPermitted)
	}
	if d.replyTo != "" {
		target := w.original(d.replyTo)
		if w.visible(c.user, target) && !w.blocked(c.user.ID, target.AuthorID) && !w.summoned(c.user, target) {
			return refuse(403, msgNotSummoned)
		}
	}
	return w.allowMentions(c.user, d)
}

// summoned says whether the author of a post called the account there: named it,
// or quoted one of its posts. One's own posts need no summons.
func (w *World) summoned(u *User, p *Post) bool {
	if p.AuthorID == u.ID || slices.Contains(p.Mentions, u.ID) {
		return true
	}
	q := w.st.Posts[p.QuoteOf]
	return q != nil && q.AuthorID == u.ID
}

// allowMentions refuses naming people who never turned to the account: neither named
// it nor quoted it. X publishes no exact rule; this is its strictest reading. The
// account that the Automated label names is the bot's own operator.
func (w *World) allowMentions(u *User, d *draft) *refusal {
	if w.opt.Quirks.OpenMentions {
		return nil
	}
	target := w.original(d.replyTo)
	for _, id := range w.mentioned(d.text) {
		if id == u.ID || id == u.Operator || target != nil && (target.AuthorID == id || slices.Contains(target.Mentions, id)) {
			continue
		}
		turned := slices.ContainsFunc(w.ix.byAuthor[id], func(p *Post) bool {
			return !p.Deleted && p.RepostOf == "" && w.summoned(u, p)
		})
		if !turned {
			return refuse(403, msgNotPermitted)
		}
	}
	return nil
}

func (w *World) deletePost(c *call) answer {
	p := w.st.Posts[c.path["id"]]
	if p == nil || p.Deleted {
		if w.opt.Quirks.SecondDeleteOK {
			return jsonAnswer(200, map[string]any{"data": map[string]bool{"deleted": true}})
		}
		return notFound("tweet", "id", c.path["id"]).answer()
	}
	if p.AuthorID != c.user.ID {
		return refuse(403, "You are not authorized to delete this Tweet.").answer()
	}
	w.remove(p)
	w.note(Act{Action: "delete", UserID: c.user.ID, AppID: c.app.ID, TargetPost: p.ID})
	a := jsonAnswer(200, map[string]any{"data": map[string]bool{"deleted": true}})
	a.landed = true
	return a
}

// notFound is a write's refusal for a target that is not there.
func notFound(resource, parameter, value string) *refusal {
	m := missing(resource, parameter, value)
	return &refusal{status: 404, kind: "resource-not-found", title: "Not Found Error", detail: m["detail"].(string),
		extra: map[string]any{"resource_type": resource, "parameter": parameter, "value": value, "resource_id": value}}
}

// hideReply is for the author of a conversation, on replies in it.
func (w *World) hideReply(c *call) answer {
	f, no := c.object("hidden")
	var hidden bool
	if no == nil {
		no = first(f.required("hidden"), f.flag("hidden", &hidden))
	}
	if no != nil {
		return no.answer()
	}
	p := w.st.Posts[c.path["id"]]
	if p == nil || p.Deleted {
		return notFound("tweet", "id", c.path["id"]).answer()
	}
	root := w.st.Posts[p.Conversation]
	if p.ReplyTo == "" || root == nil || root.AuthorID != c.user.ID {
		return refuse(403, msgNotPermitted).answer()
	}
	a := jsonAnswer(200, map[string]any{"data": map[string]bool{"hidden": hidden}})
	if p.Hidden != hidden {
		p.Hidden, a.landed = hidden, true
		word := "hide_reply"
		if !hidden {
			word = "unhide_reply"
		}
		w.note(Act{Action: word, UserID: c.user.ID, AppID: c.app.ID, TargetUser: p.AuthorID, TargetPost: p.ID})
	}
	return a
}
