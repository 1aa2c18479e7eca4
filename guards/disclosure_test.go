package guards

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"heed/bots"
)

func bio(s string) edit { return func(_ *bots.Intent, f *Facts) { f.Profile.Bio = s } }

func says(s string) edit { return func(in *bots.Intent, _ *Facts) { in.Text = s } }

func TestDisclosure(t *testing.T) {
	checked := func(at time.Time) edit { return func(_ *bots.Intent, f *Facts) { f.Profile.CheckedAt = at } }
	try(t, "disclosure", []trial{
		{"a bio that says bot and by whom passes", bots.Post, nil, Allow, ""},
		{"the operator's name will do", bots.Post, bio("Automated. By Harbour Lab, Kiel"), Allow, ""},
		{"in any case and with accents", bots.Post, bio("BOT by hárbour LAB"), Allow, ""},
		{"the handle counts in any case", bots.Post, bio("Bot by @HarbourLab."), Allow, ""},
		{"a hashtag will do", bots.Post, bio("#bot of @harbourlab"), Allow, ""},
		{"full width will do", bots.Post, bio("ｂｏｔ　by ＠harbourlab"), Allow, ""},
		{"no bot word, no post", bots.Post, bio("Tide tables by @harbourlab"), Deny, "disclosure.no_bot_word"},
		{"a word that only contains bot is none", bots.Post, bio("Botany by @harbourlab"), Deny, "disclosure.no_bot_word"},
		{"a handle that ends in bot is none", bots.Post, bio("I am @tides_bot or @bot, by @harbourlab"), Deny, "disclosure.no_bot_word"},
		{"a link with bot is none", bots.Post, bio("https://bot.example/bot by @harbourlab"), Deny, "disclosure.no_bot_word"},
		{"a bare domain with bot is none", bots.Post, bio("bot.example by @harbourlab"), Deny, "disclosure.no_bot_word"},
		{"an automation engineer is none", bots.Post, bio("Automation engineer at Harbour Lab"), Deny, "disclosure.no_bot_word"},
		{"an empty bio says nothing", bots.Post, bio(""), Deny, "disclosure.no_bot_word"},
		{"no operator, no post", bots.Post, bio("Just a bot"), Deny, "disclosure.no_operator"},
		{"a handle that only begins like the operator's is another's", bots.Post, bio("Bot by @harbourlab2"), Deny, "disclosure.no_operator"},
		{"a handle that only ends like it is another's", bots.Post, bio("Bot by @myharbourlab"), Deny, "disclosure.no_operator"},
		{"an e-mail address is no handle", bots.Post, bio("Bot by me@harbourlab"), Deny, "disclosure.no_operator"},
		{"a name that only begins like the operator's is another's", bots.Post, bio("Bot by Harbour Labs"), Deny, "disclosure.no_operator"},
		{"a bio that denies it is no disclosure", bots.Post, bio("Not a bot! By @harbourlab"), Deny, "disclosure.bio_denies"},
		{"in German neither", bots.Post, bio("Ich bin kein Bot. @harbourlab"), Deny, "disclosure.bio_denies"},
		{"a bot that says it is not human says the truth", bots.Post, bio("No soy humano: soy un bot de @harbourlab"), Allow, ""},
		{"without the profile nobody can tell", bots.Post, func(_ *bots.Intent, f *Facts) { f.Profile = Profile{} }, Defer, "disclosure.bio_unread"},
		{"a profile of the day before yesterday has aged", bots.DM, checked(noon.Add(-24*time.Hour - time.Second)), Defer, "disclosure.bio_unread"},
		{"one from the far future cannot be trusted", bots.DM, checked(noon.Add(25 * time.Hour)), Defer, "disclosure.bio_unread"},
		{"another account's profile is not the bot's", bots.Post, func(_ *bots.Intent, f *Facts) { f.Profile.UserID = "3" }, Deny, "disclosure.wrong_account"},
	})
}

