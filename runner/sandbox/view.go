package sandbox

import (
	"slices"
	"time"
)

// view renders objects for one answer: the fields asked for, and what was expanded.
// Names that X does not know are ignored, as X does.
type view struct {
	w        *World
	now      time.Time
	modern   bool  // answers in the names of 2.167
	viewer   *User // nil: an app alone
	posts    []string
	users    []string
	polls    []string
	media    []string
	messages []string
	expand   []string
	inUsers  map[string]bool
	inPosts  map[string]bool
	inMedia  map[string]bool
	incMedia []map[string]any
	incUsers []map[string]any
	incPosts []map[string]any
	incPolls []map[string]any
}

func (w *World) view(c *call) *view {
	v := &view{
		w: w, now: c.now, viewer: c.user, posts: c.list("tweet.fields"), users: c.list("user.fields"), polls: c.list("poll.fields"),
		media: c.list("media.fields"), inMedia: map[string]bool{},
		messages: c.list("dm_event.fields"), expand: c.list("expansions"), inUsers: map[string]bool{}, inPosts: map[string]bool{},
	}
	if c.modern() {
		v.modern, v.posts, v.users = true, c.older("post.fields", false), c.older("user.fields", false)
		v.messages, v.expand = c.older("dm_event.fields", false), c.older("expansions", true)
	}
	return v
}

// stamp is how X writes a time.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// pick copies the members of all that were asked for.
func pick(into, all map[string]any, asked []string) map[string]any {
	for _, name := range asked {
		if v, ok := all[name]; ok && v != nil {
			into[name] = v
		}
	}
	return into
}

func (v *view) user(u *User) map[string]any {
	m := map[string]any{"id": u.ID, "name": u.Name, "username": u.Username}
	if len(v.users) == 0 {
		return m
	}
	all := map[string]any{
		"created_at": stamp(u.CreatedAt), "protected": u.Protected, "verified": u.Verified, "parody": u.Parody,
		"description": u.Bio, "verified_type": "none", "subscription_type": "None", "location": "",
		"profile_image_url": "https://pbs.twimg.com/profile_images/default_normal.png", "url": "",
	}
	if u.Verified {
		all["verified_type"] = "blue"
	}
	if u.Subscription != "" {
		all["subscription_type"] = u.Subscription
	}
	if u.Automated {
		label := map[string]any{"description": "Automated", "badge_url": "https://pbs.twimg.com/semantic_core_img/1428827730364096519/automated.png"}
		if u.Operator != "" {
			label["user_id"] = []string{u.Operator}
		}
		all["affiliation"] = label
	}
	if slices.Contains(v.users, "entities") {
		if _, e := v.w.render(u.Bio); e != nil {
			all["entities"] = map[string]any{"description": e}
		}
	}
	if slices.Contains(v.users, "public_metrics") {
		all["public_metrics"] = v.w.userMetrics(u, v.now)
	}
	for _, p := range slices.Backward(v.w.ix.byAuthor[u.ID]) {
		if v.w.known(p, v.now) {
			all["most_recent_tweet_id"] = p.ID
			break
		}
	}
	if v.viewer != nil {
		all["connection_status"] = v.w.connection(v.viewer, u)
		all["receives_your_dm"] = v.viewer.ID != u.ID && v.w.mayMessage(v.viewer, u)
	}
	return pick(m, all, v.users)
}

// userMetrics are an account's numbers, counted in the world itself.
func (w *World) userMetrics(u *User, now time.Time) map[string]int {
	following, followers := w.st.Follows.count(u.ID)
	likes, _ := w.st.Likes.count(u.ID)
	return map[string]int{
		"followers_count": followers, "following_count": following, "like_count": likes, "tweet_count": len(w.live(u.ID, now)),
		"listed_count": 0, // there are no lists here
	}
}

// live lists an account's posts that reads show, oldest first.
func (w *World) live(user string, now time.Time) []*Post {
	list := w.ix.byAuthor[user]
	kept := make([]*Post, 0, len(list))
	for _, p := range list {
		if w.known(p, now) {
			kept = append(kept, p)
		}
	}
	return kept
}

func (v *view) includeUser(id string) {
	if u := v.w.st.Users[id]; u != nil && !v.inUsers[id] {
		v.inUsers[id] = true
		v.incUsers = append(v.incUsers, v.user(u))
	}
}

func (v *view) message(m *Message) map[string]any {
	out := map[string]any{"id": m.ID, "event_type": "MessageCreate"}
	all := map[string]any{
		"id": m.ID, "event_type": "MessageCreate", "text": m.Text, "sender_id": m.SenderID,
		"dm_conversation_id": m.ConversationID, "created_at": stamp(m.CreatedAt),
	}
	if m.Entities != nil {
		all["entities"] = m.Entities
	}
	if len(m.Media) > 0 {
		all["attachments"] = map[string]any{"media_keys": v.w.mediaKeys(m.Media)}
	}
	for _, e := range v.expand {
		switch e {
		case "sender_id":
			v.includeUser(m.SenderID)
		case "attachments.media_keys":
			v.includeMedia(m.Media)
		}
	}
	asked := v.messages
	if len(asked) == 0 {
		asked = []string{"text"}
	}
	if slices.Contains(v.expand, "sender_id") {
		asked = append(slices.Clone(asked), "sender_id")
	}
	return pick(out, all, asked)
}

// seal completes an answer's body with what was expanded.
func (v *view) seal(body map[string]any) map[string]any {
	inc := map[string]any{}
	if len(v.incUsers) > 0 {
		inc["users"] = v.incUsers
	}
	if len(v.incPosts) > 0 {
		inc["tweets"] = v.incPosts
	}
	if len(v.incPolls) > 0 {
		inc["polls"] = v.incPolls
	}
	if len(v.incMedia) > 0 {
		inc["media"] = v.incMedia
	}
	if len(inc) > 0 {
		body["includes"] = inc
	}
	if v.modern {
		return rename(body).(map[string]any)
	}
	return body
}
