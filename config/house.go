package config

import (
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"heed/bots"
	"heed/guards"
)

const (
	maxClientID  = 200
	maxSentence  = 500 // characters of a name, purpose or use case
	maxKeywords  = 1000
	maxKeyword   = 64
	maxInbound   = 1_000_000 // messages and mentions a day
	pollMin      = 15 * time.Second
	pollMinLocal = 200 * time.Millisecond
	pollMax      = time.Hour
	retentionMin = time.Hour
	retentionMax = 8760 * time.Hour
	syncMax      = 2 * time.Minute
	loopbackHint = "use 127.0.0.1, or write allow_public = true in this section and put a proxy with access control before it"
)

func init() {
	guards.Declare(guards.Clause{ID: "M10", Says: "a privacy policy is to be had before anybody deals with the service",
		Source: guards.SourcePrivacy, Served: []guards.Service{guards.ByCheck},
		Tests: []string{"config TestMistakes"}, Operator: "publish one at privacy_url; docs/privacy.md is a template"})
}

// house reads everything that is not a bot's or a guard's.
func (l *loader) house(root section) {
	c := l.cfg
	parts := []struct {
		key   string
		into  any
		check func(section)
	}{
		{"operator", &c.Operator, l.checkOperator},
		{"x", &c.X, l.checkX},
		{"nats", &c.NATS, l.checkNATS},
		{"ledger", &c.Ledger, l.checkLedger},
		{"web", &c.Web, l.checkWeb},
		{"opt_out", &c.OptOut, l.checkOptOut},
		{"sandbox", &c.Sandbox, l.checkSandbox},
	}
	// All are read before any is checked: what one may say depends on the others.
	var checks []func()
	for _, part := range parts {
		if s, ok := root.table(part.key); ok && (root.has(part.key) || !root.refused(part.key)) {
			s.fill(part.into)
			checks = append(checks, func() { part.check(s) })
		}
	}
	for _, check := range checks {
		check()
	}
}

func (l *loader) checkOperator(s section) {
	o := &l.cfg.Operator
	if strings.TrimSpace(o.Name) == "" && o.Handle == "" && !s.refused("name") && !s.refused("handle") {
		s.bad("", "the operator has neither name nor handle", `write name = "..." in [operator]: every bot's bio says who is responsible (rule B1)`)
	}
	s.sentence("name", o.Name)
	if o.Handle != "" {
		s.handle("handle", o.Handle)
	}
	switch u, err := url.Parse(o.PrivacyURL); {
	case o.PrivacyURL == "":
		if !l.cfg.X.Sandbox() && !s.refused("privacy_url") {
			s.bad("privacy_url", "is missing", "people must be able to read what is kept of them before they meet a bot (rule M10); docs/privacy.md is a template")
		}
	case err != nil, u.Scheme != "https" && u.Scheme != "http", u.Host == "", u.User != nil:
		s.bad("privacy_url", "is no web address", "like https://example.org/privacy")
	}
}

func (l *loader) checkX(s section) {
	x := &l.cfg.X
	if s.absent("environment") {
		s.bad("environment", "is missing", "one of production, staging, dev; only production may contact the public (rule A1)")
	}
	enum(s, "environment", x.Environment, bots.Production, bots.Staging, bots.Dev)
	enum(s, "tier", x.Tier, bots.SelfServe, bots.Enterprise)
	s.sentence("use_case", x.UseCase)
	if what, hint := badAPI(x.APIURL); what != "" {
		s.bad("api_url", what, hint)
	}
	x.APIURL = strings.TrimRight(x.APIURL, "/")
	if x.UseCase == "" && !s.refused("use_case") && !x.Local() {
		s.warn("use_case", "is missing", "write what X was told the app is for; it binds (rule A4)")
	}
	l.checkClient(s)
	if x.InboundPerDay < 1 || x.InboundPerDay > maxInbound {
		s.bad("inbound_per_day", fmt.Sprintf("%d; must be from 1 to %d", x.InboundPerDay, maxInbound),
			"beyond it heed reads nothing more, and contacts nobody, until the day has passed")
	}
	least, why := pollMin, "reading more often costs the app's read limits"
	if x.Local() {
		least, why = pollMinLocal, "the least on a stand-in"
	}
	switch {
	case x.Poll < least:
		s.bad("poll", fmt.Sprintf("%s is too often; at least %s", spell(x.Poll), spell(least)), why)
	case x.Poll > pollMax:
		s.bad("poll", fmt.Sprintf("%s is too seldom; at most %s", spell(x.Poll), spell(pollMax)), "a stop is heard only when the inbox is read (rule C2)")
	}
	checkEvents(s, x)
}

