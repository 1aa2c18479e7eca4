package sandbox

import (
	"strconv"
	"time"
)

// Limit is one row of X's rate limit table; zero means none.
type Limit struct {
	Method  string `json:"method"`
	Route   string `json:"route"`
	User15  int    `json:"user_15min,omitempty"`
	User24  int    `json:"user_24h,omitempty"`
	App15   int    `json:"app_15min,omitempty"` // counts calls with the app's own bearer
	App24   int    `json:"app_24h,omitempty"`   // counts every call of the app
	Headers bool   `json:"headers,omitempty"`   // shows the 24 hour windows in headers
}

// Lengths of X's fixed windows. A window begins with its first call.
const (
	quarter = 15 * time.Minute
	day     = 24 * time.Hour
)

// DefaultLimits is X's table as published on 24 July 2026 (docs/policy.md 2b). The
// user's 24 hours of POST /2/tweets are the account cap of 2a. Rows marked * are not
// in that table and keep X's older published numbers.
func DefaultLimits() []Limit {
	return []Limit{
		{Method: "POST", Route: "/2/tweets", User15: 100, User24: 2400, App24: 10_000, Headers: true},
		{Method: "DELETE", Route: "/2/tweets/:id", User15: 50},
		{Method: "GET", Route: "/2/tweets", User15: 900, App15: 300},     // *
		{Method: "GET", Route: "/2/tweets/:id", User15: 900, App15: 300}, // *
		{Method: "PUT", Route: "/2/tweets/:id/hidden", User15: 50},
		{Method: "GET", Route: "/2/users/me", User15: 75},
		{Method: "GET", Route: "/2/users", User15: 900, App15: 300},
		{Method: "GET", Route: "/2/users/:id", User15: 900, App15: 300},
		{Method: "GET", Route: "/2/users/by/username/:username", User15: 900, App15: 300},
		{Method: "GET", Route: "/2/users/:id/tweets", User15: 900, App15: 10_000},
		{Method: "GET", Route: "/2/users/:id/mentions", User15: 300, App15: 450},
		{Method: "GET", Route: "/2/users/:id/liked_tweets", User15: 75}, // *
		{Method: "POST", Route: "/2/users/:id/following", User15: 50},
		{Method: "DELETE", Route: "/2/users/:id/following/:target", User15: 50},
		{Method: "POST", Route: "/2/users/:id/likes", User15: 50, User24: 1000},
		{Method: "DELETE", Route: "/2/users/:id/likes/:target", User15: 50, User24: 1000},
		{Method: "POST", Route: "/2/users/:id/retweets", User15: 50},
		{Method: "DELETE", Route: "/2/users/:id/retweets/:target", User15: 50},
		{Method: "POST", Route: "/2/users/:id/muting", User15: 50},
		{Method: "DELETE", Route: "/2/users/:id/muting/:target", User15: 50},
		{Method: "POST", Route: "/2/dm_conversations/with/:id/messages", User15: 15, User24: 1440, App24: 1440},
		{Method: "GET", Route: "/2/dm_events", User15: 15},
		{Method: "GET", Route: "/2/dm_conversations/with/:id/dm_events", User15: 15},
		{Method: "POST", Route: "/2/media/upload/initialize", User15: 1875},
		{Method: "POST", Route: "/2/media/upload/:id/append", User15: 1875},
		{Method: "POST", Route: finalizeRoute, User15: 1875},
		{Method: "GET", Route: "/2/media/upload", User15: 1000},   // *
		{Method: "POST", Route: "/2/media/metadata", User15: 500}, // *
		{Method: "GET", Route: "/2/activity/stream", App15: 450},
		{Method: "POST", Route: "/2/activity/subscriptions", App15: 500},
		{Method: "GET", Route: "/2/activity/subscriptions", App15: 500},
		{Method: "DELETE", Route: "/2/activity/subscriptions/:id", App15: 500},
		{Method: "POST", Route: "/2/webhooks", App15: 450},
		{Method: "GET", Route: "/2/webhooks", App15: 450},
		{Method: "PUT", Route: "/2/webhooks/:id", App15: 450},
		{Method: "DELETE", Route: "/2/webhooks/:id", App15: 450},
	}
}

