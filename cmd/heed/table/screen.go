package table

import (
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"heed/runner/scripts"
)

// Screen is what somebody looks at. The zero Screen is no terminal: nothing is cut
// there, and nothing coloured.
type Screen struct {
	Width  int // in cells; 0: no terminal, or one that does not say
	Colour bool
}

// Of is the screen behind a writer. Colour needs a terminal that is not dumb, and that
// NO_COLOR does not say otherwise (https://no-color.org).
func Of(w io.Writer, getenv func(string) string) Screen {
	f, ok := w.(*os.File)
	if !ok {
		return Screen{}
	}
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return Screen{}
	}
	kind := getenv("TERM")
	return Screen{Width: int(size.Col), Colour: kind != "" && kind != "dumb" && getenv("NO_COLOR") == ""}
}

const (
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	plain  = "\x1b[0m"
)

// tones are the words that have a colour. A state always stands there by its word: the
// colour repeats it.
var tones = map[string]string{
	"allow": green, "done": green, "good": green, "ok": green, "met": green, "in force": green,
	"defer": yellow, "deferred": yellow, "hold": yellow, "held": yellow, "warning": yellow, "watched": yellow,
	"waiting": yellow, "unknown": yellow, "cancelled": yellow, "expired": yellow,
	"deny": red, "denied": red, "failed": red, "fail": red, "bad": red, "missed": red, "missing": red, "withdrawn": red,
}

// Paint gives a word its colour, by what it says; a word without one stays as it is.
func (s Screen) Paint(word string) string {
	tone := tones[strings.ToLower(strings.TrimSpace(word))]
	if !s.Colour || tone == "" {
		return word
	}
	return tone + word + plain
}

// Clean makes one line of words that somebody else chose safe to show: control
// characters, escapes and marks of writing direction appear by their number.
func Clean(text string) string { return scripts.Printable([]byte(text)) }

// CleanLines is Clean for a text of several lines, which stay lines.
func CleanLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = Clean(l)
	}
	return strings.Join(lines, "\n")
}
