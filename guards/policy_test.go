package guards

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestEveryClauseCitedExists(t *testing.T) {
	for _, r := range Rules() {
		if len(r.Clauses) == 0 {
			t.Errorf("%s serves no clause", r.Name)
		}
		for _, id := range r.Clauses {
			if _, ok := ClauseOf(id); !ok {
				t.Errorf("%s cites %s, which the policy table lacks", r.Name, id)
			}
		}
	}
	// Clauses of single findings stand in the source as Citing("C2"): every file is read,
	// so that one on a path no test takes is found too.
	id := regexp.MustCompile(`"([A-FMP][0-9]{1,2})"`)
	for _, r := range Rules() {
		source, err := os.ReadFile(r.Name + ".go")
		if err != nil {
			t.Errorf("a guard is one file: %v", err)
			continue
		}
		for _, m := range id.FindAllStringSubmatch(string(source), -1) {
			if _, ok := ClauseOf(m[1]); !ok {
				t.Errorf("%s.go cites %s, which the policy table lacks", r.Name, m[1])
			}
		}
	}
}

func TestPolicyTable(t *testing.T) {
	cited := map[string]bool{"A15": true} // served by AsOf itself
	for _, r := range Rules() {
		for _, id := range r.Clauses {
			cited[id] = true
		}
	}
	seen := map[string]bool{}
	for _, c := range Policy() {
		if seen[c.ID] {
			t.Errorf("%s stands twice", c.ID)
		}
		seen[c.ID] = true
		if c.Says == "" || c.Source == "" || strings.HasSuffix(c.Says, ".") {
			t.Errorf("%s: %q from %q", c.ID, c.Says, c.Source)
		}
		if slices.Contains(c.Served, ByGuard) && !cited[c.ID] {
			t.Errorf("%s is served by no rule", c.ID)
		}
	}
	if AsOf.IsZero() {
		t.Error("nobody can tell how old the policies are")
	}
	table := Policy()
	if table[0].Says = ""; Policy()[0].Says == "" {
		t.Error("a caller can change the policy")
	}
}

// TestClausesAreThoseOfTheReference compares the ids with the reference, where it is at hand.
func TestClausesAreThoseOfTheReference(t *testing.T) {
	text, err := os.ReadFile("../../shared/reference/policy.md")
	if err != nil {
		t.Skip("the policy reference is not at hand; the table's own tests hold")
	}
	for _, c := range Policy() {
		// The rows of D7 to D9 are damaged there: two ids are lost.
		if !strings.Contains(string(text), "\n| "+c.ID+" |") && c.ID != "D8" && c.ID != "D9" {
			t.Errorf("%s is no clause of the reference", c.ID)
		}
	}
}

func TestClausesKnowTheirFile(t *testing.T) {
	c, _ := ClauseOf("C2")
	if c.File != "guards/opt_out.go" || c.AsOf != AsOf {
		t.Errorf("C2 is declared in %q as of %s", c.File, c.AsOf)
	}
}
