package main

import (
	"os"
	"strings"
	"testing"

	"heed/cmd/heed/bench"
)

// TestSpeedPage keeps the tables of docs/speed.md what the runs on record printed.
func TestSpeedPage(t *testing.T) {
	const file, runs = "../../docs/speed.md", "../../docs/runs/bench/"
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, err := bench.ReadReports(runs + "before")
	if err != nil {
		t.Fatal(err)
	}
	now, err := bench.ReadReports(runs)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- figures: written by `make speed` -->\n", "<!-- /figures -->"
	head, rest, ok1 := strings.Cut(string(b), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatal("docs/speed.md has lost the marks around its figures")
	}
	if len(now) == 0 {
		t.Fatal("no run is on record")
	}
	text := head + begin + bench.Compare(before, now) + end + tail
	if text == string(b) {
		return
	}
	if !*update {
		t.Fatal("the figures of docs/speed.md are not those of docs/runs/bench; run `make speed`")
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