// Caps are the limits of an account over all its apps in any 24 hours (policy.md 2a).
type Caps struct {
	Posts             int `json:"posts"`              // posts, reposts and replies together
	UnverifiedPosts   int `json:"unverified_posts"`   // original posts of an unverified account
	UnverifiedReplies int `json:"unverified_replies"` // its replies
	DMs               int `json:"dms"`
	Follows           int `json:"follows"`
}

// DefaultCaps are the numbers of X's help page, May 2026.
func DefaultCaps() Caps {
	return Caps{Posts: 2400, UnverifiedPosts: 50, UnverifiedReplies: 200, DMs: 500, Follows: 400}
}

// window is one fixed window of one lane.
type window struct {
	Start time.Time `json:"start"`
	Used  int       `json:"used"`
}

// meter is a window with its limit, as of one call.
type meter struct {
	*window
	name  string // header prefix
	limit int
	len   time.Duration
}

func (m meter) left() int        { return max(m.limit-m.Used, 0) }
func (m meter) reset() time.Time { return m.Start.Add(m.len) }

// meters finds the windows that a call runs through. Calls of a user count against
// the user's windows, calls of an app alone against the app's; an app's 24 hours
// count both.
func (w *World) meters(c *caller, l Limit, now time.Time) []meter {
	lane := l.Method + " " + l.Route
	var list []meter
	add := func(name, who string, limit int, length time.Duration) {
		if limit == 0 {
			return
		}
		key := name + " " + who + " " + lane
		win := w.st.Windows[key]
		if win == nil || !now.Before(win.Start.Add(length)) {
			win = &window{Start: now.UTC()}
			w.st.Windows[key] = win
		}
		list = append(list, meter{win, name, limit, length})
	}
	if c.user != nil {
		add("x-rate-limit", "user "+c.app.ID+" "+c.user.ID, l.User15, quarter)
		add("x-user-limit-24hour", c.user.ID, l.User24, day)
	} else {
		add("x-rate-limit", "app "+c.app.ID, l.App15, quarter)
	}
	add("x-app-limit-24hour", c.app.ID, l.App24, day)
	return list
}

// spend counts a call in its windows. It gives the headers of the answer and, when
// a window was already full, false: such a call counts nowhere.
func (w *World) spend(c *caller, now time.Time) (map[string]string, bool) {
	var l Limit
	for _, row := range w.opt.Limits {
		if row.Method == c.route.method && row.Route == c.route.pattern {
			l = row
		}
	}
	list := w.meters(c, l, now)
	var full *meter
	for i, m := range list {
		if m.left() == 0 {
			full = &list[i]
		}
	}
	for _, m := range list {
		if full == nil {
			m.Used++
		}
	}
	head := map[string]string{}
	for _, m := range list {
		if m.name == "x-rate-limit" || l.Headers {
			m.write(head, m.name)
		}
	}
	if full != nil {
		if !l.Headers {
			full.write(head, "x-rate-limit")
		}
		w.judgeLimit(c, full.reset(), now)
	}
	return head, full == nil
}

// write puts a window in the headers. Reset is rounded up, so that a caller who
// waits for it is never early.
func (m meter) write(head map[string]string, prefix string) {
	head[prefix+"-limit"] = strconv.Itoa(m.limit)
	head[prefix+"-remaining"] = strconv.Itoa(m.left())
	head[prefix+"-reset"] = strconv.FormatInt(ceilUnix(m.reset()), 10)
}

func ceilUnix(t time.Time) int64 {
	s := t.Unix()
	if t.Nanosecond() > 0 {
		s++
	}
	return s
}
