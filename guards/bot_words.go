package guards

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// botWords are words by which a bio says that an account is automated. Whole words,
// except where the script joins words: there they may stand inside one.
var botWords = readBotWords(`
en: bot bots robot chatbot automated automatically
es: robot automatizado automatizada automatizados automático automática automáticamente
pt: robô automatizado automatizada automático automática automaticamente
fr: robot automatisé automatisée automatique automatiquement
de: roboter automatisiert automatisierte automatisierter automatisiertes automatisch automatische automatischer automatisches
it: robot automatizzato automatizzata automatico automatica
tr: botu botum botuz bottur botudur botuyum robotu otomatik otomatikleştirilmiş
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
i am a human being; i'm a human being; i am flesh and blood; i'm flesh and blood; there is a real person behind this account; there's a real person behind this account
you are talking to a human; you're talking to a human; you are talking to a real human; you're talking to a real human; you are talking to a person; you're talking to a person
you are talking to a real person; you're talking to a real person; you are chatting with a human; you're chatting with a human; this is not a robot; this isn't a robot
[no] soy humano; [no] soy humana; [no] soy un humano; [no] soy un ser humano; [no] soy una persona; no soy un bot; no soy bot; no soy un robot; no soy robot; esto no es un bot; esto no es un robot; no soy ningún bot; no soy ningún robot; [no] hablas con una persona; [no] habla con una persona; [no] estás hablando con una persona; [no] está hablando con una persona; [no] hablas con un humano
[não] sou humano; [não] sou humana; [não] sou um humano; [não] sou um ser humano; [não] sou uma pessoa; não sou um bot; não sou bot; não sou um robô; não sou robô; isto não é um bot; isto não é um robô; isso não é um bot; não sou nenhum bot; [não] você está falando com uma pessoa; [não] está falando com uma pessoa; [não] fala com uma pessoa real
je suis humain; je suis humaine; je suis un humain; je suis un être humain; je suis une vraie personne; je suis une personne réelle; je ne suis pas un bot; je ne suis pas un robot; je suis pas un bot; je suis pas un robot; ceci n'est pas un bot; ceci n'est pas un robot; j'suis pas un bot; j'suis pas un robot; je suis une personne de chair et d'os; vous parlez à un humain; vous parlez à une vraie personne; vous parlez à une personne réelle; tu parles à un humain; tu parles à une vraie personne; c'est pas un bot; ce n'est pas un bot
ich bin ein mensch; ich bin ein echter mensch; ich bin eine echte person; ich bin kein bot; ich bin kein roboter; hier schreibt ein mensch; das ist kein bot; wir sind keine bots; hier schreibt ein echter mensch; hier antwortet ein mensch; hier schreibt kein bot; das ist kein roboter; dies ist kein bot; du sprichst mit einem menschen; du sprichst mit einem echten menschen; sie sprechen mit einem menschen; sie sprechen mit einem echten menschen; du schreibst mit einem menschen; bin kein bot; bin ein mensch
[non] sono umano; [non] sono umana; [non] sono un umano; [non] sono un essere umano; [non] sono una persona vera; [non] sono una persona reale; non sono un bot; non sono un robot; questo non è un bot; questo non è un robot; non sono bot; [non] stai parlando con una persona vera; [non] stai parlando con una persona reale; [non] stai parlando con un umano; [non] parli con una persona vera; [non] sta parlando con una persona vera
ben insanım; ben bir insanım; gerçek bir insanım; bot değilim; bir bot değilim; robot değilim; ben bot değilim; bu bir bot değil; bu bot değil; bu bir bot değildir; bu bir robot değil; ben gerçek bir kişiyim; gerçek bir kişiyim; gerçek bir kişiyle konuşuyorsunuz; gerçek bir insanla konuşuyorsunuz; gerçek bir kişiyle konuşuyorsun; gerçek bir insanla konuşuyorsun
saya manusia; aku manusia; saya orang asli; saya bukan bot; saya bukan robot; aku bukan bot; ini bukan bot; aku bukan robot; ini bukan robot; saya orang sungguhan; saya orang beneran; anda berbicara dengan manusia; anda berbicara dengan orang asli; kamu berbicara dengan manusia; kamu ngobrol dengan manusia
я человек; я живой человек; я реальный человек; я настоящий человек; я не бот; я не робот; это не бот; это не робот; я не автомат; вы говорите с человеком; вы говорите с живым человеком; вы общаетесь с человеком; вы общаетесь с живым человеком; с вами говорит человек; с вами говорит живой человек; вам отвечает человек; вам отвечает живой человек; здесь не бот; тут не бот
أنا إنسان; أنا شخص حقيقي; أنا بشر; أنا لست بوت; أنا لست بوتا; أنا لست روبوت; أنا لست روبوتا; لست بوتا; لست روبوتا; أنا مش بوت; أنا مو بوت; هذا ليس بوت; هذا ليس بوتا; هذا ليس روبوت; هذا ليس روبوتا; أنا لست آليا; لست آليا; أنت تتحدث مع شخص حقيقي; أنت تتحدث مع إنسان; أنت تتحدث إلى شخص حقيقي; أنا مش روبوت; أنا مو روبوت
मैं इंसान हूँ; मैं इंसान हूं; मैं एक इंसान हूँ; मैं एक इंसान हूं; मैं मनुष्य हूँ; मैं बॉट नहीं हूँ; मैं बॉट नहीं हूं; मैं रोबोट नहीं हूँ; main insaan hoon; main bot nahi hoon; main insaan hun; main insan hoon; main insan hun; main bot nahin hun; main bot nahin hoon; main bot nahi hun; यह बॉट नहीं है; ये बॉट नहीं है; यह रोबोट नहीं है; मैं असली इंसान हूँ; मैं असली इंसान हूं; मैं रोबोट नहीं हूं; आप एक इंसान से बात कर रहे हैं; आप इंसान से बात कर रहे हैं
私は人間です; 僕は人間です; 俺は人間だ; 私はbotではありません; botではありません; ボットではありません; ロボットではありません; botじゃない; ボットじゃない; botではない; ボットではない; botじゃありません; ボットじゃありません; botじゃねえ; ロボットじゃない; 本物の人間です; 人間が書いています; 人間が返信しています; 人間が対応しています; 中の人は人間です; 俺は人間です; わたしは人間です
저는 사람입니다; 저는 인간입니다; 나는 사람이다; 봇이 아닙니다; 봇 아닙니다; 봇이 아니에요; 봇 아니에요; 봇이 아니다; 봇이 아니야; 봇 아니야; 봇 아닙니다; 진짜 사람입니다; 진짜 사람이에요; 사람이 직접 답; 사람이 직접 씁니다; 저는 사람이에요; 나는 인간이다
我是人类; 我是人類; 我是真人; 我不是机器人; 我不是機器人; 我不是bot; 这不是机器人; 這不是機器人; 这不是bot; 這不是bot; 我是一个真人; 我是一個真人; 我是活人; 本人是真人; 正在与真人对话; 正在與真人對話; 正在和真人聊天; 正在和真人對話; 我是个人类; 我是個人類; 我可不是机器人; 我并不是机器人
`)

