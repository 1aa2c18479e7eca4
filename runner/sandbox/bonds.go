package sandbox

// Endpoints that tie an account to people and posts: following, likes, reposts, mutes.

// target reads a body with one id and finds the account that calls is the one in
// the path.
func (c *call) target(name string) (string, *refusal) {
	if no := c.self(); no != nil {
		return "", no
	}
	f, no := c.object(name)
	if no != nil {
		return "", no
	}
	var id string
	no = first(f.required(name), f.id(name, &id))
	return id, no
}

// data answers 200 with the given members.
func data(landed bool, v map[string]any) answer {
	a := jsonAnswer(200, map[string]any{"data": v})
	a.landed = landed
	return a
}

// enterpriseOnly refuses what self-serve apps lost on 20 April 2026. X's exact body
// is not known; every 403 about:blank is final to a client.
func (w *World) enterpriseOnly() *refusal {
	if w.opt.Tier != Enterprise {
		return refuse(403, msgNotPermitted)
	}
	return nil
}

func (w *World) createFollow(c *call) answer {
	id, no := c.target("target_user_id")
	if no == nil {
		no = w.enterpriseOnly()
	}
	to := w.st.Users[id]
	if no == nil && to == nil {
		no = notFound("user", "target_user_id", id)
	}
	if no == nil {
		no = w.capped(&c.caller, "follow", c.now)
	}
	if no != nil {
		return no.answer()
	}
	was := w.st.Follows.has(c.user.ID, id) || w.st.Pending.has(c.user.ID, id)
	pending, no := w.follow(c.user, to, c.app)
	if no != nil {
		return no.answer()
	}
	return data(!was, map[string]any{"following": !pending, "pending_follow": pending})
}

func (w *World) deleteFollow(c *call) answer {
	if no := c.self(); no != nil {
		return no.answer()
	}
	to := w.st.Users[c.path["target"]]
	landed := to != nil && w.unfollow(c.user, to, c.app)
	return data(landed, map[string]any{"following": false})
}

func (w *World) createLike(c *call) answer {
	id, no := c.target("tweet_id")
	if no == nil {
		no = w.enterpriseOnly()
	}
	p := w.original(id)
	switch {
	case no != nil:
	case p == nil || p.Deleted:
		no = notFound("tweet", "tweet_id", id)
	case !w.reachable(c.user, p):
		no = refuse(403, msgNotPermitted)
	case w.st.Likes.has(c.user.ID, p.ID) && w.opt.Quirks.RepeatLike403:
		no = refuse(403, msgLiked)
	}
	if no != nil {
		return no.answer()
	}
	was := w.st.Likes.has(c.user.ID, p.ID)
	w.like(c.user, p, c.app)
	return data(!was, map[string]any{"liked": true})
}

func (w *World) deleteLike(c *call) answer {
	if no := c.self(); no != nil {
		return no.answer()
	}
	return data(w.unlike(c.user, c.path["target"], c.app), map[string]any{"liked": false})
}

func (w *World) createRepost(c *call) answer {
	id, no := c.target("tweet_id")
	if no != nil {
		return no.answer()
	}
	p := w.original(id)
	switch {
	case p == nil || p.Deleted:
		no = notFound("tweet", "tweet_id", id)
	case !w.reachable(c.user, p) || w.st.Users[p.AuthorID].Protected && p.AuthorID != c.user.ID:
		no = refuse(403, msgNotPermitted)
	case w.ix.reposts[edge(c.user.ID, p.ID)] != "":
		no = withMessage(msgReposted)
	default:
		no = w.capped(&c.caller, "post", c.now)
	}
	if no != nil {
		return no.answer()
	}
	r := w.repost(c.user, p, c.app)
	return data(true, map[string]any{"retweeted": true, "id": r.ID})
}

func (w *World) deleteRepost(c *call) answer {
	if no := c.self(); no != nil {
		return no.answer()
	}
	return data(w.unrepost(c.user, c.path["target"], c.app), map[string]any{"retweeted": false})
}

func (w *World) createMute(c *call) answer {
	id, no := c.target("target_user_id")
	if no == nil && w.st.Users[id] == nil {
		no = notFound("user", "target_user_id", id)
	}
	if no != nil {
		return no.answer()
	}
	landed := w.flip(w.st.Mutes, c.user.ID, id, true)
	if landed {
		w.note(Act{Action: "mute", UserID: c.user.ID, AppID: c.app.ID, TargetUser: id})
	}
	return data(landed, map[string]any{"muting": true})
}

func (w *World) deleteMute(c *call) answer {
	if no := c.self(); no != nil {
		return no.answer()
	}
	landed := w.flip(w.st.Mutes, c.user.ID, c.path["target"], false)
	if landed {
		w.note(Act{Action: "unmute", UserID: c.user.ID, AppID: c.app.ID, TargetUser: c.path["target"]})
	}
	return data(landed, map[string]any{"muting": false})
}
