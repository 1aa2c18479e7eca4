package web

import (
	"crypto/sha512"
	"encoding/base64"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"heed/runner"
)

// visit is ask, without following where an answer leads.
func (r *rig) visit(method, path, body string, headers ...string) answer {
	r.Helper()
	defer func(was func(*http.Request, []*http.Request) error) { http.DefaultClient.CheckRedirect = was }(http.DefaultClient.CheckRedirect)
	http.DefaultClient.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return r.ask(method, path, body, headers...)
}

// link asks for a way in, as heed dashboard does.
func (r *rig) link(by string) string {
	r.Helper()
	a := r.ask("POST", "/v1/sign-ins?by="+url.QueryEscape(by), "")
	link, _ := a.body["link"].(string)
	path, ok := strings.CutPrefix(link, "http://"+r.addr)
	if a.status != 200 || !ok {
		r.Fatalf("no link: %d %s", a.status, a.raw)
	}
	return path
}

// comeIn gives the cookie of somebody who opened a link.
func comeIn(r *rig, by string) string {
	r.Helper()
	a := r.visit("GET", r.link(by), "", "Authorization", "-")
	set := a.header.Get("Set-Cookie")
	cookie, rest, _ := strings.Cut(set, ";")
	if a.status != 303 || a.header.Get("Location") != "/" || !strings.Contains(rest, "HttpOnly") || !strings.Contains(rest, "SameSite=Strict") {
		r.Fatalf("%d %v", a.status, a.header)
	}
	return cookie
}

func dashboard(t *testing.T, clock func() time.Time) *rig {
	w := &waitingDesk{desk: &desk{}, changed: make(chan struct{})}
	return serve(t, w.desk, func(o *Options) {
		o.Desk, o.House, o.Now = w, &House{Name: "Lab", Desk: w, Bots: func() []runner.Charge { return nil }}, clock
	})
}

func TestALinkIsGoodOnce(t *testing.T) {
	at := now
	r := dashboard(t, func() time.Time { return at })
	link := r.link("ann")
	if a := r.ask("HEAD", link, "", "Authorization", "-"); a.status != 405 {
		t.Errorf("HEAD: %d", a.status)
	}
	cookie := ""
	for i, want := range []int{303, 401} {
		a := r.visit("GET", link, "", "Authorization", "-", "Accept", "text/html")
		if a.status != want {
			t.Fatalf("the %d. time: %d", i+1, a.status)
		}
		if i == 0 {
			cookie, _, _ = strings.Cut(a.header.Get("Set-Cookie"), ";")
		} else if !strings.Contains(a.raw, "has been used") || !strings.Contains(a.raw, "heed dashboard") || a.header.Get("Set-Cookie") != "" {
			t.Error(a.raw)
		}
	}
	if a := r.visit("GET", "/", "", "Cookie", cookie); a.status != 303 || a.header.Get("Location") != "/needs" {
		t.Errorf("%d %v", a.status, a.header)
	}
	late := r.link("ann")
	at = at.Add(codeLife)
	if a := r.visit("GET", late, "", "Authorization", "-"); a.status != 401 {
		t.Errorf("after ten minutes: %d", a.status)
	}
	// A session lasts for its days.
	if a := r.ask("GET", "/needs", "", "Cookie", cookie); a.status != 200 || !strings.Contains(a.raw, "signed in as ann") {
		t.Errorf("%d", a.status)
	}
	at = at.Add(sessionLife)
	if a := r.ask("GET", "/needs", "", "Cookie", cookie); a.status != 401 {
		t.Errorf("after its days: %d", a.status)
	}
	// Of many links the newest are good.
	first := r.link("ann")
	for range mostCodes {
		r.link("ann")
	}
	if a := r.visit("GET", first, ""); a.status != 401 {
		t.Errorf("the oldest of too many: %d", a.status)
	}
}

// A session outlives the server and dies with the token; another house's is none.
func TestASessionIsTheTokens(t *testing.T) {
	clock := func() time.Time { return now }
	k := newKeys([]byte(token), clock)
	s := k.session("Ann Ö.", now.Add(time.Hour))
	if by, ok := newKeys([]byte(token), clock).who(s); !ok || by != "Ann Ö." {
		t.Errorf("after a restart: %q %v", by, ok)
	}
	if _, ok := newKeys([]byte(token+"2"), clock).who(s); ok {
		t.Error("it is good under another token")
	}
	parts := strings.Split(s, ".")
	for name, v := range map[string]string{"another name": "Ym9i." + parts[1] + "." + parts[2], "a later end": parts[0] + ".9999999999." + parts[2], "no proof": parts[0] + "." + parts[1] + ".",
		"nothing": "", "a dot": ".", "the proof alone": parts[2], "ended": k.session("ann", now)} {
		if by, ok := k.who(v); ok {
			t.Errorf("%s: it lets %q in", name, by)
		}
	}
	if strings.Contains(s, token) {
		t.Error("the session tells the token")
	}
}

