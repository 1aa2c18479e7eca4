package platform

import (
	"bytes"
	"encoding/json"
	"io"
	"net/url"
	"strings"

	"heed/bots"
	"heed/guards"
)

func init() {
	guards.Declare(guards.Clause{ID: "D14", Says: "nothing is added to what somebody wrote or approved without their consent",
		Source: guards.SourceAuthentic, Served: []guards.Service{guards.ByDuty},
		Tests: []string{"runner/platform TestTheTextIsSentToTheLetter", "runner/platform TestDoSendsTheStoredBytes", "runner/platform TestEveryFieldIsSentOrRefused"}})
}

// request is a call of our own for what gotwi's inputs lack. It sends exactly what
// it is made of; gotwi signs it.
type request struct {
	token string
	path  map[string]string // ":id" and the like, to their values
	query map[string]string
	body  any // nil: none
}

var _ parameters = (*request)(nil)

// SetAccessToken is part of what gotwi asks of parameters.
func (r *request) SetAccessToken(token string) { r.token = token }

// AccessToken is part of what gotwi asks of parameters.
func (r *request) AccessToken() string { return r.token }

// ResolveEndpoint fills in the path and the query. It gives "", which the wire
// refuses, for a missing or odd value.
func (r *request) ResolveEndpoint(base string) string {
	for name, value := range r.path {
		if !pathSafe(value) {
			return ""
		}
		base = strings.Replace(base, name, value, 1)
	}
	if len(r.query) == 0 {
		return base
	}
	q := url.Values{}
	for k, v := range r.query {
		if !querySafe(v) {
			return ""
		}
		q.Set(k, v)
	}
	return base + "?" + q.Encode()
}

// Body is the JSON to send.
func (r *request) Body() (io.Reader, error) {
	if r.body == nil {
		return nil, nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(r.body); err != nil {
		return nil, err
	}
	return &b, nil
}

// ParameterMap is what the signature covers: exactly the query that is sent.
func (r *request) ParameterMap() map[string]string { return r.query }

// pathSafe keeps an id from becoming another path.
func pathSafe(v string) bool {
	for _, c := range v {
		if c < '0' || c > '9' {
			return false
		}
	}
	return v != "" && len(v) <= 20
}

// querySafe keeps out what gotwi signs wrongly: white space in a value. No value of
// ours has any; a page token comes from X and might.
func querySafe(v string) bool {
	for _, c := range v {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return v != "" && len(v) <= 4096
}

// postBody is the body of POST /2/tweets with the members that gotwi's input lacks.
type postBody struct {
	Text            string     `json:"text,omitempty"`
	Reply           *replyBody `json:"reply,omitempty"`
	QuoteTweetID    string     `json:"quote_tweet_id,omitempty"`
	Media           *mediaBody `json:"media,omitempty"`
	Poll            *pollBody  `json:"poll,omitempty"`
	ReplySettings   string     `json:"reply_settings,omitempty"`
	MadeWithAI      bool       `json:"made_with_ai,omitempty"`
	PaidPartnership bool       `json:"paid_partnership,omitempty"`
}

type replyBody struct {
	InReplyToTweetID    string        `json:"in_reply_to_tweet_id"`
	ExcludeReplyUserIDs []bots.UserID `json:"exclude_reply_user_ids,omitempty"`
}

type pollBody struct {
	Options         []string `json:"options"`
	DurationMinutes int      `json:"duration_minutes"`
}

// messageBody is the body of a direct message.
type messageBody struct {
	Text        string           `json:"text,omitempty"`
	Attachments []attachmentBody `json:"attachments,omitempty"`
}

type attachmentBody struct {
	MediaID string `json:"media_id"`
}

// mediaBody names uploaded media. It has no member for tagging people in them: gotwi's
// own sends one of a wrong type, and an intent has none.
type mediaBody struct {
	MediaIDs []string `json:"media_ids"`
}

// initializeBody begins an upload. It never says "shared" (rule M3).
type initializeBody struct {
	MediaType     string `json:"media_type"`
	TotalBytes    int64  `json:"total_bytes"`
	MediaCategory string `json:"media_category"`
}

// metadataBody is what is told of an uploaded file.
type metadataBody struct {
	ID       string `json:"id"`
	Metadata struct {
		AltText   *altText       `json:"alt_text,omitempty"`
		Sensitive *sensitiveBody `json:"sensitive_media_warning,omitempty"`
	} `json:"metadata"`
}

type altText struct {
	Text string `json:"text"`
}

type sensitiveBody struct {
	Other bool `json:"other"`
}
