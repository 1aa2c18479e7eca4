package bus

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/nats-io/nats.go"
)

// FuzzDecodeFrame: whatever a bot publishes, a frame of it is within the bounds, loses
// and adds no line, and is the same frame when it is published again.
func FuzzDecodeFrame(f *testing.F) {
	for _, s := range []struct{ run, first, body string }{
		{"r-1", "1", "{\"action\":\"post\"}\n{\"action\":\"post\"}"}, {"", "", "{}\r\n\r\n{}\n"}, {"emit:0190", "-1", "a"}, {"a b", "1", "a"},
		{"r", "1099511627777", "a"}, {"r", "+1", "\xff\x00"}, {"r", "01", "\n\n\n"}, {"", "7", ""}, {"", "", "{}\r\n\r\r\n"},
	} {
		f.Add(s.run, s.first, []byte(s.body))
	}
	f.Fuzz(func(t *testing.T, run, first string, body []byte) {
		m := nats.NewMsg(intentSubject("tides"))
		m.Data = body
		m.Header.Set(headerRun, run)
		m.Header.Set(headerFirst, first)
		frame, err := decode(m)
		if err != nil {
			if len(err.Error()) > 200 || bytes.Contains(bytes.ToLower([]byte(err.Error())), []byte("action")) {
				t.Fatalf("the error tells too much: %v", err)
			}
			return
		}
		if len(frame.Lines) == 0 || len(frame.Lines) > MaxLines || frame.First < 0 || frame.First > maxFirst || frame.Run != "" && !validRun(frame.Run) || frame.Run == "" && frame.First != 0 {
			t.Fatalf("%q %q %q: run %q, first %d, %d lines", run, first, body, frame.Run, frame.First, len(frame.Lines))
		}
		// Against a slower reading: what is between the line ends, without the empty ones.
		var want [][]byte
		for _, l := range bytes.FieldsFunc(body, func(r rune) bool { return r == '\n' }) {
			if l = bytes.TrimRight(l, "\r"); len(l) > 0 {
				want = append(want, l)
			}
		}
		if !reflect.DeepEqual(frame.Lines, want) {
			t.Fatalf("%q: %q, want %q", body, frame.Lines, want)
		}
		out, err := encode("tides", frame)
		if err != nil {
			t.Fatalf("%q cannot be published again: %v", body, err)
		}
		again, err := decode(out)
		if err != nil || !reflect.DeepEqual(again, frame) {
			t.Fatalf("%q: %+v, then %+v, %v", body, frame, again, err)
		}
	})
}

// FuzzBotName: a subject is of one bot alone, whatever its name.
func FuzzBotName(f *testing.F) {
	for _, s := range []string{"tides", "a.b", "*", ">", "", "a b", "tides\n", "Ä", "heed"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if checkName(name) != nil {
			return
		}
		if n := bytes.Count([]byte(intentSubject(name)), []byte(".")); n != 3 || bytes.ContainsAny([]byte(intentSubject(name)), "*> \t\r\n") || len(name) > 64 {
			t.Fatalf("%q is taken for a name: %q", name, intentSubject(name))
		}
	})
}
