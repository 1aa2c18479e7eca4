package sandbox

import (
	"errors"
	"fmt"
	"strings"
)

// err turns a refusal into an error for a person's act.
func (f *refusal) err(what string) error {
	if f == nil {
		return nil
	}
	reason := f.detail
	if len(f.errors) > 0 {
		reason = fmt.Sprint(f.errors[0]["message"])
	}
	return fmt.Errorf("%s: %d %s", what, f.status, reason)
}

// by runs a person's act under the lock. A suspended or locked account cannot act.
func (w *World) by(who string, act func(*User) error) error {
	return w.change(who, func(u *User) error {
		if u.Suspended || u.Locked {
			return fmt.Errorf("@%s: suspended or locked, cannot act", u.Username)
		}
		return act(u)
	})
}

func (w *World) person(who, what string, d draft) (id string, err error) {
	err = w.by(who, func(u *User) error {
		d.author = u
		p, no := w.publish(d)
		if no == nil {
			id = p.ID
		}
		return no.err(what)
	})
	return id, err
}

// Post is a person posting by hand. It returns the post's id.
func (w *World) Post(who, text string) (string, error) {
	return w.person(who, "post", draft{text: text})
}

// Mention is a person naming an account in a post of their own; the name is put
// before the text where it is missing.
func (w *World) Mention(who, account, text string) (string, error) {
	to, err := w.User(account)
	if err != nil {
		return "", err
	}
	if !strings.Contains(strings.ToLower(text), "@"+strings.ToLower(to.Username)) {
		text = "@" + to.Username + " " + text
	}
	return w.person(who, "mention", draft{text: text})
}

// Reply is a person answering a post.
func (w *World) Reply(who, postID, text string) (string, error) {
	return w.person(who, "reply", draft{text: text, replyTo: postID})
}

// Quote is a person quoting a post.
func (w *World) Quote(who, postID, text string) (string, error) {
	return w.person(who, "quote", draft{text: text, quoteOf: postID})
}

// DM is a person writing an account a direct message. It returns the event's id.
func (w *World) DM(who, to, text string) (string, error) { return w.dm(who, to, text, false) }

// SealedDM is a message of the encrypted kind, which the API never shows.
func (w *World) SealedDM(who, to, text string) (string, error) { return w.dm(who, to, text, true) }

func (w *World) dm(who, account, text string, sealed bool) (id string, err error) {
	err = w.by(who, func(u *User) error {
		to, err := w.find(account)
		if err != nil {
			return err
		}
		m, no := w.message(u, to, text, nil, nil, sealed)
		if no == nil {
			id = m.ID
		}
		return no.err("dm")
	})
	return id, err
}

// with is a person's act on another account.
func (w *World) with(who, account string, act func(u, to *User) error) error {
	return w.by(who, func(u *User) error {
		to, err := w.find(account)
		if err != nil {
			return err
		}
		if to.ID == u.ID {
			return errors.New("an account cannot do that to itself")
		}
		return act(u, to)
	})
}

// Follow is a person following an account; a protected one is asked.
func (w *World) Follow(who, account string) error {
	return w.with(who, account, func(u, to *User) error {
		_, no := w.follow(u, to, nil)
		return no.err("follow")
	})
}

// Unfollow is a person ending that, or taking the request back.
func (w *World) Unfollow(who, account string) error {
	return w.with(who, account, func(u, to *User) error { w.unfollow(u, to, nil); return nil })
}

// Accept is a protected account letting a follower in.
func (w *World) Accept(who, follower string) error {
	return w.with(who, follower, func(u, from *User) error {
		key := edge(from.ID, u.ID)
		if _, asked := w.st.Pending[key]; !asked {
			return fmt.Errorf("@%s did not ask to follow @%s", from.Username, u.Username)
		}
		delete(w.st.Pending, key)
		w.st.Follows[key] = w.opt.Now()
		return nil
	})
}

// Block is a person blocking an account.
func (w *World) Block(who, account string) error {
	return w.with(who, account, func(u, to *User) error { w.block(u, to); return nil })
}

// Unblock is a person ending that.
func (w *World) Unblock(who, account string) error {
	return w.with(who, account, func(u, to *User) error { w.unblock(u, to); return nil })
}

// Like is a person liking a post.
func (w *World) Like(who, postID string) error {
	return w.by(who, func(u *User) error {
		p := w.original(postID)
		if !w.reachable(u, p) {
			return fmt.Errorf("post %s: not there for @%s", postID, u.Username)
		}
		w.like(u, p, nil)
		return nil
	})
}

// Repost is a person reposting a post. It returns the repost's id.
func (w *World) Repost(who, postID string) (id string, err error) {
	err = w.by(who, func(u *User) error {
		p := w.original(postID)
		if !w.reachable(u, p) || w.ix.reposts[edge(u.ID, p.ID)] != "" {
			return fmt.Errorf("post %s: not there for @%s, or reposted already", postID, u.Username)
		}
		id = w.repost(u, p, nil).ID
		return nil
	})
	return id, err
}

// DeletePost is an author removing a post by hand.
func (w *World) DeletePost(postID string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.st.Posts[postID]
	if p == nil || p.Deleted {
		return fmt.Errorf("post %s: not there", postID)
	}
	w.remove(p)
	w.note(Act{Action: "delete", UserID: p.AuthorID, TargetPost: p.ID})
	return nil
}
