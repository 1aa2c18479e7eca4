package sandbox

import (
	"fmt"
	"slices"
	"strings"
)

// Do does one step now, whatever its At, and returns the id of what it made.
func (w *World) Do(s Step) (string, error) {
	need, known := needs[s.Does]
	switch {
	case !known:
		return "", fmt.Errorf("does %q: unknown", s.Does)
	case need.to && s.To == "" || need.text && s.Text == "":
		return "", fmt.Errorf("%s: needs to or text", s.Does)
	}
	if slices.Contains([]string{"reply", "quote", "repost", "like", "delete"}, s.Does) {
		return w.doToPost(s)
	}
	switch s.Does {
	case "post":
		return w.Post(s.Who, s.Text)
	case "mention":
		return w.Mention(s.Who, s.To, s.Text)
	case "dm":
		return w.DM(s.Who, s.To, s.Text)
	case "sealed_dm":
		return w.SealedDM(s.Who, s.To, s.Text)
	case "follow":
		return "", w.Follow(s.Who, s.To)
	case "unfollow":
		return "", w.Unfollow(s.Who, s.To)
	case "block":
		return "", w.Block(s.Who, s.To)
	case "unblock":
		return "", w.Unblock(s.Who, s.To)
	case "bio":
		return "", w.SetBio(s.Who, s.Text)
	case "open_dms":
		return "", w.SetDMOpen(s.Who, true)
	case "close_dms":
		return "", w.SetDMClosed(s.Who, true)
	case "suspend", "unsuspend":
		return "", w.SetSuspended(s.Who, s.Does == "suspend")
	}
	return "", w.SetLocked(s.Who, s.Does == "lock")
}

func (w *World) doToPost(s Step) (string, error) {
	post, err := w.aim(s)
	if err != nil {
		return "", err
	}
	switch s.Does {
	case "reply":
		return w.Reply(s.Who, post, s.Text)
	case "quote":
		return w.Quote(s.Who, post, s.Text)
	case "repost":
		return w.Repost(s.Who, post)
	case "like":
		return "", w.Like(s.Who, post)
	}
	return "", w.DeletePost(post)
}

// aim finds the post that a step means.
func (w *World) aim(s Step) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	who, err := w.find(s.Who)
	if err != nil {
		return "", err
	}
	if p := w.st.Posts[s.To]; p != nil {
		if s.Does == "delete" && p.AuthorID != who.ID {
			return "", fmt.Errorf("post %s: not by @%s", p.ID, who.Username)
		}
		return p.ID, nil
	}
	of := who
	if s.Does != "delete" {
		if of, err = w.find(s.To); err != nil {
			return "", err
		}
	} else if s.To != "" && !strings.EqualFold(strings.TrimPrefix(s.To, "@"), who.Username) {
		return "", fmt.Errorf("delete: %s is no post of @%s", s.To, who.Username)
	}
	newest := ""
	for _, p := range slices.Backward(w.ix.byAuthor[of.ID]) {
		if p.Deleted || p.RepostOf != "" {
			continue
		}
		if newest == "" {
			newest = p.ID
		}
		if s.Does == "reply" && slices.Contains(p.Mentions, who.ID) {
			return p.ID, nil
		}
	}
	if newest == "" {
		return "", fmt.Errorf("%s: @%s has no post yet", s.Does, of.Username)
	}
	return newest, nil
}
