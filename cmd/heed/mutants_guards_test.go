package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// site is one place of a guard's source where a generated change fits.
type site struct {
	file   string // from the repository's root
	line   int
	at     int // byte of the file
	old    string
	new    string
	source []byte
}

func (s site) mutated() []byte {
	return slices.Concat(s.source[:s.at], []byte(s.new), s.source[s.at+len(s.old):])
}

// flips are the operators that a slip turns into each other.
var flips = map[token.Token]string{token.LSS: "<=", token.LEQ: "<", token.GTR: ">=", token.GEQ: ">",
	token.EQL: "!=", token.NEQ: "==", token.LAND: "||", token.LOR: "&&"}

// sitesOf finds every change of a file: comparisons one off or turned round, and for or,
// conditions negated, whole numbers one more.
func sitesOf(file string) (all []site, err error) {
	src, err := os.ReadFile(filepath.Join(house, file))
	if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, file, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	add := func(from token.Pos, length int, change func(string) string) {
		p := set.Position(from)
		old := string(src[p.Offset : p.Offset+length])
		all = append(all, site{file: file, line: p.Line, at: p.Offset, old: old, new: change(old), source: src})
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if other := flips[n.Op]; other != "" {
				add(n.OpPos, len(n.Op.String()), func(string) string { return other })
			}
		case *ast.IfStmt:
			add(n.Cond.Pos(), int(n.Cond.End()-n.Cond.Pos()), func(s string) string { return "!(" + s + ")" })
		case *ast.BasicLit:
			if v, err := strconv.ParseInt(n.Value, 0, 64); err == nil && n.Kind == token.INT {
				add(n.Pos(), len(n.Value), func(string) string { return strconv.FormatInt(v+1, 10) })
			}
		}
		return true
	})
	return all, nil
}

func setting(t *testing.T, name string, without int) int {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		return without
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		t.Fatalf("%s=%s: %v", name, v, err)
	}
	return n
}

// leastKilled is the share, in percent, that the guards' own tests must notice. Some
// changes mean the same, and numbers of settings may be one more: it is never all.
const leastKilled = 80

// TestMutatedGuards changes the guards' sources blindly, place by place, and counts what
// the guards' own tests notice. It finds places for a test, and proves nothing by itself.
//
//	HEED_MUTANTS=guards HEED_SAMPLE=100 HEED_SEED=1 go test -timeout 0 -run TestMutatedGuards -v ./cmd/heed
//
// HEED_SAMPLE=0 tries every place; HEED_FILES=halt,window only those of these files.
func TestMutatedGuards(t *testing.T) {
	if os.Getenv("HEED_MUTANTS") != "guards" {
		t.Skip("HEED_MUTANTS=guards is not set")
	}
	sites := guardSites(t)
	dice := rand.New(rand.NewPCG(uint64(setting(t, "HEED_SEED", 1)), 11))
	dice.Shuffle(len(sites), func(i, j int) { sites[i], sites[j] = sites[j], sites[i] })
	if n := setting(t, "HEED_SAMPLE", 100); n > 0 {
		sites = sites[:min(n, len(sites))]
	}
	if out := goTest(t, "guards", ".", "", patienceFor); out.verdict != passed {
		t.Fatalf("the guards' tests fail without any change:\n%s", out.tail())
	}
	tried, killed := map[string]int{}, map[string]int{}
	var survivors []string
	all, dead := 0, 0
	began := time.Now()
	for _, s := range sites {
		out := goTest(t, "guards", ".", overlayOf(t, s.file, s.mutated()), time.Minute)
		if out.verdict == unbuilt {
			continue
		}
		all++
		tried[s.file]++
		if out.verdict != passed {
			dead++
			killed[s.file]++
			continue
		}
		survivors = append(survivors, fmt.Sprintf("%s:%d: %s is %s", s.file, s.line, s.old, s.new))
		t.Log(survivors[len(survivors)-1])
	}
	slices.Sort(survivors)
	for _, f := range slices.Sorted(maps.Keys(tried)) {
		t.Logf("%-30s %3d of %3d noticed", f, killed[f], tried[f])
	}
	t.Logf("%d of %d changes noticed, %s; not noticed:\n%s", dead, all, time.Since(began).Round(time.Second), strings.Join(survivors, "\n"))
	t.Attr("generated", strconv.Itoa(all))
	t.Attr("killed", strconv.Itoa(dead))
	t.Attr("unnoticed", strconv.Itoa(all-dead))
	if all == 0 || dead*100 < all*leastKilled {
		t.Errorf("%d of %d noticed; at least %d%% must be", dead, all, leastKilled)
	}
}

func guardSites(t *testing.T) (sites []site) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(house, "guards", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	only := os.Getenv("HEED_FILES")
	for _, f := range files {
		name := filepath.Base(f)
		if strings.HasSuffix(name, "_test.go") || only != "" && !slices.Contains(strings.Split(only, ","), strings.TrimSuffix(name, ".go")) {
			continue
		}
		found, err := sitesOf("guards/" + name)
		if err != nil {
			t.Fatal(err)
		}
		sites = append(sites, found...)
	}
	return sites
}
