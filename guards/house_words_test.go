package guards

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"heed/bots"
	"heed/guards/words"
)

func house() bots.Bot {
	_, f := readyCase(bots.DM)
	f.Bot.House.Operator.PrivacyURL = "https://harbour.example/privacy"
	f.Bot.House.Bots = []string{"tides", "quakes"}
	return f.Bot
}

func TestHelpText(t *testing.T) {
	b := house()
	for _, lang := range words.Langs() {
		a := words.AnswersIn(lang)
		text := HelpText(b, lang)
		for _, part := range []string{"Tide tables for the harbour", "Harbour Lab", "@harbourlab", a.Stop, "https://harbour.example/privacy"} {
			if strings.Count(text, part) != 1 {
				t.Errorf("%s: %q does not have %q once", lang, text, part)
			}
		}
		if !saysBot(readAlone(strings.Replace(text, "@harbourlab", "", 1))) {
			t.Errorf("%s: %q does not say that it is a bot", lang, text)
		}
		if got := Hear(a.Stop, ByDM, nil); got.Meaning != WishOut {
			t.Errorf("%s: the stop word %q means %q", lang, a.Stop, got.Meaning)
		}
		if got := Hear(a.Start, ByDM, nil); got.Meaning != WishIn {
			t.Errorf("%s: the start word %q means %q", lang, a.Start, got.Meaning)
		}
		heldTo(t, lang, b, text)
	}
	if got, want := HelpText(b, "xx"), HelpText(b, "en"); got != want || HelpText(b, "") != want {
		t.Errorf("an unknown language gets %q", got)
	}
	if got, want := HelpText(b, "en"), "This is a bot: Tide tables for the harbour. Harbour Lab (@harbourlab) runs it. To stop it, write STOP. Privacy: https://harbour.example/privacy"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	b.House.Operator.PrivacyURL, b.House.Operator.Handle, b.Purpose = "", "", "Says what @someone asks. "
	if got, want := HelpText(b, "en"), "This is a bot: Says what someone asks. Harbour Lab runs it. To stop it, write STOP."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestConfirmText(t *testing.T) {
	b := house()
	for _, lang := range words.Langs() {
		a := words.AnswersIn(lang)
		all, one, other := ConfirmText(b, lang, "*"), ConfirmText(b, lang, "tides"), ConfirmText(b, lang, "quakes")
		for text, parts := range map[string][]string{all: {"Harbour Lab", a.Start}, one: {"@tidesbot", a.Start}, other: {"@quakesbot", a.Start}} {
			for _, part := range parts {
				if !strings.Contains(text, part) {
					t.Errorf("%s: %q lacks %q", lang, text, part)
				}
			}
			if strings.Contains(text, "://") || strings.Contains(text, b.Purpose) {
				t.Errorf("%s: %q says more than that the stop was heard", lang, text)
			}
			heldTo(t, lang, b, text)
		}
	}
	if got := ConfirmText(b, "en", "gone"); !strings.Contains(got, "gone does not") {
		t.Errorf("a bot that is no more: %q", got)
	}
}

// heldTo holds heed's own texts to what every text is held to: the guards allow it, as a
// message and as a reply, and who quotes it does not thereby opt out.
func heldTo(t *testing.T, lang string, b bots.Bot, text string) {
	t.Helper()
	if n := length(text); n > xLength {
		t.Errorf("%s: counts %d: %q", lang, n, text)
	}
	for _, a := range []bots.Action{bots.DM, bots.Reply} {
		in, f := readyCase(a)
		in.Text, f.Bot, f.Origin = text, b, ForHelp
		for _, name := range []string{"disclosure", "content", "consent"} {
			_, g, _ := New(name)
			if got := g.Judge(in, f); got.Effect != Allow {
				t.Errorf("%s: %s says %s %q: %s", lang, name, got.Effect, got.Code, text)
			}
		}
	}
	own := words.New(words.Options{Own: []string{text}})
	if got := own.Match(text); got.Outcome != words.None {
		t.Errorf("%s: quoted alone, it is %s by %s: %q", lang, got.Outcome, got.Rule, text)
	}
	if got := own.Match(text + "\n" + words.AnswersIn(lang).Stop); got.Outcome != words.OptOut {
		t.Errorf("%s: a stop under the quoted text is %s", lang, got.Outcome)
	}
	if got := Hear(text, ByDM, nil); got.Meaning == WishOut || got.Meaning == WishIn {
		t.Errorf("%s: without knowing it for the bot's own, it is %s by %s: %q", lang, got.Meaning, got.Rule, text)
	}
}

func TestHelpTextFitsWhateverThePurpose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := house()
		b.Purpose = rapid.OneOf(rapid.String(), rapid.StringMatching(`([a-z潮]{1,9}[ .@]){0,80}`), rapid.Just(strings.Repeat("a.co ", 3000))).Draw(t, "purpose")
		lang := rapid.SampledFrom(words.Langs()).Draw(t, "lang")
		text := HelpText(b, lang)
		if n := length(text); n > xLength {
			t.Fatalf("counts %d: %q", n, text)
		}
		if !strings.Contains(text, words.AnswersIn(lang).Stop) || !names(text, "@harbourlab") {
			t.Fatalf("%q lacks what it must say", text)
		}
	})
}
