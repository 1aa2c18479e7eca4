package table

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"
)

var update = flag.Bool("update", false, "write golden files anew")

// sample is a table with every kind of width: ASCII, CJK, an emoji, combining marks, and
// what must never reach a terminal as it is.
func sample(s Screen) *Table {
	t := New(s, "BOT", "!STATE", ">COUNT", "SAYS")
	t.Row("tides", "allow", 7, "High tide 14:32")
	t.Row("潮汐", "denied", 12345, "港の満潮は十四時三十二分です。港の満潮は十四時三十二分です。")
	t.Row("été", "held", 0, "e\u0301te\u0301: combining marks take no room")
	t.Row("🌊", "wat", -3, "a wave and 한국어")
	t.Row("evil\x1b[31m", "failed", 1, "\u202egnp.exe\r\nsecond line\tand a tab")
	t.Row("short")
	return t
}

func TestTablesStandInColumns(t *testing.T) {
	for name, s := range map[string]Screen{"plain": {}, "narrow": {Width: 48}, "colour": {Width: 100, Colour: true}, "tiny": {Width: 10}} {
		var got bytes.Buffer
		if err := sample(s).Write(&got); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", name+".golden")
		if *update {
			if err := os.MkdirAll("testdata", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got.String() != string(want) {
			t.Errorf("%s:\n%s\nwant:\n%s", name, got.String(), want)
		}
	}
}

// TestTablesFitTheTerminal: no line is wider than the terminal, none ends in a space, and
// what stands in the last column begins at the same cell in every line.
func TestTablesFitTheTerminal(t *testing.T) {
	for width := 48; width < 120; width += 7 {
		var got bytes.Buffer
		if err := sample(Screen{Width: width}).Write(&got); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimRight(got.String(), "\n"), "\n")
		for _, l := range lines {
			if w := displaywidth.String(l); w > width {
				t.Errorf("a line takes %d cells of %d: %q", w, width, l)
			}
			if l != strings.TrimRight(l, " ") {
				t.Errorf("a line ends in spaces: %q", l)
			}
		}
		column := displaywidth.String(lines[0][:strings.Index(lines[0], "SAYS")])
		for i, says := range []string{"High", "港", "e\u0301", "a wave"} {
			before, _, ok := strings.Cut(lines[i+1], says)
			if !ok || displaywidth.String(before) != column {
				t.Errorf("width %d: %q stands at cell %d, and the heading at %d", width, says, displaywidth.String(before), column)
			}
		}
	}
}

// TestNothingSteersATerminal: whatever stands in a cell, no control character and no mark
// of writing direction goes out.
func TestNothingSteersATerminal(t *testing.T) {
	var got bytes.Buffer
	table := New(Screen{}, "A", "B")
	for r := rune(0); r < 0x2070; r++ {
		table.Row("a"+string(r)+"b", "c")
	}
	table.Row("\xff\xfe\x9b31m", "\u061c\u200e\u200f\ufeff\U000e0041")
	if err := table.Write(&got); err != nil {
		t.Fatal(err)
	}
	for _, r := range got.String() {
		if r != '\n' && (r < 0x20 || r >= 0x7f && r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e ||
			r >= 0x2066 && r <= 0x2069 || r == 0x61c || r == 0xfeff || r >= 0xe0000 && r < 0xe0080) {
			t.Fatalf("%U went out", r)
		}
	}
	if n := strings.Count(got.String(), "\n"); n != 0x2070+2 {
		t.Errorf("%d lines for %d rows and a heading", n, 0x2070+1)
	}
	if got := CleanLines("a\x1b[2J\nb\u202e"); got != "a\\x1b[2J\nb⟨U+202E⟩" {
		t.Errorf("%q", got)
	}
}

func TestColourOnlyOnATerminal(t *testing.T) {
	env := func(pairs ...string) func(string) string {
		return func(key string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == key {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	if s := Of(&bytes.Buffer{}, env("TERM", "xterm")); s != (Screen{}) {
		t.Errorf("a buffer is %+v", s)
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if s := Of(f, env("TERM", "xterm")); s != (Screen{}) {
		t.Errorf("a file is %+v", s)
	}
	terminal := pty(t)
	for _, c := range []struct {
		env    func(string) string
		colour bool
	}{
		{env("TERM", "xterm"), true},
		{env("TERM", "xterm", "NO_COLOR", "1"), false},
		{env("TERM", "dumb"), false},
		{env(), false},
	} {
		if s := Of(terminal, c.env); s.Colour != c.colour || s.Width != 63 {
			t.Errorf("a terminal of 63 cells is %+v, colour should be %v", s, c.colour)
		}
	}
	if got := (Screen{Colour: true}).Paint("DENIED  "); got != red+"DENIED  "+plain {
		t.Errorf("%q", got)
	}
	if got := (Screen{}).Paint("denied"); got != "denied" {
		t.Errorf("%q", got)
	}
}
