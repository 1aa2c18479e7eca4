package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
)

// mutant is one deliberate bug: a small change that a tired programmer could make, and
// that must not get past the tests.
type mutant struct {
	ID       string   `toml:"id"`
	Promise  string   `toml:"promise"` // P1 to P12
	File     string   `toml:"file"`    // from the repository's root
	Old      string   `toml:"old"`     // stands in the file exactly once
	New      string   `toml:"new"`
	World    string   `toml:"world"`     // what would happen if it were shipped
	CaughtBy []string `toml:"caught_by"` // "guards TestHalt": each of them alone must fail
	Weeks    bool     `toml:"weeks"`     // the simulated weeks alone must catch it too
	Hangs    bool     `toml:"hangs"`     // a catcher may run out of time, which counts as caught
}

const (
	house        = "../.." // the repository's root, seen from here
	weeksCatcher = "cmd/heed TestWeeks"
	fewestBugs   = 25
)

func mutants(t *testing.T) []mutant {
	t.Helper()
	var table struct {
		Mutant []mutant `toml:"mutant"`
	}
	meta, err := toml.DecodeFile("testdata/mutants.toml", &table)
	if err != nil {
		t.Fatal(err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		t.Fatalf("mutants.toml: unknown keys %v", unknown)
	}
	return table.Mutant
}

// mutated gives the file with the bug in it.
func (m mutant) mutated() ([]byte, error) {
	src, err := os.ReadFile(filepath.Join(house, m.File))
	if err != nil {
		return nil, err
	}
	if n := strings.Count(string(src), m.Old); n != 1 {
		return nil, fmt.Errorf("%s: the old text stands %d times in %s, not once: the table has gone stale", m.ID, n, m.File)
	}
	return []byte(strings.Replace(string(src), m.Old, m.New, 1)), nil
}

// split takes a catcher apart.
func split(catcher string) (pkg, test string) {
	pkg, test, _ = strings.Cut(catcher, " ")
	return pkg, test
}

var (
	mutantID   = regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)
	testHeader = regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9_]+)\(`)
)

// TestMutantsTable keeps the table of deliberate bugs true while the code changes.
func TestMutantsTable(t *testing.T) {
	all := mutants(t)
	if len(all) < fewestBugs {
		t.Errorf("%d mutants; at least %d", len(all), fewestBugs)
	}
	seen, promised, tests := map[string]bool{}, map[string]int{}, map[string][]string{}
	for _, m := range all {
		if !mutantID.MatchString(m.ID) || seen[m.ID] {
			t.Errorf("id %q: not words joined by _, or not the only one", m.ID)
		}
		seen[m.ID] = true
		promised[m.Promise]++
		if len(m.World) < 20 || strings.HasSuffix(m.World, ".") || m.Old == m.New || len(m.CaughtBy) == 0 {
			t.Errorf("%s: needs what would happen in the world, a change, and who catches it", m.ID)
		}
		changed, err := m.mutated()
		if err != nil {
			t.Error(err)
		} else if strings.HasSuffix(m.File, ".go") {
			if _, err := parser.ParseFile(token.NewFileSet(), m.File, changed, parser.SkipObjectResolution); err != nil {
				t.Errorf("%s: %v", m.ID, err)
			}
		}
		for _, c := range m.CaughtBy {
			pkg, test := split(c)
			if _, known := tests[pkg]; !known {
				tests[pkg] = testsOf(t, pkg)
			}
			if !slices.Contains(tests[pkg], test) {
				t.Errorf("%s: %s has no %s", m.ID, pkg, test)
			}
		}
	}
	for i := 1; i <= 12; i++ {
		p := "P" + strconv.Itoa(i)
		if promised[p] == 0 {
			t.Errorf("no mutant breaks promise %s", p)
		}
		delete(promised, p)
	}
	if len(promised) > 0 {
		t.Errorf("promises that there are not: %v", promised)
	}
}

// testsOf are the names of a package's tests.
func testsOf(t *testing.T, pkg string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(house, pkg, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range testHeader.FindAllSubmatch(src, -1) {
			names = append(names, string(m[1]))
		}
	}
	return names
}

// TestMutants puts each deliberate bug of testdata/mutants.toml in, one after the other,
// and demands that its catchers notice. The tree is not changed: go test gets an overlay.
//
//	HEED_MUTANTS=all       the table, each by its own catchers
//	HEED_MUTANTS=weeks     those that the simulated weeks alone must catch (HEED_WEEKS, HEED_SEED)
//	HEED_MUTANTS=ID,ID     these
//	HEED_MUTANTS=guards    generated changes of guards/*.go, see TestMutatedGuards
func TestMutants(t *testing.T) {
	want := os.Getenv("HEED_MUTANTS")
	if want == "" || want == "guards" {
		t.Skip("HEED_MUTANTS is not set: make mutants")
	}
	var chosen []mutant
	for _, m := range mutants(t) {
		switch {
		case want == "weeks" && m.Weeks:
			m.CaughtBy, m.Hangs = []string{weeksCatcher}, true
			chosen = append(chosen, m)
		case want == "all", slices.Contains(strings.Split(want, ","), m.ID):
			chosen = append(chosen, m)
		}
	}
	if len(chosen) == 0 {
		t.Fatalf("HEED_MUTANTS=%s names none", want)
	}
	skips := mustPass(t, chosen)
	var survivors []string
	caught, untried := 0, 0
	for _, m := range chosen {
		by, took, err := m.meet(t, skips)
		switch {
		case err != nil:
			t.Errorf("%s: %v", m.ID, err)
			continue
		case by == untriedHere:
			untried++
		case strings.HasPrefix(by, survived):
			survivors = append(survivors, m.ID)
			t.Errorf("%s survived (%s, %s): %s; by hand: HEED_MUTANTS=%s go test -count=1 -run TestMutants -v ./cmd/heed", m.ID, m.Promise, m.File, m.World, m.ID)
		default:
			caught++
		}
		t.Logf("%-32s %-4s %6.1fs  %s", m.ID, m.Promise, took.Seconds(), by)
	}
	t.Logf("%d mutants, %d caught, %d not tried here, %d survived: %s", len(chosen), caught, untried, len(survivors), strings.Join(survivors, " "))
	t.Attr("mutants", strconv.Itoa(len(chosen)-untried))
	t.Attr("caught", strconv.Itoa(caught))
	t.Attr("survived", strconv.Itoa(len(survivors)))
}

const (
	survived    = "SURVIVED "
	untriedHere = "not tried: its catcher skips on this machine"
	patienceFor = 3 * time.Minute // for one catcher
)

// mustPass runs all catchers on the code as it is: a broken test catches nothing. It
// gives those that this machine skips.
func mustPass(t *testing.T, chosen []mutant) (skips map[string]bool) {
	t.Helper()
	byPackage, skips := map[string][]string{}, map[string]bool{}
	for _, m := range chosen {
		for _, c := range m.CaughtBy {
			if pkg, test := split(c); !slices.Contains(byPackage[pkg], test) {
				byPackage[pkg] = append(byPackage[pkg], test)
			}
		}
	}
	for pkg, tests := range byPackage {
		out := goTest(t, pkg, "^("+strings.Join(tests, "|")+")$", "", 4*patienceFor)
		if out.verdict != passed {
			t.Fatalf("%s fails without any mutant:\n%s", pkg, out.tail())
		}
		for _, test := range out.skipped {
			skips[pkg+" "+test] = true
		}
	}
	return skips
}

// meet runs the mutant's catchers. It gives by whom it was caught, or that it was not.
func (m mutant) meet(t *testing.T, skips map[string]bool) (by string, took time.Duration, err error) {
	changed, err := m.mutated()
	if err != nil {
		return "", 0, err
	}
	overlay := overlayOf(t, m.File, changed)
	for _, c := range m.CaughtBy {
		if skips[c] {
			return untriedHere, took, nil
		}
		pkg, test := split(c)
		out := goTest(t, pkg, "^"+test+"$", overlay, patienceFor)
		took += out.took
		switch {
		case out.verdict == unbuilt:
			return "", took, fmt.Errorf("does not compile: the table is wrong\n%s", out.tail())
		case out.verdict == late && !m.Hangs:
			return "", took, fmt.Errorf("%s ran out of time, and the mutant is not marked with hangs", c)
		case out.verdict == passed:
			return survived + c, took, nil
		}
		by = strings.TrimPrefix(by+", "+c, ", ")
	}
	return by, took, nil
}