func TestNobodyIsLetInWithoutASession(t *testing.T) {
	r := dashboard(t, func() time.Time { return now })
	jar := comeIn(r, "ann")
	for _, c := range [][2]string{{"GET", "/"}, {"GET", "/needs"}, {"GET", "/live/needs"}, {"GET", "/approve?pick=a:b/c"}, {"POST", "/approve/now"}, {"POST", "/needs/resume"}, {"POST", "/sign-out"}, {"GET", "/elsewhere"}} {
		a := r.ask(c[0], c[1], "", "Accept", "text/html") // the API's token is not for pages
		if a.status != 401 || !strings.Contains(a.raw, "heed dashboard") || !strings.Contains(a.header.Get("Content-Type"), "text/html") || a.header.Get("Content-Security-Policy") != PagePolicy {
			t.Errorf("%v: %d %s", c, a.status, a.raw)
		}
		if a := r.ask(c[0], c[1], ""); a.status != 401 && a.status != 404 {
			t.Errorf("%v as a program: %d", c, a.status)
		}
		// A cookie with another port's name, or a spoilt one, is none.
		for _, bad := range []string{"heed-1" + jar[strings.IndexByte(jar, '='):], jar + "x"} {
			if a := r.ask(c[0], c[1], "", "Accept", "text/html", "Cookie", bad); a.status != 401 {
				t.Errorf("%v with %.20s: %d", c, bad, a.status)
			}
		}
	}
	// Nor do a cookie's bearers reach the API, or ask for more links.
	if a := r.ask("POST", "/v1/sign-ins?by=ann", "", "Authorization", "-", "Cookie", jar); a.status != 401 {
		t.Errorf("%d", a.status)
	}
	for _, by := range []string{"", "a\u202Eb", "a\nb", strings.Repeat("x", 61)} {
		r.refusedWith(by, r.ask("POST", "/v1/sign-ins?by="+url.QueryEscape(by), ""), 422, "by")
	}
}

