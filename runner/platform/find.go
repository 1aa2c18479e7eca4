package platform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"heed/bots"
	"heed/runner"
)

const (
	mostPages = 5               // pages of one read
	pageSize  = 100             // entries of a page
	slack     = 2 * time.Minute // how far X's clock may be behind ours where it is right
	astray    = 26 * time.Hour  // and where it is not: what lies so far back tells nothing, but is no absence
)

// Find looks for what an act of unknown outcome would have left. Found.Sure stands
// only beside a reading that covered everything since shortly before the claim, or
// that shows the present state. X's stores lag: absence soon after the act proves
// little, and the caller asks again. What X hides (encrypted messages) cannot be seen.
func (x *X) Find(ctx context.Context, c runner.Claim) (runner.Found, error) {
	in, err := bots.DecodeIntent(c.Stored)
	if err != nil {
		return runner.Found{}, errors.New("x: find: the stored bytes are no intent")
	}
	a, err := x.account(c.Bot)
	if err != nil {
		return runner.Found{}, err
	}
	me, err := x.userID(ctx, a)
	if err != nil {
		return runner.Found{}, err
	}
	near, since := bots.SnowflakeAt(c.Since.Add(-slack)), bots.SnowflakeAt(c.Since.Add(-astray))
	switch in.Action {
	case bots.Post, bots.Reply, bots.Quote:
		return x.findPost(ctx, a, me, in, near, since)
	case bots.Repost:
		f, err := x.findRepost(ctx, a, me, in.Target.PostID, since)
		if err != nil {
			return runner.Found{}, err
		}
		return x.missing(ctx, a, f, in.Target.PostID)
	case bots.Unrepost:
		// A repost is younger than what it reposts.
		f, err := x.findRepost(ctx, a, me, in.Target.PostID, string(in.Target.PostID))
		if err != nil {
			return runner.Found{}, err
		}
		return x.undone(ctx, a, f, in.Target.PostID)
	case bots.Like:
		f, err := x.findLike(ctx, a, me, in.Target.PostID)
		if err != nil {
			return runner.Found{}, err
		}
		return x.missing(ctx, a, f, in.Target.PostID)
	case bots.Unlike:
		f, err := x.findLike(ctx, a, me, in.Target.PostID)
		if err != nil {
			return runner.Found{}, err
		}
		return x.undone(ctx, a, f, in.Target.PostID)
	case bots.Follow, bots.Unfollow:
		return x.findFollow(ctx, a, in)
	case bots.Delete:
		return x.findDeleted(ctx, a, in.Target.PostID)
	case bots.DM:
		return x.findMessage(ctx, a, me, in, since, bots.SnowflakeAt(c.Since))
	case bots.HideReply:
		return runner.Found{Sure: true}, nil // it is never sent, and so never done (rule F3)
	}
	return runner.Found{}, fmt.Errorf("x: find: a %s cannot be looked for", in.Action)
}

// undone turns a look for a like or repost into a look for its undoing: what was tied
// to a post that is gone is gone with it.
func (x *X) undone(ctx context.Context, a *account, f runner.Found, post bots.PostID) (runner.Found, error) {
	if f.There {
		return runner.Found{Sure: f.Sure}, nil
	}
	f, err := x.missing(ctx, a, f, post)
	return runner.Found{There: f.Sure, Sure: f.Sure, Said: f.Said}, err
}

// missing asks whether what X did not list is surely not there. X leaves out of its lists
// what it hides from the account, behind a block or a protection: that a post does not
// stand there tells nothing unless X shows the post itself, or says that it is gone.
func (x *X) missing(ctx context.Context, a *account, f runner.Found, post bots.PostID) (runner.Found, error) {
	if f.There || !f.Sure {
		return f, nil
	}
	b, err := x.ask(ctx, a, lookup(post))
	switch {
	case errors.Is(err, runner.ErrNotFound) || err == nil && b.gone():
		return f, nil
	case err != nil:
		return runner.Found{}, err
	}
	shown := runner.Found{Sure: len(b.Data) > 0}
	var p postRead
	if json.Unmarshal(b.Data, &p) == nil && p.ID == string(post) && bots.IsSnowflake(p.AuthorID) {
		shown.Said = x.saidBy(p, b.users()) // a STOP may stand there
	}
	return shown, nil
}

