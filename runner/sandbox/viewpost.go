package sandbox

import "slices"

// post renders p with the fields asked for.
func (v *view) post(p *Post) map[string]any {
	m := map[string]any{"id": p.ID, "text": p.Text, "edit_history_tweet_ids": []string{p.ID}}
	n := v.w.ix.count(p.ID)
	all := map[string]any{
		"author_id": p.AuthorID, "created_at": stamp(p.CreatedAt), "conversation_id": p.Conversation,
		"reply_settings": p.ReplySettings, "source": p.Source, "lang": "und", "possibly_sensitive": v.w.sensitive(p.Media),
		"paid_partnership": p.Paid,
		"public_metrics": map[string]int{"retweet_count": n.reposts, "reply_count": n.replies, "like_count": n.likes,
			"quote_count": n.quotes, "bookmark_count": 0, "impression_count": 0},
	}
	if p.Entities != nil {
		all["entities"] = p.Entities
	}
	if p.ReplyToUser != "" {
		all["in_reply_to_user_id"] = p.ReplyToUser
	}
	if refs := references(p); len(refs) > 0 {
		all["referenced_tweets"] = refs
	}
	if p.Poll != nil {
		all["attachments"] = map[string]any{"poll_ids": []string{p.Poll.ID}}
	}
	if len(p.Media) > 0 {
		all["attachments"] = map[string]any{"media_keys": v.w.mediaKeys(p.Media)}
	}
	if p.Note != "" {
		note := map[string]any{"text": p.Note}
		if p.NoteEntities != nil {
			note["entities"] = p.NoteEntities
		}
		all["note_tweet"] = note
	}
	v.expandPost(p)
	asked := v.posts
	// Expanding something shows the field it hangs on.
	for expansion, field := range map[string]string{"author_id": "author_id", "in_reply_to_user_id": "in_reply_to_user_id", "referenced_tweets.id": "referenced_tweets",
		"attachments.media_keys": "attachments"} {
		if slices.Contains(v.expand, expansion) {
			asked = append(slices.Clone(asked), field)
		}
	}
	return pick(m, all, asked)
}

func references(p *Post) []map[string]string {
	var refs []map[string]string
	for _, r := range [][2]string{{"retweeted", p.RepostOf}, {"quoted", p.QuoteOf}, {"replied_to", p.ReplyTo}} {
		if r[1] != "" {
			refs = append(refs, map[string]string{"type": r[0], "id": r[1]})
		}
	}
	return refs
}

// expandPost puts what p points at into the includes.
func (v *view) expandPost(p *Post) {
	for _, e := range v.expand {
		switch e {
		case "author_id":
			v.includeUser(p.AuthorID)
		case "in_reply_to_user_id":
			v.includeUser(p.ReplyToUser)
		case "entities.mentions.username":
			for _, id := range p.Mentions {
				v.includeUser(id)
			}
		case "attachments.media_keys":
			v.includeMedia(p.Media)
		case "attachments.poll_ids":
			if p.Poll != nil {
				v.includePoll(p.Poll)
			}
		case "referenced_tweets.id", "referenced_tweets.id.author_id":
			for _, r := range references(p) {
				v.includePost(r["id"], e == "referenced_tweets.id.author_id")
			}
		}
	}
}

func (v *view) includePost(id string, withAuthor bool) {
	p := v.w.st.Posts[id]
	if !v.w.known(p, v.now) || !v.w.mayRead(v.viewer, p) {
		return
	}
	if withAuthor {
		v.includeUser(p.AuthorID)
	}
	if !v.inPosts[id] {
		v.inPosts[id] = true
		// Included posts expand nothing themselves.
		inner := view{w: v.w, now: v.now, viewer: v.viewer, posts: v.posts}
		v.incPosts = append(v.incPosts, inner.post(p))
	}
}

func (v *view) includePoll(p *Poll) {
	options := []map[string]any{}
	for i, o := range p.Options {
		options = append(options, map[string]any{"position": i + 1, "label": o, "votes": 0})
	}
	status := "open"
	if !v.w.opt.Now().Before(p.Ends) {
		status = "closed"
	}
	all := map[string]any{"duration_minutes": p.Minutes, "end_datetime": stamp(p.Ends), "voting_status": status}
	v.incPolls = append(v.incPolls, pick(map[string]any{"id": p.ID, "options": options}, all, v.polls))
}

// includeMedia shows media, each once.
func (v *view) includeMedia(ids []string) {
	for _, id := range ids {
		m := v.w.st.Media[id]
		if m == nil || v.inMedia[id] {
			continue
		}
		v.inMedia[id] = true
		all := map[string]any{}
		if m.Alt != "" {
			all["alt_text"] = m.Alt
		}
		kind, picture := categories[m.Category].kind, "https://pbs.twimg.com/media/"+m.ID
		if kind == "photo" {
			all["url"] = picture
		} else {
			all["preview_image_url"] = picture
		}
		v.incMedia = append(v.incMedia, pick(map[string]any{"media_key": m.Key, "type": kind}, all, v.media))
	}
}

func (w *World) mediaKeys(ids []string) (keys []string) {
	for _, id := range ids {
		keys = append(keys, w.st.Media[id].Key)
	}
	return keys
}

func (w *World) sensitive(ids []string) bool {
	return slices.ContainsFunc(ids, func(id string) bool { return w.st.Media[id].Sensitive })
}
