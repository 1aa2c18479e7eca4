package guards

import (
	"slices"
	"strings"
	"testing"

	"heed/bots"
)

func TestLinks(t *testing.T) {
	try(t, "links", []trial{
		{"a text without links passes", bots.Post, nil, Allow, ""},
		{"an ordinary link passes", bots.Post, says("see https://harbour.example.org/tides?a=b@c"), Allow, ""},
		{"an address for mail is no link with a user name", bots.DM, says("write to desk@harbour.org"), Allow, ""},
		{"a shortener hides where it leads", bots.Post, says("see https://bit.ly/abc"), Hold, "links.shortened"},
		{"in any case, with www, without https", bots.Reply, says("see WWW.BIT.LY/abc"), Hold, "links.shortened"},
		{"under a subdomain too", bots.DM, says("see http://go.bit.ly/abc"), Hold, "links.shortened"},
		{"a host that only ends alike is another", bots.Post, says("see https://habit.ly/abc"), Allow, ""},
		{"a name before the host deceives", bots.Post, says("log in at https://x.com@evil.org/login"), Deny, "links.user_info"},
		{"with a password too", bots.DM, says("https://x.com:443@evil.org"), Deny, "links.user_info"},
		{"before a bare number too", bots.Post, says("https://x.com@3232235521"), Deny, "links.user_info"},
		{"with a full-width sign too", bots.Post, says("https://x.com＠evil.org"), Deny, "links.user_info"},
		{"a handle after a path is none", bots.Post, says("https://social.example.org/@harbour"), Allow, ""},
		{"nor is a handle glued to the link", bots.Post, says("https://example.com@harbour"), Allow, ""},
		{"Cyrillic among Latin letters deceives", bots.Post, says("https://pаypal.com/login"), Deny, "links.mixed_scripts"},
		{"without https too", bots.Reply, says("see раypal.com now"), Deny, "links.mixed_scripts"},
		{"in its ASCII form too", bots.Post, says("https://xn--pypal-4ve.com/login"), Deny, "links.mixed_scripts"},
		{"Greek among Latin letters too", bots.Post, says("https://gοοgle.com"), Deny, "links.mixed_scripts"},
		{"a host of one other script passes", bots.Post, says("https://почта.рф/a"), Allow, ""},
		{"under a Latin top-level domain too", bots.Post, says("https://привет.com"), Allow, ""},
		{"unless it passes for Latin as a whole", bots.Post, says("https://аре.com"), Hold, "links.lookalike"},
		{"an umlaut is Latin", bots.Post, says("https://münchen.de https://xn--mnchen-3ya.de"), Allow, ""},
		{"Japanese right before a link is no part of it", bots.Post, says("詳細はexample.com/aへ"), Allow, ""},
		{"a bare number holds", bots.Post, says("http://192.168.0.1/admin"), Hold, "links.numeric"},
		{"also as one number", bots.Post, says("http://3232235521/"), Hold, "links.numeric"},
		{"also in hex", bots.Post, says("http://0x7f.0x1"), Hold, "links.numeric"},
		{"also of version 6", bots.Post, says("http://[2001:db8::1]:80/"), Hold, "links.numeric"},
		{"a number that is no link passes", bots.Post, says("version 192.168.0.1 is out"), Allow, ""},
		{"another scheme holds", bots.Post, says("ftp://files.example.org/a"), Hold, "links.scheme"},
		{"so does one that opens a program", bots.DM, says("tg://resolve?domain=a"), Hold, "links.scheme"},
		{"a word glued to a link is no scheme", bots.Post, says("seehttps://example.org/a"), Allow, ""},
		{"four links pass", bots.Post, says("a.com b.com c.com d.com"), Allow, ""},
		{"five hold", bots.Post, says("a.com b.com https://c.com d.com ftp.e.com"), Hold, "links.too_many"},
		{"those that X makes are counted with the others", bots.Post, says("https://a https://b https://c d.com e.com"), Hold, "links.too_many"},
		{"a denial beats a hold", bots.Post, says("https://bit.ly/a https://x.com@evil.org"), Deny, "links.user_info"},
	})
}

