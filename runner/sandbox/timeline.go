package sandbox

import "slices"

// How far back X shows timelines and mentions.
const (
	timelineDepth = 3200
	mentionDepth  = 800
)

func (w *World) getTimeline(c *call) answer {
	u := w.st.Users[c.path["id"]]
	if a := w.closed(c, u); a != nil {
		return *a
	}
	skip := c.list("exclude")
	for _, word := range skip {
		if word != "replies" && word != "retweets" {
			return invalid("exclude", word, "The `exclude` query parameter value ["+word+"] is not one of [replies,retweets]").answer()
		}
	}
	return w.postPage(c, "timeline "+u.ID, w.ix.byAuthor[u.ID], timelineDepth, func(p *Post) bool {
		return !(p.RepostOf != "" && slices.Contains(skip, "retweets")) && !(p.ReplyTo != "" && slices.Contains(skip, "replies"))
	})
}

func (w *World) getMentions(c *call) answer {
	u := w.st.Users[c.path["id"]]
	if gone := w.findUser(u, "id", c.path["id"]); gone != nil {
		return jsonAnswer(200, map[string]any{"errors": []any{gone}})
	}
	return w.postPage(c, "mentions "+u.ID, w.ix.naming[u.ID], mentionDepth, func(p *Post) bool {
		// Whom u has blocked stays out of its mentions.
		return p.AuthorID != u.ID && !w.blocked(u.ID, p.AuthorID)
	})
}

func (w *World) getLiked(c *call) answer {
	u := w.st.Users[c.path["id"]]
	if a := w.closed(c, u); a != nil {
		return *a
	}
	var all []*Post
	for _, p := range w.st.Posts {
		if at, liked := w.st.Likes[edge(u.ID, p.ID)]; liked && c.now.Sub(at) >= w.opt.Lag {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b *Post) int {
		if less(a.ID, b.ID) {
			return -1
		}
		return 1
	})
	return w.postPage(c, "liked "+u.ID, all, timelineDepth, func(*Post) bool { return true })
}

// closed answers for an account whose posts the caller may not see.
func (w *World) closed(c *call, u *User) *answer {
	gone := w.findUser(u, "id", c.path["id"])
	if gone == nil && !w.visible(c.user, &Post{AuthorID: u.ID}) {
		gone = notAuthorized("user", "id", u.ID)
	}
	if gone == nil {
		return nil
	}
	a := jsonAnswer(200, map[string]any{"errors": []any{gone}})
	return &a
}

// postPage answers with a page of posts; list is oldest first, the answer newest first.
func (w *World) postPage(c *call, name string, list []*Post, depth int, keep func(*Post) bool) answer {
	within, no := c.between()
	if no != nil {
		return no.answer()
	}
	least, standard := 5, 10
	if c.route.pattern == "/2/users/:id/liked_tweets" {
		standard = 100
	}
	all, seen := []*Post{}, 0
	for i := len(list) - 1; i >= 0 && seen < depth; i-- {
		p := list[i]
		if !w.known(p, c.now) {
			continue
		}
		seen++
		if w.mayRead(c.user, p) && keep(p) && within(p) {
			all = append(all, p)
		}
	}
	cut, meta, no := page(w, c, name, all, least, 100, standard)
	if no != nil {
		return no.answer()
	}
	v := w.view(c)
	body := map[string]any{"meta": meta}
	var out []any
	var served []string
	for _, p := range cut {
		out = append(out, v.post(p))
		served = append(served, p.ID)
	}
	if len(cut) > 0 {
		body["data"] = out
		meta["newest_id"], meta["oldest_id"] = cut[0].ID, cut[len(cut)-1].ID
	}
	a := jsonAnswer(200, v.seal(body))
	a.served = served
	return a
}
