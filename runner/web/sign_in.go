package web

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// How long a link and a session last.
const (
	codeLife    = 10 * time.Minute
	sessionLife = 30 * 24 * time.Hour
	mostCodes   = 16 // links that nobody has used yet
)

// keys lets people in. A code is good once, for ten minutes, and only in this process. A
// session is signed with a key drawn from the token, so that it outlives a restart;
// removing the token's file ends all of them.
type keys struct {
	sign func(string) []byte // holds the key, so that nothing can print it
	now  func() time.Time

	mu    sync.Mutex
	codes []code // oldest first
}

type code struct {
	hash [32]byte
	by   string
	ends time.Time
}

func newKeys(token []byte, now func() time.Time) *keys {
	key := sign(token, "heed dashboard session")
	return &keys{sign: func(what string) []byte { return sign(key, what) }, now: now}
}

func sign(key []byte, what string) []byte {
	m := hmac.New(sha256.New, key)
	_, _ = m.Write([]byte(what)) // a hash takes everything
	return m.Sum(nil)
}

// issue makes a code for somebody; the oldest unused one goes when there are too many.
func (k *keys) issue(by string) (string, time.Time) {
	word := rand.Text()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.codes = append(k.codes, code{digest([]byte(word)), by, k.now().Add(codeLife)})
	k.codes = k.codes[max(0, len(k.codes)-mostCodes):]
	return word, k.codes[len(k.codes)-1].ends
}

// spend takes a code, once.
func (k *keys) spend(word string) (by string, ok bool) {
	hash := digest([]byte(word))
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, c := range k.codes {
		if c.hash == hash {
			k.codes = append(k.codes[:i:i], k.codes[i+1:]...)
			return c.by, k.now().Before(c.ends)
		}
	}
	return "", false
}

// session is the value of a cookie: who, until when, and the proof of both.
func (k *keys) session(by string, ends time.Time) string {
	body := base64.RawURLEncoding.EncodeToString([]byte(by)) + "." + strconv.FormatInt(ends.Unix(), 10)
	return body + "." + base64.RawURLEncoding.EncodeToString(k.sign(body))
}

// who reads a session.
func (k *keys) who(value string) (by string, ok bool) {
	cut := strings.LastIndexByte(value, '.')
	if cut < 0 {
		return "", false
	}
	proof, err := base64.RawURLEncoding.Strict().DecodeString(value[cut+1:])
	if err != nil || !hmac.Equal(proof, k.sign(value[:cut])) {
		return "", false
	}
	name, end, _ := strings.Cut(value[:cut], ".")
	b, nameErr := base64.RawURLEncoding.DecodeString(name)
	ends, err := strconv.ParseInt(end, 10, 64)
	if nameErr != nil || err != nil || !k.now().Before(time.Unix(ends, 0)) {
		return "", false
	}
	return string(b), true
}

// cookieName differs by port: browsers tell hosts apart by name alone, and several
// houses may live on one machine.
func cookieName(r *http.Request) string {
	_, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		port = "80"
	}
	return "heed-" + port
}

func (d *site) cookie(r *http.Request, value string, age int) *http.Cookie {
	return &http.Cookie{Name: cookieName(r), Value: value, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteStrictMode}
}

type byKey struct{}

func byOf(r *http.Request) string { by, _ := r.Context().Value(byKey{}).(string); return by }

// signedIn lets pass who bears a session, and tells everybody else how to get in.
func (d *site) signedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie(cookieName(r)); err == nil {
			if by, ok := d.keys.who(c.Value); ok {
				next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), byKey{}, by)))
				return
			}
		}
		switch {
		case wantsPage(r):
			d.write(w, http.StatusUnauthorized, "sign-in", "layout", d.frame(r, page{file: "sign in"}))
		case r.URL.Path == "/" || d.known(r.URL.Path):
			fail(w, http.StatusUnauthorized, "nobody is signed in", "open the link that heed dashboard prints")
		default:
			nowhere(w, r)
		}
	})
}

// known says whether a path is one of a page, its forms or its live part.
func (d *site) known(path string) bool {
	path = strings.TrimPrefix(path, "/live")
	for _, p := range d.all {
		root, _, _ := strings.Cut(p.path, "/{")
		if path == root || strings.HasPrefix(path, root+"/") {
			return true
		}
	}
	return false
}

// signIn takes the code of a link and gives a session for it.
func (d *site) signIn(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, "", http.MethodGet) {
		return
	}
	by, ok := d.keys.spend(r.URL.Query().Get("code"))
	if !ok {
		v := d.frame(r, page{file: "sign in"})
		if r.URL.Query().Has("code") {
			v.Problem = &problem{Detail: "the link has been used, or is older than ten minutes"}
		}
		d.write(w, http.StatusUnauthorized, "sign-in", "layout", v)
		return
	}
	http.SetCookie(w, d.cookie(r, d.keys.session(by, d.now().Add(sessionLife)), int(sessionLife.Seconds())))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (d *site) signOut(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, d.cookie(r, "", -1))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// Link is a fresh way in for somebody, good once, for ten minutes.
func (s *Server) Link(addr net.Addr, by string) string {
	if s.site == nil {
		return ""
	}
	word, _ := s.site.keys.issue(by)
	return signInLink(addr.String(), word)
}

func signInLink(host, word string) string { return "http://" + host + "/sign-in?code=" + word }

// signIns answers POST /v1/sign-ins with a fresh link for the caller's person.
func (s *Server) signIns(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, "", http.MethodPost) {
		return
	}
	by := r.URL.Query().Get("by")
	if by == "" || len(by) > mostBy || visibleText(by) != by || strings.ContainsAny(by, "\n\t") {
		fail(w, http.StatusUnprocessableEntity, "by does not name who wants in", "send ?by=NAME, of 1 to 60 plain characters")
		return
	}
	word, ends := s.site.keys.issue(by)
	send(w, "application/json", http.StatusOK, struct {
		Link string    `json:"link"`
		Ends time.Time `json:"ends_at"`
	}{signInLink(r.Host, word), ends})
}

const mostBy = 60 // bytes of a name
