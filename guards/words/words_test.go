package words

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestArgument(t *testing.T) {
	cases := []struct{ why, text, rule, argument string }{
		{"a topic", "STOP QUAKES", "en.stop", "quakes"},
		{"a topic is folded", "Stop Mareé!", "en.stop", "maree"},
		{"two words of topic", "stop quake alerts", "en.stop", "quake alerts"},
		{"a number", "STOP 12345", "en.stop", "12345"},
		{"polite words are no topic", "stop, please, thank you", "en.stop", ""},
		{"polite words after the topic go", "stop quakes please", "en.stop", "quakes"},
		{"polite words before the keyword go", "please stop quakes", "en.stop", "quakes"},
		{"another language's keyword", "UNREG QURAN", "id.unreg", "quran"},
		{"a phrase of several words", "unsubscribe from quakes", "en.unsubscribe-from", "quakes"},
		{"a link is no topic", "stop https://example.com", "en.stop", ""},
		{"another sentence is no topic", "STOP! I'm serious", "en.stop", ""},
		{"the whole message has none", "STOP", "en.stop", ""},
		{"a long remainder is none", "stop sending me all of these things", "en.stop-sending-me", ""},
	}
	for _, c := range cases {
		got := Match(c.text, nil)
		if got.Outcome != OptOut || got.Rule != c.rule || got.Argument != c.argument {
			t.Errorf("%s: %q gives %+v, want %s with %q", c.why, c.text, got, c.rule, c.argument)
		}
	}
}

func TestMentionsAreDroppedAtTheEnds(t *testing.T) {
	cases := []struct {
		text string
		want Outcome
	}{
		{"@tidesbot stop", OptOut},
		{"@tidesbot @other STOP!", OptOut},
		{"@tidesbot please stop", OptOut},
		{"stop @tidesbot", OptOut},
		{"@tidesbot start", OptIn},
		{"@tidesbot help", Help},
		{"@tidesbot STOP QUAKES", OptOut},
		{"@tidesbot can't stop laughing", None},
		{"@stop", None},
		{"@tidesbot", None},
		{"＠tidesbot stop", OptOut},
	}
	for _, c := range cases {
		if got := MatchMention(c.text, nil); got.Outcome != c.want {
			t.Errorf("%q is %+v, want %s", c.text, got, c.want)
		}
	}
	if got := Match("@tidesbot stop", nil); got.Outcome != Hold {
		t.Errorf("a name is a word in a DM: %+v, want hold", got)
	}
}

func TestOwnTextsDoNotCount(t *testing.T) {
	notice := "Reply STOP to opt out. Reply HELP for help."
	m := New(Options{Own: []string{notice, "stop", "go stop"}})
	cases := []struct {
		why, text string
		want      Outcome
	}{
		{"the notice alone", notice, None},
		{"the notice in another case", strings.ToUpper(notice), None},
		{"the notice with a word of thanks", notice + " I love these tides", None},
		{"a keyword after the notice", notice + "\nstop", OptOut},
		{"a keyword before the notice", "Stop! " + notice, OptOut},
		{"own texts of one word hide nothing", "stop", OptOut},
		{"own texts of two words hide nothing", "go stop", Hold},
		{"a quoted notice", "> " + notice, None},
		{"an invisible character before the quote mark", "\u200b> STOP", None},
		{"a keyword under a quote", "> hello\nSTOP", OptOut},
	}
	for _, c := range cases {
		if got := m.Match(c.text); got.Outcome != c.want {
			t.Errorf("%s: %q is %+v, want %s", c.why, c.text, got, c.want)
		}
	}
}

