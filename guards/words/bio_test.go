package words

import (
	"strings"
	"testing"
)

func TestBioMarker(t *testing.T) {
	for _, bio := range []string{
		"#nobot", "#nobots", "Sailor. #NoBots", "#NOBOT #sailing", "no bots", "No bots!", "NO BOTS PLEASE", "no bots, please", "Sailor | no bots | Kiel", "no-bots", "#no_bots",
		"bots: keep out", "Bots, keep out!", "bots do not reply", "Bots: don't reply", "bots – please don’t reply", "I block bots", "Bots will be blocked", "bots not welcome here",
		"ＮＯ ＢＯＴＳ", "𝐧𝐨 𝐛𝐨𝐭𝐬", "n\u200bo bo\u200bts", "Likes: sea\nno bots", "There are no bots here. No bots!",
		"sin bots, por favor", "#SinBots", "No a los bots", "bots abstenerse", "prohibidos los bots",
		"sem bots", "não aos bots", "NAO AOS BOTS", "bots não são bem-vindos",
		"pas de bots svp", "#pasdebots", "Interdit aux bots", "les bots ne sont pas les bienvenus",
		"Keine Bots!", "#keinebots", "#botsnichterwünscht", "Bots nicht erwünscht", "bots unerwuenscht #botsunerwünscht", "Bots, bitte draußen bleiben",
		"niente bot", "No ai bot", "vietato ai bot", "bot non graditi",
		"bot禁止", "BOT禁止です", "#bot禁止", "ボットお断り", "ﾎﾞｯﾄ禁止", "釣り好き。ボットの返信禁止。",
		"봇 금지", "봇금지", "봇 사절합니다", "낚시 | 봇 계정은 차단",
		"禁止机器人", "機器人勿擾", "机器人请勿回复", "谢绝机器人", "钓鱼。拒绝bot。",
		"ممنوع البوتات", "#لا_للبوتات", "لا للبوتات من فضلكم", "البُوتات ممنوعة",
		"bot istemiyorum", "Botlar yazmasın", "BOT YASAK", "#botyasak", "botlar giremez",
		"bot dilarang", "Bot dilarang masuk!", "tolak bot", "#tanpabot",
		"बॉट मना है", "बॉट दूर रहें", "bot nahi chahiye", "बॉट्स नहीं चाहिए",
		"Без ботов", "#безботов", "Боты, не пишите", "ботам вход воспрещен", "нет ботам!",
	} {
		if got := BioMarker(bio); got != "bio.nobots" {
			t.Errorf("%q is not heard", bio)
		}
	}
	for _, bio := range []string{
		"", "Sailor from Kiel", "not a bot", "I am not a bot", "I'm no bot", "no bot, just me", "Not a robot", "I build bots", "Bots, boats and biscuits", "I love bots", "bot developer",
		"no botulism", "#nobotox", "no botany today", "nobotany", "robots", "No. Bots are fun", "We have no bots in our team", "There are no bots here", "no bots were harmed", "@nobots fan", "@no bots",
		"I work on keeping bots out of polls", "How do bots reply?", "https://nobots.example/nobots", "My bots reply to you", "Bot by @harbourlab", "Automated account",
		"no soy un bot", "hago bots", "não sou um bot", "faço bots", "je ne suis pas un bot", "je crée des bots", "ich bin kein Bot", "Wir sind keine Bots", "Ich baue Bots",
		"non sono un bot", "creo bot", "botではありません", "bot開発者", "ロボットが好き", "봇이 아닙니다", "봇 개발자", "챗봇 개발", "로봇 금지", "我不是机器人", "机器人工程师", "机器人爱好者",
		"لست بوتا", "مطور بوتات", "bot değilim", "bot geliştiriyorum", "bukan bot", "saya membuat bot", "मैं बॉट नहीं हूँ", "बॉट बनाता हूँ", "я не бот", "делаю ботов", "ботаника",
	} {
		if got := BioMarker(bio); got != "" {
			t.Errorf("%q is taken for %s", bio, got)
		}
	}
}

func TestEveryBioMarkerOfTheTableIsHeard(t *testing.T) {
	for _, list := range []map[string]bool{bios.words, bios.phrases} {
		for key := range list {
			for _, bio := range []string{key, strings.ToUpper(key), "Sailor. " + key + "! Kiel"} {
				if BioMarker(bio) == "" {
					t.Errorf("%q is not heard", bio)
				}
			}
		}
	}
	for _, key := range bios.inside {
		if BioMarker("🌊 "+key+" 🌊") == "" {
			t.Errorf("%q is not heard", key)
		}
	}
	for key := range bios.innocent {
		if BioMarker(key) != "" {
			t.Errorf("%q is taken for a marker", key)
		}
	}
	if n := len(bios.words) + len(bios.phrases) + len(bios.inside); n < 150 {
		t.Errorf("%d markers", n)
	}
}

func TestBadBioTablesAreRefused(t *testing.T) {
	for why, file := range map[string]string{
		"an unknown key": "[[language]]\ncolour = 1\n",
		"two words":      "[[language]]\nwords = [\"no bots\"]\n",
		"no word":        "[[language]]\nphrases = [\"!\"]\n",
		"no TOML":        "[[",
	} {
		if _, err := readBios(file); err == nil {
			t.Errorf("%s: accepted", why)
		}
	}
}

func FuzzBioMarker(f *testing.F) {
	for _, s := range []string{"no bots", "#nobots", "bot禁止", "\xff", "> no bots", "a.b@c no\u200b bots"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, bio string) {
		got := BioMarker(bio)
		if got != "" && got != noBots || got != BioMarker(bio) {
			t.Fatalf("%q gives %q", bio, got)
		}
		if len(bio) < 200 && !strings.ContainsAny(bio, "\n\r\v\f\u0085\u2028\u2029>＞") && BioMarker(bio+"\n#nobots") == "" {
			t.Fatalf("%q hides the marker under it", bio)
		}
	})
}
