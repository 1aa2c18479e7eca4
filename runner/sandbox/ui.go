package sandbox

import (
	"embed"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

//go:embed ui.html consent.html ui.css
var pages embed.FS

var uiPage = template.Must(template.New("ui.html").Funcs(template.FuncMap{
	"clock": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") },
}).ParseFS(pages, "ui.html"))

// uiRows is how many posts, messages and calls the page shows.
const uiRows = 200

// spoken are the verbs that the page's form offers.
var spoken = []string{"mention", "reply", "dm", "follow", "unfollow", "block", "unblock", "bio"}

// uiPost is a post on the page.
type uiPost struct {
	Post
	Author string
	What   string
}

// uiMessage is a direct message on the page.
type uiMessage struct {
	Message
	From, To string
}

// uiView is what the page shows.
type uiView struct {
	Now      time.Time
	Driven   bool
	Lag      time.Duration
	Error    string
	Did      Step // what the form said, when that could not be done
	Verbs    []string
	People   []User
	Bots     map[string]bool
	Posts    []uiPost
	Messages []uiMessage
	Calls    []Call
	Faults   []Laid
	Found    []Violation
}

// pageAnswer is a page that runs no script, loads nothing but the sandbox's style,
// and sits in no frame. formAction is where, beside here, its form may lead.
func pageAnswer(status int, html, formAction string) answer {
	return answer{status: status, ctype: "text/html; charset=utf-8", body: []byte(html), header: map[string]string{
		"Content-Security-Policy": strings.TrimSpace("default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' " + formAction),
		"X-Content-Type-Options":  "nosniff",
		"Referrer-Policy":         "no-referrer",
		"Cache-Control":           "no-store",
	}}
}

// formTarget is the origin, or for an app's own scheme the scheme, that a form may be
// led on to. Browsers hold a redirect after a form to the page's policy.
func formTarget(to string) string {
	u, err := url.Parse(to)
	switch {
	case err != nil || u.Scheme == "":
		return ""
	case u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.ContainsAny(u.Host, "; ,'\""):
		return u.Scheme + ":"
	}
	return u.Scheme + "://" + u.Host
}

// ui answers the page, its style and its form. The form counts only when the page
// itself sent it.
func (w *World) ui(rw http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path {
	case "GET /_heed/ui.css":
		css, _ := pages.ReadFile("ui.css")
		send(rw, answer{status: http.StatusOK, ctype: "text/css; charset=utf-8", body: css})
	case "GET /_heed/ui":
		w.showUI(rw, http.StatusOK, "", Step{})
	case "POST /_heed/ui":
		w.speakUI(rw, r)
	default:
		reply(rw, http.StatusMethodNotAllowed, map[string]string{"error": r.Method + " " + r.URL.Path + ": GET or POST"})
	}
}

func (w *World) speakUI(rw http.ResponseWriter, r *http.Request) {
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		w.showUI(rw, http.StatusForbidden, "the form came from another site", Step{})
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxBody))
	form, bad := url.ParseQuery(string(body))
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); err != nil || bad != nil || kind != "application/x-www-form-urlencoded" {
		w.showUI(rw, http.StatusBadRequest, "the form cannot be read", Step{})
		return
	}
	s := Step{Who: form.Get("who"), Does: form.Get("does"), To: strings.TrimSpace(form.Get("to")), Text: form.Get("text")}
	if !slices.Contains(spoken, s.Does) {
		w.showUI(rw, http.StatusBadRequest, "this page does "+strings.Join(spoken, ", ")+" and nothing else", s)
		return
	}
	if _, err := w.Do(s); err != nil {
		w.showUI(rw, http.StatusBadRequest, err.Error(), s)
		return
	}
	send(rw, answer{status: http.StatusSeeOther, header: map[string]string{"Location": "/_heed/ui"}})
}

func (w *World) showUI(rw http.ResponseWriter, status int, problem string, did Step) {
	v := uiView{Error: problem, Did: did, Verbs: spoken, People: w.Users(), Faults: w.Faults(), Found: w.Violations(), Bots: map[string]bool{}}
	w.fillUI(&v)
	var b strings.Builder
	if err := uiPage.Execute(&b, v); err != nil {
		reply(rw, http.StatusInternalServerError, map[string]string{"error": "the page cannot be written"})
		return
	}
	send(rw, pageAnswer(status, b.String(), ""))
}

// fillUI copies the newest of everything, newest first.
func (w *World) fillUI(v *uiView) {
	w.mu.Lock()
	defer w.mu.Unlock()
	v.Now, v.Driven, v.Lag = w.opt.Now(), w.opt.Clock != nil, w.opt.Lag
	for _, t := range w.st.Tokens {
		v.Bots[t.UserID] = true
	}
	name := func(id string) string {
		if u := w.st.Users[id]; u != nil {
			return u.Username
		}
		return id
	}
	for _, p := range w.st.Posts {
		what := "posts"
		switch {
		case p.RepostOf != "":
			what = "reposts"
		case p.ReplyTo != "":
			what = "replies"
		case p.QuoteOf != "":
			what = "quotes"
		}
		v.Posts = append(v.Posts, uiPost{*p, name(p.AuthorID), what})
	}
	slices.SortFunc(v.Posts, func(a, b uiPost) int {
		if less(b.ID, a.ID) {
			return -1
		}
		return 1
	})
	v.Posts = v.Posts[:min(len(v.Posts), uiRows)]
	for _, m := range slices.Backward(w.st.Messages[max(0, len(w.st.Messages)-uiRows):]) {
		v.Messages = append(v.Messages, uiMessage{*m, name(m.SenderID), name(m.RecipientID)})
	}
	for _, c := range slices.Backward(w.calls[max(0, len(w.calls)-uiRows):]) {
		one := *c
		one.UserID = name(c.UserID)
		v.Calls = append(v.Calls, one)
	}
}
