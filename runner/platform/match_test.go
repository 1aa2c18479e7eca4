package platform

import (
	"strings"
	"testing"

	"heed/bots"
)

func TestCompare(t *testing.T) {
	on := func(a bots.Action, text string) bots.Intent {
		in := onPost(a, "7")
		in.Text = text
		return in
	}
	link := func(short, long string) entities { return entities{URLs: []urlBody{{URL: short, ExpandedURL: long}}} }
	pictured := func(text string) bots.Intent { in, _ := picturePost(text); return in }
	dmPictured := func(text string) bots.Intent { in := dm(text); in.Media = pictured(text).Media; return in }
	long := strings.Repeat("word ", 100)
	rows := []struct {
		name  string
		in    bots.Intent
		shown string
		e     entities
		want  likeness
	}{
		{"the same words", post("high water 03:20"), "high water 03:20", entities{}, same},
		{"other words", post("high water 03:20"), "high water 15:45", entities{}, other},
		{"another case is another text", post("Stop"), "stop", entities{}, other},
		{"X escapes three signs", post("a & b < c > d"), "a &amp; b &lt; c &gt; d", entities{}, same},
		{"what was sent escaped comes back escaped twice", post("&amp; &copy;"), "&amp;amp; &amp;copy;", entities{}, same},
		{"X composes characters", post("cafe\u0301"), "caf\u00e9", entities{}, same},
		{"X trims and squeezes", post(" a  b\n\nc "), "a b c", entities{}, same},
		{"a link comes back short", post("see https://tides.example/a?b=1"), "see https://t.co/x1", link("https://t.co/x1", "https://tides.example/a?b=1"), same},
		{"a bare link gets a scheme", post("see Tides.example"), "see https://t.co/x1", link("https://t.co/x1", "http://tides.example"), same},
		{"percent signs and the last slash do not count", post("https://a.example/%C3%A9/"), "https://t.co/x1", link("https://t.co/x1", "https://a.example/é"), same},
		{"a host outside ASCII", post("https://münchen.example/x"), "https://t.co/x1", link("https://t.co/x1", "https://xn--mnchen-3ya.example/x"), same},
		{"twitter.com is x.com", post("https://x.com/a/status/5"), "https://t.co/x1", link("https://t.co/x1", "https://twitter.com/a/status/5"), same},
		{"a stop after the link", post("see https://a.example/b."), "see https://t.co/x1.", link("https://t.co/x1", "https://a.example/b"), same},
		{"another page of the same site", post("new: https://a.example/1"), "new: https://t.co/x1", link("https://t.co/x1", "https://a.example/2"), nearly},
		{"a short link that X does not explain", post("new: https://a.example/1"), "new: https://t.co/x1", entities{}, nearly},
		{"a reply gets mentions before it", on(bots.Reply, "yes, 03:20"), "@ann @bob_1 yes, 03:20", entities{}, same},
		{"a reply that was sent with its mention", on(bots.Reply, "@ann yes"), "@ann @bob yes", entities{}, same},
		{"a post keeps its mentions", post("@ann yes"), "yes", entities{}, other},
		{"a quote gets a link to what it quotes", on(bots.Quote, "see this"), "see this https://t.co/q", link("https://t.co/q", "https://twitter.com/ann/status/7"), same},
		{"a link to another post is no such suffix", on(bots.Quote, "see this"), "see this https://t.co/q", link("https://t.co/q", "https://twitter.com/ann/status/8"), other},
		{"a post gets a link to its own media", pictured("look"), "look https://t.co/m", link("https://t.co/m", "https://x.com/tidesbot/status/9/photo/1"), same},
		{"a post that is nothing but its media", pictured(""), "https://t.co/m", link("https://t.co/m", "https://x.com/tidesbot/status/9/photo/1"), same},
		{"a message gets one too", dmPictured("look"), "look https://t.co/m", link("https://t.co/m", "https://twitter.com/messages/media/88"), same},
		{"what was sent without media is not what came with some", post("look"), "look https://t.co/m", link("https://t.co/m", "https://x.com/tidesbot/status/9/photo/1"), other},
		{"the link of a long post's media stands in its short form alone", pictured("look"), "look", entities{}, same},
		{"a long text that is cut short", post(long), strings.Repeat("word ", 50) + "… https://t.co/z", entities{}, nearly},
	}
	for _, r := range rows {
		if got := compare(r.in, r.shown, r.e); got != r.want {
			t.Errorf("%s: got %d, want %d", r.name, got, r.want)
		}
	}
}