// checkClient looks at the app's OAuth 2.0 names. That a bot needs them shows only when
// the bots are read, see acrossApp.
func (l *loader) checkClient(s section) {
	x := l.cfg.X
	switch {
	case s.refused("client_id"):
	case strings.ContainsFunc(x.ClientID, func(r rune) bool { return r <= ' ' || r > '~' }), len(x.ClientID) > maxClientID:
		s.bad("client_id", "is no client id", fmt.Sprintf("at most %d letters, digits and marks without a space, as X's console shows it", maxClientID))
	case x.ClientID == "" && x.ClientSecret.IsSet():
		s.bad("client_secret", "stands without client_id", "both are in the app's settings at X, under OAuth 2.0")
	}
}

// badAPI says what is wrong with the platform's address. It never repeats it: an
// address may hold a password.
func badAPI(raw string) (what, hint string) {
	const form = `https://..., http:// to this machine, or "sandbox"`
	if raw == sandboxURL {
		return "", ""
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		if near := Nearest(raw, []string{sandboxURL}); near != "" {
			return "is no address", fmt.Sprintf("did you mean %q?", near)
		}
		return "is no address", form
	case u.User != nil:
		return "a secret may not stand in the file: the address holds a user or password", form
	case u.RawQuery != "" || u.Fragment != "":
		return "an address of an API has no ? and no #", form
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return "plain http to another machine would show tokens and messages to the network", form
	}
	return "", ""
}

func (l *loader) checkNATS(s section) {
	n := &l.cfg.NATS
	for _, raw := range strings.Split(n.URL, ",") {
		u, err := url.Parse(strings.TrimSpace(raw))
		switch {
		case n.URL == "":
		case err != nil, u.Host == "", !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme):
			s.bad("url", "is no NATS address", `like "tls://nats.example.org:4222"; "" runs a server within heed`)
		case u.User != nil:
			s.bad("url", "a secret may not stand in the file: the address holds a user, password or token", `write creds = { file = "path" }`)
		}
	}
	if n.URL != "" && n.Listen != "" {
		s.bad("listen", "is for the server within heed, and url names another", "leave one of the two out")
	}
	if n.URL == "" && n.Creds.IsSet() {
		s.warn("creds", "has no effect: url names no server elsewhere", "")
	}
	s.listen("listen", n.Listen, n.AllowPublic)
	if d, err := time.ParseDuration(n.Sync); n.Sync != "always" && (err != nil || d <= 0 || d > syncMax) {
		s.bad("sync", fmt.Sprintf("is neither %q nor a duration up to %s", "always", spell(syncMax)),
			`"always" loses nothing in a power cut`)
	}
	n.Dir = s.absPath("dir", n.Dir)
}

func (l *loader) checkLedger(s section) {
	g := &l.cfg.Ledger
	g.Path = s.absPath("path", g.Path)
	if g.Retention < retentionMin || g.Retention > retentionMax {
		s.bad("retention", fmt.Sprintf("%s; must be from %s to %s", spell(g.Retention), spell(retentionMin), spell(retentionMax)), "")
	}
}

func (l *loader) checkWeb(s section) { s.listen("listen", l.cfg.Web.Listen, l.cfg.Web.AllowPublic) }

func (l *loader) checkOptOut(s section) {
	words := l.cfg.OptOut.ExtraKeywords
	if len(words) > maxKeywords {
		s.bad("extra_keywords", fmt.Sprintf("%d words; at most %d", len(words), maxKeywords), "")
		return
	}
	for i, w := range words {
		at := append(s.child("extra_keywords"), "["+strconv.Itoa(i)+"]")
		switch {
		case !strings.ContainsFunc(w, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }):
			l.report(s.src, at, "is no word: it has neither letter nor number", "", false)
		case utf8.RuneCountInString(w) > maxKeyword:
			l.report(s.src, at, fmt.Sprintf("is longer than %d characters", maxKeyword), "", false)
		case slices.Contains(words[:i], w):
			l.report(s.src, at, "stands twice", "", true)
		}
	}
}

func (l *loader) checkSandbox(s section) {
	b := &l.cfg.Sandbox
	if !s.has("people") || b.People == "" {
		return
	}
	b.People = s.absPath("people", b.People)
	if info, err := os.Stat(b.People); err != nil || !info.Mode().IsRegular() {
		s.bad("people", "is no file: "+oneLine(b.People), "the path of a JSON script, from the folder of this file")
	}
	if !l.cfg.X.Sandbox() {
		s.warn("people", `has no effect: x.api_url is not "sandbox"`, "")
	}
}

// spell writes a duration without its empty parts: 1h, 720h, 1m30s.
func spell(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
