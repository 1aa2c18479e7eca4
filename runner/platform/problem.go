package platform

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"heed/bots"
)

// fact is what an answer said, in the forms that X is known to use: RFC 7807
// problems, the older list of codes, and mixtures of both.
type fact struct {
	action  bots.Action // "" for a read
	status  int
	json    bool   // the body is one JSON object
	empty   bool   // no body at all
	kind    string // last part of the problem's type; "" for about:blank
	title   string
	detail  string   // the problem's own sentence
	said    []string // detail and every error's message
	codes   []int
	reason  string
	resetOn string // reset_date
	header  map[string]string
}

// problemBody is what is read of a problem. Every member is raw: one of an
// unexpected type must not hide the others.
type problemBody struct {
	Type      json.RawMessage `json:"type"`
	Title     json.RawMessage `json:"title"`
	Detail    json.RawMessage `json:"detail"`
	Reason    json.RawMessage `json:"reason"`
	ResetDate json.RawMessage `json:"reset_date"`
	Errors    json.RawMessage `json:"errors"`
}

type errorBody struct {
	Code    json.RawMessage `json:"code"`
	Message json.RawMessage `json:"message"`
	Detail  json.RawMessage `json:"detail"`
	Title   json.RawMessage `json:"title"`
	Type    json.RawMessage `json:"type"`
}

// mostErrors is how many errors of one answer are read. X tells a handful; a million of
// them would take seconds and a gigabyte to say no more.
const mostErrors = 64

// factOf reads an exchange that has an answer.
func factOf(action bots.Action, e *exchange) fact {
	f := fact{action: action, status: e.status, empty: len(e.body) == 0 && !e.cut, header: map[string]string{}}
	for _, s := range spans {
		for _, what := range []string{"Limit", "Remaining", "Reset"} {
			if v := e.header.Get(s.header + what); v != "" {
				f.header[s.header+what] = v
			}
		}
	}
	var p problemBody
	if e.cut || !object(e.body) || json.Unmarshal(e.body, &p) != nil {
		return f
	}
	f.json = true
	f.kind, f.title, f.detail = kindOf(str(p.Type)), str(p.Title), str(p.Detail)
	f.reason, f.resetOn = str(p.Reason), str(p.ResetDate)
	f.say(f.detail)
	errors, _ := list(p.Errors, mostErrors)
	for _, one := range errors {
		var b errorBody
		if json.Unmarshal(one, &b) != nil {
			continue
		}
		f.say(str(b.Message))
		f.say(str(b.Detail))
		if n, err := strconv.Atoi(word(b.Code)); err == nil {
			f.codes = append(f.codes, n)
		}
		if f.kind == "" {
			f.kind = kindOf(str(b.Type))
		}
		if f.title == "" {
			f.title = str(b.Title)
		}
	}
	return f
}

func (f *fact) say(s string) {
	if s != "" {
		f.said = append(f.said, s)
	}
}

// words is the sentence worth telling: the first error's message says more than the
// detail of an invalid request.
func (f fact) words() string {
	switch {
	case f.kind == "invalid-request" && len(f.said) > 1:
		return f.said[1]
	case len(f.said) > 0:
		return f.said[0]
	}
	return f.title
}

// says whether any sentence holds one of the phrases, in lower case.
func (f fact) says(phrases ...string) bool {
	for _, s := range f.said {
		s = strings.ToLower(s)
		for _, p := range phrases {
			if strings.Contains(s, p) {
				return true
			}
		}
	}
	return false
}

// kindOf takes the last part of a problem's type: live bodies use two hosts before it.
func kindOf(t string) string {
	if t == "" || t == "about:blank" {
		return ""
	}
	return t[strings.LastIndexByte(t, '/')+1:]
}

// object says whether b is one whole JSON object.
func object(b []byte) bool {
	b = bytes.TrimSpace(b)
	return len(b) > 1 && b[0] == '{' && json.Valid(b)
}

// str is a JSON string's value, "" for anything else.
func str(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// word is a JSON string's value or a number's digits: X's ids are strings, and have
// been seen as numbers.
func word(raw json.RawMessage) string {
	if s := str(raw); s != "" {
		return s
	}
	raw = bytes.TrimSpace(raw)
	for _, c := range raw {
		if c < '0' || c > '9' {
			return ""
		}
	}
	return string(raw)
}

// list is the first values of a JSON list. whole is false where it is none, or has more.
func list(raw json.RawMessage, most int) (all []json.RawMessage, whole bool) {
	in := json.NewDecoder(bytes.NewReader(raw))
	if open, err := in.Token(); err != nil || open != json.Delim('[') {
		return nil, false
	}
	for len(all) < most && in.More() {
		var one json.RawMessage
		if in.Decode(&one) != nil {
			return nil, false
		}
		all = append(all, one)
	}
	end, err := in.Token()
	return all, err == nil && end == json.Delim(']')
}

// resetDate reads the day on which a billing cycle starts anew.
func (f fact) resetDate() (time.Time, bool) {
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(form, f.resetOn); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
