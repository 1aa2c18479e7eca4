package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestFloors holds the house's import table: who may know whom.
func TestFloors(t *testing.T) {
	files := 0
	err := filepath.WalkDir("../..", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && (strings.HasPrefix(e.Name(), ".") && e.Name() != ".." || e.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		files++
		parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel("../..", path)
		room := filepath.ToSlash(filepath.Dir(rel))
		for _, imp := range parsed.Imports {
			to, _ := strconv.Unquote(imp.Path.Value)
			if to, ours := strings.CutPrefix(to, "heed/"); ours && !mayImport(room, to) {
				t.Errorf("%s: %s may not import %s", rel, room, to)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Errorf("only %d files were looked at", files)
	}
}

// mayImport is the table of the design. A folder may import what stands under its
// own room, its parent and the floors below; never a sibling.
func mayImport(room, to string) bool {
	under := func(dir, of string) bool { return dir == of || strings.HasPrefix(dir, of+"/") }
	switch {
	case under(to, room) && room != "runner": // a larger part of its own
		return true
	case under(room, "bots/xtext"), under(room, "bots/example"), under(room, "guards/words"), under(room, "guards/likeness"):
		return false
	case under(room, "bots"):
		return under(to, "bots")
	case under(room, "guards"):
		return under(to, "bots") && to != "bots/example" || under(to, "guards")
	case under(room, "config"):
		return to == "guards" || to == "bots"
	case room == "runner":
		return under(to, "guards") || under(to, "bots") && to != "bots/example"
	case under(room, "runner"):
		parts := strings.Split(room, "/")
		own := strings.Join(parts[:2], "/")
		return under(to, own) || to == "runner" || under(to, "guards") || under(to, "bots") && to != "bots/example"
	case under(room, "cmd"):
		return true
	}
	return false
}

func TestTheTableOfFloorsRefuses(t *testing.T) {
	for _, c := range [][2]string{{"bots", "guards"}, {"guards", "runner"}, {"guards", "config"}, {"config", "runner"},
		{"runner", "runner/ledger"}, {"runner/bus", "runner/ledger"}, {"runner/ledger", "config"}, {"bots/xtext", "bots"},
		{"runner/mcp", "runner/ledger"}, {"runner/mcp", "runner/scripts"}, {"runner/mcp", "config"}} {
		if mayImport(c[0], c[1]) {
			t.Errorf("%s may import %s", c[0], c[1])
		}
	}
}

// TestP8NothingOfXIsMeasured: the rooms that speak with X take no time between two
// instants, and nothing anywhere names a latency.
func TestP8NothingOfXIsMeasured(t *testing.T) {
	for _, dir := range []string{"../../runner/platform", "../../runner"} {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatal(err, len(files))
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, word := range []string{"time.Since(", "x-response-time", "latency"} {
				if strings.Contains(strings.ToLower(string(b)), strings.ToLower(word)) {
					t.Errorf("%s: %s", f, word)
				}
			}
		}
	}
}
