package platform

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"heed/bots"
)

// userBody is a user as X shows it, with what gotwi's struct lacks.
type userBody struct {
	ID               string           `json:"id"`
	Username         string           `json:"username"`
	Description      string           `json:"description"`
	Protected        bool             `json:"protected"`
	Verified         bool             `json:"verified"`
	VerifiedType     string           `json:"verified_type"`
	ConnectionStatus lax[[]string]    `json:"connection_status"`
	ReceivesYourDM   lax[bool]        `json:"receives_your_dm"`
	PublicMetrics    lax[metricsBody] `json:"public_metrics"`
	Affiliation      struct {
		Description string `json:"description"`
	} `json:"affiliation"`
	Entities struct {
		Description entities `json:"description"`
	} `json:"entities"`
}

// automated says whether X's Automated label is on the account.
func (u userBody) automated() bool { return u.Affiliation.Description == "Automated" }

type entities struct {
	URLs     []urlBody     `json:"urls"`
	Mentions []mentionBody `json:"mentions"`
}

type urlBody struct {
	URL         string `json:"url"`
	ExpandedURL string `json:"expanded_url"`
}

type mentionBody struct {
	ID       string `json:"id"`
	Username string `json:"username"`
}

// postRead is a post as X shows it, in the names of before and after the renaming.
// Unknown members are left alone: one odd value must not hide the page.
type postRead struct {
	ID             string    `json:"id"`
	Text           string    `json:"text"`
	AuthorID       string    `json:"author_id"`
	ConversationID string    `json:"conversation_id"`
	CreatedAt      string    `json:"created_at"`
	InReplyTo      string    `json:"in_reply_to_user_id"`
	Entities       entities  `json:"entities"`
	RefTweets      []refBody `json:"referenced_tweets"`
	RefPosts       []refBody `json:"referenced_posts"`
	NoteTweet      *noteBody `json:"note_tweet"`
	NotePost       *noteBody `json:"note_post"`

	Attachments lax[attached] `json:"attachments"`
}

// attached are the media of a post or a message, by X's keys.
type attached struct {
	MediaKeys []string `json:"media_keys"`
}

// altsOf reads the descriptions of the media that an answer includes, by their keys.
func altsOf(raw json.RawMessage) map[string]string {
	alts := map[string]string{}
	type described struct {
		Key string `json:"media_key"`
		Alt string `json:"alt_text"`
	}
	list, _ := items[described](raw, func(m described) bool { return m.Key != "" && m.Alt != "" }) // one that cannot be read is not known
	for _, m := range list {
		alts[m.Key] = m.Alt
	}
	return alts
}

type refBody struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

type noteBody struct {
	Text     string   `json:"text"`
	Entities entities `json:"entities"`
}

func (p postRead) refs() []refBody {
	return append(p.RefTweets[:len(p.RefTweets):len(p.RefTweets)], p.RefPosts...)
}

// refers says whether the post stands in this relation to another.
func (p postRead) refers(kind string, to bots.PostID) bool {
	for _, r := range p.refs() {
		if r.Type == kind && (to == "" || r.ID == string(to)) {
			return true
		}
	}
	return false
}

// full is the whole text with its links: a long post carries it apart.
func (p postRead) full() (string, entities) {
	for _, n := range []*noteBody{p.NoteTweet, p.NotePost} {
		if n != nil && n.Text != "" {
			e := n.Entities
			if len(e.Mentions) == 0 {
				e.Mentions = p.Entities.Mentions
			}
			return n.Text, e
		}
	}
	return p.Text, p.Entities
}

// posts reads a page. ok is false when one of them cannot be read: the page is then
// not complete.
func posts(raw json.RawMessage) (all []postRead, ok bool) {
	return items[postRead](raw, func(p postRead) bool { return bots.IsSnowflake(p.ID) })
}

// mostItems is how many things of one answer are read. No page of X's has more than a
// few hundred; one that has is not X's, and reading it would take gigabytes.
const mostItems = 5000

// items reads a list one by one, so that an odd one does not hide the others.
func items[T any](raw json.RawMessage, good func(T) bool) (all []T, ok bool) {
	if len(raw) == 0 {
		return nil, true // X leaves "data" out when there is none
	}
	if string(bytes.TrimSpace(raw)) == "null" {
		return nil, true
	}
	each, ok := list(raw, mostItems)
	if !ok {
		return nil, false
	}
	for _, one := range each {
		var v T
		if json.Unmarshal(one, &v) != nil || !good(v) {
			ok = false
			continue
		}
		all = append(all, v)
	}
	return all, ok
}

// at is when something was made: what X says, or what its id says.
func at(created, id string) time.Time {
	if t, err := time.Parse(time.RFC3339, created); err == nil {
		return t.UTC()
	}
	return bots.SnowflakeTime(id)
}

// before compares two ids by age without leaving decimal digits.
func before(a, b string) bool {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}

var unescaper = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">")

var shortLink = regexp.MustCompile(`https?://t\.co/[A-Za-z0-9]+`)

// expand puts the links back that X has shortened.
func expand(text string, urls []urlBody) string {
	long := map[string]string{}
	for _, u := range urls {
		if u.URL != "" && u.ExpandedURL != "" {
			long[u.URL] = u.ExpandedURL
		}
	}
	return shortLink.ReplaceAllStringFunc(text, func(s string) string {
		if l, ok := long[s]; ok {
			return l
		}
		return s
	})
}