// pages reads a list page by page until show says enough or the list ends. rest is
// where it goes on when more was left than may be read.
func (x *X) pages(ctx context.Context, a *account, q question, most int, show func(answerBody) (enough bool)) (rest string, err error) {
	q.query = maps.Clone(q.query)
	for range most {
		b, err := x.ask(ctx, a, q)
		if err != nil {
			return "", err
		}
		if b.faulty() {
			return "", fmt.Errorf("x: %s: X shows errors in the place of a list", q.name)
		}
		if show(b) || b.Meta.NextToken == "" {
			return "", nil
		}
		if rest = b.Meta.NextToken; !querySafe(rest) {
			return "", fmt.Errorf("x: %s: the name that X gives the next page is none that can be asked for", q.name)
		}
		q.query["pagination_token"] = rest
	}
	return rest, nil
}

// ownPosts shows the account's own posts since an id, newest first. An older one is not
// shown, whatever X does.
func (x *X) ownPosts(ctx context.Context, a *account, me bots.UserID, since string, show func(p postRead, alts map[string]string) bool) (all bool, err error) {
	whole := true
	q := question{name: "own posts", path: "/2/users/:id/tweets", ids: map[string]string{":id": string(me)}, query: map[string]string{
		"since_id": since, "max_results": strconv.Itoa(pageSize),
		"tweet.fields": "attachments,created_at,entities,in_reply_to_user_id,note_tweet,referenced_tweets",
		"expansions":   "attachments.media_keys", "media.fields": "alt_text",
	}}
	rest, err := x.pages(ctx, a, q, mostPages, func(b answerBody) bool {
		list, ok := posts(b.Data)
		whole = whole && ok
		alts := altsOf(b.Includes.Media)
		return slices.ContainsFunc(list, func(p postRead) bool { return !before(p.ID, since) && show(p, alts) })
	})
	return rest == "" && whole, err
}

// findPost looks for the words. Those that stand there from before the claim may be its
// own, when our clock was ahead of X's, or another act's.
func (x *X) findPost(ctx context.Context, a *account, me bots.UserID, in bots.Intent, near, since string) (runner.Found, error) {
	var f runner.Found
	doubt := false
	all, err := x.ownPosts(ctx, a, me, since, func(p postRead, alts map[string]string) bool {
		if !related(p, in) {
			return false
		}
		text, e := p.full()
		switch compareWhole(in, text, e, p.Attachments.value.MediaKeys, alts) {
		case same:
			if before(p.ID, near) {
				doubt = true
				return false
			}
			f = runner.Found{There: true, PostID: bots.PostID(p.ID), Sure: true}
			return true
		case nearly:
			doubt = true
		}
		return false
	})
	if err != nil || f.There {
		return f, err
	}
	return runner.Found{Sure: all && !doubt}, nil
}

// related says whether a post answers or quotes what the intent does. A plain post
// may show as a quote, when its text links to a post.
func related(p postRead, in bots.Intent) bool {
	switch in.Action {
	case bots.Reply:
		return p.refers("replied_to", in.Target.PostID)
	case bots.Quote:
		return p.refers("quoted", in.Target.PostID)
	}
	return !p.refers("replied_to", "") && !p.refers("retweeted", "")
}

func (x *X) findRepost(ctx context.Context, a *account, me bots.UserID, target bots.PostID, since string) (runner.Found, error) {
	var f runner.Found
	all, err := x.ownPosts(ctx, a, me, since, func(p postRead, _ map[string]string) bool {
		if p.refers("retweeted", target) {
			f = runner.Found{There: true, PostID: bots.PostID(p.ID), Sure: true}
		}
		return f.There
	})
	if err != nil || f.There {
		return f, err
	}
	return runner.Found{Sure: all}, nil
}

