package words

import (
	"strings"
	"testing"
)

func TestPlainWords(t *testing.T) {
	for _, c := range []struct {
		why, text string
		want      Outcome
		rule      string
	}{
		{"both kinds of words in one sentence", "could you delete my number", Hold, "en.plain"},
		{"in any order", "these messages, I am sick of them", Hold, "en.plain"},
		{"as a sentence of a longer message", "I asked yesterday. Please delete my number. Nobody did it so far.", Hold, "en.plain"},
		{"a word of refusing alone says nothing", "please delete my account picture", None, ""},
		{"a word of contact alone says nothing", "which number is the pilot's", None, ""},
		{"in two sentences they say nothing", "Delete it. What is my number?", None, ""},
		{"in everyday use they say nothing", "the bus stop is not on the list", None, ""},
		{"names are no words", "delete this @alerts", None, ""},
		{"a word of one language and one of another say nothing", "delete mensaje", None, ""},
		{"a long sentence tells a story", "when we had to delete the old tables of the harbour in spring somebody wrote a long text with a number", None, ""},
		{"the graver answer of a phrase stays", "stop sending me messages", OptOut, "en.stop-sending-me"},
		{"in Spanish, by the stem", "quitadme de la lista", Hold, "es.plain"},
		{"in Chinese, anywhere", "把我的号码从这里删掉", Hold, "zh.plain"},
		{"one word of two meanings is not both", "送らないでください", OptOut, "ja.送らないで"},
		{"in Korean, whatever the spacing", "제 번호를 지워 주세요", Hold, "ko.plain"},
	} {
		got := Match(c.text, nil)
		if got.Outcome != c.want || got.Rule != c.rule {
			t.Errorf("%s: %q is %+v, want %s by %q", c.why, c.text, got, c.want, c.rule)
		}
	}
	if got := Match("delete my number", []string{"number"}); got.Outcome != Hold {
		t.Errorf("an extra word takes the rule away: %+v", got)
	}
}

// TestPlainWordsOfEveryLanguage takes each word of refusing with a word of contact.
func TestPlainWordsOfEveryLanguage(t *testing.T) {
	heard := map[string]int{}
	try := func(lang, refuse, contact string) {
		for _, text := range []string{refuse + " " + contact, contact + " " + refuse} {
			if innocentAt(read(text, true).tokens, 0) > 0 {
				continue
			}
			if got := Match(text, nil); got.Outcome < Hold {
				t.Errorf("%s: %q is %+v", lang, text, got)
			}
			heard[lang]++
		}
	}
	contacts := map[string]string{}
	all := []plainPhrase{}
	for _, m := range []map[string][]plainPhrase{table.plain.exact, table.plain.prefix} {
		for _, list := range m {
			all = append(all, list...)
		}
	}
	for _, p := range all {
		if text := strings.Join(p.words, " "); !p.refuse && contacts[p.lang] < text {
			contacts[p.lang] = text
		}
	}
	for _, p := range all {
		if p.refuse {
			try(p.lang, strings.Join(p.words, " "), contacts[p.lang])
		}
	}
	for _, j := range table.plain.joined {
		for _, r := range j.refuse {
			try(j.lang, r, j.contact[0])
		}
	}
	for _, lang := range Langs() {
		if heard[lang] < 20 {
			t.Errorf("%s: %d pairs", lang, heard[lang])
		}
	}
}
