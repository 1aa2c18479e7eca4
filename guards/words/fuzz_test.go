package words

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// around are strings that may stand at the edges of a message without changing
// it: punctuation, quotes, emoji, blanks and invisible characters. Not among
// them: ">" (a quote), "@" (a name) and hyphens beside letters (a compound).
var around = []string{
	" ", "!", "?!", ".", "…", "\"", "“", "”", "«", "»", "(", ")", "[", "]", "*", "_", "~", "\u3000", "\u00a0",
	"\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u200e", "\u200f", "\u202a", "\u2066", "\u2069", "\u061c",
	"\ufe0f", "\u034f", "\u0640", "🙏", "😡", "👍🏽", "🇫🇷 ", "。", "！", "؟", "۔", "।", "¡", "¿", "、", "，", "\n", "\t",
}

func FuzzMatch(f *testing.F) {
	for i, s := range []string{"stop", "can't stop", "> stop", "退订，谢谢", "🇸🇹🇴🇵", "S T O P", "\xff", "stop\x00stop", "İPTAL"} {
		f.Add(s, uint16(i*37), uint16(i*11), uint16(i*7))
	}
	f.Fuzz(func(t *testing.T, text string, which, before, after uint16) {
		extra := []string{"sluta", text}
		hit := Match(text, extra)
		if again := Match(text, extra); again != hit {
			t.Fatalf("%q is %+v, then %+v", text, hit, again)
		}
		if (hit.Outcome == None) != (hit.Rule == "") || utf8.RuneCountInString(hit.Argument) > maxArgument {
			t.Fatalf("%q: odd hit %+v", text, hit)
		}
		if plain := Match(text, nil); plain.Outcome == OptOut && hit.Outcome != OptOut {
			t.Fatalf("%q: extra words took away an opt-out: %+v", text, hit)
		}
		MatchMention(text, nil)

		// A keyword in wrapping stays an opt-out.
		p := table.all[int(which)%len(table.all)]
		if table.whole[p.key].outcome != OptOut {
			return
		}
		shapes := []func(string) string{func(s string) string { return s }, strings.ToUpper, widened, doubled}
		wrapped := wrap(before) + shapes[int(which)/len(table.all)%len(shapes)](p.key) + wrap(after)
		if got := Match(wrapped, nil); got.Outcome != OptOut {
			t.Fatalf("%s in wrapping %q is %+v", p.rule, wrapped, got)
		}
	})
}

// widened is a text in full-width forms.
func widened(s string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r + 0xFEE0
		}
		return r
	}, s)
}

// doubled says it twice.
func doubled(s string) string { return s + "! " + s }

// wrap picks three edge strings by a number.
func wrap(n uint16) string {
	var b strings.Builder
	for range 3 {
		b.WriteString(around[int(n)%len(around)])
		n /= uint16(len(around))
	}
	return b.String()
}

// TestWrappingChangesNothing holds every opt-out phrase against every edge string.
func TestWrappingChangesNothing(t *testing.T) {
	checked := 0
	for _, p := range table.all {
		if table.whole[p.key].outcome != OptOut {
			continue
		}
		for _, edge := range around {
			for _, text := range []string{edge + p.key, p.key + edge, edge + edge + edge + p.key + edge} {
				checked++
				if got := Match(text, nil); got.Outcome != OptOut {
					t.Errorf("%s as %q is %+v", p.rule, text, got)
				}
			}
		}
	}
	t.Logf("%d wrapped phrases", checked)
}

// TestCaseAndFullWidthChangeNothing: upper case and full-width forms of the
// Latin phrases.
func TestCaseAndFullWidthChangeNothing(t *testing.T) {
	for _, p := range table.all {
		if table.whole[p.key].outcome != OptOut {
			continue
		}
		for _, text := range []string{strings.ToUpper(p.key), widened(p.key)} {
			if got := Match(text, nil); got.Outcome != OptOut {
				t.Errorf("%s as %q is %+v", p.rule, text, got)
			}
		}
	}
}

func hostile() map[string]string {
	fill := func(s string) string { return strings.Repeat(s, 100_000/len(s)) }
	return map[string]string{
		"letters":   fill("s t o p "),
		"keywords":  fill("stop quakes "),
		"polite":    fill("please now "),
		"affixes":   fill("请谢谢"),
		"japanese":  fill("してくださいお願いします"),
		"invisible": fill("\u200b"),
		"marks":     "s" + fill("\u0336"),
		"sentences": fill("no. "),
		"quotes":    fill(">a\n"),
		"names":     fill("@a "),
		"ligatures": fill("\ufdfa"),
		"one word":  fill("o"),
		"hyphens":   fill("stop-"),
	}
}

func TestHostileMessagesAreBounded(t *testing.T) {
	for name, text := range hostile() {
		start := time.Now()
		MatchMention(text, []string{"sluta", "やめれ"})
		if took := time.Since(start); took > time.Second {
			t.Errorf("%s: %d bytes took %v", name, len(text), took)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	messages := hostile()
	messages["stop"] = "STOP!"
	messages["talk"] = "When is high tide at the harbour tomorrow, please? Thank you, you are a great bot."
	for name, text := range messages {
		b.Run(strings.ReplaceAll(name, " ", "_"), func(b *testing.B) {
			m := New(Options{})
			for b.Loop() {
				m.Match(text)
			}
		})
	}
}
