package bots

import "time"

// EventType names what an event line is about.
type EventType string

// The event types of the contract.
const (
	Hello    EventType = "hello"
	Tick     EventType = "tick"
	Mention  EventType = "mention"
	Message  EventType = "dm"
	Judged   EventType = "verdict"
	Outcome  EventType = "outcome"
	Reload   EventType = "reload"
	Shutdown EventType = "shutdown"
)

// Event is one line that heed gives a bot. It is never stored: a dm's text lives in
// memory alone (promise P7).
type Event struct {
	V       int           `json:"v"`
	Type    EventType     `json:"type"`
	ID      string        `json:"id"`
	At      time.Time     `json:"at"`
	Bot     string        `json:"bot"`
	Mention *MentionEvent `json:"mention,omitempty"`
	DM      *DMEvent      `json:"dm,omitempty"`
	Verdict *VerdictLine  `json:"verdict,omitempty"`
	Outcome *OutcomeLine  `json:"outcome,omitempty"`
	Hello   *HelloEvent   `json:"hello,omitempty"`
}

// HelloEvent greets a script when it starts.
type HelloEvent struct {
	Run     string   `json:"run"`
	Mode    Mode     `json:"mode"`
	Handle  string   `json:"handle"`
	Actions []Action `json:"actions"`
}

// MentionEvent is a public post that names the bot. Help marks a request for help.
type MentionEvent struct {
	PostID         PostID `json:"post_id"`
	UserID         UserID `json:"user_id"`
	ConversationID PostID `json:"conversation_id,omitempty"`
	Text           string `json:"text"`
	Help           bool   `json:"help,omitempty"`
}

// DMEvent is a direct message to the bot. Help marks a request for help.
type DMEvent struct {
	UserID UserID `json:"user_id"`
	Text   string `json:"text"`
	Help   bool   `json:"help,omitempty"`
}

// VerdictLine is a verdict as a bot reads it.
type VerdictLine struct {
	IntentID string      `json:"intent_id"`
	Key      string      `json:"key"`
	Decision string      `json:"decision"` // allow hold defer deny duplicate invalid
	Code     string      `json:"code"`
	Message  string      `json:"message"`
	RetryAt  *time.Time  `json:"retry_at,omitempty"`
	Mode     Mode        `json:"mode"`
	Policy   string      `json:"policy"`
	Guards   []GuardLine `json:"guards"`
}

// GuardLine is one guard's answer in a verdict line.
type GuardLine struct {
	Guard    string         `json:"guard"`
	Result   string         `json:"result"` // pass warn hold defer deny skip
	Code     string         `json:"code,omitempty"`
	Message  string         `json:"message,omitempty"`
	Remedy   string         `json:"remedy,omitempty"`
	Rules    []string       `json:"rules,omitempty"` // ids of docs/policy.md
	Evidence map[string]any `json:"evidence,omitempty"`
	Rule     string         `json:"rule,omitempty"` // file:line:col of the setting that decided
}

// OutcomeLine is how an allowed intent ended.
type OutcomeLine struct {
	IntentID string        `json:"intent_id"`
	Key      string        `json:"key"`
	Status   string        `json:"status"` // done failed unknown expired cancelled
	Attempts int           `json:"attempts"`
	PostID   PostID        `json:"post_id,omitempty"`
	URL      string        `json:"url,omitempty"`
	Error    *OutcomeError `json:"error,omitempty"`
}

// OutcomeError says why an act did not land, or why nobody knows.
type OutcomeError struct {
	Code       string `json:"code"`
	HTTPStatus int    `json:"http_status,omitempty"`
	Detail     string `json:"detail,omitempty"`
	Retryable  bool   `json:"retryable"`
}