func TestDisclosureOperatorOfAnyScript(t *testing.T) {
	by := func(name, bio string) edit {
		return func(_ *bots.Intent, f *Facts) {
			f.Bot.House.Operator = bots.Operator{Name: name}
			f.Profile.Bio = bio
		}
	}
	try(t, "disclosure", []trial{
		{"a Japanese name within a sentence", bots.Post, by("港ラボ", "港ラボが運営する自動アカウント"), Allow, ""},
		{"a name of signs alone names nobody", bots.Post, by("!!!", "Bot by !!!"), Deny, "disclosure.no_operator"},
		{"no name and no handle names nobody", bots.Post, by("", "Bot"), Deny, "disclosure.no_operator"},
	})
}

func TestDisclosureOfTexts(t *testing.T) {
	var trials []trial
	for _, s := range []string{"I'm human, honest", "I’m a human", "I am not a bot", "THIS IS NOT A BOT!", "No soy un bot", "Soy una persona real", "Não sou um robô",
		"Je ne suis pas un robot", "Ich bin ein echter Mensch", "Non sono un bot", "私は人間です。", "これはボットではありません", "저는 봇이 아닙니다", "我不是机器人", "أنا إنسان",
		"Ben bir insanım", "Saya bukan bot", "मैं बॉट नहीं हूँ", "Я не бот", "I\u200b'm not a b\u200bot", "Ｉ ａｍ ｈｕｍａｎ"} {
		trials = append(trials, trial{"it may not say: " + s, bots.Reply, says(s), Deny, "disclosure.claims_human"})
	}
	for _, s := range []string{"I am a bot", "I'm not human", "I am not a human, I am a bot", "No soy humano", "Não sou humano", "Non sono umano", "Ich bin kein Mensch", "私は人間ではありません、ボットです",
		"我不是人类", "Saya bukan manusia", "Я не человек", "Ben insan değilim", "Human rights day", "Prove you are not a bot, the site asks", ""} {
		trials = append(trials, trial{"it may say: " + s, bots.Reply, says(s), Allow, ""})
	}
	trials = append(trials, trial{"nor in the words of a picture", bots.Post, func(in *bots.Intent, _ *Facts) {
		in.Media = []bots.Media{{Path: "a.png", Alt: "A selfie: I am human"}}
	}, Deny, "disclosure.claims_human"}, trial{"nor in those of a poll", bots.Post, func(in *bots.Intent, _ *Facts) {
		in.Poll = &bots.Poll{Options: []string{"yes", "I'm not a bot"}, Minutes: 5}
	}, Deny, "disclosure.claims_human"})
	trials = append(trials, trial{"a claim is graver than an unread bio", bots.Post, func(in *bots.Intent, f *Facts) {
		in.Text, f.Profile = "I am human", Profile{}
	}, Deny, "disclosure.claims_human"})
	try(t, "disclosure", trials)

	in, f := readyCase(bots.DM)
	in.Text = "I am human"
	if got := (&disclosure{MaxAge: time.Hour}).Judge(in, f); strings.Contains(strings.ToLower(got.Because), "i am human") {
		t.Errorf("promise P7: words of a message are in %q", got.Because)
	}
}

func TestDisclosureLabel(t *testing.T) {
	off := func(_ *bots.Intent, f *Facts) { f.Profile.Automated = false }
	_, watch, _ := New("disclosure")
	if got := judgeOne(t, watch, trial{"told, by default", bots.Post, off, Allow, ""}); got.Evidence["automated_label"] != false {
		t.Errorf("a missing label is not told: %+v", got)
	}
	require := &disclosure{MaxAge: 24 * time.Hour, Label: "require"}
	judgeOne(t, require, trial{"with the label", bots.Post, nil, Allow, ""})
	for _, a := range []bots.Action{bots.Post, bots.Reply, bots.DM, bots.Repost, bots.Follow} {
		got := judgeOne(t, require, trial{"required", a, off, Deny, "disclosure.label"})
		if !strings.Contains(got.Remedy, "Settings > Your account > Automation") || !cites(got, "B3") {
			t.Errorf("%q %v", got.Remedy, got.Rules)
		}
	}
	judgeOne(t, &disclosure{MaxAge: 24 * time.Hour}, trial{"a guard without the setting is strict", bots.Post, off, Deny, "disclosure.label"})
}

