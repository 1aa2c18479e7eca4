package platform

import (
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"heed/bots"
)

// likeness says how surely a text that X shows is the text that was sent.
type likeness int

const (
	other  likeness = iota
	nearly          // the same but for what X may have rewritten: tells nothing
	same
)

var (
	leadingMentions = regexp.MustCompile(`^(?:[@＠][A-Za-z0-9_]{1,15}\s+)+`)
	anyLink         = regexp.MustCompile(`(?i)\b(?:https?://)?(?:[\pL\pN](?:[\pL\pN-]*[\pL\pN])?\.)+\pL{2,}(?::\d+)?(?:[/?#][^\s]*)?`)
	statusLink      = regexp.MustCompile(`^(?:x|twitter)\.com/[^/]+/status/(\d+)`)
	mediaLink       = regexp.MustCompile(`^(?:x|twitter)\.com/(?:[^/]+/status/\d+/(?:photo|video)/\d+|messages/media/\d+)$`)
)

// compare holds what X shows against what was sent. X shortens links, escapes &, <
// and >, puts mentions before a reply, hangs a link after a quote or media, and may
// compose characters.
func compare(in bots.Intent, shown string, e entities) likeness {
	sent := plainText(in.Text, in.Action)
	got := plainText(expand(unescaper.Replace(shown), e.URLs), in.Action)
	forms := []string{got}
	if cut, ok := withoutSuffix(got, in); ok {
		forms = append(forms, cut)
	}
	best := other
	for _, g := range forms {
		switch {
		case withLinks(sent, canonical) == withLinks(g, canonical):
			return same
		case withLinks(sent, blank) == withLinks(g, blank), cutShort(sent, g):
			best = nearly
		}
	}
	return best
}

// compareWhole holds text and media against what was sent.
func compareWhole(in bots.Intent, shown string, e entities, keys []string, alts map[string]string) likeness {
	got := compare(in, shown, e)
	switch {
	case got != same:
		return got
	case len(in.Media) > 0:
		return sameMedia(in, keys, alts)
	case len(keys) > 0:
		return nearly // unless the text links to somebody's picture, it is another post
	}
	return same
}

// plainText is a text without what differs between sending and reading.
func plainText(s string, a bots.Action) string {
	s = strings.Join(strings.Fields(norm.NFC.String(s)), " ")
	if a == bots.Reply {
		s = leadingMentions.ReplaceAllString(s+" ", "")
	}
	return strings.TrimSpace(s)
}

// withoutSuffix takes off the link that X hangs on: to the quoted post, or to the own
// media of what was sent with some.
func withoutSuffix(got string, in bots.Intent) (string, bool) {
	cut := strings.LastIndexByte(got, ' ') + 1
	link := canonical(got[cut:])
	m := statusLink.FindStringSubmatch(link)
	if len(in.Media) > 0 && mediaLink.MatchString(link) || m != nil && in.Action == bots.Quote && m[1] == string(in.Target.PostID) {
		return strings.TrimSpace(got[:cut]), true
	}
	return got, false
}

// cutShort says whether the shown text is only the beginning of the sent one.
func cutShort(sent, got string) bool {
	i := strings.LastIndex(got, "…")
	return i >= 40 && strings.HasPrefix(sent, strings.TrimSpace(got[:i]))
}

func withLinks(s string, f func(string) string) string { return anyLink.ReplaceAllStringFunc(s, f) }

func blank(string) string { return "\x00" }

// canonical gives one form to the ways of writing a link: scheme, case of the host,
// www, percent signs and the last slash do not count.
func canonical(link string) string {
	tail := ""
	if trimmed := strings.TrimRight(link, ".,;:!?)'\"…"); trimmed != link {
		link, tail = trimmed, link[len(trimmed):]
	}
	raw := link
	if !strings.Contains(link, "://") {
		raw = "https://" + link
	}
	u, err := url.Parse(raw)
	if err != nil {
		return strings.ToLower(link) + tail
	}
	host := strings.TrimPrefix(strings.ToLower(u.Host), "www.")
	if ascii, err := idna.ToASCII(host); err == nil {
		host = ascii
	}
	if host == "twitter.com" || host == "mobile.twitter.com" {
		host = "x.com"
	}
	rest := strings.TrimSuffix(u.Path, "/")
	if u.RawQuery != "" {
		q, err := url.QueryUnescape(u.RawQuery)
		if err != nil {
			q = u.RawQuery
		}
		rest += "?" + q
	}
	if u.Fragment != "" {
		rest += "#" + u.Fragment
	}
	return host + rest + tail
}