func TestExtraWordsAddAndNeverTakeAway(t *testing.T) {
	extra := []string{"Sluta", "lämna mig ifred", "start", "help", "", "👍", "やめれ"}
	cases := []struct {
		text string
		want Outcome
		rule string
	}{
		{"SLUTA!", OptOut, "extra.sluta"},
		{"sluta snälla", OptOut, "extra.sluta"},
		{"Lamna mig ifred", OptOut, "extra.lamna-mig-ifred"},
		{"jag vill att du ska sluta med det här nu", Hold, "extra.sluta"},
		{"やめれ", OptOut, "extra.やめれ"},
		{"STOP", OptOut, "en.stop"},
		{"start", OptIn, "en.start"},
		{"help", Help, "en.help"},
		{"slutat", None, ""},
	}
	for _, c := range cases {
		if got := Match(c.text, extra); got.Outcome != c.want || got.Rule != c.rule {
			t.Errorf("%q is %+v, want %s by %q", c.text, got, c.want, c.rule)
		}
	}
	for _, c := range readCases(t, "phrases.tsv") {
		if Match(c.text, nil).Outcome == OptOut && Match(c.text, extra).Outcome != OptOut {
			t.Errorf("%q is no opt-out any more once there are extra words", c.text)
		}
	}
}

func TestCheckExtra(t *testing.T) {
	if err := CheckExtra([]string{"sluta", "lämna mig", "stop"}); err != nil {
		t.Errorf("good words are refused: %v", err)
	}
	for _, bad := range [][]string{{""}, {"!!"}, {"start"}, {"HELP"}, {strings.Repeat("a", 65)}, {"a b c d e f g h i j k"}, make([]string, 101)} {
		if CheckExtra(bad) == nil {
			t.Errorf("%.40q is accepted", bad)
		}
	}
}

func TestLongMessages(t *testing.T) {
	long := strings.Repeat("tide ", 300)
	cases := []struct {
		why, text string
		want      Outcome
	}{
		{"no keyword", long, None},
		{"begins with a keyword", "stop " + long, Hold},
		{"begins with a sentence of its own", "Stop. " + long, OptOut},
		{"begins with a phrase", "Leave me alone " + long, OptOut},
		{"the keyword comes after what is looked at", long + ". stop", None},
		{"invisible characters do not use up the limit", strings.Repeat("\u200b", 5000) + "stop", OptOut},
		{"a quote does not use up the limit", "> " + long + "\nstop", OptOut},
	}
	for _, c := range cases {
		if got := Match(c.text, nil); got.Outcome != c.want {
			t.Errorf("%s: %+v, want %s", c.why, got, c.want)
		}
	}
}

func TestEveryPhraseOfTheTableMatchesItself(t *testing.T) {
	langs := map[string]int{}
	for _, p := range table.all {
		langs[p.lang]++
		want := table.whole[p.key]
		if want.outcome < p.outcome {
			t.Errorf("%s: a weaker outcome stands before it", p.rule)
		}
		if got := Match(p.key, nil); got.Outcome != want.outcome {
			t.Errorf("%s: %q is %+v, want %s", p.rule, p.key, got, want.outcome)
		}
		if p.tier != "regulator" && p.tier != "vendor" && p.tier != "community" {
			t.Errorf("%s: tier %q", p.rule, p.tier)
		}
	}
	if len(langs) != 14 {
		t.Errorf("languages: %v, want 14", langs)
	}
	t.Logf("table %s of %s: %d phrases, %v", Version, AsOf(), len(table.all), langs)
	if _, err := time.Parse(time.DateOnly, AsOf()); err != nil || !strings.HasPrefix(Version, AsOf()) {
		t.Errorf("version %q and date %q do not agree", Version, AsOf())
	}
}

// TestNoPhraseHasTwoMeanings: one key with two outcomes would depend on order.
// Only the word that is too short to act on with a topic may have both.
func TestNoPhraseHasTwoMeanings(t *testing.T) {
	seen := map[string]*phrase{}
	for _, p := range table.all {
		if old := seen[p.key]; old != nil && old.outcome != p.outcome && !(p.outcome == Hold && p.leading) && !(old.outcome == Hold && old.leading) {
			t.Errorf("%q is %s (%s) and %s (%s)", p.key, old.outcome, old.rule, p.outcome, p.rule)
		}
		seen[p.key] = p
	}
	for _, word := range []string{"yes", "no", "y", "n", "sí", "oui", "ja", "да", "是", "はい"} {
		if seen[keyOf(word)] != nil {
			t.Errorf("%q answers questions and must not be a keyword", word)
		}
	}
}

