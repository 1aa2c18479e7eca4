package sandbox

import "slices"

// X renamed its fields in 2.167 and still answers the older names when it is asked in
// them. Worlds render in the older names; what was asked in the newer is renamed last.

// newNames are the older names with the newer.
var newNames = map[string]string{
	"edit_history_tweet_ids": "edit_history_post_ids",
	"referenced_tweets":      "referenced_posts",
	"note_tweet":             "note_post",
	"pinned_tweet_id":        "pinned_post_id",
	"most_recent_tweet_id":   "most_recent_post_id",
	"tweet_count":            "post_count",
	"retweet_count":          "repost_count",
	"tweets":                 "posts", // among the includes
}

// oldNames are the newer names of fields and expansions with the older.
var oldNames = map[string]string{
	"edit_history_post_ids": "edit_history_tweet_ids",
	"referenced_posts":      "referenced_tweets",
	"note_post":             "note_tweet",
	"pinned_post_id":        "pinned_tweet_id",
	"most_recent_post_id":   "most_recent_tweet_id",

	"referenced_posts.id":           "referenced_tweets.id",
	"referenced_posts.author_id":    "referenced_tweets.id.author_id",
	"referenced_posts.id.author_id": "referenced_tweets.id.author_id",
}

// expandedOnly are shown by the newer names only where they are expanded.
var expandedOnly = []string{"author_id", "in_reply_to_user_id", "sender_id", "referenced_tweets"}

// modern says whether a call asks in the newer names.
func (c *call) modern() bool {
	if c.query.Has("post.fields") {
		return true
	}
	if c.query.Has("tweet.fields") {
		return false
	}
	for _, parameter := range []string{"user.fields", "expansions"} {
		for _, name := range c.list(parameter) {
			if oldNames[name] != "" {
				return true
			}
		}
	}
	return false
}

// older reads a parameter of newer names.
func (c *call) older(parameter string, expansions bool) []string {
	var list []string
	for _, name := range c.list(parameter) {
		old, known := oldNames[name]
		switch {
		case newNames[name] != "":
			// An older name among newer ones is nobody's, and ignored.
			continue
		case expansions && name == "referenced_posts":
			old = "referenced_tweets.id"
		case !known:
			old = name
		}
		if expansions || !slices.Contains(expandedOnly, old) {
			list = append(list, old)
		}
	}
	return list
}

// rename gives an answer its newer names.
func rename(v any) any {
	switch m := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(m))
		for name, value := range m {
			out[newName(name)] = rename(value)
		}
		return out
	case map[string]int:
		out := make(map[string]int, len(m))
		for name, value := range m {
			out[newName(name)] = value
		}
		return out
	case []any:
		out := make([]any, len(m))
		for i, value := range m {
			out[i] = rename(value)
		}
		return out
	case []map[string]any:
		out := make([]any, len(m))
		for i, value := range m {
			out[i] = rename(value)
		}
		return out
	}
	return v
}

func newName(name string) string {
	if n := newNames[name]; n != "" {
		return n
	}
	return name
}
