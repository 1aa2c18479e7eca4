package main

import (
	"strings"
	"testing"
)

func TestARunIsReadFromGoTest(t *testing.T) {
	const in = `{"Time":"2026-11-22T10:00:00Z","Action":"start","Package":"heed/cmd/heed"}
{"Time":"2026-11-22T10:00:00Z","Action":"run","Package":"heed/cmd/heed","Test":"TestWeeks"}
{"Time":"2026-11-22T10:00:00Z","Action":"output","Package":"heed/cmd/heed","Test":"TestWeeks","Output":"=== RUN   TestWeeks\n"}
{"Time":"2026-11-22T10:01:00Z","Action":"attr","Package":"heed/cmd/heed","Test":"TestWeeks","Key":"weeks","Value":"3"}
{"Time":"2026-11-22T10:01:00Z","Action":"output","Package":"heed/cmd/heed","Test":"TestWeeks","Output":"--- PASS: TestWeeks (60.00s)\n"}
{"Time":"2026-11-22T10:01:00Z","Action":"pass","Package":"heed/cmd/heed","Test":"TestWeeks","Elapsed":60}
{"Time":"2026-11-22T10:01:01Z","Action":"output","Package":"heed/bots","Test":"FuzzX","Output":"fuzz: elapsed: 3s, execs: 17 (5/sec), new interesting: 1\n"}
{"Time":"2026-11-22T10:01:04Z","Action":"output","Package":"heed/bots","Test":"FuzzX","Output":"fuzz: elapsed: 6s, execs: 40 (7/sec), new interesting: 1\n"}
{"Time":"2026-11-22T10:01:05Z","Action":"fail","Package":"heed/bots","Test":"FuzzX","Elapsed":6}
{"Time":"2026-11-22T10:01:05Z","Action":"skip","Package":"heed/bots","Test":"TestY","Elapsed":0}
`
	var shown strings.Builder
	r, err := read(strings.NewReader(in), &shown)
	if err != nil {
		t.Fatal(err)
	}
	if r.Passed != 1 || r.Failed != 1 || r.Skipped != 1 || r.Seconds != 65 {
		t.Errorf("%+v", r)
	}
	if r.Figures["TestWeeks"]["weeks"] != "3" || r.Figures["FuzzX"]["executions"] != "40" {
		t.Errorf("figures %v", r.Figures)
	}
	if s := shown.String(); strings.Contains(s, "=== RUN") || !strings.Contains(s, "--- PASS: TestWeeks") {
		t.Errorf("shown %q", s)
	}
}

func TestWhatIsNoTestOutputIsRefused(t *testing.T) {
	if _, err := read(strings.NewReader("ok heed/bots 1s\n"), &strings.Builder{}); err == nil {
		t.Error("taken for a run")
	}
}