func TestShortWordsCountOnlyAsTheWholeMessage(t *testing.T) {
	for _, word := range strings.Fields("END CANCEL QUIT INFO OFF T R RED DUR FIN BAJA BASTA RET TD") {
		if got := Match(word, nil); got.Outcome == None {
			t.Errorf("%q alone is nothing", word)
		}
		for _, text := range []string{"we saw %s yesterday", "%s was on the table there", "it was all about %s"} {
			if got := Match(fmt.Sprintf(text, word), nil); got.Outcome != None {
				t.Errorf("%q is %+v", fmt.Sprintf(text, word), got)
			}
		}
	}
}

func TestBadTablesAreRefused(t *testing.T) {
	head := "as_of = \"2026-01-01\"\n[[language]]\ncode = \"xx\"\n"
	for why, file := range map[string]string{
		"unknown key":     head + "colour = 1\n",
		"unknown outcome": head + "[[language.words]]\noutcome = \"maybe\"\nmatch = \"whole\"\nphrases = [\"a\"]\n",
		"unknown match":   head + "[[language.words]]\noutcome = \"optout\"\nmatch = \"inside\"\nphrases = [\"a\"]\n",
		"empty phrase":    head + "[[language.words]]\noutcome = \"optout\"\nmatch = \"whole\"\nphrases = [\"!\"]\n",
		"no TOML":         "[[",
	} {
		if _, err := load(file); err == nil {
			t.Errorf("%s: accepted", why)
		}
	}
}

// TestKeywordsNamedByRulesAndVendors: the words that regulators, operators and
// messaging services name must be in the table with their meaning.
func TestKeywordsNamedByRulesAndVendors(t *testing.T) {
	for want, list := range map[Outcome]string{
		OptOut: "STOP QUIT END REVOKE OPT_OUT CANCEL UNSUBSCRIBE STOPALL OPTOUT OPT-OUT REMOVE BAJA CANCELAR SAIR ARRET TD T قف إيقاف RET UNREG OFF UNSUB СТОП 수신거부 무료수신거부 回TD退订 " +
			// Plausible words, for which no standard was found.
			"STOP_ALL UNSUB stop_messaging_me leave_me_alone remove_me ALTO PARAR DETENER SALIR NO_MÁS NO_MAS darme_de_baja REMOVER DESCADASTRAR pare " +
			"ARRÊT ARRÊTER DÉSABONNER DÉSINSCRIRE FIN STOPP ABMELDEN ABBESTELLEN ENDE AUFHÖREN BASTA CANCELLA DISISCRIVI ANNULLA FERMA " +
			"停止 配信停止 解除 退会 ストップ やめて 거부 중지 해지 그만 退订 退訂 取消订阅 取消訂閱 拒收 توقف إلغاء الغاء إلغاء_الاشتراك " +
			"İPTAL DUR ÇIK RED abonelikten_çık BERHENTI BATAL KELUAR बंद बंद_करो रोको रोकें band_karo roko ОТПИСАТЬСЯ ОТПИСКА ОТКАЗ ХВАТИТ",
		OptIn: "START UNSTOP ALTA INICIAR VOLTAR REPRENDRE COMMENCER ANMELDEN AVVIA INIZIA 開始 再開 スタート 수신동의 시작 订阅 訂閱 恢复 ابدأ اشتراك BAŞLA ONAY REG MULAI शुरू chalu СТАРТ ПОДПИСАТЬСЯ",
		Help:  "HELP INFO AYUDA AJUDA AIDE HILFE AIUTO ヘルプ 使い方 도움말 帮助 幫助 مساعدة YARDIM BANTUAN मदद सहायता ПОМОЩЬ",
	} {
		for _, word := range strings.Fields(list) {
			word = strings.ReplaceAll(word, "_", " ")
			if got := Match(word, nil); got.Outcome != want {
				t.Errorf("%s is %+v, want %s", word, got, want)
			}
		}
	}
}
