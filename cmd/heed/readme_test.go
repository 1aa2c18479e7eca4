package main

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write generated tables and golden files anew")

const (
	tableBegin = "<!-- rules: written by `make rules` -->\n"
	tableEnd   = "<!-- /rules -->"
)

// TestREADME keeps the README's table of guards what the registry says.
func TestREADME(t *testing.T) {
	const file = "../../README.md"
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(b), tableBegin)
	table, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok1 || !ok2 {
		t.Fatal("the README has lost the marks around its table of guards")
	}
	if table == rulesTable() {
		return
	}
	if !*update {
		t.Fatal("the README's table of guards is not what `heed rules` says; run `make rules`")
	}
	if err := os.WriteFile(file, []byte(before+tableBegin+rulesTable()+tableEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
