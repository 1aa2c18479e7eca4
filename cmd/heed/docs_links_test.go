package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	makeTarget = regexp.MustCompile("`make ([a-z-]+)")
	pageLink   = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading    = regexp.MustCompile(`(?m)^#+ +(.*)$`)
)

// TestDocLinks wants that every link between pages leads to a file and a heading that are
// there, every `make` target exists, and docs/README.md names every page.
func TestDocLinks(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	index, err := os.ReadFile("../../docs/README.md")
	if err != nil {
		t.Fatal(err)
	}
	links := 0
	for _, page := range docPages(t) {
		b, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		for _, m := range makeTarget.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(string(makefile), "\n"+m[1]+":") {
				t.Errorf("%s: there is no `make %s`", page, m[1])
			}
		}
		for _, m := range pageLink.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			links++
			to, anchor, _ := strings.Cut(m[1], "#")
			path := page
			if to != "" {
				path = filepath.Join(filepath.Dir(page), to)
			}
			target, err := os.ReadFile(path)
			if err != nil {
				if info, dirErr := os.Stat(path); dirErr != nil || !info.IsDir() {
					t.Errorf("%s: %s leads nowhere", page, m[1])
				}
				continue
			}
			if anchor != "" && !slices.Contains(anchorsOf(string(target)), anchor) {
				t.Errorf("%s: %s: there is no such heading", page, m[1])
			}
		}
		if name := filepath.Base(page); name != "README.md" && !strings.Contains(string(index), "]("+name+")") {
			t.Errorf("docs/README.md does not name %s", name)
		}
	}
	if links < 10 {
		t.Errorf("only %d links were found", links)
	}
}

// anchorsOf makes of each heading what a page's links name it by.
func anchorsOf(text string) []string {
	all := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		var b strings.Builder
		for _, r := range strings.ToLower(m[1]) {
			switch {
			case r == ' ' || r == '-':
				b.WriteByte('-')
			case r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 0x7f:
				b.WriteRune(r)
			}
		}
		all[b.String()] = true
	}
	return slices.Collect(maps.Keys(all))
}
