package sandbox

import (
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// doors are the paths by which apps and people sign in. They lie outside the route
// table, because whoever knocks has no token yet: each proves itself in its own way.
var doors = map[string]func(*World, *knock) answer{
	"GET /i/oauth2/authorize":   (*World).oauth2Ask,
	"POST /i/oauth2/authorize":  (*World).oauth2Decide,
	"POST /2/oauth2/token":      (*World).oauth2Token,
	"POST /2/oauth2/revoke":     (*World).oauth2Revoke,
	"POST /oauth2/token":        (*World).appOnlyToken,
	"POST /oauth/request_token": (*World).requestToken,
	"GET /oauth/authorize":      (*World).oauth1Ask,
	"POST /oauth/authorize":     (*World).oauth1Decide,
	"POST /oauth/access_token":  (*World).accessToken,
}

// knock is one request at a door, processed under the world's lock.
type knock struct {
	r    *http.Request
	form url.Values // of a form-encoded body
	ours bool       // the body is a form
	now  time.Time
}

// Doors lists the sign-in endpoints as "METHOD /path".
func Doors() []string { return slices.Sorted(maps.Keys(doors)) }

// door answers a knock, and lets faults strike it as they strike any call.
func (w *World) door(rw http.ResponseWriter, r *http.Request, body []byte) {
	w.mu.Lock()
	// The query may hold a code or a token: the record keeps the path alone.
	record := w.arrive(Call{Method: r.Method, Route: r.URL.Path, Path: r.URL.Path})
	fault := w.fault(record, nil)
	w.mu.Unlock()
	if fault != nil && !fault.Processed && w.strike(rw, r, fault, nil) {
		return
	}
	a := w.open(record, r, body)
	if fault != nil && fault.Processed && w.strike(rw, r, fault, &a) {
		return
	}
	w.mu.Lock()
	record.Status = a.status
	w.mu.Unlock()
	rw.Header().Set("Cache-Control", "no-store")
	send(rw, a)
}

func (w *World) open(record *Call, r *http.Request, body []byte) answer {
	if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/authorize") {
		// Only the page itself may carry a person's decision.
		if err := http.NewCrossOriginProtection().Check(r); err != nil {
			return consentError(http.StatusForbidden, "the decision came from another site")
		}
	}
	k := &knock{r: r}
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded") {
		form, err := url.ParseQuery(string(body))
		k.form, k.ours = form, err == nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	k.now = w.opt.Now()
	a := doors[r.Method+" "+r.URL.Path](w, k)
	record.Processed = a.landed
	return a
}

// redirect leads a browser on, with parameters added to the address. Who made the
// address has parsed it before.
func redirect(to string, add url.Values) answer {
	u, err := url.Parse(to)
	if err != nil {
		return consentError(http.StatusBadRequest, "redirect_uri is no address")
	}
	q := u.Query()
	for name := range add {
		q.Set(name, add.Get(name))
	}
	u.RawQuery = q.Encode()
	// 303 turns the form's POST into a GET at the app; for a GET it is the same as 302.
	return answer{status: http.StatusSeeOther, header: map[string]string{"Location": u.String()}, landed: true}
}

// consent is what the page shows that asks a person to let an app in.
type consent struct {
	Error  string
	App    string
	Action string
	Scopes []string
	Access string
	People []User
	Fields map[string]string // carried through the form
	PIN    string
}

var consentPage = template.Must(template.ParseFS(pages, "consent.html"))

func (c consent) answer(status int, formAction string) answer {
	var b strings.Builder
	if err := consentPage.Execute(&b, c); err != nil {
		return answer{status: http.StatusInternalServerError}
	}
	return pageAnswer(status, b.String(), formAction)
}

func consentError(status int, why string) answer {
	return consent{Error: why}.answer(status, "")
}

// people are those who can sign in: neither suspended nor locked, by name.
func (w *World) people() []User {
	var list []User
	for _, u := range w.st.Users {
		if !u.Suspended && !u.Locked {
			list = append(list, *u)
		}
	}
	slices.SortFunc(list, func(a, b User) int { return strings.Compare(strings.ToLower(a.Username), strings.ToLower(b.Username)) })
	return list
}

// signer is who decides: an account that may act now.
func (w *World) signer(name string) *User {
	u := w.named(strings.TrimPrefix(name, "@"))
	if u == nil || u.Suspended || u.Locked {
		return nil
	}
	return u
}
