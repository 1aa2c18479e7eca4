package guards

import (
	"strings"
	"testing"

	"heed/bots"
)

func TestLanguage(t *testing.T) {
	sensitive := func(in *bots.Intent, _ *Facts) { in.Sensitive = true }
	try(t, "language", []trial{
		{"a decent answer passes", bots.Reply, nil, Allow, ""},
		{"a rude one holds", bots.Reply, says("What the FUCK is this?"), Hold, "language.rude"},
		{"so does a quote", bots.Quote, says("bull-shit? No: bullshit!"), Hold, "language.rude"},
		{"so does a message", bots.DM, says("you arsehole"), Hold, "language.rude"},
		{"a post passes", bots.Post, says("this is shit"), Allow, ""},
		{"accents and case make no difference", bots.Reply, says("Cabron, JÓDETE"), Hold, "language.rude"},
		{"nor do invisible and styled letters", bots.Reply, says("f\u200buc\u00adk 𝐬𝐡𝐢𝐭"), Hold, "language.rude"},
		{"phrases count as a whole", bots.Reply, says("Ta gueule !"), Hold, "language.rude"},
		{"parts of them do not", bots.Reply, says("La gueule du loup, ta maison"), Allow, ""},
		{"German", bots.Reply, says("So eine Scheiße"), Hold, "language.rude"},
		{"Russian", bots.Reply, says("Иди нахуй"), Hold, "language.rude"},
		{"Chinese has no blanks", bots.Reply, says("你是傻逼吗"), Hold, "language.rude"},
		{"Korean has endings glued on", bots.Reply, says("이 개새끼야"), Hold, "language.rude"},
		{"a link is no word", bots.Reply, says("https://example.org/shit/a @fuck_tides"), Allow, ""},
		{"a picture's description is read", bots.Reply, func(in *bots.Intent, _ *Facts) {
			in.Media = []bots.Media{{Path: "a.png", Alt: "a wall that says fuck"}}
		}, Hold, "language.rude"},
		{"sensitive media in an answer hold", bots.Reply, sensitive, Hold, "language.sensitive_media"},
		{"and in a message", bots.DM, sensitive, Hold, "language.sensitive_media"},
		{"in a post they are no matter of this rule", bots.Post, sensitive, Allow, ""},
	})
}

func TestLanguageIsNoSubstring(t *testing.T) {
	_, g, _ := New("language")
	for _, text := range []string{"Scunthorpe", "classic", "cockpit", "Shitake in Penistone", "assassin", "bass", "analysis", "cocktail hour", "Dick Turpin", "the cock crows",
		"Essex and Sussex", "a great tit", "document", "circumstances", "hancock", "button", "アナログ ロマンコメディー ファックス", "妈妈的书", "arse", "night", "Mishit", "pushit",
		"Le train est en retard", "Un cono de helado", "Filmen är slut", "kys og klem", "la porra del sábado", "他妈的朋友"} {
		t.Run(text, func(t *testing.T) { judgeOne(t, g, trial{"", bots.Reply, says(text), Allow, ""}) })
	}
}

func TestLanguageSettingsWork(t *testing.T) {
	g := &language{Words: []string{"Barnacle", "bilge rat", "海賊"}, Allow: []string{"Bollocks"}, Posts: true}
	for _, tr := range []trial{
		{"the operator's word holds", bots.Reply, says("you barnacle"), Hold, "language.rude"},
		{"its phrase too", bots.Reply, says("you bilge, rat!"), Hold, "language.rude"},
		{"not inside another word", bots.Reply, says("barnacles"), Allow, ""},
		{"one of a joined script may stand inside", bots.Reply, says("大海賊時代"), Hold, "language.rude"},
		{"what the house allows passes", bots.DM, says("bollocks"), Allow, ""},
		{"posts hold when the house says so", bots.Post, says("shit"), Hold, "language.rude"},
	} {
		t.Run(tr.says, func(t *testing.T) { judgeOne(t, g, tr) })
	}
}

func TestLanguageTellsCounts(t *testing.T) {
	_, g, _ := New("language")
	got := judgeOne(t, g, trial{"", bots.Post, says("shit, shit and fuck"), Allow, ""})
	if got.Evidence["rude_words"] != 3 {
		t.Errorf("a post passes and it is told: %v", got.Evidence)
	}
	got = judgeOne(t, g, trial{"", bots.Reply, says("shit, shit and fuck"), Hold, "language.rude"})
	if got.Evidence["word"] != "shit" || !strings.Contains(got.Because, "3") {
		t.Errorf("promise P10: %+v", got)
	}
	got = judgeOne(t, g, trial{"", bots.DM, says("shit, shit and fuck"), Hold, "language.rude"})
	if got.Evidence["word"] != nil || strings.Contains(got.Because, "shit") || got.Evidence["rude_words"] != 3 {
		t.Errorf("promise P7: %+v", got)
	}
}

func TestLanguageSettings(t *testing.T) {
	settings(t, "language", map[string]func(*language){
		"no word":       func(g *language) { g.Words = []string{"?!"} },
		"no word there": func(g *language) { g.Allow = []string{""} },
		"two at once":   func(g *language) { g.Words = []string{"a; b"} },
		"an endless":    func(g *language) { g.Words = []string{strings.Repeat("a", 201)} },
	})
	tighter(t, "language",
		map[string]func(*language){"a word let off": func(g *language) { g.Allow = []string{"shit"} }},
		map[string]func(*language){
			"a word more": func(g *language) { g.Words = []string{"barnacle"} },
			"posts too":   func(g *language) { g.Posts = true },
		})
	house := &language{Words: []string{"barnacle"}, Allow: []string{"bollocks"}, Posts: true}
	if told := (&language{}).Loosens(house); len(told) != 2 {
		t.Errorf("the house's word and its posts: %v", told)
	}
}
