package web

import (
	"fmt"
	"html/template"
	"strings"
	"time"
	"unicode"

	"heed/runner"
)

// helpers are what templates can call.
var helpers = template.FuncMap{
	"text":  shownText,
	"plain": visibleText,
	"clock": func(t time.Time) string { return t.Local().Format("15:04:05") },
	"stamp": stamp,
	"class": class,
	"kind":  kindText,
	"iso":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"until": func(now, t time.Time) string { return span(t.Sub(now)) },
	"waits": waitsText,
	"signs": func(class, title, sign string, all []Sign) signs { return signs{class, title, sign, all} },
	"post":  postLink,
	"user":  userLink,
	"bots":  runner.ScopeName,
	"star": func(scope string) string {
		if scope == "*" {
			return ""
		}
		return scope + " "
	},
}

// kindText names n choices of a kind.
func kindText(kind string, n int) string {
	name, ok := map[string]string{"opt_out": "opt-out", "opt_in": "consent", "review": "review"}[kind]
	if !ok {
		name = visibleText(kind)
	}
	if n != 1 {
		name += "s"
	}
	return name
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

// span is a time's length in one or two units, as a person says it.
func span(d time.Duration) string {
	switch {
	case d < 0:
		return "past"
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours())/24)
}

// hidden says whether a character shows nothing, or turns what stands around it: each
// could make a text look like another one.
func hidden(r rune) bool {
	switch {
	case r == '\n', r == '\t':
		return false
	case r == '\uFE0F': // makes a sign an emoji, and is in every second one
		return false
	case r == '\u034F', r == '\u115F', r == '\u1160', r == '\u17B4', r == '\u17B5', r == '\u3164', r == '\uFFA0', r == '\uFFFC', r == '\uFFFD':
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp, unicode.Variation_Selector)
}

// shownText gives a text for a page, with what would be hidden written out and marked.
func shownText(s string) template.HTML {
	var b strings.Builder
	for _, r := range s {
		if hidden(r) {
			fmt.Fprintf(&b, "<mark>⟨U+%04X⟩</mark>", r)
		} else {
			b.WriteString(template.HTMLEscapeString(string(r)))
		}
	}
	return template.HTML(b.String()) //nolint:gosec // every character was escaped above
}

// visibleText is the same without marks, for attributes.
func visibleText(s string) string {
	var b strings.Builder
	for _, r := range s {
		if hidden(r) {
			fmt.Fprintf(&b, "⟨U+%04X⟩", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
