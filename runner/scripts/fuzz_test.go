package scripts

import (
	"bufio"
	"bytes"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"heed/bots"
)

// FuzzSplitter: however a script's output is cut up on its way through the pipe, the same
// lines come out, as a reading of the whole gives them.
func FuzzSplitter(f *testing.F) {
	f.Add([]byte("{\"action\":\"post\"}\nhello\r\n\n{\r\r\nx"), uint8(3))
	f.Add([]byte("\x1b[31mred\n"+strings.Repeat("{a", 40)+"\nend"), uint8(1))
	f.Add([]byte("\r\n\r"), uint8(0))
	f.Fuzz(func(t *testing.T, out []byte, size uint8) {
		const keep, keepLog = 32, 8
		var got, want []line
		s := splitter{keep: keep, keepLog: keepLog}
		each := func(l line) { got = append(got, line{bytes.Clone(l.text), l.size}) }
		for piece := range pieces(out, int(size)%17+1) {
			s.add(piece, each)
		}
		s.end(each)
		for _, l := range bytes.Split(out, []byte("\n")) {
			most := keepLog
			if len(l) > 0 && l[0] == '{' {
				most = keep
			}
			if len(l) > 0 {
				want = append(want, line{bytes.Clone(bytes.TrimSuffix(l[:min(len(l), most)], []byte("\r"))), len(l)})
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%q in pieces of %d: %+v, want %+v", out, int(size)%17+1, got, want)
		}
	})
}

func pieces(b []byte, n int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(b) > 0 {
			k := min(n, len(b))
			if !yield(b[:k]) {
				return
			}
			b = b[k:]
		}
	}
}

// FuzzPrintable: what is shown of a script's words does nothing to a terminal, is not
// read in another order than it stands, and shows itself when it is shown again.
func FuzzPrintable(f *testing.F) {
	for _, s := range []string{"plain", "\x1b]0;title\x07", "\u202eevil", "\xff\xfe", "a\tb", "🌊\u200d", "\u2028", "⟨U+202E⟩"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, words []byte) {
		got := Printable(words)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return r != ' ' && !unicode.IsPrint(r) }) || len(got) > 12*len(words) {
			t.Fatalf("%q is shown as %q", words, got)
		}
		if again := Printable([]byte(got)); again != got {
			t.Fatalf("%q is shown as %q, and that as %q", words, got, again)
		}
	})
}

// FuzzEmitRequest: a request at a bot's socket is refused in words, or it is a good intent
// with a key, that is the same after it was stored. A bot can ask for nothing else there.
func FuzzEmitRequest(f *testing.F) {
	for _, s := range []string{
		`{"intent":{"action":"post","text":"a"},"wait":true}`, `{"intent":{"action":"post","text":"a","key":"heed:x"}}`, `{"intent":null}`, `{"intent":"{}"}`,
		`{"intent":{"action":"post","text":"a"},"bot":"other"}`, `{"approve":"k"}`, `{"intent":{"action":"dm","text":"a","target":{"user_id":"1"}},"intent":{}}`, "", "\x00",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, request []byte) {
		line, err := readLine(bufio.NewReaderSize(bytes.NewReader(append(bytes.Clone(request), '\n')), 16), maxRequest)
		if err != nil {
			if len(request) <= maxRequest {
				t.Fatalf("%q: %v", request, err)
			}
			return
		}
		if whole, _, _ := bytes.Cut(request, []byte("\n")); !bytes.Equal(line, bytes.TrimSpace(whole)) {
			t.Fatalf("%q is read as %q", request, line)
		}
		in, _, err := parseRequest(line)
		if err != nil {
			return
		}
		stored, err := in.Encode()
		if err != nil || in.Key == "" {
			t.Fatalf("%q: key %q, %v", line, in.Key, err)
		}
		again, err := bots.DecodeIntent(stored)
		if err != nil || again.Key != in.Key || again.Text != in.Text || again.Action != in.Action || again.Target != in.Target {
			t.Fatalf("%q was taken as %q: %v", line, stored, err)
		}
	})
}

// FuzzEventLine: a wait ends by an event alone that settles the intent.
func FuzzEventLine(f *testing.F) {
	for _, s := range []string{`{"type":"verdict","verdict":{"decision":"allow"}}`, `{"type":"verdict","verdict":{"decision":"deny"}}`, `{"outcome":{}}`, `{"outcome":null}`, `[]`, `{"Verdict":{"decision":"hold"}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, l []byte) {
		if isLast(l) && !bytes.Contains(bytes.ToLower(l), []byte("outcome")) && !bytes.Contains(bytes.ToLower(l), []byte("verdict")) && !bytes.Contains(l, []byte(`\u`)) {
			t.Fatalf("%q settles something", l)
		}
	})
}
