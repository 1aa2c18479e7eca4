package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// advised is a command in a sentence: heed, then words up to where the sentence goes on.
var advised = regexp.MustCompile("heed((?: +(?:--?)?[A-Za-z0-9%<@*][A-Za-z0-9%./_-]*)+)")

// TestAdviceCanBeTaken: a command that heed tells people to run in any of its messages has
// flags that its verb knows, and with any flag all that the verb demands.
func TestAdviceCanBeTaken(t *testing.T) {
	looked := 0
	err := filepath.WalkDir("../..", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Errorf("%s: %v", fset.Position(lit.Pos()), err)
			}
			for _, m := range advised.FindAllStringSubmatch(text, -1) {
				verb, flags := adviceOf(m[1])
				if verb == nil || len(flags) == 0 {
					continue
				}
				looked++
				if wrong := cannotTake(verb, flags); wrong != "" {
					t.Errorf("%s: heed%s: %s", fset.Position(lit.Pos()), m[1], wrong)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if looked < 10 {
		t.Errorf("only %d commands were found", looked)
	}
}

// adviceOf is the verb that words begin with, nil where it is none, and their flags.
func adviceOf(words string) (*cobra.Command, []string) {
	verb, rest := freshRoot(), strings.Fields(words)
	for len(rest) > 0 {
		next, _, err := verb.Find(rest[:1])
		if err != nil || next == verb {
			break
		}
		verb, rest = next, rest[1:]
	}
	var flags []string
	for _, w := range rest {
		if strings.HasPrefix(w, "--") {
			flags = append(flags, strings.TrimRight(strings.TrimPrefix(w, "--"), "."))
		}
	}
	if !verb.HasParent() {
		return nil, nil
	}
	return verb, flags
}

func cannotTake(verb *cobra.Command, flags []string) string {
	verb.InitDefaultHelpFlag()
	for _, name := range flags {
		f := verb.Flag(name)
		if f == nil {
			return "it has no --" + name
		}
		f.Changed = true
	}
	if err := verb.ValidateRequiredFlags(); err != nil {
		return err.Error()
	}
	return ""
}
