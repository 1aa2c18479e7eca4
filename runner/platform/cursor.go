package platform

import (
	"encoding/json"
	"errors"

	"heed/bots"
)

// cursor is how far a bot's inbox was read: everything up to an id, and where a long
// read broke off. An id of X's carries its time.
type cursor struct {
	Mentions      string `json:"m,omitempty"`  // all up to here are read
	MentionsBelow string `json:"mb,omitempty"` // backlog: those below this are not
	MentionsTop   string `json:"mt,omitempty"` // what Mentions becomes when it is read
	Messages      string `json:"d,omitempty"`
	MessagesNext  string `json:"dn,omitempty"` // backlog: X's token for the next page
	MessagesTop   string `json:"dt,omitempty"`

	// Rest is when the reads that X has told to wait may be made again; see resting.
	Rest map[string]int64 `json:"w,omitempty"`
}

// readCursor begins anew with what it cannot read: hearing twice does no harm.
func readCursor(s string) cursor {
	var c cursor
	if s == "" || json.Unmarshal([]byte(s), &c) != nil {
		return cursor{}
	}
	if c.MessagesNext != "" && !querySafe(c.MessagesNext) {
		return cursor{} // it could never be asked for
	}
	for _, id := range []string{c.Mentions, c.MentionsBelow, c.MentionsTop, c.Messages, c.MessagesTop} {
		if id != "" && !bots.IsSnowflake(id) {
			return cursor{}
		}
	}
	return c
}

// String is the cursor as it is kept.
func (c cursor) String() string {
	b, err := json.Marshal(c)
	if err != nil {
		return "" // strings always encode; begin anew otherwise
	}
	return string(b)
}

// behind is the id that a read starts at to overlap what was read before.
func behind(id string) string {
	t := bots.SnowflakeTime(id)
	if t.IsZero() {
		return "1"
	}
	return bots.SnowflakeAt(t.Add(-overlap))
}

func later(a, b string) string {
	if b != "" && (a == "" || before(a, b)) {
		return b
	}
	return a
}

func earlier(a, b string) string {
	if b != "" && (a == "" || before(b, a)) {
		return b
	}
	return a
}

// lost says whether an error may be X's not knowing a page's token any more.
func lost(err error) bool {
	var no *refusedError
	return errors.As(err, &no)
}
