package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heed/bots"
	"heed/guards/likeness"
)

const ownPairs = "../../guards/likeness/testdata/pairs.jsonl"

// likenessOf runs the verb on lines and gives its answers, its talk and its exit code.
func likenessOf(in string, args ...string) (answers []string, talk string, code int) {
	var out, errs bytes.Buffer
	code = Main(append([]string{"likeness"}, args...), strings.NewReader(in), &out, &errs)
	if s := strings.TrimSuffix(out.String(), "\n"); s != "" {
		answers = strings.Split(s, "\n")
	}
	return answers, errs.String(), code
}

func TestLikenessComparesPairs(t *testing.T) {
	const harbour = "The night ferry to Kirkwall leaves two hours late because of strong winds over the firth"
	line := func(fields map[string]any) string { b, _ := json.Marshal(fields); return string(b) }
	in := strings.Join([]string{
		line(map[string]any{"id": "1", "a": harbour, "b": strings.ToUpper(harbour)}),
		line(map[string]any{"id": "2", "a": harbour, "b": "Free soup at the harbour"}),
		"",
		line(map[string]any{"id": "3", "a": harbour, "b": "Look: the last boat to Kirkwall leaves two hours late because of storms over the firth"}),
		line(map[string]any{"id": "4", "a": "Level at Wick today: 4 m, sail safely all of you", "b": "Level at Wick today: 5 m, sail safely all of you",
			"tmpl": "level", "facts_a": map[string]string{"n": "4"}, "facts_b": map[string]string{"n": "5"}}),
	}, "\n") // the last line has no end
	type answer struct {
		Dup *bool
		Sim *float64
	}
	for _, c := range []struct {
		args []string
		want []bool
	}{{nil, []bool{true, false, true, false}}, {[]string{"--deny"}, []bool{true, false, false, false}}} {
		got, talk, code := likenessOf(in, c.args...)
		if code != exitOK || talk != "" || len(got) != len(c.want) {
			t.Fatalf("%v: exit %d, %q, %q", c.args, code, talk, got)
		}
		for i, want := range c.want {
			var a answer
			if err := json.Unmarshal([]byte(got[i]), &a); err != nil || a.Dup == nil || a.Sim == nil || *a.Dup != want || *a.Sim < 0 || *a.Sim > 1 {
				t.Errorf("%v, answer %d: %s, want %v", c.args, i+1, got[i], want)
			}
		}
	}
}

func TestLikenessStreams(t *testing.T) {
	in := `{"op":"check","text":"Free soup at the harbour tonight"}
{"op":"add","id":"soup","text":"Free soup at the harbour tonight"}
{"op":"check","id":"soup","text":"FREE SOUP at the harbour tonight!"}
{"op":"check","text":"Snow is falling on the western hills"}
{"op":"check","text":"Snow is falling on the western hills"}
{"op":"add","id":"soup","text":"The museum of small boats opens on Saturday"}
{"op":"check","text":"Free soup at the harbour tonight"}
{"op":"add","id":"w4","text":"Level at Wick today: 4 m","tmpl":"level","facts":{"n":"4"}}
{"op":"check","text":"Level at Wick today: 5 m","tmpl":"level","facts":{"n":"5"}}
{"op":"check","text":"Level at Wick today: 4 m #wick","tmpl":"level","facts":{"n":"4"}}
`
	want := []string{
		`{"dup":false,"of":""}`,
		`{"dup":true,"of":"soup"}`,
		`{"dup":false,"of":""}`,
		`{"dup":false,"of":""}`, // the check before added nothing
		`{"dup":false,"of":""}`, // what was added again under its id is replaced
		`{"dup":false,"of":""}`,
		`{"dup":true,"of":"w4"}`,
	}
	got, talk, code := likenessOf(in, "--stream")
	if code != exitOK || talk != "" || strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("exit %d, %q\n%s", code, talk, strings.Join(got, "\n"))
	}
}

func TestLikenessTellsTheWrongLine(t *testing.T) {
	const pair, add = `{"a":"Free soup","b":"Free soup"}` + "\n\n", `{"op":"add","id":"1","text":"Free soup"}` + "\n" + `{"op":"check","text":"free soup"}` + "\n"
	for _, c := range []struct{ says, good, bad, line, why string }{
		{"no JSON", pair, "soup\n", "line 3", "invalid character"},
		{"two values", pair, `{"a":"x","b":"y"} {}` + "\n", "line 3", "after top-level value"},
		{"null", pair, "null\n", "line 3", `"a" and "b"`},
		{"half a pair", pair, `{"a":"x"}` + "\n", "line 3", `"a" and "b"`},
		{"a number for a text", pair, `{"a":1,"b":"y"}`, "line 3", "cannot unmarshal"},
		{"a line without end", pair, `{"a":"` + strings.Repeat("x", bots.MaxLine) + `","b":""}`, "line 3", "longer than 1048576 bytes"},
		{"an unknown op", add, `{"op":"drop","id":"1","text":""}`, "line 3", `"add" and "check"`},
		{"an add without id", add, `{"op":"add","text":"x"}`, "line 3", `"id"`},
		{"a check without text", add, `{"op":"check","id":"1"}`, "line 3", `"text"`},
	} {
		var args []string
		if c.good == add {
			args = append(args, "--stream")
		}
		got, talk, code := likenessOf(c.good+c.bad+"\n"+c.good, args...)
		if code != exitFailed || !strings.Contains(talk, c.line+":") || !strings.Contains(talk, c.why) {
			t.Errorf("%s: exit %d, %q", c.says, code, talk)
		}
		if len(got) != 1 || !strings.Contains(got[0], `"dup":true`) {
			t.Errorf("%s: the answers before it: %q", c.says, got)
		}
	}
}

