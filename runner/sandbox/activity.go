package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The Activity API: what the world tells by itself. Subscriptions, webhooks and streams
// live in memory alone and are not saved.

const (
	maxSubscriptions  = 1500 // of an app, self-serve
	maxStreams        = 2    // of an app
	subscriptionsPage = 1000
	maxTag            = 200 // characters
)

// activity holds who is told what.
type activity struct {
	subs    []*subscription
	hooks   []*webhook
	streams []*stream
	how     Delivery
	kept    *parcel // the one that is to come after the next
}

func newActivity() activity { return activity{} }

// subscription is one event of one account that an app wants to be told.
type subscription struct {
	id, app, kind, user, tag, webhook string
	at                                time.Time
}

// eventKinds are the events that can be subscribed to; true: the account must have
// authorized the app.
var eventKinds = map[string]bool{
	"post.create": false, "post.delete": false, "post.mention.create": true, "post.reply.create": true, "post.quote.create": true,
	"dm.received": true, "dm.sent": true, "chat.received": true, "chat.sent": true, "oauth.revoke": true,
	"profile.update.bio": false, "profile.update.handle": false, "profile.update.screenname": false,
	"profile.update.profile_picture": false, "profile.update.banner_picture": false, "profile.update.geo": false, "profile.update.url": false,
	"profile.update.verified_badge": false, "profile.update.affiliate_badge": false,
}

// unsimulatedEvents are those that X has and the sandbox has not.
var unsimulatedEvents = []string{"news.new", "follow.follow", "follow.unfollow", "spaces.start", "spaces.end",
	"chat.conversation_join", "dm.indicate_typing", "dm.read", "like.create"}

// appAlone refuses a user's own token: these endpoints are the app's.
func (c *call) appAlone() *refusal {
	if c.user != nil {
		return unsupportedAuth("OAuth 1.0a User Context", "OAuth 2.0 Application-Only")
	}
	return nil
}

func (w *World) createSubscription(c *call) answer {
	if no := c.appAlone(); no != nil {
		return no.answer()
	}
	f, no := c.object("event_type", "filter", "tag", "webhook_id")
	if no != nil {
		return no.answer()
	}
	s := &subscription{app: c.app.ID, at: c.now}
	if no := first(f.required("event_type", "filter"), f.text("event_type", &s.kind), f.text("tag", &s.tag), f.id("webhook_id", &s.webhook)); no != nil {
		return no.answer()
	}
	if n := utf8.RuneCountInString(s.tag); f.has("tag") && (n < 1 || n > maxTag) {
		return f.bad("tag", fmt.Sprintf("must be 1 to %d characters long", maxTag)).answer()
	}
	if no := s.only(f); no != nil {
		return no.answer()
	}
	private, known := eventKinds[s.kind]
	switch {
	case slices.Contains(unsimulatedEvents, s.kind):
		no = refuse(501, "sandbox: "+s.kind+" is not simulated")
	case !known:
		no = f.bad("event_type", "does not have a value in the enumeration")
	case s.webhook != "" && w.webhook(c.app.ID, s.webhook) == nil:
		no = notFound("webhook", "webhook_id", s.webhook)
	case private && !w.authorized(c.app.ID, s.user):
		no = refuse(403, "The user has not authorized this application for the event type "+s.kind+".")
	case slices.ContainsFunc(w.activity.subs, func(o *subscription) bool {
		return o.app == s.app && o.kind == s.kind && o.user == s.user && o.webhook == s.webhook
	}):
		no = withMessage("A subscription for this event type and filter exists already.")
	case len(w.subscriptions(c.app.ID)) >= maxSubscriptions:
		no = refuse(403, "The maximum number of subscriptions is reached.")
	}
	if no != nil {
		return no.answer()
	}
	s.id = w.newID(c.now)
	w.activity.subs = append(w.activity.subs, s)
	return data(true, map[string]any{"subscription": s.view(), "total_subscriptions_for_instance_id": len(w.subscriptions(c.app.ID))})
}

// only reads whose events are told. A filter that would narrow them further is refused:
// ignored, it would tell more than was asked for.
func (s *subscription) only(f *fields) *refusal {
	filter, no := object(f.raw["filter"], "$.filter", "user_id", "keyword", "direction")
	if no != nil {
		return no
	}
	var keyword, direction string
	if no := first(filter.id("user_id", &s.user), filter.text("keyword", &keyword), filter.oneOf("direction", &direction, "inbound", "outbound")); no != nil {
		return no
	}
	if filter.has("keyword") || filter.has("direction") {
		return refuse(501, "sandbox: a filter's keyword and direction are not simulated")
	}
	return filter.required("user_id")
}

// authorized says whether an account has let an app act for it.
func (w *World) authorized(app, user string) bool {
	for _, t := range w.st.Tokens {
		if t.AppID == app && t.UserID == user && !t.Revoked {
			return true
		}
	}
	return false
}

func (w *World) subscriptions(app string) (all []*subscription) {
	for _, s := range w.activity.subs {
		if s.app == app {
			all = append(all, s)
		}
	}
	return all
}

func (s *subscription) view() map[string]any {
	m := map[string]any{"subscription_id": s.id, "event_type": s.kind, "filter": map[string]string{"user_id": s.user},
		"created_at": stamp(s.at), "updated_at": stamp(s.at)}
	if s.tag != "" {
		m["tag"] = s.tag
	}
	if s.webhook != "" {
		m["webhook_id"] = s.webhook
	}
	return m
}

func (w *World) getSubscriptions(c *call) answer {
	if no := c.appAlone(); no != nil {
		return no.answer()
	}
	size, no := c.number("max_results", 1, subscriptionsPage, subscriptionsPage)
	from := 0
	if token := c.query.Get("pagination_token"); no == nil && token != "" {
		id, ok := strings.CutPrefix(token, "after-")
		at := slices.IndexFunc(w.subscriptions(c.app.ID), func(s *subscription) bool { return s.id == id })
		if from = at + 1; !ok || at < 0 {
			no = invalid("pagination_token", token, "The `pagination_token` query parameter value is not valid")
		}
	}
	if no != nil {
		return no.answer()
	}
	all := w.subscriptions(c.app.ID)
	page := all[from:min(from+size, len(all))]
	list, meta := []map[string]any{}, map[string]any{"result_count": len(page)}
	for _, s := range page {
		list = append(list, s.view())
	}
	if from+size < len(all) {
		meta["next_token"] = "after-" + page[len(page)-1].id
	}
	body := map[string]any{"meta": meta}
	if len(list) > 0 {
		body["data"] = list
	}
	return jsonAnswer(200, body)
}

func (w *World) deleteSubscription(c *call) answer {
	if no := c.appAlone(); no != nil {
		return no.answer()
	}
	n := len(w.activity.subs)
	w.activity.subs = slices.DeleteFunc(w.activity.subs, func(s *subscription) bool { return s.app == c.app.ID && s.id == c.path["id"] })
	if len(w.activity.subs) == n {
		return notFound("subscription", "subscription_id", c.path["id"]).answer()
	}
	return data(true, map[string]any{"deleted": true})
}

// Subscribed says whether an app is told an event of an account.
func (w *World) Subscribed(kind, user string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.activity.subs, func(s *subscription) bool { return s.kind == kind && s.user == user })
}

// Told says whether events reach anybody: a stream is open, or a webhook was found to be good.
func (w *World) Told() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.activity.streams) > 0 || slices.ContainsFunc(w.activity.hooks, func(h *webhook) bool { return h.valid })
}
