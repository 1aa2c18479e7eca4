package guards

import (
	"testing"

	"heed/bots"
)

func TestEngagement(t *testing.T) {
	for _, text := range []string{
		"Follow and retweet to win a boat!", "RT to enter", "Retweet this post for a chance to sail", "FOLLOW + RT and we pick three", "Like 4 like?", "#f4f", "#TeamFollowBack",
		"Buy followers here", "tag a friend and win", "Síguenos y gana un barco", "RT y participa en el sorteo", "Siga o perfil e concorra a um barco", "RT + follow pour participer",
		"Folge uns und gewinne ein Boot", "Follower kaufen", "Retwitta e vinci", "RT yap kazan", "Jual followers murah", "Сделай репост и выиграй лодку", "تابعنا واربح", "रीट्वीट करें और जीतें",
		"フォロー&RTで抽選3名様に", "相互フォロー希望", "RT하면 추첨을 통해", "关注并转发，抽三位", "互粉",
	} {
		t.Run(text, func(t *testing.T) {
			_, g, _ := New("engagement")
			for _, a := range []bots.Action{bots.Post, bots.Reply, bots.Quote, bots.DM} {
				if got := judgeOne(t, g, trial{"", a, says(text), Hold, "engagement.bargain"}); !cites(got, "F5") {
					t.Errorf("cites %v", got.Rules)
				} else if (a == bots.DM) != (got.Evidence["words"] == nil) {
					t.Errorf("promises P7 and P10: %s tells %v", a, got.Evidence)
				}
			}
		})
	}
	for _, text := range []string{
		"High water at 12:40", "Follow the buoys to enter the harbour", "We would like to win the regatta", "Follow us for tide tables", "Please retweet: the lock is closed",
		"The giveaway of land was stopped", "I like it and follow it", "We like to enter the harbour at flood", "RT @harbour the lock is closed", "Buy tickets here", "Sigue la línea roja",
		"Folge dem Fluss", "転送で遅れています", "关注潮汐", "Kazan is a city; follow the Volga",
	} {
		t.Run(text, func(t *testing.T) {
			_, g, _ := New("engagement")
			judgeOne(t, g, trial{"", bots.Post, says(text), Allow, ""})
		})
	}
}

func TestEngagementTrends(t *testing.T) {
	g := &engagement{Trends: []string{"#WorldCup", "royal wedding", "台風"}, MaxHashtags: 3}
	for _, tr := range []trial{
		{"a text beside the trend passes", bots.Post, nil, Allow, ""},
		{"a hashtag is ridden upon", bots.Post, says("High water #worldcup"), Deny, "engagement.trend"},
		{"so is its word", bots.Reply, says("worldcup tides"), Deny, "engagement.trend"},
		{"so is a phrase", bots.Quote, says("Tides at the Royal Wedding!"), Deny, "engagement.trend"},
		{"so is one of a script without blanks", bots.Post, says("明日の台風情報"), Deny, "engagement.trend"},
		{"a part of a word is none", bots.Post, says("worldcups"), Allow, ""},
		{"a message is not public", bots.DM, says("worldcup"), Allow, ""},
	} {
		t.Run(tr.says, func(t *testing.T) { judgeOne(t, g, tr) })
	}
}

func TestEngagementHashtags(t *testing.T) {
	try(t, "engagement", []trial{
		{"three hashtags pass", bots.Post, says("Tides #a #b #c"), Allow, ""},
		{"four hold", bots.Post, says("Tides #a #b #c #d"), Hold, "engagement.hashtags"},
		{"full-width ones too", bots.Post, says("Tides ＃a ＃b ＃c ＃d"), Hold, "engagement.hashtags"},
		{"numbers are no hashtags", bots.Post, says("Locks #1 #2 #3 #4 #5"), Allow, ""},
		{"nor are parts of links", bots.Post, says("Tides https://a.org/#b #c #d #e"), Allow, ""},
		{"a message may have more", bots.DM, says("Tides #a #b #c #d"), Allow, ""},
		{"nothing but hashtags says nothing", bots.Post, says("#kiel #tides"), Hold, "engagement.nothing_said"},
		{"nor do a handle and a link", bots.Reply, says("@asker https://example.org/a"), Hold, "engagement.nothing_said"},
		{"a word is enough", bots.Post, says("now: https://example.org/a"), Allow, ""},
		{"so is a number", bots.Post, says("3.1 #kiel"), Allow, ""},
		{"so is a picture", bots.Post, func(in *bots.Intent, _ *Facts) {
			in.Text, in.Media = "#kiel", []bots.Media{{Path: "a.png", Alt: "the harbour"}}
		}, Allow, ""},
		{"a handle alone is another guard's matter", bots.Reply, says("@asker"), Allow, ""},
	})
}

func TestEngagementSettings(t *testing.T) {
	settings(t, "engagement", map[string]func(*engagement){
		"no trend":          func(g *engagement) { g.Trends = []string{"#"} },
		"negative tags":     func(g *engagement) { g.MaxHashtags = -1 },
		"more tags than 30": func(g *engagement) { g.MaxHashtags = 31 },
	})
	tighter(t, "engagement",
		map[string]func(*engagement){"a tag more": func(g *engagement) { g.MaxHashtags = 4 }},
		map[string]func(*engagement){
			"a trend of its own": func(g *engagement) { g.Trends = []string{"storm"} },
			"no tags":            func(g *engagement) { g.MaxHashtags = 0 },
		})
	if told := (&engagement{}).Loosens(&engagement{Trends: []string{"storm"}}); len(told) != 1 {
		t.Errorf("the house's trend is missing: %v", told)
	}
}
