package guards

import (
	"strings"
	"testing"
	"time"

	"heed/bots"
)

// tongue is how one language says that an account is a bot, denies it, and claims to be
// human. Bios are completed with the operator's handle; the parts are separated by "|".
type tongue struct{ lang, bios, denials, claims, truths string }

var tongues = []tongue{
	{"en", "I am a bot|Automated account|A robot that posts tides|Tides, automatically|bots by|chatbot",
		"Not a bot|I am no bot|I'm not automated|Real person, not a robot|No bots here|Human, not bot|100% human|Run by a real human, bot free|This account isn't run by a bot",
		"I'm human, honest|I am a real person|I'm not a bot|This isn't a bot|im not a bot|I am not a robot, promise|Trust me, I'm a human being|i am a human being|I'm a real human|You're talking to a human|you are talking to a real person|there is a real person behind this account|I'm flesh and blood|Im human",
		"I am a bot|I'm not human|I am not a human, I am a bot|Human rights day|Prove you are not a bot, the site asks|A real person answers mails at the office|You are talking to a bot|Is this a bot? Yes"},
	{"es", "Soy un bot|Cuenta automatizada|Un robot de mareas|Publicado automáticamente|Bot automático",
		"No soy un bot|No es un bot|Cuenta no automatizada, no soy bot|Aquí no hay bots, soy una persona real",
		"No soy un bot|Soy una persona real|Soy humana|soy un ser humano|No soy ningún bot|Soy una persona de verdad|Hablas con una persona real|no soy un robot",
		"No soy humano|Soy un bot|No soy una persona, soy un bot|No hablas con una persona"},
	{"pt", "Sou um bot|Conta automática|Conta automatizada|Um robô das marés|Publicado automaticamente",
		"Não sou um bot|Não é um bot|Nao sou robô, sou gente|Aqui não há bots",
		"Não sou um robô|Não sou um bot|Sou uma pessoa real|Sou humano|sou um ser humano|Sou uma pessoa de verdade|Você está falando com uma pessoa real|nao sou um bot",
		"Não sou humano|Sou um bot|Não sou uma pessoa"},
	{"fr", "Je suis un bot|Compte automatisé|Un robot des marées|Publication automatique|Bot des marées",
		"Je ne suis pas un bot|Pas un bot|Ceci n'est pas un robot|Je suis pas un robot|Aucun bot ici",
		"Je ne suis pas un robot|Je suis humaine|je suis une vraie personne|Je suis un être humain|Vous parlez à un humain|Vous parlez à une vraie personne|Ceci n’est pas un bot|j'suis pas un bot",
		"Je ne suis pas humain|Je suis un bot|Je ne suis pas une vraie personne, je suis un bot"},
	{"de", "Ich bin ein Bot|Automatisierter Account|Ein Roboter|Automatische Gezeiten|Gezeitenbot, ein Bot",
		"Ich bin kein Bot|Kein Bot|Das ist kein Roboter|Hier schreibt kein Bot|Nicht automatisiert",
		"Ich bin ein echter Mensch|Ich bin kein Bot|Ich bin eine echte Person|Hier schreibt ein Mensch|Ich bin kein Roboter|Du sprichst mit einem Menschen|Sie sprechen mit einem echten Menschen|Hier schreibt ein echter Mensch",
		"Ich bin kein Mensch|Ich bin ein Bot|Hier schreibt kein Mensch|Hier schreibt ein Bot"},
	{"it", "Sono un bot|Account automatizzato|Un robot delle maree|Pubblicazione automatica",
		"Non sono un bot|Non è un bot|Questo non è un robot|Nessun bot qui",
		"Non sono un bot|Sono umano|Sono una persona vera|Sono un essere umano|sono una persona reale|Non sono un robot|Stai parlando con una persona vera|Stai parlando con un umano",
		"Non sono umano|Sono un bot|Non sono una persona vera, sono un bot"},
	{"ja", "自動投稿のアカウントです|これはボットです|botです|ロボットです|潮汐bot",
		"botではありません|ボットではない|ロボットじゃない|中の人がいます、botじゃないです",
		"私は人間です。|これはボットではありません|botじゃないよ|本物の人間です|僕は人間です|人間が書いています|botではない",
		"私は人間ではありません、ボットです|これはボットです|人間ではなくbotです"},
	{"ko", "자동 계정입니다|날씨봇입니다|로봇입니다|봇 계정|자동으로 올립니다",
		"봇이 아닙니다|봇 아님|로봇이 아닙니다|저는 봇이 아니에요",
		"저는 봇이 아닙니다|저는 사람입니다|진짜 사람입니다|봇 아니에요|저는 로봇이 아닙니다|사람이 직접 답합니다|저는 인간입니다",
		"저는 사람이 아닙니다, 봇입니다|저는 봇입니다|사람이 아니라 봇입니다"},
	{"zh", "我是机器人|自動發布|自动发布的账号|機器人帳號|潮汐bot",
		"我不是机器人|不是機器人|并非机器人|这不是bot",
		"我不是机器人|我是真人|我是人類|我是人类|我是一个真人|您正在与真人对话|这不是机器人|我不是機器人",
		"我不是人类|我是机器人|我不是真人,我是机器人"},
	{"ar", "حساب آلي|أنا بوت|حساب تلقائي|روبوت المد والجزر|هذا بوت",
		"أنا لست بوتا|ليس بوت|لست روبوتا|هذا ليس روبوت",
		"أنا إنسان|أنا شخص حقيقي|أنا لست بوت|لست روبوتا|أنا بشر|هذا ليس بوت|أنت تتحدث مع شخص حقيقي|أنا لست آليا",
		"أنا لست إنسانا|أنا بوت|لست شخصا حقيقيا، أنا بوت"},
	{"tr", "Otomatik hesap|Ben bir botum|Bu bir bottur|Gelgit botu|robot hesap",
		"Bot değil|Bot değilim|Bu bir bot değildir|Robot değilim",
		"Ben bir insanım|Bot değilim|Gerçek bir insanım|Bu bir bot değil|Ben gerçek bir kişiyim|Gerçek bir kişiyle konuşuyorsunuz|robot değilim|ben insanım",
		"Ben insan değilim|Ben bir botum|Bu bir bot"},
	{"id", "Akun otomatis|Saya bot|Ini bot pasang surut|Robot|akun terotomatisasi",
		"Bukan bot|Saya bukan bot|Ini bukan robot|Bukan akun otomatis",
		"Saya bukan bot|Saya manusia|Saya orang asli|Ini bukan bot|aku bukan robot|Anda berbicara dengan manusia|saya manusia asli|saya orang sungguhan",
		"Saya bukan manusia|Saya bot|Ini adalah bot"},
	{"hi", "यह एक बॉट है|स्वचालित खाता|मैं बॉट हूँ|ज्वार बॉट|रोबोट",
		"बॉट नहीं|मैं बॉट नहीं हूँ|यह बॉट नहीं है|रोबोट नहीं हूँ",
		"मैं बॉट नहीं हूँ|मैं इंसान हूँ|मैं एक इंसान हूं|यह बॉट नहीं है|मैं रोबोट नहीं हूँ|मैं असली इंसान हूँ|main insaan hoon|main bot nahi hoon|main bot nahin hun",
		"मैं इंसान नहीं हूँ|मैं बॉट हूँ|यह एक बॉट है"},
	{"ru", "Автоматический аккаунт|Я бот|Робот приливов|Бот приливов|чат-бот|публикуется автоматически",
		"Не бот|Я не бот|Это не робот|Я не робот, а человек|Тут нет ботов, живой человек",
		"Я не бот|Я человек|Я живой человек|Это не бот|Я настоящий человек|Вы говорите с человеком|С вами говорит живой человек|я не робот",
		"Я не человек|Я бот|Это бот, а не человек"},
}

