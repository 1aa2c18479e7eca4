package guards

import (
	"strings"
	"testing"

	"heed/bots"
)

func TestContent(t *testing.T) {
	media := func(text string) edit {
		return func(in *bots.Intent, _ *Facts) {
			in.Text, in.Media = text, []bots.Media{{Path: "a.png", Alt: "a tide"}}
		}
	}
	onEnterprise := func(text string) edit { return enterprise(says(text)) }
	try(t, "content", []trial{
		{"an ordinary text passes", bots.Post, nil, Allow, ""},
		{"280 fit", bots.Post, says(strings.Repeat("a", 280)), Allow, ""},
		{"281 do not", bots.Post, says(strings.Repeat("a", 281)), Deny, "content.too_long"},
		{"CJK counts twice", bots.Reply, says(strings.Repeat("潮", 141)), Deny, "content.too_long"},
		{"a link counts 23 however long", bots.Post, says(strings.Repeat("a", 250) + " https://example.com/" + strings.Repeat("b", 200)), Allow, ""},
		{"a message may be longer", bots.DM, says(strings.Repeat("a", 10000)), Allow, ""},
		{"but not without end", bots.DM, says(strings.Repeat("a", 10001)), Deny, "content.too_long"},
		{"blanks are no text", bots.Post, says(" \n\u3000\u00a0"), Deny, "content.empty"},
		{"nor are invisible characters", bots.Post, says("\u200b\u2060\u00ad"), Deny, "content.empty"},
		{"media need no text", bots.Post, media(""), Allow, ""},
		{"an override of the writing direction is denied", bots.Post, says("user\u202egnp.exe"), Deny, "content.characters"},
		{"so is an isolate", bots.DM, says("a\u2066b"), Deny, "content.characters"},
		{"so is a control character", bots.Post, says("a\x1bb"), Deny, "content.characters"},
		{"so is a byte order mark", bots.Post, says("\ufeffa"), Deny, "content.characters"},
		{"so is what is no UTF-8", bots.Post, says("a\xffb"), Deny, "content.characters"},
		{"beside media too", bots.Post, media("a\u202eb"), Deny, "content.characters"},
		{"line breaks, tabs, joiners and direction marks are writing", bots.Post, says("شما\u200cرا\u200f\n\t👩\u200d🔬"), Allow, ""},
		{"one cashtag passes", bots.Post, says("$AAPL is up by $3"), Allow, ""},
		{"two do not on self-serve", bots.Post, says("$AAPL and $MSFT"), Deny, "content.cashtags"},
		{"on enterprise they do", bots.Post, onEnterprise("$AAPL and $MSFT"), Allow, ""},
		{"prices are no cashtags", bots.Post, says("from $5 to $7"), Allow, ""},
		{"a control character hides in no poll", bots.Post, func(in *bots.Intent, _ *Facts) {
			in.Poll = &bots.Poll{Options: []string{"yes", "n\u202eo"}, Minutes: 60}
		}, Deny, "content.characters"},
		{"nor in a picture's description", bots.Post, func(in *bots.Intent, _ *Facts) {
			in.Media = []bots.Media{{Path: "a.png", Alt: "a\x00b"}}
		}, Deny, "content.characters"},
	})
	judgeOne(t, &content{MaxLength: 25000}, trial{"", bots.Post, says(strings.Repeat("a", 25000)), Allow, ""})
}

func TestContentSettings(t *testing.T) {
	settings(t, "content", map[string]func(*content){
		"no length":       func(g *content) { g.MaxLength = 0 },
		"beyond any text": func(g *content) { g.MaxLength = 25001 },
	})
	tighter(t, "content",
		map[string]func(*content){
			"a longer text": func(g *content) { g.MaxLength = 281 },
		},
		map[string]func(*content){
			"a shorter text": func(g *content) { g.MaxLength = 140 },
		})
}
