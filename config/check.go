package config

import (
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

var handleForm = regexp.MustCompile(`^@[A-Za-z0-9_]{1,15}$`)

// enum wants one of the values. A key that is missing or was refused already passes.
func enum[T ~string](s section, key string, v T, known ...T) {
	if v == "" && !s.has(key) || slices.Contains(known, v) || s.refused(key) {
		return
	}
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	s.bad(key, fmt.Sprintf("%q is none of %s", oneLine(string(v)), strings.Join(names, ", ")), Meant(string(v), names))
}

// meant is a hint where the choices are named already.
func Meant(word string, names []string) string {
	if n := Nearest(word, names); n != "" {
		return fmt.Sprintf("did you mean %q?", n)
	}
	return ""
}

// sentence bounds a text that people read.
func (s section) sentence(key, v string) {
	if utf8.RuneCountInString(v) > maxSentence {
		s.bad(key, fmt.Sprintf("is longer than %d characters", maxSentence), "")
	}
	if strings.ContainsFunc(v, unicode.IsControl) {
		s.bad(key, "holds a control character", "one line of text")
	}
}

func (s section) handle(key, v string) bool {
	what, hint := badHandle(v)
	if what != "" {
		s.bad(key, what, hint)
	}
	return what == ""
}

// badHandle says what is wrong with a handle; nothing when it is one.
func badHandle(v string) (what, hint string) {
	if handleForm.MatchString(v) {
		return "", ""
	}
	hint = "@ and 1 to 15 letters, digits or _"
	if handleForm.MatchString("@" + v) {
		hint = fmt.Sprintf("write %q", "@"+v)
	}
	return fmt.Sprintf("%q is no handle", oneLine(v)), hint
}

// listen wants host:port on this machine, unless the operator said otherwise.
func (s section) listen(key, address string, public bool) {
	if address == "" {
		return
	}
	_, port, err := net.SplitHostPort(address)
	n, portErr := strconv.ParseUint(port, 10, 16)
	switch {
	case err != nil, portErr != nil:
		s.bad(key, fmt.Sprintf("%q is no host:port", oneLine(address)), `like "127.0.0.1:8480"; "" is off`)
	case !public && !loopbackListen(address):
		s.bad(key, fmt.Sprintf("%q can be reached from other machines", oneLine(address)), loopbackHint)
	case n == 0:
		s.warn(key, "port 0 is another port at every start", "")
	}
}

// absPath wants a path, and makes it absolute.
func (s section) absPath(key, v string) string {
	if strings.TrimSpace(v) == "" || strings.ContainsRune(v, 0) {
		if !s.refused(key) {
			s.bad(key, "is no path", "")
		}
		return v
	}
	return s.src.resolve(v)
}
