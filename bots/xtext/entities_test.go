package xtext

import (
	"fmt"
	"strings"
	"testing"
)

// show writes entities in one line: kind, place and text, in a fixed order.
func show(e Entities) string {
	var parts []string
	for _, m := range e.Mentions {
		parts = append(parts, fmt.Sprintf("@%s%s[%d:%d]", m.Name, m.List, m.Start, m.End))
	}
	for _, h := range e.Hashtags {
		parts = append(parts, fmt.Sprintf("#%s[%d:%d]", h.Text, h.Start, h.End))
	}
	for _, c := range e.Cashtags {
		parts = append(parts, fmt.Sprintf("$%s[%d:%d]", c.Text, c.Start, c.End))
	}
	for _, u := range e.URLs {
		parts = append(parts, fmt.Sprintf("%s[%d:%d]", u.Text, u.Start, u.End))
	}
	if e.ReplyTo != "" {
		parts = append(parts, "to:"+e.ReplyTo)
	}
	return strings.Join(parts, " ")
}

func TestParse(t *testing.T) {
	cases := []struct{ why, text, want string }{
		{"nothing in plain words", "High tide at 14:32, 3.9 m.", ""},

		{"a name at the start is also the account answered", "@ana hello", "@ana[0:4] to:ana"},
		{"blanks and marks may stand before it", "\u3000\u200e@ana hello", "@ana[2:6] to:ana"},
		{"a name after a word is a mention only", "hello @ana", "@ana[6:10]"},
		{"a dot before the name makes it no answer", ".@ana hello", "@ana[1:5]"},
		{"full-width sign", "＠ana hello", "@ana[0:4] to:ana"},
		{"names end at punctuation", "(@ana, @bo!)", "@ana[1:5] @bo[7:10]"},
		{"an emoji may stand right before", "🌊@ana", "@ana[1:5]"},
		{"another script may stand on both sides", "潮@anaに", "@ana[1:5]"},
		{"an address is no mention", "write to ana@harbour", ""},
		{"a name that runs into an accent is a word", "@anaé", ""},
		{"a name that runs into a second sign is no mention", "@ana@bo", ""},
		{"RT may touch the sign", "RT@ana", "@ana[2:6]"},
		{"RT inside a word may not", "part@ana", ""},
		{"RT after a blank may", "so rt@ana", "@ana[5:9]"},
		{"a sign after & or * is no mention", "&@ana *@bo", ""},
		{"underscores and digits belong to names", "@_a1_", "@_a1_[0:5] to:_a1_"},
		{"names are cut at twenty characters", "@abcdefghijklmnopqrstuvwxyz", "@abcdefghijklmnopqrst[0:21] to:abcdefghijklmnopqrst"},
		{"a list of an account", "see @ana/tide-bots now", "@ana/tide-bots[4:18]"},
		{"a list name begins with a letter", "see @ana/1st", "@ana[4:8]"},
		{"a sign before a protocol is no mention", "@https://example.com", ""},

		{"a hashtag", "rough #sea today", "#sea[6:10]"},
		{"full-width hash", "＃sea", "#sea[0:4]"},
		{"digits alone are no tag", "#1 #2026", ""},
		{"a digit and a letter are one", "#1st", "#1st[0:4]"},
		{"a tag inside a word is none", "sea#tide", ""},
		{"two tags that touch are none", "#sea#tide", ""},
		{"a tag after an ampersand is none", "&#sea", ""},
		{"a tag may follow an emoji", "🌊#sea", "#sea[1:5]"},
		{"and an emoji with style mark", "☂\ufe0f#rain", "#rain[2:7]"},
		{"a keycap is no tag", "#\ufe0f\u20e3 one", ""},
		{"underscore alone is no tag", "#_", ""},
		{"tags of other scripts", "#прилив #潮汐 #مد", "#прилив[0:7] #潮汐[8:11] #مد[12:15]"},
		{"vowel signs belong to a tag", "#ज्वार", "#ज्वार[0:6]"},
		{"a joiner belongs to a tag", "#می\u200cخواهم", "#می\u200cخواهم[0:9]"},
		{"tags end at punctuation", "#sea, #sky.", "#sea[0:4] #sky[6:10]"},

		{"a cashtag", "buy $SEA now", "$SEA[4:8]"},
		{"a suffix", "$SEA.L and $SEA_X", "$SEA.L[0:6] $SEA_X[11:17]"},
		{"a full stop is no suffix", "$SEA.", "$SEA[0:4]"},
		{"a long suffix is not taken", "$SEA.LONG", "$SEA[0:4]"},
		{"digits make it no cashtag", "$5 $SEA5", ""},
		{"seven letters are too many", "$SEAWAVE", ""},
		{"a cashtag needs a blank before", "a$SEA ($SKY)", ""},

		{"a link with protocol", "see https://example.com/a now", "https://example.com/a[4:25]"},
		{"protocols ignore case", "HTTPS://Example.COM", "HTTPS://Example.COM[0:19]"},
		{"other protocols leave no link", "ftp://example.com", ""},
		{"a bare domain", "see example.com", "example.com[4:15]"},
		{"a domain needs a known ending", "see file.tar.zzz and readme.mdx", ""},
		{"a country ending", "tide.is and foo.co.jp", "tide.is[0:7] foo.co.jp[12:21]"},
		{"an ending in another script", "http://例え.みんな", "http://例え.みんな[0:13]"},
		{"other scripts around a bare domain stay out", "これexample.comこれ", "example.com[2:13]"},
		{"the stop at the end of a sentence stays out", "at example.com.", "example.com[3:14]"},
		{"a path keeps inner stops and drops the last", "at example.com/a.b.", "example.com/a.b[3:18]"},
		{"balanced parentheses belong to a path", "http://example.com/a_(b)", "http://example.com/a_(b)[0:24]"},
		{"one level may nest", "http://example.com/(a(b)c)", "http://example.com/(a(b)c)[0:26]"},
		{"a parenthesis around a link stays out", "(http://example.com/a)", "http://example.com/a[1:21]"},
		{"an open parenthesis ends the path", "http://example.com/a(b", "http://example.com/a[0:20]"},
		{"a port", "http://example.com:8080/a", "http://example.com:8080/a[0:25]"},
		{"a colon without port stays out", "http://example.com: see", "http://example.com[0:18]"},
		{"a query", "http://example.com/?a=1&b=2.", "http://example.com/?a=1&b=2[0:27]"},
		{"a question mark alone stays out", "have you seen example.com?", "example.com[14:25]"},
		{"user information is not read", "http://me:pw@example.com", ""},
		{"an address is no link", "me@example.com", ""},
		{"a domain before an at sign is an address", "first.last.com@example", ""},
		{"a domain after a hash or dollar is none", "#example.com $example.com", "#example[0:8]"},
		{"hyphens inside a label", "my-tide.com", "my-tide.com[0:11]"},
		{"no hyphen at the end of a label", "http://tide-.com", ""},
		{"no hyphen after the ending", "http://tide.com-x", ""},
		{"underscores only in subdomains", "http://a_b.tide.com http://a_b.com", "http://a_b.tide.com[0:19]"},
		{"a label of 63 is taken", "http://" + strings.Repeat("a", 63) + ".com", "http://" + strings.Repeat("a", 63) + ".com[0:74]"},
		{"a label of 64 is not", "http://" + strings.Repeat("a", 64) + ".com", ""},
		{"broken punycode is not", "http://xn--ああ.com", ""},
		{"a short link ends with its slug", "http://t.co/abc's", "http://t.co/abc[0:15]"},
		{"a slug of 41 makes no link", "http://t.co/" + strings.Repeat("a", 41), ""},
		{"two links with a blank between", "a.co b.co", "a.co[0:4] b.co[5:9]"},
		{"links on two lines", "a.co\nhttp://b.co", "a.co[0:4] http://b.co[5:16]"},
		{"directional marks bound a link", "\u2066example.com\u2069", "example.com[1:12]"},
		{"a domain after a slash is part of no link", "and/example.com", ""},

		{"a name inside a link is no mention", "https://example.com/@ana/b", "https://example.com/@ana/b[0:26]"},
		{"a tag inside a link is no tag", "https://example.com/#sea", "https://example.com/#sea[0:24]"},
		{"a dollar inside a link is no cashtag", "https://example.com/$SEA", "https://example.com/$SEA[0:24]"},
		{"all kinds together", "@ana #sea $SKY x.com", "@ana[0:4] #sea[5:9] $SKY[10:14] x.com[15:20] to:ana"},
		{"places count code points, not bytes or UTF-16", "🌊🌊 @ana", "@ana[3:7]"},
	}
	for _, c := range cases {
		if got := show(Parse(c.text)); got != c.want {
			t.Errorf("%s: %q\n got  %s\n want %s", c.why, c.text, got, c.want)
		}
	}
}

func TestHostIsTheDomainAsWritten(t *testing.T) {
	cases := map[string]string{
		"https://Example.com:80/a?b": "Example.com",
		"see foo.co.jp/x":            "foo.co.jp",
		"http://例え.みんな/":             "例え.みんな",
		"http://t.co/abc":            "t.co",
	}
	for text, want := range cases {
		urls := URLs(text)
		if len(urls) != 1 || urls[0].Host != want {
			t.Errorf("%q: %+v, want one link with host %q", text, urls, want)
		}
	}
}

func TestMentionsAloneSeesNamesInLinks(t *testing.T) {
	if got := Mentions("https://example.com/@ana/b"); len(got) != 1 || got[0].Name != "ana" {
		t.Errorf("got %+v", got)
	}
}

func TestTopLevelDomainsAreWellFormed(t *testing.T) {
	if len(tlds) < 1500 {
		t.Fatalf("only %d names", len(tlds))
	}
	for name := range tlds {
		if strings.ContainsAny(name, ". \t\"'") || name != strings.ToLower(name) {
			t.Errorf("bad name %q", name)
		}
	}
}