func TestLinksOfOneHouse(t *testing.T) {
	g := &links{Hosts: []string{"harbour.org"}, MaxLinks: 4}
	privacy := func(text string) edit {
		return func(in *bots.Intent, f *Facts) {
			in.Text = text
			f.Bot.House.Operator.PrivacyURL = "https://Law.example.org/privacy"
		}
	}
	for _, tr := range []trial{
		{"an allowed host passes", bots.Post, says("https://harbour.org/a"), Allow, ""},
		{"in any case, under a sub-domain", bots.Post, says("Tides.Harbour.org/a"), Allow, ""},
		{"another does not", bots.Post, says("https://harbour.org https://other.org"), Deny, "links.host"},
		{"one that only ends alike does not", bots.DM, says("https://myharbour.org"), Deny, "links.host"},
		{"one that X makes no link of does not either", bots.Post, says("https://intranet.local/a"), Deny, "links.host"},
		{"the operator's privacy policy always may be linked", bots.DM, privacy("https://law.example.org/privacy"), Allow, ""},
		{"other hosts beside it do not", bots.DM, privacy("https://example.org"), Deny, "links.host"},
	} {
		t.Run(tr.says, func(t *testing.T) { judgeOne(t, g, tr) })
	}
}

func TestLinksTellPlainHTTPAndPass(t *testing.T) {
	_, g, _ := New("links")
	got := judgeOne(t, g, trial{"", bots.Post, says("http://a.org https://b.org http://c.org"), Allow, ""})
	if got.Evidence["plain_http"] != 2 {
		t.Errorf("evidence %v", got.Evidence)
	}
}

func TestP7LinksTellNoWordOfAMessage(t *testing.T) {
	_, g, _ := New("links")
	for _, text := range []string{"https://bit.ly/a", "https://x.com@evil.org", "tg://canary", "https://pаypal.com"} {
		in, f := readyCase(bots.DM)
		in.Text = text
		got := g.Judge(in, f)
		if got.Effect == Allow || strings.Contains(got.Because, "canary") || got.Evidence["host"] != nil || strings.Contains(got.Because, `"`) {
			t.Errorf("%s: %+v", text, got)
		}
	}
	in, f := readyCase(bots.Post)
	in.Text = "https://bit.ly/a"
	if got := g.Judge(in, f); got.Evidence["host"] != "bit.ly" || !strings.Contains(got.Because, "bit.ly") {
		t.Errorf("promise P10: a post's finding names the host: %+v", got)
	}
}

func TestLinksSettings(t *testing.T) {
	settings(t, "links", map[string]func(*links){
		"a link":            func(g *links) { g.Shorteners = []string{"https://bit.ly"} },
		"an upper-case one": func(g *links) { g.Shorteners = []string{"Bit.ly"} },
		"no host":           func(g *links) { g.Hosts = []string{"org"} },
		"a pattern":         func(g *links) { g.Hosts = []string{"*.harbour.org"} },
		"a negative count":  func(g *links) { g.MaxLinks = -1 },
		"a great count":     func(g *links) { g.MaxLinks = 101 },
	})
	tighter(t, "links",
		map[string]func(*links){
			"a shortener fewer": func(g *links) { g.Shorteners = g.Shorteners[1:] },
			"a link more":       func(g *links) { g.MaxLinks = 5 },
		},
		map[string]func(*links){
			"a shortener more":  func(g *links) { g.Shorteners = append(g.Shorteners, "x.example") },
			"hosts of its own":  func(g *links) { g.Hosts = []string{"harbour.org"} },
			"a link fewer":      func(g *links) { g.MaxLinks = 0 },
			"another order too": func(g *links) { slices.Reverse(g.Shorteners) },
		})
	house := &links{Hosts: []string{"harbour.org", "tides.org"}}
	for says, c := range map[string]struct {
		hosts []string
		loose bool
	}{
		"every host":   {nil, true},
		"another":      {[]string{"harbour.org", "other.org"}, true},
		"one of them":  {[]string{"tides.org"}, false},
		"a sub-domain": {[]string{"a.tides.org"}, false},
		"one above it": {[]string{"org.org"}, true},
	} {
		if got := len((&links{Hosts: c.hosts}).Loosens(house)) > 0; got != c.loose {
			t.Errorf("%s: loosens %v", says, got)
		}
	}
}
