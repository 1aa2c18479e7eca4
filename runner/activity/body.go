package activity

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"heed/bots"
)

// X's events come in two vocabularies, that of tweets and that of posts, and some of
// their parts in the form of before v2. All are read; unknown members are left alone, and
// one of an unexpected type must not hide the others.

// envelope is one delivery.
type envelope struct {
	Data json.RawMessage `json:"data"` // one event, or a list of them
}

// event is one thing that X tells.
type event struct {
	UUID   text `json:"event_uuid"`
	Type   text `json:"event_type"`
	Filter lax[struct {
		UserID text `json:"user_id"`
	}] `json:"filter"`
	Payload  json.RawMessage `json:"payload"`
	Includes lax[includes]   `json:"includes"`
}

// includes are the objects that a payload refers to.
type includes struct {
	Users  json.RawMessage `json:"users"`
	Tweets json.RawMessage `json:"tweets"`
	Posts  json.RawMessage `json:"posts"`
}

// lax is a member that counts only where it is of the expected type.
type lax[T any] struct{ value T }

// UnmarshalJSON never fails.
func (l *lax[T]) UnmarshalJSON(b []byte) error {
	var v T
	if json.Unmarshal(b, &v) == nil {
		l.value = v
	}
	return nil
}

// text is a string, or a whole number's digits: X's ids have been seen as both.
type text string

// UnmarshalJSON never fails: what is neither is empty.
func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*t = text(s)
	} else if _, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		*t = text(b)
	}
	return nil
}

func (t text) id() (string, bool) { return string(t), t != "" && bots.IsSnowflake(string(t)) }

// post is a post as it stands in a payload.
type post struct {
	ID             text           `json:"id"`
	Text           text           `json:"text"`
	AuthorID       text           `json:"author_id"`
	ConversationID text           `json:"conversation_id"`
	CreatedAt      text           `json:"created_at"`
	InReplyTo      text           `json:"in_reply_to_user_id"`
	Entities       lax[entities]  `json:"entities"`
	RefTweets      lax[[]refBody] `json:"referenced_tweets"`
	RefPosts       lax[[]refBody] `json:"referenced_posts"`
	NoteTweet      lax[note]      `json:"note_tweet"`
	NotePost       lax[note]      `json:"note_post"`
}

type entities struct {
	Mentions []struct {
		ID       text `json:"id"`
		Username text `json:"username"`
	} `json:"mentions"`
}

type refBody struct {
	Type text `json:"type"`
	ID   text `json:"id"`
}

type note struct {
	Text     text          `json:"text"`
	Entities lax[entities] `json:"entities"`
}

func (p post) refs() []refBody {
	return append(p.RefTweets.value[:len(p.RefTweets.value):len(p.RefTweets.value)], p.RefPosts.value...)
}

// full is the whole text with the people it names: a long post carries it apart.
func (p post) full() (string, entities) {
	for _, n := range []note{p.NoteTweet.value, p.NotePost.value} {
		if n.Text != "" {
			e := n.Entities.value
			if len(e.Mentions) == 0 {
				e = p.Entities.value
			}
			return string(n.Text), e
		}
	}
	return string(p.Text), p.Entities.value
}

// person is what is read of an account: X's label, and the text about itself.
type person struct {
	ID          text `json:"id"`
	Description text `json:"description"`
	Affiliation lax[struct {
		Description text `json:"description"`
	}] `json:"affiliation"`
}

func (p person) automated() bool { return p.Affiliation.value.Description == "Automated" }

// people reads accounts by id, from a list or a map. Each may be wrapped in "data".
func people(raw json.RawMessage) map[string]person {
	all := map[string]person{}
	var each []json.RawMessage
	var byID map[string]json.RawMessage
	if json.Unmarshal(raw, &each) != nil && json.Unmarshal(raw, &byID) == nil {
		for _, one := range byID {
			each = append(each, one)
		}
	}
	for _, one := range each {
		var p struct {
			person
			Data lax[*person] `json:"data"`
		}
		if json.Unmarshal(one, &p) != nil {
			continue
		}
		if p.Data.value != nil {
			p.person = *p.Data.value
		}
		if id, ok := p.ID.id(); ok {
			all[id] = p.person
		}
	}
	return all
}

// authors gives who wrote the included posts.
func (i includes) authors() map[string]string {
	all := map[string]string{}
	for _, raw := range []json.RawMessage{i.Tweets, i.Posts} {
		var each []json.RawMessage
		_ = json.Unmarshal(raw, &each) // none are none
		for _, one := range each {
			var p post
			if json.Unmarshal(one, &p) == nil && p.ID != "" {
				all[string(p.ID)] = string(p.AuthorID)
			}
		}
	}
	return all
}

// at is when something was made: what X says, or what its id says.
func at(created, id text) time.Time {
	if t, err := time.Parse(time.RFC3339, string(created)); err == nil {
		return t.UTC()
	}
	return bots.SnowflakeTime(string(id))
}

// millis reads the time of the older shapes, in milliseconds.
func millis(ms, id text) time.Time {
	if n, err := strconv.ParseInt(string(ms), 10, 64); err == nil && n > 0 {
		return time.UnixMilli(n).UTC()
	}
	return bots.SnowflakeTime(string(id))
}

var unescaper = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">")
