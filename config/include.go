package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

const maxIncluded = 100

// CasesEnd is how the names of files end that hold verdict cases. They lie beside the
// settings, and no pattern of include means them.
const CasesEnd = ".test.toml"

// include reads the files that the main one names, in order of their names.
func (l *loader) include(root section) []*source {
	if !root.has("include") {
		return nil
	}
	var list struct {
		Include []string `toml:"include"`
	}
	only := root
	only.keys = map[string]toml.Primitive{"include": root.keys["include"]}
	only.fill(&list)
	paths := l.matches(root, list.Include)
	if len(paths) > maxIncluded {
		root.bad("include", fmt.Sprintf("names %d files; at most %d are read", len(paths), maxIncluded), "put several bots in one file")
		return nil
	}
	var sources []*source
	for _, p := range paths {
		if src := l.read(p); src != nil {
			sources = append(sources, src)
		}
	}
	return sources
}

// matches are the files that the patterns name, without the main one.
func (l *loader) matches(root section, patterns []string) []string {
	base := filepath.Dir(root.src.name)
	seen := map[string]bool{filepath.Clean(root.src.name): true}
	var paths []string
	for i, pattern := range patterns {
		at := []string{"include", fmt.Sprintf("[%d]", i)}
		if !filepath.IsLocal(pattern) {
			l.report(root.src, at, "leads out of the folder of the main file", `write a path below it, like "bots/*.toml"`, false)
			continue
		}
		wild := strings.ContainsAny(pattern, `*?[`)
		found, err := filepath.Glob(filepath.Join(escapeGlob(base), pattern))
		if err != nil {
			l.report(root.src, at, "is no pattern of file names", `like "bots/*.toml"`, false)
			continue
		}
		found = slices.DeleteFunc(found, func(p string) bool {
			info, err := os.Stat(p)
			return err == nil && info.IsDir() || wild && strings.HasSuffix(p, CasesEnd)
		})
		if len(found) == 0 {
			l.report(root.src, at, fmt.Sprintf("%q names no file", oneLine(pattern)), "", wild)
		}
		for _, p := range found {
			if !seen[p] {
				seen[p] = true
				paths = append(paths, p)
			}
		}
	}
	slices.Sort(paths)
	return paths
}

// escapeGlob keeps a folder's own name from being taken for a pattern.
func escapeGlob(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}
