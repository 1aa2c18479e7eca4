package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Judging sets what the sandbox holds callers to, beside X's own rules.
type Judging struct {
	// StopWords and StartWords are whole messages, folded, by which a person opts
	// out and in again; defaults in several languages.
	StopWords, StartWords []string
	// Confirmations is how many messages or replies may still answer an opt-out;
	// default none. The policy's pitfall 16 knows of exactly one.
	Confirmations int
	// Grace is how long after an opt-out was served a contact already on its way
	// is still forgiven; default none.
	Grace time.Duration
}

// ViolationKind names a broken promise.
type ViolationKind string

// What the judge looks for.
const (
	AfterOptOut  ViolationKind = "contact_after_opt_out" // an opt-out had been served to a bot of that app
	OverLimit    ViolationKind = "over_limit"            // a call that a window or an account's day cap refused
	Ignored429   ViolationKind = "ignored_429"           // a call on a lane before the reset it was told
	AfterStopped ViolationKind = "write_after_stop"      // a write after "suspended", "locked" or code 32
)

// Violation is one broken promise. It never holds a text.
type Violation struct {
	At     time.Time     `json:"at"`
	Kind   ViolationKind `json:"kind"`
	AppID  string        `json:"app_id"`
	UserID string        `json:"user_id"` // the bot's account
	Person string        `json:"person,omitempty"`
	Act    int64         `json:"act,omitempty"`    // Seq of the act
	Intent string        `json:"intent,omitempty"` // of the claim, where callers tell their claims
	Since  time.Time     `json:"since"`            // when the caller could know
	Detail string        `json:"detail"`
}

// optOut is what one person told one app's bots.
type optOut struct {
	Said      map[string]string `json:"said"`               // event id to the bot it was said to, not served yet
	Start     map[string]string `json:"start"`              // the same for opting in again
	Served    time.Time         `json:"served,omitzero"`    // zero: no opt-out in force
	Event     string            `json:"event,omitempty"`    // the newest event that counted
	Confirmed int               `json:"confirmed,omitzero"` // contacts forgiven as confirmations
}

func (j Judging) withDefaults() Judging {
	if j.StopWords == nil {
		j.StopWords = []string{
			"stop", "stop all", "stopall", "quit", "end", "revoke", "opt out", "optout", "opt-out", "cancel", "unsubscribe",
			"baja", "cancelar", "sair", "arret", "arrêt", "stopp", "停止", "수신거부", "退订", "td", "стоп", "ret", "unreg",
		}
	}
	if j.StartWords == nil {
		j.StartWords = []string{"start", "unstop"}
	}
	return j
}

// Violations lists what the judge found, oldest first.
func (w *World) Violations() []Violation {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.st.Found)
}

func (w *World) violate(v Violation) {
	v.At = w.opt.Now().UTC()
	if len(w.st.Found) < w.opt.MaxRecords {
		w.st.Found = append(w.st.Found, v)
	}
}

// hear notices a person telling a bot to stop, or to start again. It counts only
// once the words were served to a bot of that app.
func (w *World) hear(person, bot, event, text string) {
	word := w.plainWord(text)
	stop := slices.Contains(w.opt.Judge.StopWords, word)
	if !stop && !slices.Contains(w.opt.Judge.StartWords, word) {
		return
	}
	seen := map[string]bool{}
	for _, t := range w.st.Tokens {
		if t.UserID != bot || seen[t.AppID] {
			continue
		}
		seen[t.AppID] = true
		key := edge(t.AppID, person)
		o := w.st.OptOuts[key]
		if o == nil {
			o = &optOut{Said: map[string]string{}, Start: map[string]string{}}
			w.st.OptOuts[key] = o
		}
		if stop {
			o.Said[event] = bot
		} else {
			o.Start[event] = bot
		}
	}
}

// plainWord is a text without mentions, edge punctuation and case.
func (w *World) plainWord(text string) string {
	var kept []string
	for _, f := range strings.Fields(cases.Fold().String(norm.NFKC.String(text))) {
		if !strings.HasPrefix(f, "@") {
			kept = append(kept, f)
		}
	}
	return strings.TrimFunc(strings.Join(kept, " "), func(r rune) bool { return !unicode.IsLetter(r) })
}

// serve marks the opt-outs among the events that an answer showed to a bot.
func (w *World) serve(c *caller, ids []string) {
	if c.user == nil {
		return
	}
	for _, id := range slices.SortedFunc(slices.Values(ids), byAge) {
		for key, o := range w.st.OptOuts {
			if !strings.HasPrefix(key, c.app.ID+" ") {
				continue
			}
			if o.Said[id] == c.user.ID {
				delete(o.Said, id)
				if less(o.Event, id) {
					o.Event = id
					// A repeated stop changes nothing and earns no second confirmation.
					if o.Served.IsZero() {
						o.Served, o.Confirmed = w.opt.Now().UTC(), 0
					}
				}
			}
			if o.Start[id] == c.user.ID {
				delete(o.Start, id)
				if less(o.Event, id) {
					o.Event, o.Served = id, time.Time{}
				}
			}
		}
	}
}

// byAge puts the older of two ids first: that is the order in which things were said,
// whatever the order in which they are shown.
func byAge(a, b string) int {
	switch {
	case less(a, b):
		return -1
	case less(b, a):
		return 1
	}
	return 0
}

// judge looks at an act of an app for contact with people who opted out of it.
func (w *World) judge(a Act) {
	if a.AppID == "" {
		return
	}
	for _, person := range a.Contacts {
		o := w.st.OptOuts[edge(a.AppID, person)]
		if o == nil || o.Served.IsZero() || a.At.Sub(o.Served) < w.opt.Judge.Grace {
			continue
		}
		if (a.Action == "dm" || a.Action == "reply") && o.Confirmed < w.opt.Judge.Confirmations {
			o.Confirmed++
			continue
		}
		w.violate(Violation{
			Kind: AfterOptOut, AppID: a.AppID, UserID: a.UserID, Person: person, Act: a.Seq, Since: o.Served,
			Detail: fmt.Sprintf("%s %s reached a person whose opt-out %s had been served", a.Action, a.ID, o.Event),
		})
	}
}

// OptOut says since when a person's opt-out has been known to an app; zero: it is not.
func (w *World) OptOut(appID, personID string) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if o := w.st.OptOuts[edge(appID, personID)]; o != nil {
		return o.Served
	}
	return time.Time{}
}
