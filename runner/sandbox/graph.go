package sandbox

import "slices"

// follow makes from follow to, or ask to when to is protected. Again is no act.
func (w *World) follow(from, to *User, app *App) (pending bool, _ *refusal) {
	switch {
	case from.ID == to.ID:
		return false, refuse(403, msgNotPermitted)
	case to.Suspended || w.blocked(from.ID, to.ID):
		return false, refuse(403, "You have been blocked from following this account at the request of the user.")
	case w.st.Follows.has(from.ID, to.ID):
		return false, nil
	case w.st.Pending.has(from.ID, to.ID):
		return true, nil
	}
	now := w.opt.Now()
	if to.Protected {
		w.st.Pending[edge(from.ID, to.ID)] = now
		pending = true
	} else {
		w.st.Follows[edge(from.ID, to.ID)] = now
	}
	w.countDay(from.ID, "follow", now)
	w.note(Act{Action: "follow", UserID: from.ID, AppID: appID(app), TargetUser: to.ID, Contacts: []string{to.ID}})
	return pending, nil
}

func (w *World) unfollow(from, to *User, app *App) bool {
	if !w.st.Follows.has(from.ID, to.ID) && !w.st.Pending.has(from.ID, to.ID) {
		return false
	}
	delete(w.st.Follows, edge(from.ID, to.ID))
	delete(w.st.Pending, edge(from.ID, to.ID))
	w.note(Act{Action: "unfollow", UserID: from.ID, AppID: appID(app), TargetUser: to.ID})
	return true
}

// block also ends following in both directions, as X does.
func (w *World) block(from, to *User) {
	w.st.Blocks[edge(from.ID, to.ID)] = w.opt.Now()
	for _, e := range []string{edge(from.ID, to.ID), edge(to.ID, from.ID)} {
		delete(w.st.Follows, e)
		delete(w.st.Pending, e)
	}
	w.note(Act{Action: "block", UserID: from.ID, TargetUser: to.ID})
}

func (w *World) unblock(from, to *User) {
	delete(w.st.Blocks, edge(from.ID, to.ID))
	w.note(Act{Action: "unblock", UserID: from.ID, TargetUser: to.ID})
}

// flip sets or clears an edge and says whether that changed anything.
func (w *World) flip(e edges, from, to string, on bool) bool {
	if e.has(from, to) == on {
		return false
	}
	if on {
		e[edge(from, to)] = w.opt.Now()
	} else {
		delete(e, edge(from, to))
	}
	return true
}

// reachable says whether u may like or repost p.
func (w *World) reachable(u *User, p *Post) bool {
	return w.visible(u, p) && !w.blocked(u.ID, p.AuthorID)
}

func (w *World) like(u *User, p *Post, app *App) {
	if w.flip(w.st.Likes, u.ID, p.ID, true) {
		w.ix.count(p.ID).likes++
		w.note(Act{Action: "like", UserID: u.ID, AppID: appID(app), TargetUser: p.AuthorID, TargetPost: p.ID, Contacts: others(u.ID, p.AuthorID)})
	}
}

func (w *World) unlike(u *User, id string, app *App) bool {
	if !w.flip(w.st.Likes, u.ID, id, false) {
		return false
	}
	w.ix.count(id).likes--
	w.note(Act{Action: "unlike", UserID: u.ID, AppID: appID(app), TargetPost: id})
	return true
}

// repost writes the post that a repost is. The caller has checked that it is allowed.
func (w *World) repost(u *User, p *Post, app *App) *Post {
	now := w.opt.Now()
	author := w.st.Users[p.AuthorID]
	r := &Post{
		ID: w.newID(now), AuthorID: u.ID, CreatedAt: now.UTC(), RepostOf: p.ID,
		Raw: "RT @" + author.Username + ": " + p.Raw, Mentions: []string{author.ID}, ReplySettings: "everyone",
	}
	r.Conversation = r.ID
	if app != nil {
		r.Source = app.Name
	}
	r.Text, r.Entities = w.render(r.Raw)
	w.st.Posts[r.ID] = r
	w.ix.addPost(r)
	w.countDay(u.ID, "repost", now)
	w.note(Act{Action: "repost", UserID: u.ID, AppID: appID(app), ID: r.ID, TargetUser: p.AuthorID, TargetPost: p.ID, Contacts: others(u.ID, p.AuthorID)})
	return r
}

func (w *World) unrepost(u *User, source string, app *App) bool {
	r := w.st.Posts[w.ix.reposts[edge(u.ID, source)]]
	if r == nil || r.Deleted {
		return false
	}
	w.remove(r)
	w.note(Act{Action: "unrepost", UserID: u.ID, AppID: appID(app), ID: r.ID, TargetPost: source})
	return true
}

// connection is what viewer is to u, in the words of connection_status.
func (w *World) connection(viewer, u *User) []string {
	list := []string{}
	for _, c := range []struct {
		on   bool
		word string
	}{
		{w.st.Follows.has(viewer.ID, u.ID), "following"},
		{w.st.Follows.has(u.ID, viewer.ID), "followed_by"},
		{w.st.Pending.has(viewer.ID, u.ID), "follow_request_sent"},
		{w.st.Pending.has(u.ID, viewer.ID), "follow_request_received"},
		{w.st.Blocks.has(viewer.ID, u.ID), "blocking"},
		{w.opt.Quirks.BlockedBy && w.st.Blocks.has(u.ID, viewer.ID), "blocked_by"},
		{w.st.Mutes.has(viewer.ID, u.ID), "muting"},
	} {
		if c.on {
			list = append(list, c.word)
		}
	}
	return list
}

// others lists ids without self, each once: nobody contacts themselves.
func others(self string, ids ...string) []string {
	var list []string
	for _, id := range ids {
		if id != self && id != "" && !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return list
}
