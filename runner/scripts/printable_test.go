package scripts_test

import (
	"testing"

	"heed/runner/scripts"
)

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                     "plain",
		"Grüße, 日本, 🌊":              "Grüße, 日本, 🌊",
		"a\tb":                      "a b",
		"\x1b[31mred\x1b[0m":        `\x1b[31mred\x1b[0m`,
		"bell\a null\x00 del\x7f":   `bell\x07 null\x00 del\x7f`,
		"c1 \u009b2J":               "c1 ⟨U+009B⟩2J",
		"bidi \u202e\u2066\u200f":   "bidi ⟨U+202E⟩⟨U+2066⟩⟨U+200F⟩",
		"unseen \u200b\ufeff\u00ad": "unseen ⟨U+200B⟩⟨U+FEFF⟩⟨U+00AD⟩",
		"lines \u2028\u2029\u0085":  "lines ⟨U+2028⟩⟨U+2029⟩⟨U+0085⟩",
		"bad \xff\xc3":              `bad \xff\xc3`,
		"true �":                    "true �",
		"tag \U000e0041":            "tag ⟨U+E0041⟩",
	} {
		if got := scripts.Printable([]byte(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
