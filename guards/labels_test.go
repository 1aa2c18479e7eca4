package guards

import (
	"testing"

	"heed/bots"
)

func TestLabelsOfPaidPosts(t *testing.T) {
	earns := "labels.affiliate"
	marked := func(text string) edit {
		return func(in *bots.Intent, _ *Facts) { in.Text, in.PaidPartnership = text, true }
	}
	try(t, "labels", []trial{
		{"an ordinary link passes", bots.Post, says("https://harbour.example.org/tides?tag=a"), Allow, ""},
		{"a shop's link passes", bots.Post, says("https://www.amazon.de/dp/B000?ref=a"), Allow, ""},
		{"one that names who earns does not", bots.Post, says("https://www.amazon.de/dp/B000?ref=a&tag=tides-21#top"), Deny, earns},
		{"in any case and country", bots.Reply, says("WWW.Amazon.CO.UK/dp/B000?TAG=tides-21"), Deny, earns},
		{"without a value it names nobody", bots.Post, says("https://www.amazon.de/dp/B000?tag="), Allow, ""},
		{"a host that only sounds alike is another", bots.Post, says("https://myamazon.org/?tag=a"), Allow, ""},
		{"a network's link earns", bots.Quote, says("https://www.awin1.com/cread.php?a=1"), Deny, earns},
		{"so does a short form", bots.DM, says("https://amzn.to/3x"), Deny, earns},
		{"so does a shop's rover", bots.Post, says("https://rover.ebay.com/rover/1"), Deny, earns},
		{"so does a campaign", bots.Post, says("https://www.ebay.com/itm/1?campid=5338"), Deny, earns},
		{"so does a click", bots.Post, says("https://s.click.aliexpress.com/e/_a"), Deny, earns},
		{"the mark discloses it", bots.Post, marked("https://amzn.to/3x"), Allow, ""},
		{"so does the text", bots.Post, says("https://amzn.to/3x (affiliate link)"), Allow, ""},
		{"so does a hashtag", bots.Post, says("https://amzn.to/3x #CommissionsEarned"), Allow, ""},
		{"in other languages too", bots.Post, says("https://amzn.to/3x Enlace de afiliado"), Allow, ""},
		{"a text that calls itself paid lacks the mark", bots.Post, says("New boats! #ad https://amzn.to/3x"), Hold, "labels.paid"},
		{"without a link too", bots.Reply, says("Neue Boote #Werbung"), Hold, "labels.paid"},
		{"accents make no difference", bots.Post, says("Bateaux #publicite"), Hold, "labels.paid"},
		{"in words too", bots.Quote, says("Paid partnership with the yard"), Hold, "labels.paid"},
		{"with the mark it passes", bots.Post, marked("New boats! #ad"), Allow, ""},
		{"a message has no mark", bots.DM, says("New boats! #ad https://amzn.to/3x"), Allow, ""},
		{"a word is no hashtag", bots.Post, says("An ad in the paper, a sponsored race"), Allow, ""},
		{"nor is a part of a link", bots.Post, says("https://harbour.example.org/#ad"), Allow, ""},
		{"nor is a longer hashtag", bots.Post, says("#adriatic #add"), Allow, ""},
	})
	judgeOne(t, &labels{Affiliates: []string{"yard.example.org"}}, trial{"", bots.Post, says("https://go.yard.example.org/1"), Deny, earns})
	judgeOne(t, &labels{Affiliates: []string{"bücher.com"}}, trial{"", bots.Post, says("https://xn--bcher-kva.com/1"), Deny, earns})
}

func TestLabelsOfModelMedia(t *testing.T) {
	media := func(ai, marked bool) edit {
		return func(in *bots.Intent, f *Facts) {
			in.Media, in.MadeWithAI, f.Bot.AIGenerated = []bots.Media{{Path: "a.png", Alt: "the harbour"}}, marked, ai
		}
	}
	try(t, "labels", []trial{
		{"a person's picture needs no mark", bots.Post, media(false, false), Allow, ""},
		{"a model's bot marks its pictures", bots.Post, media(true, true), Allow, ""},
		{"or is denied", bots.Reply, media(true, false), Deny, "labels.made_with_ai"},
		{"its texts need no mark", bots.Post, func(_ *bots.Intent, f *Facts) { f.Bot.AIGenerated = true }, Allow, ""},
	})
}

func TestLabelsOfSensitiveMedia(t *testing.T) {
	g := &labels{SensitiveMedia: true}
	media := func(marked bool) edit {
		return func(in *bots.Intent, _ *Facts) {
			in.Media, in.Sensitive = []bots.Media{{Path: "a.png", Alt: "a wreck"}}, marked
		}
	}
	for _, tr := range []trial{
		{"a text alone passes", bots.Post, nil, Allow, ""},
		{"a picture without the mark does not", bots.Post, media(false), Deny, "labels.sensitive"},
		{"nor in a message", bots.DM, media(false), Deny, "labels.sensitive"},
		{"with the mark it passes", bots.Post, media(true), Allow, ""},
	} {
		t.Run(tr.says, func(t *testing.T) { judgeOne(t, g, tr) })
	}
	try(t, "labels", []trial{{"without the operator's word it passes", bots.Post, media(false), Allow, ""}})
}

func TestLabelsSettings(t *testing.T) {
	settings(t, "labels", map[string]func(*labels){
		"a link": func(g *labels) { g.Affiliates = []string{"https://yard.example"} },
	})
	tighter(t, "labels", nil, map[string]func(*labels){
		"a host of its own": func(g *labels) { g.Affiliates = []string{"yard.example"} },
		"sensitive media":   func(g *labels) { g.SensitiveMedia = true },
	})
	house := &labels{Affiliates: []string{"yard.example"}, SensitiveMedia: true}
	if told := (&labels{}).Loosens(house); len(told) != 2 {
		t.Errorf("the house's host and its sensitive media: %v", told)
	}
}
