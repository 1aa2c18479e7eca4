package guards

import (
	"fmt"
	"strings"
	"testing"

	"heed/bots"
)

func TestConsentToBeNamed(t *testing.T) {
	text := func(s string) edit { return func(in *bots.Intent, _ *Facts) { in.Text = s } }
	try(t, "consent", []trial{
		{"a post that names nobody passes", bots.Post, nil, Allow, ""},
		{"a post may not name a stranger", bots.Post, text("thanks @someone"), Deny, "consent.mention"},
		{"nor in full width", bots.Post, text("thanks ＠someone"), Deny, "consent.mention"},
		{"nor may a reply", bots.Reply, text("@someone look"), Deny, "consent.mention"},
		{"nor a message", bots.DM, text("@someone look"), Deny, "consent.mention"},
		{"own bots may be named, in any case", bots.Post, text("see @QuakesBot"), Allow, ""},
		{"the operator may be named", bots.Post, text("ask @HarbourLab"), Allow, ""},
		{"a name that begins like an own one is another's", bots.Post, text("see @quakesbot2"), Deny, "consent.mention"},
		{"an own name does not cover a stranger's", bots.Post, text("@quakesbot and @someone"), Deny, "consent.mention"},
		{"an e-mail address names nobody", bots.Post, text("write to tides@harbour.example"), Allow, ""},
		{"a name within a link names nobody", bots.Post, text("https://example.com/@someone/1"), Allow, ""},
	})
	_, g, _ := New("consent")
	g.(*consent).MentionAllow = map[string]string{"@portoffice": "3001"}
	read := func(s string, who ...Person) edit {
		return func(in *bots.Intent, f *Facts) { in.Text, f.Named = s, who }
	}
	for _, tr := range []trial{
		{"a listed account whose choices were read may be named", bots.Post, read("by @PortOffice", Person{ID: "3001"}), Allow, ""},
		{"one whose choices were not read may have opted out", bots.Post, read("by @PortOffice"), Hold, "consent.named_unread"},
		{"nor does it help that another's were read", bots.Post, read("by @PortOffice", Person{ID: "3002"}), Hold, "consent.named_unread"},
		{"a listed account does not cover a stranger", bots.Post, read("@portoffice @someone", Person{ID: "3001"}), Deny, "consent.mention"},
		{"a hold over a name hides no missing consent", bots.Reply, func(in *bots.Intent, f *Facts) {
			in.Text, in.Cause, f.Cause = "ask @portoffice", "", nil
		}, Deny, "consent.none"},
		{"a message may name it too", bots.DM, read("ask @portoffice", Person{ID: "3001"}), Allow, ""},
	} {
		t.Run(tr.says, func(t *testing.T) { judgeOne(t, g, tr) })
	}
	if got := g.Needs(bots.Intent{Action: bots.Post, Text: "@PortOffice, ＠portoffice and @harbourlab"}).Named; len(got) != 1 || got[0] != "3001" {
		t.Errorf("the people to be read are %v, want the listed one, once", got)
	}
	in, f := readyCase(bots.DM)
	for _, name := range []string{"secretfriend", "portoffice"} {
		in.Text = "@" + name + " look"
		if got := g.Judge(in, f); got.Effect == Allow || strings.Contains(fmt.Sprint(got), name) || strings.Contains(fmt.Sprint(got), "3001") {
			t.Errorf("promise P7: a word of a message is in %+v", got)
		}
	}
}