// findLike reads one page: X charges for each post shown, and a fresh like stands first.
func (x *X) findLike(ctx context.Context, a *account, me bots.UserID, target bots.PostID) (runner.Found, error) {
	var f runner.Found
	whole := true
	q := question{name: "likes", path: "/2/users/:id/liked_tweets", ids: map[string]string{":id": string(me)},
		query: map[string]string{"max_results": strconv.Itoa(pageSize)}}
	rest, err := x.pages(ctx, a, q, 1, func(b answerBody) bool {
		list, ok := posts(b.Data)
		whole = ok
		f.There = slices.ContainsFunc(list, func(p postRead) bool { return p.ID == string(target) })
		return f.There
	})
	f.Sure = err == nil && (f.There || rest == "" && whole)
	return f, err
}

func (x *X) findFollow(ctx context.Context, a *account, in bots.Intent) (runner.Found, error) {
	b, err := x.ask(ctx, a, question{name: "person", path: "/2/users/:id",
		ids: map[string]string{":id": string(in.Target.UserID)}, query: map[string]string{"user.fields": "connection_status"}})
	undo := in.Action == bots.Unfollow
	if errors.Is(err, runner.ErrNotFound) || err == nil && b.gone() {
		return runner.Found{There: undo, Sure: true}, nil // nobody is left to follow
	}
	if err != nil {
		return runner.Found{}, err
	}
	list, ok := items[userBody]([]byte("["+string(b.Data)+"]"), func(u userBody) bool { return u.ID == string(in.Target.UserID) })
	if !ok || len(list) != 1 || !list[0].ConnectionStatus.said {
		return runner.Found{}, nil // X did not say
	}
	bound := slices.ContainsFunc(list[0].ConnectionStatus.value, func(s string) bool { return s == "following" || s == "follow_request_sent" })
	return runner.Found{There: bound != undo, Sure: true}, nil
}

// findDeleted takes a post for deleted when X knows none of that id. The posts of an
// account that is suspended are gone too, and come back with it.
func (x *X) findDeleted(ctx context.Context, a *account, post bots.PostID) (runner.Found, error) {
	b, err := x.ask(ctx, a, lookup(post))
	if errors.Is(err, runner.ErrNotFound) || err == nil && b.gone() && !b.fact.says("suspended") {
		return runner.Found{There: true, Sure: true}, nil
	}
	return runner.Found{Sure: err == nil && len(b.Data) > 0}, err
}

// findMessage reads the talk with the person. A talk without any message at all is
// one that X does not show here: it then cannot be told. Nor can it where the same words
// were sent twice since long before the claim, or before it alone: X takes
// every repeat of a message, and one of them may be another act's.
func (x *X) findMessage(ctx context.Context, a *account, me bots.UserID, in bots.Intent, since, claimed string) (runner.Found, error) {
	var mine []string
	var said []runner.Said
	doubt, any := false, false
	q := question{name: "messages with a person", path: "/2/dm_conversations/with/:id/dm_events", private: true,
		ids: map[string]string{":id": string(in.Target.UserID)},
		query: map[string]string{"event_types": "MessageCreate", "max_results": strconv.Itoa(pageSize),
			"dm_event.fields": "attachments," + messageFields, "expansions": "attachments.media_keys,sender_id", "media.fields": "alt_text", "user.fields": personFields}}
	rest, err := x.pages(ctx, a, q, 3, func(b answerBody) (enough bool) {
		list, ok := messages(b.Data)
		doubt = doubt || !ok
		alts, people := altsOf(b.Includes.Media), b.users()
		for _, m := range list {
			any = true
			if m.SenderID != string(me) { // of whatever age: who was shown a STOP has been told
				s := a.message(m, people)
				s.Signs = x.signs(people, m.SenderID)
				said = append(said, s)
				continue
			}
			if before(m.ID, since) {
				enough = true
				continue
			}
			switch compareWhole(in, str(m.Text), m.entities(), m.Attachments.value.MediaKeys, alts) {
			case same:
				if !slices.Contains(mine, m.ID) {
					mine = append(mine, m.ID)
				}
			case nearly:
				doubt = true
			}
		}
		return enough
	})
	slices.Reverse(said) // oldest first
	f := runner.Found{Said: said}
	switch {
	case err != nil || rest != "":
		return f, err
	case len(mine) == 1 && !before(mine[0], claimed):
		f.There, f.PostID, f.Sure = true, bots.PostID(mine[0]), true
		return f, nil
	}
	f.Sure = len(mine) == 0 && any && !doubt
	return f, nil
}
