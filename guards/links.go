package guards

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"heed/bots"
)

func init() {
	register(Rule{
		Name:    "links",
		Says:    "links are few, lead where they seem to lead, and only to hosts that the operator allows",
		Clauses: []string{"D9"},
		Actions: writing,
	}, func() Guard { return &links{Shorteners: shorteners(), MaxLinks: 4} })
	Declare(Clause{ID: "D9", Says: "links lead where they seem to lead, with no redirecting and no deceit",
		Source: SourceAutomation, Served: []Service{ByGuard},
		Tests:    []string{"guards TestLinks", "guards TestLinksOfOneHouse"},
		Operator: "know the pages you link to: heed reads addresses and never follows a link"})
}

// links judges addresses by how they are written; it opens none. A plain http link is
// told and nothing more: it leads where it says, and many small sites know no other.
type links struct {
	// Hosts are those that links may lead to, sub-domains included. A link to any
	// other is denied, but for the operator's own privacy policy. Default: none, which
	// allows every host. Rule D9.
	Hosts []string `toml:"hosts"`
	// Shorteners are hosts whose links hide where they lead; a text with one is held.
	// Default: the usual ones. Rule D9.
	Shorteners []string `toml:"shorteners"`
	// MaxLinks is how many links a text may have; one with more is held. Default 4, from 0 to 100.
	MaxLinks int `toml:"max_links"`
}

func shorteners() []string {
	return strings.Fields(`adf.ly bit.do bit.ly bitly.com bl.ink buff.ly clck.ru cutt.ly dlvr.it goo.gl is.gd
		lnkd.in ow.ly qr.ae rb.gy rebrand.ly s.id shorte.st shorturl.at soo.gd t.ly tiny.cc tiny.one
		tinyurl.com trib.al v.gd x.gd`)
}

func (g *links) Check() []string {
	var f faults
	for _, list := range []struct {
		key   string
		hosts []string
	}{{"hosts", g.Hosts}, {"shorteners", g.Shorteners}} {
		for _, h := range list.hosts {
			if wrong := hostForm(h); wrong != "" {
				f.add(list.key, "%s", wrong)
			}
		}
	}
	f.count("max_links", g.MaxLinks, 0, 100, "more is a directory, no post")
	return f
}

func (g *links) Loosens(house Guard) []string {
	h, ok := house.(*links)
	if !ok {
		return notOurs(house)
	}
	var l looser
	if len(h.Hosts) > 0 && len(g.Hosts) == 0 {
		l.add("hosts", "none, which allows every host; the house allows %d", len(h.Hosts))
	}
	for _, own := range g.Hosts {
		if len(h.Hosts) > 0 && !under(own, h.Hosts) {
			l.add("hosts", "%q is not among the house's", own)
		}
	}
	l.whole("shorteners", g.Shorteners, h.Shorteners)
	l.count("max_links", g.MaxLinks, h.MaxLinks)
	return l
}

func (g *links) Needs(bots.Intent) Needs { return Needs{} }

func (g *links) Judge(in bots.Intent, f Facts) Finding {
	var room [8]address
	all := addressesIn(in.Text, f.links(in.Text), schemed(in.Text, room[:0]))
	if len(all) == 0 {
		return Pass()
	}
	worst, plain := Pass(), 0
	for i := range all {
		a := &all[i]
		if found := g.one(a, &in, &f); found.Effect > worst.Effect {
			worst = found
		}
		if a.scheme == "http" {
			plain++
		}
	}
	switch {
	case worst.Effect == Allow && len(all) > g.MaxLinks:
		return Held("links.too_many", fmt.Sprintf("%d links, and a text may have %d", len(all), g.MaxLinks),
			"leave some out; or a person looks: heed approve KEY").With("links", len(all)).With("max_links", g.MaxLinks)
	case worst.Effect == Allow && plain > 0:
		return worst.With("plain_http", plain)
	}
	return worst
}

// one judges a single address: the denials first.
func (g *links) one(a *address, in *bots.Intent, f *Facts) Finding {
	found := Pass()
	switch {
	case a.userInfo:
		found = Denied("links.user_info", "a link has a name before its host, and leads elsewhere than it seems to", "write the host alone")
	case mixedScripts(a.host):
		found = Denied("links.mixed_scripts", "a link's host mixes letters of several scripts within one name, as forgeries do",
			"write the host in one script, with a blank before and after the link")
	case !g.allows(a.host, f.Bot.House.Operator.PrivacyURL):
		found = Denied("links.host", "a link leads to a host that is not allowed", "link to one of the hosts in the settings, or add it there").With("allowed", len(g.Hosts))
	case under(a.host, g.Shorteners):
		found = Held("links.shortened", "a link by a shortener hides where it leads",
			"use the whole link; or a person looks where it leads: heed approve KEY")
	case numeric(a.host):
		found = Held("links.numeric", "a link leads to a bare number in place of a host's name", "link by the name; or a person looks: heed approve KEY")
	case a.scheme != "" && a.scheme != "http" && a.scheme != "https":
		found = Held("links.scheme", "a link opens something else than a web page", "link with https; or a person looks: heed approve KEY")
	case lookalike(a.host):
		found = Held("links.lookalike", "a link's host is written in letters that pass for Latin ones, or cannot be read",
			"link by the host's plain name; or a person looks: heed approve KEY")
	default:
		return found
	}
	return quoting(found, *in, "host", a.host)
}

func (g *links) allows(host, privacy string) bool {
	if len(g.Hosts) == 0 || under(host, g.Hosts) {
		return true
	}
	u, err := url.Parse(privacy)
	return err == nil && u.Host != "" && strings.EqualFold(u.Hostname(), host)
}

// whole objects to entries of the house's list that are missing.
func (l *looser) whole(key string, list, house []string) {
	lacking := 0
	for _, h := range house {
		if !slices.ContainsFunc(list, func(e string) bool { return strings.EqualFold(e, h) }) {
			lacking++
		}
	}
	if lacking > 0 {
		l.add(key, "%d of the house's are missing", lacking)
	}
}
