package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strings"
	"time"
)

// route is one endpoint.
type route struct {
	method, pattern string
	scopes          []string // OAuth 2.0 scopes it needs
	appOnly         bool     // answers an app without a user too
	dm              bool     // needs the DM permission
	params          []string // query parameters it knows
	most            int64    // bytes of a body; 0: maxBody
	do              func(*World, *call) answer
}

// call is one authenticated call while it is processed, under the world's lock.
type call struct {
	caller
	now   time.Time
	path  map[string]string
	query url.Values
	body  []byte
	ctype string

	breaks bool // a fault makes the processing of the media fail
	claim  *claimed
}

var (
	postFields = []string{"tweet.fields", "user.fields", "media.fields", "poll.fields", "place.fields", "expansions"}
	userFields = []string{"user.fields", "tweet.fields", "expansions"}
	pageParams = append([]string{"max_results", "pagination_token"}, postFields...)
	lineParams = append([]string{"since_id", "until_id", "start_time", "end_time"}, pageParams...)
	dmParams   = append([]string{"event_types", "dm_event.fields"}, pageParams...)

	readScopes  = []string{"tweet.read", "users.read"}
	writeScopes = []string{"tweet.read", "tweet.write", "users.read"}
)

func scopes(list ...string) []string { return append(list, readScopes...) }

// routes are all endpoints. Where two patterns fit a path, the first one is meant.
var routes = []*route{
	{method: "POST", pattern: "/2/tweets", scopes: writeScopes, do: (*World).createPost},
	{method: "GET", pattern: "/2/tweets", scopes: readScopes, appOnly: true, params: append([]string{"ids"}, postFields...), do: (*World).getPosts},
	{method: "GET", pattern: "/2/tweets/:id", scopes: readScopes, appOnly: true, params: postFields, do: (*World).getPost},
	{method: "DELETE", pattern: "/2/tweets/:id", scopes: writeScopes, do: (*World).deletePost},
	{method: "PUT", pattern: "/2/tweets/:id/hidden", scopes: scopes("tweet.moderate.write"), do: (*World).hideReply},
	{method: "GET", pattern: "/2/users/me", scopes: readScopes, params: userFields, do: (*World).getMe},
	{method: "GET", pattern: "/2/users", scopes: readScopes, appOnly: true, params: append([]string{"ids"}, userFields...), do: (*World).getUsers},
	{method: "GET", pattern: "/2/users/by/username/:username", scopes: readScopes, appOnly: true, params: userFields, do: (*World).getUserByName},
	{method: "GET", pattern: "/2/users/:id", scopes: readScopes, appOnly: true, params: userFields, do: (*World).getUser},
	{method: "GET", pattern: "/2/users/:id/tweets", scopes: readScopes, appOnly: true, params: append([]string{"exclude"}, lineParams...), do: (*World).getTimeline},
	{method: "GET", pattern: "/2/users/:id/mentions", scopes: readScopes, appOnly: true, params: lineParams, do: (*World).getMentions},
	{method: "GET", pattern: "/2/users/:id/liked_tweets", scopes: scopes("like.read"), params: pageParams, do: (*World).getLiked},
	{method: "POST", pattern: "/2/users/:id/following", scopes: scopes("follows.write"), do: (*World).createFollow},
	{method: "DELETE", pattern: "/2/users/:id/following/:target", scopes: scopes("follows.write"), do: (*World).deleteFollow},
	{method: "POST", pattern: "/2/users/:id/likes", scopes: scopes("like.write"), do: (*World).createLike},
	{method: "DELETE", pattern: "/2/users/:id/likes/:target", scopes: scopes("like.write"), do: (*World).deleteLike},
	{method: "POST", pattern: "/2/users/:id/retweets", scopes: writeScopes, do: (*World).createRepost},
	{method: "DELETE", pattern: "/2/users/:id/retweets/:target", scopes: writeScopes, do: (*World).deleteRepost},
	{method: "POST", pattern: "/2/users/:id/muting", scopes: scopes("mute.write"), do: (*World).createMute},
	{method: "DELETE", pattern: "/2/users/:id/muting/:target", scopes: scopes("mute.write"), do: (*World).deleteMute},
	{method: "POST", pattern: "/2/dm_conversations/with/:id/messages", scopes: scopes("dm.write"), dm: true, do: (*World).createMessage},
	{method: "GET", pattern: "/2/dm_events", scopes: scopes("dm.read"), dm: true, params: dmParams, do: (*World).getMessages},
	{method: "GET", pattern: "/2/dm_conversations/with/:id/dm_events", scopes: scopes("dm.read"), dm: true, params: dmParams, do: (*World).getMessagesWith},
	{method: "POST", pattern: "/2/media/upload/initialize", scopes: []string{"media.write"}, do: (*World).mediaInitialize},
	{method: "POST", pattern: "/2/media/upload/:id/append", scopes: []string{"media.write"}, most: maxSegment + 4096, do: (*World).mediaAppend},
	{method: "POST", pattern: finalizeRoute, scopes: []string{"media.write"}, do: (*World).mediaFinalize},
	{method: "GET", pattern: "/2/media/upload", scopes: []string{"media.write"}, params: []string{"command", "media_id"}, do: (*World).mediaStatus},
	{method: "POST", pattern: "/2/media/metadata", scopes: []string{"media.write"}, do: (*World).mediaMetadata},
	{method: "POST", pattern: "/2/activity/subscriptions", appOnly: true, do: (*World).createSubscription},
	{method: "GET", pattern: "/2/activity/subscriptions", appOnly: true, params: []string{"max_results", "pagination_token"}, do: (*World).getSubscriptions},
	{method: "DELETE", pattern: "/2/activity/subscriptions/:id", appOnly: true, do: (*World).deleteSubscription},
	{method: "GET", pattern: "/2/activity/stream", appOnly: true, do: (*World).openStream},
	{method: "POST", pattern: "/2/webhooks", appOnly: true, do: (*World).createWebhook},
	{method: "GET", pattern: "/2/webhooks", appOnly: true, params: []string{"webhook_config.fields"}, do: (*World).getWebhooks},
	{method: "PUT", pattern: "/2/webhooks/:id", appOnly: true, do: (*World).checkWebhook},
	{method: "DELETE", pattern: "/2/webhooks/:id", appOnly: true, do: (*World).deleteWebhook},
}

