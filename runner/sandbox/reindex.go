package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// reindex makes the indexes of a loaded state again, and checks that what points at
// something points at something: a damaged file must not become a panic later.
func (w *World) reindex() error {
	w.ix = newIndex()
	for id, u := range w.st.Users {
		if u == nil || u.ID != id {
			return fmt.Errorf("user %s: damaged", id)
		}
		w.ix.names[strings.ToLower(u.Username)] = id
	}
	for id, a := range w.st.Apps {
		if a == nil || a.ID != id {
			return fmt.Errorf("app %s: damaged", id)
		}
		if a.ClientID == "" {
			// Of a world saved before apps had them.
			a.ClientID, a.ClientSecret = "sandbox-client-"+w.secret("client id"), "sandbox-"+w.secret("client secret")
		}
		w.ix.addApp(a)
	}
	for _, t := range w.st.Tokens {
		if t == nil || w.st.Apps[t.AppID] == nil || w.st.Users[t.UserID] == nil {
			return fmt.Errorf("a token: of no app or no user")
		}
	}
	if err := w.checkGrants(); err != nil {
		return err
	}
	if err := w.reindexPosts(); err != nil {
		return err
	}
	for _, m := range w.st.Messages {
		if m == nil || w.st.Users[m.SenderID] == nil || w.st.Users[m.RecipientID] == nil {
			return fmt.Errorf("a message: of nobody")
		}
		w.ix.addMessage(m)
	}
	if err := w.checkMedia(); err != nil {
		return err
	}
	for e := range w.st.Likes {
		if _, post, ok := strings.Cut(e, " "); ok {
			w.ix.count(post).likes++
		}
	}
	for key, o := range w.st.OptOuts {
		if o == nil || o.Said == nil || o.Start == nil {
			return fmt.Errorf("opt-out %s: damaged", key)
		}
	}
	for key, win := range w.st.Windows {
		if win == nil {
			return fmt.Errorf("window %s: damaged", key)
		}
	}
	for i := range w.st.Acts {
		w.st.Acts[i].sign()
	}
	return nil
}

// checkMedia holds that media belong to somebody, and that what has some has them.
func (w *World) checkMedia() error {
	if w.st.Media == nil {
		w.st.Media = map[string]*Media{}
	}
	for id, m := range w.st.Media {
		if m == nil || m.ID != id || w.st.Users[m.OwnerID] == nil || m.Done.IsZero() && (m.Received > 0) != (m.Sum != nil) || len(m.Head) > headBytes {
			return fmt.Errorf("media %s: damaged", id)
		}
	}
	have := func(ids []string) bool {
		return !slices.ContainsFunc(ids, func(id string) bool { return w.st.Media[id] == nil })
	}
	for id, p := range w.st.Posts {
		if !have(p.Media) {
			return fmt.Errorf("post %s: its media are not there", id)
		}
	}
	for _, m := range w.st.Messages {
		if !have(m.Media) {
			return fmt.Errorf("message %s: its media are not there", m.ID)
		}
	}
	return nil
}

// checkGrants holds that every sign-in under way is of an app and an account here.
func (w *World) checkGrants() error {
	if w.st.Codes == nil || w.st.Refresh == nil || w.st.Asks == nil {
		return errors.New("sign-ins: damaged")
	}
	there := func(app, user string) bool { return w.st.Apps[app] != nil && w.st.Users[user] != nil }
	for _, c := range w.st.Codes {
		if c == nil || !there(c.AppID, c.UserID) {
			return errors.New("a code: of no app or no user")
		}
	}
	for _, r := range w.st.Refresh {
		if r == nil || !there(r.AppID, r.UserID) {
			return errors.New("a refresh token: of no app or no user")
		}
	}
	for _, a := range w.st.Asks {
		if a == nil || w.st.Apps[a.AppID] == nil || a.UserID != "" && w.st.Users[a.UserID] == nil {
			return errors.New("a request token: of no app or no user")
		}
	}
	return nil
}

func (w *World) reindexPosts() error {
	posts := make([]*Post, 0, len(w.st.Posts))
	for id, p := range w.st.Posts {
		if p == nil || p.ID != id || w.st.Users[p.AuthorID] == nil || p.RepostOf != "" && w.st.Posts[p.RepostOf] == nil {
			return fmt.Errorf("post %s: damaged", id)
		}
		posts = append(posts, p)
	}
	slices.SortFunc(posts, func(a, b *Post) int {
		if less(a.ID, b.ID) {
			return -1
		}
		return 1
	})
	for _, p := range posts {
		if !p.Deleted {
			w.ix.addPost(p)
		}
	}
	return nil
}