func TestDisclosureInFourteenLanguages(t *testing.T) {
	_, g, _ := New("disclosure")
	seen := map[string]bool{}
	for _, l := range tongues {
		seen[l.lang] = true
		for _, c := range []struct {
			list   string
			as     func(string) edit
			effect Effect
			code   string
		}{
			{l.bios, func(s string) edit { return bio(s + " · @harbourlab") }, Allow, ""},
			{l.denials, func(s string) edit { return bio(s + " · @harbourlab · bot") }, Deny, "disclosure.bio_denies"},
			{l.claims, says, Deny, "disclosure.claims_human"},
			{l.truths, says, Allow, ""},
		} {
			for s := range strings.SplitSeq(c.list, "|") {
				t.Run(l.lang+": "+s, func(t *testing.T) { judgeOne(t, g, trial{s, bots.Reply, c.as(s), c.effect, c.code}) })
			}
		}
	}
	if len(seen) != 14 {
		t.Errorf("%d languages", len(seen))
	}
	for _, s := range []string{"Una cuenta de mareas", "Ein Mensch", "人間", "사람", "человек работает", "إنسان", "Ботаника"} {
		judgeOne(t, &disclosure{MaxAge: 24 * time.Hour, Label: "watch"}, trial{s, bots.Post, bio(s + " @harbourlab"), Deny, "disclosure.no_bot_word"})
	}
}
