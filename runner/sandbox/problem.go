package sandbox

import (
	"encoding/json"
	"net/http"
)

// X's own words, which clients match on.
const (
	msgDuplicate    = "You are not allowed to create a Tweet with duplicate content."
	msgNotSummoned  = "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author of the post you are replying to."
	msgReplyGone    = "You attempted to reply to a Tweet that is deleted or not visible to you."
	msgNotPermitted = "You are not permitted to perform this action."
	msgTooLong      = "Your Tweet text is too long. For more information on how Twitter determines text length see https://github.com/twitter/twitter-text."
	msgNoDM         = "You do not have permission to DM one or more participants."
	msgNotPermOp    = "This operation is not permitted."
	msgReposted     = "You cannot retweet a Tweet that you have already retweeted."
	msgLiked        = "You have already liked this Tweet."
	msgOAuth1Perms  = "Your client app is not configured with the appropriate oauth1 app permissions for this endpoint."

	problems = "https://api.twitter.com/2/problems/"
	plain    = "application/json; charset=utf-8"
	problemT = "application/problem+json"
)

// refusal is an answer that says no, and why in X's words.
type refusal struct {
	status int
	kind   string // the problem's type; "" is about:blank
	title  string // "" is the status text
	detail string
	errors []map[string]any
	extra  map[string]any
	ctype  string
	raw    any    // a whole body, where X keeps another shape
	stops  string // the account or app that is hereby told to stop
}

// refuse is X's common refusal: an about:blank problem.
func refuse(status int, detail string) *refusal {
	return &refusal{status: status, detail: detail}
}

// invalid is X's refusal of a request that breaks its schema.
func invalid(parameter, value, message string) *refusal {
	return &refusal{
		status: 400, kind: "invalid-request", title: "Invalid Request",
		detail: "One or more parameters to your request was invalid.",
		errors: []map[string]any{{"parameters": map[string][]string{parameter: {value}}, "message": message}},
	}
}

// withMessage puts the reason in errors[0].message, as X does for some 400s.
func withMessage(message string) *refusal {
	return &refusal{
		status: 400, kind: "invalid-request", title: "Invalid Request",
		detail: "One or more parameters to your request was invalid.",
		errors: []map[string]any{{"message": message}},
	}
}

// oldCode is the shape that X kept from before v2.
func oldCode(stops string, status, code int, message string) *refusal {
	return &refusal{stops: stops, status: status, raw: map[string]any{"errors": []map[string]any{{"code": code, "message": message}}}}
}

func unauthorized() *refusal { return refuse(401, "Unauthorized") }

func tooMany() *refusal { return refuse(429, "Too Many Requests") }

func unsupportedAuth(used string, supported ...string) *refusal {
	list := ""
	for i, s := range supported {
		if i > 0 {
			list += ", "
		}
		list += s
	}
	return &refusal{
		status: 403, kind: "unsupported-authentication", title: "Unsupported Authentication", ctype: problemT,
		detail: "Authenticating with " + used + " is forbidden for this endpoint.  Supported authentication types are [" + list + "].",
	}
}

func oauth1Permissions() *refusal {
	return &refusal{status: 403, kind: "oauth1-permissions", title: "Forbidden", detail: msgOAuth1Perms}
}

// Billing is a switch: what X says when money or quota is gone.
type Billing string

// The states of billing; the empty one is paid up.
const (
	PaidUp          Billing = ""
	CreditsDepleted Billing = "credits_depleted" // 402
	SpendCap        Billing = "spend_cap"        // 403
	UsageCapped     Billing = "usage_capped"     // 429, and no waiting helps
)

// accountID is the billing account that X names; any number does.
const accountID = 1234567890

func (b Billing) refusal() *refusal {
	switch b {
	case CreditsDepleted:
		return &refusal{status: 402, raw: map[string]any{
			"account_id": accountID, "title": "CreditsDepleted", "type": problems + "credits",
			"detail": "Your enrolled account [1234567890] does not have any credits to fulfill this request.",
		}}
	case SpendCap:
		return &refusal{status: 403, raw: map[string]any{
			"title": "SpendCapReached", "type": problems + "credits", "reset_date": "2030-01-01",
			"detail": "Your enrolled account has reached its billing cycle spend cap.",
		}}
	case UsageCapped:
		return &refusal{status: 429, raw: map[string]any{
			"account_id": accountID, "product_name": "pay-per-use", "title": "UsageCapExceeded", "period": "Monthly",
			"scope": "Product", "detail": "Usage cap exceeded: Monthly product cap", "type": problems + "usage-capped",
		}}
	}
	return nil
}

// SetBilling sets what every call is told about money.
func (w *World) SetBilling(b Billing) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.st.Billing = b
}

// answer turns a refusal into what is sent.
func (f *refusal) answer() answer {
	if f.raw != nil {
		return jsonAnswer(f.status, f.raw)
	}
	body := map[string]any{"detail": f.detail}
	if f.kind == "" {
		body["type"], body["status"] = "about:blank", f.status
	} else {
		body["type"] = problems + f.kind
		if f.kind != "invalid-request" {
			body["status"] = f.status
		}
	}
	body["title"] = f.title
	if f.title == "" {
		body["title"] = http.StatusText(f.status)
	}
	if f.errors != nil {
		body["errors"] = f.errors
	}
	for k, v := range f.extra {
		body[k] = v
	}
	a := jsonAnswer(f.status, body)
	if f.ctype != "" {
		a.ctype = f.ctype
	}
	return a
}

// answer is a response before it is sent.
type answer struct {
	status int
	ctype  string
	header map[string]string
	body   []byte
	landed bool     // the call changed the world
	served []string // ids of posts and messages it showed
	stream *stream  // what the answer goes on with, instead of a body
}

func jsonAnswer(status int, v any) answer {
	body, err := json.Marshal(v)
	if err != nil {
		return answer{status: 500, ctype: plain, body: []byte(`{"title":"Internal Server Error","type":"about:blank","status":500}`)}
	}
	return answer{status: status, ctype: plain, body: body}
}

// missing is one entry of "errors" beside a 200.
func missing(resource, parameter, value string) map[string]any {
	return map[string]any{
		"title": "Not Found Error", "type": problems + "resource-not-found",
		"detail":        "Could not find " + resource + " with " + parameter + ": [" + value + "].",
		"resource_type": resource, "parameter": parameter, "value": value, "resource_id": value,
	}
}

func suspendedUser(parameter, value string) map[string]any {
	m := missing("user", parameter, value)
	m["title"], m["detail"] = "Forbidden", "User has been suspended: ["+value+"]."
	return m
}

func notAuthorized(resource, parameter, value string) map[string]any {
	m := missing(resource, parameter, value)
	m["title"], m["type"], m["section"] = "Authorization Error", problems+"not-authorized-for-resource", "data"
	what := "Tweet"
	if resource == "user" {
		what = "user"
	}
	m["detail"] = "Sorry, you are not authorized to see the " + what + " with " + parameter + ": [" + value + "]."
	return m
}