func TestP10DisclosureGivesABioToPaste(t *testing.T) {
	in, f := readyCase(bots.Post)
	f.Profile.Bio = "Tide tables for the harbour of Kiel"
	got := (&disclosure{MaxAge: 24 * time.Hour}).Judge(in, f)
	if want := "set the bio to: Tide tables for the harbour of Kiel · Bot run by @harbourlab"; got.Remedy != want {
		t.Errorf("remedy %q, want %q", got.Remedy, want)
	}
}

func TestBioToPaste(t *testing.T) {
	_, f := readyCase(bots.Post)
	long := strings.Repeat("Tides and winds and waves. ", 12)
	for _, c := range []struct{ says, bio, want string }{
		{"a good bio stays as it is", "Bot by @harbourlab", "Bot by @harbourlab"},
		{"no bio: the purpose", "", "Tide tables for the harbour · Bot run by @harbourlab"},
		{"a bio that denies it gives way to the purpose", "Not a bot", "Tide tables for the harbour · Bot run by @harbourlab"},
		{"blanks are squeezed", " Tides \n of  Kiel. ", "Tides of Kiel · Bot run by @harbourlab"},
		{"a long bio is cut between words", long, "Tides and winds and waves. Tides and winds and waves. Tides and winds and waves. Tides and winds and waves. Tides and winds and… · Bot run by @harbourlab"},
	} {
		if got := BioToPaste(f.Bot, Profile{Bio: c.bio}); got != c.want {
			t.Errorf("%s: %q, want %q", c.says, got, c.want)
		}
	}
	f.Bot.House.Operator.Handle = ""
	if got := BioToPaste(f.Bot, Profile{}); got != "Tide tables for the harbour · Bot run by Harbour Lab" {
		t.Errorf("without a handle: %q", got)
	}
}

func TestBioToPasteAlwaysPasses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, f := readyCase(bots.Post)
		f.Bot.House.Operator.Handle = rapid.SampledFrom([]string{"@harbourlab", "hl", "@a_b_c"}).Draw(t, "handle")
		f.Bot.Purpose = rapid.String().Draw(t, "purpose")
		p := Profile{Bio: rapid.OneOf(rapid.String(), rapid.StringMatching(`([a-zA-Z@ .]{1,12} ?){0,30}`),
			rapid.Just("not a bot"), rapid.Just(strings.Repeat("私は人間です ", 30))).Draw(t, "bio")}
		got := BioToPaste(f.Bot, p)
		if code, why := bioFault(got, f.Bot); code != "" {
			t.Fatalf("%q: %s", got, why)
		}
		if n := utf8.RuneCountInString(got); n > maxBio {
			t.Fatalf("%d characters: %q", n, got)
		}
	})
}

func TestDisclosureSettings(t *testing.T) {
	settings(t, "disclosure", map[string]func(*disclosure){
		"no age":                  func(g *disclosure) { g.MaxAge = 0 },
		"a month":                 func(g *disclosure) { g.MaxAge = 720 * time.Hour },
		"a label that is neither": func(g *disclosure) { g.Label = "off" },
		"no label":                func(g *disclosure) { g.Label = "" },
	})
	tighter(t, "disclosure",
		map[string]func(*disclosure){"an older profile": func(g *disclosure) { g.MaxAge = 25 * time.Hour }},
		map[string]func(*disclosure){
			"a fresher profile": func(g *disclosure) { g.MaxAge = time.Hour },
			"a required label":  func(g *disclosure) { g.Label = "require" },
		})
	house := &disclosure{MaxAge: time.Hour, Label: "require"}
	if told := (&disclosure{MaxAge: time.Hour, Label: "watch"}).Loosens(house); len(told) == 0 {
		t.Error("a bot only watches the label that the house requires")
	}
}