func TestLikenessTakesALineOfOneMebibyte(t *testing.T) {
	head, tail := `{"a":"`, `","b":"soup"}`
	in := head + strings.Repeat("x", bots.MaxLine-len(head)-len(tail)-1) + tail + "\n"
	if got, talk, code := likenessOf(in); len(in) != bots.MaxLine || code != exitOK || len(got) != 1 {
		t.Errorf("%d bytes: exit %d, %q, %d answers", len(in), code, talk, len(got))
	}
}

// Who types a line sees its answer before typing the next.
func TestLikenessAnswersWhileTheInputPauses(t *testing.T) {
	in, typed := io.Pipe()
	shown, out := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		var errs bytes.Buffer
		ended <- Main([]string{"likeness"}, in, out, &errs)
		_ = out.Close()
	}()
	answers := bufio.NewScanner(shown)
	for range 3 {
		// The half line that follows must not keep the answer back.
		if _, err := io.WriteString(typed, `{"a":"Free soup","b":"free soup"}`+"\n"+`  `); err != nil {
			t.Fatal(err)
		}
		if !answers.Scan() || !strings.Contains(answers.Text(), `"dup":true`) {
			t.Fatalf("%q, %v", answers.Text(), answers.Err())
		}
	}
	if err := typed.Close(); err != nil {
		t.Fatal(err)
	}
	if code := <-ended; code != exitOK {
		t.Errorf("exit %d", code)
	}
}

func TestLikenessScoresLabelledPairs(t *testing.T) {
	got, talk, code := likenessOf("", "--score", ownPairs)
	if code != exitOK || talk != "" {
		t.Fatalf("exit %d, %q", code, talk)
	}
	table := strings.Join(got, "\n")
	for _, part := range []string{"homoglyph", "tmpl_seen", "false alarms", "precision", "recall", "F1", "mean false alarms", "with facts", "not in the totals"} {
		if !strings.Contains(table, part) {
			t.Errorf("the table lacks %q:\n%s", part, table)
		}
	}

	got, _, code = likenessOf("", "--score", ownPairs, "--json")
	var told struct {
		Level        float64
		Texts, Facts likeness.Measure
	}
	if code != exitOK || len(got) != 1 {
		t.Fatalf("exit %d, %q", code, got)
	}
	if err := json.Unmarshal([]byte(got[0]), &told); err != nil {
		t.Fatal(err)
	}
	if told.Level != likeness.Hold || told.Texts.F1 < 0.97 || told.Facts.F1 < told.Texts.F1 || len(told.Texts.Kinds) < 12 {
		t.Errorf("%+v", told)
	}
	n := 0
	for _, k := range told.Texts.Kinds {
		n += k.N
	}
	if n < 60 {
		t.Errorf("%d pairs", n)
	}
}

func TestLikenessRefusesPairsThatAreNotLabelled(t *testing.T) {
	for says, c := range map[string]struct{ text, why string }{
		"no label":   {`{"a":"x","b":"y","kind":"k"}`, "line 1"},
		"no kind":    {`{"a":"x","b":"y","label":"dup"}`, "line 1"},
		"two labels": {`{"kind":"k","label":"dup"}` + "\n" + `{"kind":"k","label":"distinct"}`, "line 2"},
		"no JSON":    {"pairs", "line 1"},
		"nothing":    {"\n", "no pairs"},
	} {
		file := filepath.Join(t.TempDir(), "pairs.jsonl")
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, talk, code := likenessOf("", "--score", file); code != exitFailed || !strings.Contains(talk, c.why) || len(got) > 0 {
			t.Errorf("%s: exit %d, %q, %q", says, code, talk, got)
		}
	}
	if _, talk, code := likenessOf("", "--score", filepath.Join(t.TempDir(), "none")); code != exitFailed || !strings.Contains(talk, "no such file") {
		t.Errorf("a missing file: exit %d, %q", code, talk)
	}
	if _, _, code := likenessOf("", "--score", ownPairs, "--stream"); code != exitUsage {
		t.Errorf("two ways at once: exit %d", code)
	}
}
