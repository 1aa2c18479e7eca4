package activity

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"heed/bots"
	"heed/guards/words"
	"heed/runner"
)

const (
	// maxBody is the largest delivery that is read, in bytes.
	maxBody = 1 << 20
	// mostEvents is how many events of one delivery are read.
	mostEvents = 1000
)

// Account is one bot's account, as far as events name it.
type Account struct {
	Bot    string
	Handle string // with or without the @
	UserID bots.UserID
}

// decoder turns X's events into pushes. What it does not know or cannot trust to be
// about one of the bots it counts and passes over: an odd event stops no other.
type decoder struct {
	accounts func() []Account
	now      func() time.Time
	marker   func(bio string) string // the rule by which a bio asks bots to keep away
	passed   atomic.Int64
}

func newDecoder(accounts func() []Account, now func() time.Time) *decoder {
	return &decoder{accounts: accounts, now: now, marker: words.BioMarker}
}

// Decode reads one delivery. It fails only when that is no envelope of X's at all.
func (d *decoder) Decode(raw []byte) ([]runner.Push, error) {
	if len(raw) > maxBody {
		return nil, fmt.Errorf("activity: an event of %d bytes; at most %d are read", len(raw), maxBody)
	}
	var e envelope
	if err := json.Unmarshal(raw, &e); err != nil || len(e.Data) == 0 {
		return nil, errors.New("activity: what X sent is no event") // its words are not repeated
	}
	list := []json.RawMessage{e.Data}
	if bytes.HasPrefix(bytes.TrimSpace(e.Data), []byte("[")) {
		if json.Unmarshal(e.Data, &list) != nil {
			return nil, errors.New("activity: what X sent is no list of events")
		}
	}
	if len(list) > mostEvents {
		d.passed.Add(int64(len(list) - mostEvents))
		list = list[:mostEvents]
	}
	var all []runner.Push
	for _, one := range list {
		var ev event
		var got []runner.Push
		if json.Unmarshal(one, &ev) == nil {
			got = d.read(ev)
		}
		if len(got) == 0 {
			d.passed.Add(1)
		}
		all = append(all, got...)
	}
	return all, nil
}

// read makes pushes of one event; none where it tells nothing of use about a bot.
func (d *decoder) read(ev event) []runner.Push {
	accounts := d.accounts()
	about, ours := find(accounts, ev.Filter.value.UserID)
	kind := dotted(string(ev.Type))
	switch {
	case kind == "oauth.revoke": // its filter may be empty
		return d.revoked(accounts, ev)
	case kind == "dm.received":
		return d.messages(accounts, ev)
	case !ours:
		return nil
	case kind == "post.mention.create", kind == "post.reply.create", kind == "post.quote.create":
		return d.said(about, kind, ev)
	case kind == "chat.received":
		return d.sealed(about, ev)
	case kind == "post.delete":
		return d.deleted(about, ev)
	case strings.HasPrefix(kind, "profile.update."):
		return []runner.Push{{Bot: about.Bot, Event: ev.name("profile"), At: d.now(), Profile: true}}
	}
	return nil
}

// camel are the event names of before, by their prefix and suffix.
var camel = regexp.MustCompile(`^Profile([A-Za-z]+)Update$`)

// dotted gives an event's name in the form of today.
func dotted(name string) string {
	if m := camel.FindStringSubmatch(name); m != nil {
		return "profile.update." + strings.ToLower(m[1])
	}
	return name
}

func find(accounts []Account, id text) (Account, bool) {
	for _, a := range accounts {
		if id != "" && string(a.UserID) == string(id) {
			return a, true
		}
	}
	return Account{}, false
}

var plainID = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,64}$`)

// name is the id of an event that nothing else names; "" when X gave none that can be used.
func (ev event) name(kind string) string {
	if !plainID.MatchString(string(ev.UUID)) {
		return ""
	}
	return kind + ":" + string(ev.UUID)
}

// signs are what an included account shows. X's events say nothing of blocks and of who
// takes messages.
func (d *decoder) signs(p person, shown bool) runner.Signs {
	if !shown {
		return runner.Signs{}
	}
	return runner.Signs{Known: true, Marker: d.marker(unescaper.Replace(string(p.Description)))}
}

func (d *decoder) revoked(accounts []Account, ev event) []runner.Push {
	var p struct {
		UserID   text `json:"user_id"`
		DateTime text `json:"date_time"`
	}
	if json.Unmarshal(ev.Payload, &p) != nil {
		return nil
	}
	about, ours := find(accounts, p.UserID)
	if !ours {
		return nil
	}
	when := at(p.DateTime, "")
	if when.IsZero() {
		when = d.now()
	}
	return []runner.Push{{Bot: about.Bot, Event: ev.name("revoke"), At: when, Revoked: true}}
}

// deleted takes the bot's own posts only: heed keeps no text of anybody else's.
func (d *decoder) deleted(about Account, ev event) []runner.Push {
	var p struct {
		ID       text `json:"id"`
		AuthorID text `json:"author_id"`
	}
	if json.Unmarshal(ev.Payload, &p) != nil {
		return nil
	}
	id, ok := p.ID.id()
	if !ok || p.AuthorID != "" && string(p.AuthorID) != string(about.UserID) {
		return nil
	}
	return []runner.Push{{Bot: about.Bot, Event: "delete:" + id, At: d.now(), Deleted: bots.PostID(id)}}
}

// sealed takes of an encrypted message who wrote and when. What it says is not read.
func (d *decoder) sealed(about Account, ev event) []runner.Push {
	var p struct {
		ID       text `json:"id"`
		SenderID text `json:"sender_id"`
		Created  text `json:"created_at_msec"`
	}
	if json.Unmarshal(ev.Payload, &p) != nil {
		return nil
	}
	from, ok := p.SenderID.id()
	if !ok || from == string(about.UserID) {
		return nil
	}
	name := ev.name("chat")
	if plainID.MatchString(string(p.ID)) {
		name = "chat:" + string(p.ID)
	}
	when := millis(p.Created, "")
	if name == "" { // somebody wrote all the same: once a day is enough to say so
		name = "chat:" + from + ":" + d.now().UTC().Format(time.DateOnly)
	}
	if when.IsZero() {
		when = d.now()
	}
	return []runner.Push{{Bot: about.Bot, Event: name, At: when, Encrypted: bots.UserID(from)}}
}