// Another page on the machine, or in the world, can make a browser send nothing that counts.
func TestOtherOriginsCannotAct(t *testing.T) {
	r := dashboard(t, func() time.Time { return now })
	jar := comeIn(r, "ann")
	form := []string{"Cookie", jar, "Accept", "text/html", "Content-Type", "-", "Content-Type", "application/x-www-form-urlencoded"}
	for name, row := range map[string]struct {
		headers []string
		status  int
	}{
		"another site":      {[]string{"Sec-Fetch-Site", "cross-site"}, 403},
		"another port":      {[]string{"Sec-Fetch-Site", "same-site", "Origin", "http://127.0.0.1:1"}, 403},
		"an old browser":    {[]string{"Origin", "http://127.0.0.1:1"}, 403},
		"a null origin":     {[]string{"Origin", "null"}, 403},
		"a name of its own": {[]string{"Host", "evil.example"}, 421},
		"a plain body":      {[]string{"Content-Type", "-", "Content-Type", "text/plain"}, 415},
	} {
		a := r.ask("POST", "/needs/resume", "scope=quakes&looked=yes", append(append([]string{}, form...), row.headers...)...)
		if a.status != row.status || !strings.Contains(a.raw, "What to do") || a.header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	if a := r.visit("POST", "/sign-out", "", append(form, "Sec-Fetch-Site", "same-origin", "Origin", "http://"+r.addr)...); a.status != 303 || !strings.Contains(a.header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("the page itself: %d %v", a.status, a.header)
	}
	// A form leads back to a page of this site, and nowhere else.
	for back, want := range map[string]string{"https://evil.example/": "/needs?", "//evil.example": "/needs?", `/\evil.example`: "/needs?", "needs": "/needs?", "/needs?bot=a&did=x": "/needs?bot=a&"} {
		req := &http.Request{PostForm: url.Values{"back": {back}}}
		if got := pathAfter(req, needsPage); got != want {
			t.Errorf("%q leads to %q", back, got)
		}
	}
}

func TestStaticFiles(t *testing.T) {
	r := dashboard(t, func() time.Time { return now })
	for path, want := range map[string]string{"/static/heed.css": "text/css; charset=utf-8", "/static/heed.js": "text/javascript; charset=utf-8", "/static/vendor/htmx.min.js": "text/javascript; charset=utf-8", "/static/heed.svg": "image/svg+xml"} {
		if a := r.ask("GET", path, "", "Authorization", "-"); a.status != 200 || a.header.Get("Content-Type") != want {
			t.Errorf("%s: %d %s", path, a.status, a.header.Get("Content-Type"))
		}
	}
	for _, path := range []string{"/static/", "/static/vendor", "/static/none.js"} {
		if a := r.ask("GET", path, ""); a.status != 404 {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}

// What was taken from elsewhere is what vendor.txt says: name, origin, licence, hash.
func TestVendoredFiles(t *testing.T) {
	list, err := fs.ReadFile(staticFiles, "static/vendor/vendor.txt")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{"vendor.txt": true}
	for line := range strings.Lines(string(list)) {
		f := strings.Fields(line)
		if len(f) != 5 {
			t.Fatalf("%q", line)
		}
		b, err := fs.ReadFile(staticFiles, "static/vendor/"+f[0])
		sum := sha512.Sum384(b)
		if err != nil || "sha384-"+base64.StdEncoding.EncodeToString(sum[:]) != f[4] || f[3] != "0BSD" {
			t.Errorf("%s is not what vendor.txt says: %v", f[0], err)
		}
		listed[f[0]] = true
	}
	all, err := fs.ReadDir(staticFiles, "static/vendor")
	for _, e := range all {
		if !listed[e.Name()] {
			t.Errorf("%s stands in no list", e.Name())
		}
	}
	if err != nil || len(all) != len(listed) {
		t.Errorf("%d files, %d listed, %v", len(all), len(listed), err)
	}
}

// A live page is sent as it is, then when it differs; and ends with the server.
func TestALivePage(t *testing.T) {
	w := &waitingDesk{desk: &desk{}, changed: make(chan struct{})}
	r := serve(t, w.desk, func(o *Options) {
		o.Desk, o.House = w, &House{Name: "Lab", Desk: w, Bots: func() []runner.Charge { return nil }}
	})
	req, err := http.NewRequest("GET", "http://"+r.addr+"/live/needs", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Cookie", comeIn(r, "ann"))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	said := make(chan string, 100)
	go func() {
		defer close(said)
		b := make([]byte, 64<<10)
		for {
			n, err := res.Body.Read(b)
			said <- string(b[:n])
			if err != nil {
				return
			}
		}
	}()
	hear := func(want string) {
		t.Helper()
		all, limit := "", time.After(20*time.Second)
		for !strings.Contains(all, want) {
			select {
			case s, more := <-said:
				if all += s; !more {
					t.Fatalf("the line ended before %q: %s", want, all)
				}
			case <-limit:
				t.Fatalf("no %q: %s", want, all)
			}
		}
	}
	hear("Nothing waits for you")
	c := heldCase("k1", "line one\r\nline two\rthree")
	w.change(func() {
		w.cases = append(w.cases, c)
		close(w.changed)
		w.changed = make(chan struct{})
	})
	hear(`hx-swap-oob="innerHTML">1 needs you`)
	if err := r.end(); err != nil {
		t.Errorf("the server's end: %v", err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
}

func TestAMessageIsSentOnlyWhenItDiffers(t *testing.T) {
	a, b := live{part: []byte("a\nb\n"), sent: true}, live{part: []byte("a\nb\n"), waits: 1, sent: true}
	for i, row := range []struct {
		last, now live
		want      string
	}{
		{live{}, a, "data: a\ndata: b\ndata: <span id=\"waits\" hx-swap-oob=\"innerHTML\">nothing needs you</span>\n\n"},
		{a, a, ": here\n\n"},
		{a, b, "data: a\ndata: b\ndata: <span id=\"waits\" hx-swap-oob=\"innerHTML\">1 needs you</span>\n\n"},
		{a, live{part: []byte("c\revent: x"), sent: true}, "data: c&#13;event: x\n\n"},
	} {
		if got := string(row.last.message(row.now)); got != row.want {
			t.Errorf("%d: %q", i, got)
		}
	}
}