// bioDenials deny in a bio, where nobody else is spoken of, that the account is a bot.
var bioDenials = readPhrases(`
not a bot; no bot; not bot; non bot; not a robot; not automated; no automation; bot free; 100 human; isn't run by a bot; not run by a bot
no bots here; no es un bot; no es un robot; no hay bots; no automatizada; no automatizado; não é um bot; não é um robô; não há bots; não automatizada; pas un bot; pas un robot; aucun bot; non automatisé
kein bot; kein roboter; nicht automatisiert; keine automatisierung; non è un bot; non è un robot; nessun bot; non automatizzato
bot değil; bot değildir; robot değil; otomatik değil; bukan bot; bukan robot; bukan akun otomatis; не бот; не робот; нет ботов; без ботов; не автоматический
ليس بوت; ليس بوتا; ليس روبوت; ليس روبوتا; ليس آليا; बॉट नहीं; रोबोट नहीं; स्वचालित नहीं; 봇 아님; 봇아님; 로봇 아님; botじゃない; 非bot; 不是机器人; 不是機器人; 并非机器人; 並非機器人; 不是bot; 非机器人
`)

// botWordTable has single words, by the lexicon, and glued ones.
type botWordTable struct {
	table tables
	parts []int
}

func readBotWords(list string) botWordTable {
	t := botWordTable{table: newTable()}
	for line := range strings.Lines(list) {
		_, list, _ := strings.Cut(strings.TrimSpace(line), ":")
		for _, w := range strings.Fields(list) {
			key := reduce(w)
			if key.joined {
				t.parts = append(t.parts, glued.add(key))
				continue
			}
			t.table.begin(strings.TrimSpace(key.text))
		}
	}
	return t
}

// saysBot says whether a text has a word for a bot that is no part of a handle or link.
func saysBot(t *reading) bool {
	for _, w := range t.words {
		if w.begins&botWords.table != 0 && !w.named {
			return true
		}
		if t.joined && !w.named && botWords.gluedIn(t, t.key[w.from:w.to]) {
			return true
		}
	}
	return false
}

// gluedIn says whether one word of a script that joins words has one for a bot in it.
func (b botWordTable) gluedIn(t *reading, word []byte) bool {
	for _, n := range b.parts {
		if t.holds(n) && bytes.Contains(word, glued.keys[n]) {
			return true
		}
	}
	for run := range bytes.FieldsFuncSeq(word, func(r rune) bool { return r >= utf8.RuneSelf }) {
		if lookUp(run).begins&b.table != 0 { // a Latin word that such a script glues on: 潮汐bot
			return true
		}
	}
	return false
}
