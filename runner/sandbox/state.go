package sandbox

import (
	"strings"
	"time"
)

// state is everything that outlives a process; Save writes it, Load reads it.
type state struct {
	Version  int                  `json:"version"`
	Notice   string               `json:"notice"`
	Seed     uint64               `json:"seed"`
	LastMS   int64                `json:"last_ms"`
	Seq      int64                `json:"seq"`
	Made     uint64               `json:"made"` // counts keys and short links
	Users    map[string]*User     `json:"users"`
	Apps     map[string]*App      `json:"apps"`
	Tokens   map[string]*Token    `json:"tokens"` // by access token
	Posts    map[string]*Post     `json:"posts"`
	Messages []*Message           `json:"messages"` // oldest first
	Media    map[string]*Media    `json:"media"`
	Follows  edges                `json:"follows"`
	Pending  edges                `json:"pending"` // follow requests to protected accounts
	Blocks   edges                `json:"blocks"`
	Mutes    edges                `json:"mutes"`
	Likes    edges                `json:"likes"` // user to post
	Windows  map[string]*window   `json:"windows"`
	Day      map[string][]int64   `json:"day"` // unix ms of an account's acts of a kind, newest last
	Billing  Billing              `json:"billing"`
	Acts     []Act                `json:"acts"`
	ActSeq   int64                `json:"act_seq"`
	OptOuts  map[string]*optOut   `json:"opt_outs"` // by app and person
	Found    []Violation          `json:"violations"`
	ToldStop map[string]time.Time `json:"told_stop"` // accounts told that they are suspended or locked
	Told429  map[string]time.Time `json:"told_429"`  // lanes told to wait, and until when
	Codes    map[string]*code     `json:"codes,omitempty"`
	Refresh  map[string]*refresh  `json:"refresh,omitempty"` // by refresh token
	Asks     map[string]*request  `json:"asks,omitempty"`    // by OAuth 1.0a request token
	Clock    time.Time            `json:"clock,omitzero"`    // of a driven world
}

const notice = "sandbox state: keys and tokens here open nothing but a local sandbox"

func newState(seed uint64) state {
	return state{
		Version: 1, Notice: notice, Seed: seed,
		Users: map[string]*User{}, Apps: map[string]*App{}, Tokens: map[string]*Token{},
		Posts: map[string]*Post{}, Media: map[string]*Media{}, Follows: edges{}, Pending: edges{}, Blocks: edges{},
		Mutes: edges{}, Likes: edges{}, Windows: map[string]*window{}, Day: map[string][]int64{},
		OptOuts: map[string]*optOut{}, ToldStop: map[string]time.Time{}, Told429: map[string]time.Time{},
		Codes: map[string]*code{}, Refresh: map[string]*refresh{}, Asks: map[string]*request{},
	}
}

// edges are directed links, by from and to, with the time they were made.
type edges map[string]time.Time

func edge(from, to string) string { return from + " " + to }

func (e edges) has(from, to string) bool {
	_, ok := e[edge(from, to)]
	return ok
}

// count is how many edges begin at an id, and how many end there.
func (e edges) count(id string) (from, to int) {
	for key := range e {
		a, b, _ := strings.Cut(key, " ")
		if a == id {
			from++
		}
		if b == id {
			to++
		}
	}
	return from, to
}

// index holds what can be made again from the state.
type index struct {
	names    map[string]string     // lower-case user name to id
	byAuthor map[string][]*Post    // oldest first, reposts included
	naming   map[string][]*Post    // by mentioned user
	same     map[string]string     // author and fingerprint to the newest such post
	reposts  map[string]string     // user and post to the repost's id
	talks    map[string][]*Message // by conversation
	inbox    map[string][]*Message // by participant
	keys     map[string]*App       // by consumer key
	bearers  map[string]*App       // by app-only bearer
	clients  map[string]*App       // by OAuth 2.0 client id
	counts   map[string]*metrics   // by post
}

// metrics are the public counters of one post.
type metrics struct{ replies, reposts, quotes, likes int }

func newIndex() index {
	return index{
		names: map[string]string{}, byAuthor: map[string][]*Post{}, naming: map[string][]*Post{},
		same: map[string]string{}, reposts: map[string]string{}, talks: map[string][]*Message{},
		inbox: map[string][]*Message{}, keys: map[string]*App{}, bearers: map[string]*App{}, clients: map[string]*App{},
		counts: map[string]*metrics{},
	}
}

func (ix *index) count(post string) *metrics {
	m := ix.counts[post]
	if m == nil {
		m = &metrics{}
		ix.counts[post] = m
	}
	return m
}

// addPost enters p, which is not deleted, in every index that can find it.
func (ix *index) addPost(p *Post) {
	ix.byAuthor[p.AuthorID] = append(ix.byAuthor[p.AuthorID], p)
	if p.RepostOf != "" {
		ix.reposts[edge(p.AuthorID, p.RepostOf)] = p.ID
		ix.count(p.RepostOf).reposts++
		return
	}
	for _, id := range p.Mentions {
		ix.naming[id] = append(ix.naming[id], p)
	}
	ix.same[edge(p.AuthorID, p.Fingerprint)] = p.ID
	if p.ReplyTo != "" {
		ix.count(p.ReplyTo).replies++
	}
	if p.QuoteOf != "" {
		ix.count(p.QuoteOf).quotes++
	}
}

// dropPost takes back what addPost counted; lists skip deleted posts by themselves.
func (ix *index) dropPost(p *Post) {
	switch {
	case p.RepostOf != "":
		delete(ix.reposts, edge(p.AuthorID, p.RepostOf))
		ix.count(p.RepostOf).reposts--
	case p.ReplyTo != "":
		ix.count(p.ReplyTo).replies--
	}
	if p.QuoteOf != "" {
		ix.count(p.QuoteOf).quotes--
	}
}

func (ix *index) addApp(a *App) {
	ix.keys[a.ConsumerKey], ix.bearers[a.Bearer], ix.clients[a.ClientID] = a, a, a
}

func (ix *index) addMessage(m *Message) {
	ix.talks[m.ConversationID] = append(ix.talks[m.ConversationID], m)
	ix.inbox[m.SenderID] = append(ix.inbox[m.SenderID], m)
	if m.RecipientID != m.SenderID {
		ix.inbox[m.RecipientID] = append(ix.inbox[m.RecipientID], m)
	}
}
