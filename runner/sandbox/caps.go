package sandbox

import (
	"fmt"
	"time"
)

func capKind(p *Post) string {
	if p.ReplyTo != "" {
		return "reply"
	}
	return "post"
}

// countDay remembers an act of an account for its caps.
func (w *World) countDay(user, kind string, now time.Time) {
	key := edge(user, kind)
	w.st.Day[key] = append(w.recent(key, now), now.UnixMilli())
}

// recent drops what is older than a day and gives the rest.
func (w *World) recent(key string, now time.Time) []int64 {
	list, from := w.st.Day[key], now.Add(-day).UnixMilli()
	for len(list) > 0 && list[0] <= from {
		list = list[1:]
	}
	w.st.Day[key] = list
	return list
}

// capped says whether an account's caps refuse one more act of a kind. What people
// did by hand counts, and only apps are refused.
func (w *World) capped(c *caller, kind string, now time.Time) *refusal {
	u, caps := c.user, w.opt.Caps
	n := func(kinds ...string) (sum int) {
		for _, k := range kinds {
			sum += len(w.recent(edge(u.ID, k), now))
		}
		return sum
	}
	over := func(used, limit int, what string) *refusal {
		if used < limit {
			return nil
		}
		w.violate(Violation{
			Kind: OverLimit, AppID: c.app.ID, UserID: u.ID, Since: now,
			Detail: fmt.Sprintf("%d of %d %s in 24 hours were used, and one more was tried", used, limit, what),
		})
		return refuse(403, msgNotPermitted)
	}
	switch kind {
	case "dm":
		return over(n("dm"), caps.DMs, "messages")
	case "follow":
		return over(n("follow"), caps.Follows, "follows")
	}
	if no := over(n("post", "reply", "repost"), caps.Posts, "posts"); no != nil || u.Verified {
		return no
	}
	if kind == "reply" {
		return over(n("reply"), caps.UnverifiedReplies, "replies of an unverified account")
	}
	return over(n("post", "repost"), caps.UnverifiedPosts, "posts of an unverified account")
}

// judgeLimit writes down a refused call, and tells one that was warned from one that
// was not: the first 429 of a lane may be met by anybody.
func (w *World) judgeLimit(c *caller, until, now time.Time) {
	w.violate(Violation{
		Kind: OverLimit, AppID: c.app.ID, UserID: c.id(), Since: now,
		Detail: fmt.Sprintf("%s %s was called with its window full until %s", c.route.method, c.route.pattern, until.UTC().Format(time.RFC3339)),
	})
	w.told429(c, until)
}

// told429 remembers that a lane was told to wait until a time.
func (w *World) told429(c *caller, until time.Time) {
	w.st.Told429[c.lane()] = until
}

// judgeCall looks at a call before it is processed: does it come from a lane or an
// account that had been told to stop?
func (w *World) judgeCall(c *caller, now time.Time) {
	if until, ok := w.st.Told429[c.lane()]; ok {
		if now.Before(until) {
			w.violate(Violation{
				Kind: Ignored429, AppID: c.app.ID, UserID: c.id(), Since: now,
				Detail: fmt.Sprintf("%s %s was called again before its reset at %s", c.route.method, c.route.pattern, until.UTC().Format(time.RFC3339)),
			})
		} else {
			delete(w.st.Told429, c.lane())
		}
	}
	for _, id := range []string{c.app.ID, c.id()} {
		since, told := w.st.ToldStop[id]
		if told && c.route.method != "GET" {
			w.violate(Violation{
				Kind: AfterStopped, AppID: c.app.ID, UserID: c.id(), Since: since,
				Detail: fmt.Sprintf("%s %s was called after the account or its app was refused as suspended or locked", c.route.method, c.route.pattern),
			})
		}
	}
}
