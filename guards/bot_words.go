package guards

import "strings"

// botWords are words by which a bio says that an account is automated. Whole words,
// except where the script joins words: there they may stand inside one.
var botWords, botParts = readBotWords(`
en: bot bots robot chatbot automated automatically
es: robot automatizado automatizada automatizados automático automática
pt: robô automatizado automatizada automático automática
fr: robot automatisé automatisée automatique automatiquement
de: roboter automatisiert automatisierte automatisierter automatisiertes automatisch automatische automatischer automatisches
it: robot automatizzato automatizzata automatico automatica
tr: botu botudur botuyum robotu otomatik otomatikleştirilmiş
id: otomatis terotomatisasi
ru: бот бота ботом робот автоматический автоматическая автоматическое автоматически автоматизированный автоматизированная чатбот
ar: بوت البوت روبوت الروبوت آلي الآلي آلية تلقائي التلقائي تلقائيا مؤتمت أوتوماتيكي
hi: बॉट बोट रोबोट स्वचालित ऑटोमेटेड
ja: ボット ロボット 自動
ko: 봇 로봇 자동
zh: 机器人 機器人 自动 自動
`)

// humanClaims are phrases by which a text claims to come from a human, in the first
// person. A word in brackets is a negator that, standing right before, turns the
// phrase round ("no soy humano").
var humanClaims = readPhrases(`
i am human; i'm human; i am a human; i'm a human; i am a person; i'm a person; i am a real person; i'm a real person
i am a real human; i'm a real human; i am an actual human; i'm an actual human; i am an actual person; i'm an actual person
i am not a bot; i'm not a bot; i am no bot; i'm no bot; i am not a robot; i'm not a robot; i ain't a bot; im not automated; i am not automated
this is not a bot; this isn't a bot; this account is not a bot; this account isn't a bot; we are not bots; we're not bots; we are not a bot; we're not a bot
this is a real person; this is a real human; this account is not automated; this is not an automated account
[no] soy humano; [no] soy humana; [no] soy un humano; [no] soy un ser humano; [no] soy una persona; no soy un bot; no soy bot; no soy un robot; no soy robot; esto no es un bot
[não] sou humano; [não] sou humana; [não] sou um humano; [não] sou um ser humano; [não] sou uma pessoa; não sou um bot; não sou bot; não sou um robô; não sou robô; isto não é um bot
je suis humain; je suis humaine; je suis un humain; je suis un être humain; je suis une vraie personne; je suis une personne réelle; je ne suis pas un bot; je ne suis pas un robot; je suis pas un bot; je suis pas un robot; ceci n'est pas un bot
ich bin ein mensch; ich bin ein echter mensch; ich bin eine echte person; ich bin kein bot; ich bin kein roboter; hier schreibt ein mensch; das ist kein bot; wir sind keine bots
[non] sono umano; [non] sono umana; [non] sono un umano; [non] sono un essere umano; [non] sono una persona vera; [non] sono una persona reale; non sono un bot; non sono un robot; questo non è un bot
ben insanım; ben bir insanım; gerçek bir insanım; bot değilim; bir bot değilim; robot değilim; ben bot değilim
saya manusia; aku manusia; saya orang asli; saya bukan bot; saya bukan robot; aku bukan bot; ini bukan bot
я человек; я живой человек; я реальный человек; я настоящий человек; я не бот; я не робот; это не бот
أنا إنسان; أنا شخص حقيقي; أنا بشر; أنا لست بوت; أنا لست بوتا; أنا لست روبوت; أنا لست روبوتا; لست بوتا; لست روبوتا; أنا مش بوت; أنا مو بوت
मैं इंसान हूँ; मैं इंसान हूं; मैं एक इंसान हूँ; मैं एक इंसान हूं; मैं मनुष्य हूँ; मैं बॉट नहीं हूँ; मैं बॉट नहीं हूं; मैं रोबोट नहीं हूँ; main insaan hoon; main bot nahi hoon
私は人間です; 僕は人間です; 俺は人間だ; 私はbotではありません; botではありません; ボットではありません; ロボットではありません; botじゃない; ボットじゃない; botではない; ボットではない
저는 사람입니다; 저는 인간입니다; 나는 사람이다; 봇이 아닙니다; 봇 아닙니다; 봇이 아니에요; 봇 아니에요; 봇이 아니다
我是人类; 我是人類; 我是真人; 我不是机器人; 我不是機器人; 我不是bot
`)

// bioDenials deny in a bio, where nobody else is spoken of, that the account is a bot.
var bioDenials = readPhrases(`
not a bot; no bot; not bot; non bot; not a robot; not automated; no automation
no bots here; no es un bot; não é um bot; pas un bot; kein bot; non è un bot; bot değil; bukan bot; не бот; ليس بوت; बॉट नहीं
`)

// phrase is a sequence of words; unless the negator stands right before it.
type phrase struct {
	words   []string
	negator string
	spelled string // as the table has it, for people
}

type part struct {
	key     prose
	spelled string
}

type phrases struct {
	byFirst map[string][]phrase
	parts   []part // of scripts without spaces
}

func readPhrases(table string) phrases {
	p := phrases{byFirst: map[string][]phrase{}}
	for _, line := range strings.FieldsFunc(table, func(r rune) bool { return r == '\n' || r == ';' }) {
		line = strings.TrimSpace(line)
		negator := ""
		if strings.HasPrefix(line, "[") {
			in, rest, _ := strings.Cut(line[1:], "]")
			negator, line = reduce(in).words[0], strings.TrimSpace(rest)
		}
		key := reduce(line)
		if key.joined {
			p.parts = append(p.parts, part{key, line})
			continue
		}
		first := key.words[0]
		p.byFirst[first] = append(p.byFirst[first], phrase{key.words, negator, line})
	}
	return p
}

// in finds the first phrase that a text holds, "" if none.
func (ps phrases) in(t prose) string {
	for i, w := range t.words {
		for _, ph := range ps.byFirst[w] {
			if ph.at(t.words, i) {
				return ph.spelled
			}
		}
	}
	if t.joined {
		for _, part := range ps.parts {
			if t.has(part.key) {
				return part.spelled
			}
		}
	}
	return ""
}

func (ph phrase) at(words []string, i int) bool {
	if len(words)-i < len(ph.words) || ph.negator != "" && i > 0 && words[i-1] == ph.negator {
		return false
	}
	for j, w := range ph.words {
		if words[i+j] != w {
			return false
		}
	}
	return true
}

func readBotWords(table string) (words map[string]bool, parts []string) {
	words = map[string]bool{}
	for line := range strings.Lines(table) {
		_, list, _ := strings.Cut(strings.TrimSpace(line), ":")
		for _, w := range strings.Fields(list) {
			key := reduce(w)
			if key.joined {
				parts = append(parts, strings.TrimSpace(key.text))
			} else {
				words[strings.TrimSpace(key.text)] = true
			}
		}
	}
	return words, parts
}

// saysBot says whether a text has a word for a bot that is no part of a handle or link.
func saysBot(t prose) bool {
	for i, w := range t.words {
		if botWords[w] && !t.named[i] {
			return true
		}
		if !t.joined || t.named[i] {
			continue
		}
		for _, part := range botParts {
			if strings.Contains(w, part) {
				return true
			}
		}
	}
	return false
}