const finalizeRoute = "/2/media/upload/:id/finalize"

// Routes lists the endpoints as "METHOD /pattern", for tests that walk them all.
func Routes() []string {
	var list []string
	for _, r := range routes {
		list = append(list, r.method+" "+r.pattern)
	}
	return list
}

// match finds the endpoint of a request and the ids in its path.
func match(method, path string) (*route, map[string]string) {
	have := strings.Split(path, "/")
	for _, r := range routes {
		want := strings.Split(r.pattern, "/")
		if r.method != method || len(want) != len(have) {
			continue
		}
		ids := map[string]string{}
		if slices.EqualFunc(want, have, func(p, s string) bool {
			if name, ok := strings.CutPrefix(p, ":"); ok {
				ids[name] = s
				return s != ""
			}
			return p == s
		}) {
			return r, ids
		}
	}
	return nil, nil
}

// checkRequest holds what every endpoint asks of path and query. X names an unknown
// parameter together with those it knows.
func (c *call) checkRequest() *refusal {
	for name, v := range c.path {
		if name != "username" && !isID(v) {
			return invalid(name, v, "The `"+name+"` query parameter value ["+v+"] is not valid")
		}
	}
	names := make([]string, 0, len(c.query))
	for name := range c.query {
		names = append(names, name)
	}
	sort.Strings(names)
	if c.query.Has("post.fields") && c.query.Has("tweet.fields") {
		return invalid("post.fields", c.query.Get("post.fields"), "The query parameters [post.fields] and [tweet.fields] can not be used together")
	}
	for _, name := range names {
		if !c.takes(name) {
			known := append(slices.Clone(c.route.params), "id")
			return invalid(name, strings.Join(c.query[name], ","), "The query parameter ["+name+"] is not one of ["+strings.Join(known, ",")+"]")
		}
		if len(c.query[name]) != 1 || c.query.Get(name) == "" {
			return invalid(name, strings.Join(c.query[name], ","), "The `"+name+"` query parameter can not be empty or repeated")
		}
	}
	return nil
}

// takes says whether the endpoint knows a query parameter, by its older name or its
// newer one.
func (c *call) takes(name string) bool {
	if name == "post.fields" {
		name = "tweet.fields"
	}
	return slices.Contains(c.route.params, name)
}

// self holds that :id is the account that calls.
func (c *call) self() *refusal {
	if id := c.path["id"]; id != c.user.ID {
		return invalid("id", id, "The `id` query parameter value ["+id+"] must be the same as the authenticating user ["+c.user.ID+"].")
	}
	return nil
}

// list splits a comma-separated query parameter.
func (c *call) list(name string) []string {
	if c.query.Get(name) == "" {
		return nil
	}
	return strings.Split(c.query.Get(name), ",")
}

// access is what X says in x-access-level.
func (c *caller) access() string {
	if c.token == nil {
		return string(Read)
	}
	return string(c.token.Permission)
}

func isJSON(ctype string) bool {
	kind, _, _ := strings.Cut(ctype, ";")
	return strings.EqualFold(strings.TrimSpace(kind), "application/json")
}

var _ http.Handler = (*World)(nil)
