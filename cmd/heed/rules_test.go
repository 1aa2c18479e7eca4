package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heed/guards"
)

// chapterLengths are the ids of the rules: how many there are of each letter. Each is a
// rule of X's documents; none may be lost on the way.
var chapterLengths = map[string]int{"C": 19, "D": 15, "F": 7, "B": 6, "P": 6, "M": 16, "A": 18}

// TestEveryRuleIsServed wants every rule declared, with a test that exists, or with what
// the operator must do where no machine can serve it.
func TestEveryRuleIsServed(t *testing.T) {
	for letter, n := range chapterLengths {
		for i := 1; i <= n; i++ {
			id := fmt.Sprintf("%s%d", letter, i)
			if _, ok := guards.ClauseOf(id); !ok {
				t.Errorf("%s is declared nowhere", id)
			}
		}
	}
	tests := testFunctions(t)
	for _, c := range guards.Policy() {
		if len(c.Tests) == 0 {
			t.Errorf("%s has no test", c.ID)
		}
		for _, name := range c.Tests {
			if !slices.Contains(tests, name) {
				t.Errorf("%s rests on %q, and there is no such test", c.ID, name)
			}
		}
		if c.Served[0] == guards.ByWords && c.Operator == "" {
			t.Errorf("%s cannot be served by a machine, and does not say what the operator must do", c.ID)
		}
		if !slices.Contains(guards.Services(), c.Served[0]) {
			t.Errorf("%s is served by %q", c.ID, c.Served[0])
		}
		source, err := os.ReadFile(filepath.Join("../..", c.File))
		if err != nil || !strings.Contains(string(source), `ID: "`+c.ID+`"`) {
			t.Errorf("%s says that %s declares it: %v", c.ID, c.File, err)
		}
	}
}

// testFunctions lists every test of the repository as "folder TestName".
func testFunctions(t *testing.T) (names []string) {
	t.Helper()
	err := filepath.WalkDir("../..", func(path string, e fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		folder, _ := filepath.Rel("../..", filepath.Dir(path))
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Test") {
				names = append(names, filepath.ToSlash(folder)+" "+fn.Name.Name)
			}
		}
		return nil
	})
	if err != nil || len(names) < 100 {
		t.Fatalf("%d tests were found: %v", len(names), err)
	}
	return names
}

// TestServedByAGuardIsCited wants that what is said to be served by a guard is on some
// guard's name plate.
func TestServedByAGuardIsCited(t *testing.T) {
	for _, c := range guards.Policy() {
		cited := slices.ContainsFunc(guards.Rules(), func(r guards.Rule) bool { return slices.Contains(r.Clauses, c.ID) })
		if byGuard := slices.Contains(c.Served, guards.ByGuard); byGuard != cited {
			t.Errorf("%s: served by a guard: %t, on a guard's name plate: %t", c.ID, byGuard, cited)
		}
	}
}

// TestPolicyDocument keeps docs/policy.md what the rules say, and tells operators what is
// left to them.
func TestPolicyDocument(t *testing.T) {
	const file = "../../docs/policy.md"
	page := policyPage()
	for _, c := range guards.Policy() {
		if !strings.Contains(page, "\n| "+c.ID+" | "+c.Says+" |") || !strings.Contains(page, c.Operator) {
			t.Errorf("the page does not tell %s", c.ID)
		}
	}
	got, err := os.ReadFile(file)
	if *update {
		if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err != nil || string(got) != page {
		t.Errorf("docs/policy.md is not what `heed rules --markdown` says; run `make rules` (%v)", err)
	}
}

// TestRulesAreThoseOfTheReference holds the table beside the reference, where it is at hand.
func TestRulesAreThoseOfTheReference(t *testing.T) {
	text, err := os.ReadFile("../../../shared/reference/policy.md")
	if err != nil {
		t.Skip("the policy reference is not at hand; TestEveryRuleIsServed has the same ids")
	}
	for line := range strings.Lines(string(text)) {
		id, _, ok := strings.Cut(strings.TrimPrefix(line, "| "), " |")
		if !ok || len(id) < 2 || len(id) > 3 || chapterLengths[id[:1]] == 0 || strings.Trim(id[1:], "0123456789") != "" {
			continue
		}
		if _, known := guards.ClauseOf(id); !known {
			t.Errorf("the reference has %s, heed has not", id)
		}
	}
}
