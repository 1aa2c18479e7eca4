package main

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

//go:embed promises.toml
var promisesTable string

// promises is what stands in promises.toml.
type promises struct {
	Promise []struct {
		ID, Says, Held, Unproven string
		Runs                     []string
	}
	Run []struct{ ID, Says string }
}

func readPromises() (p promises, err error) {
	meta, err := toml.Decode(promisesTable, &p)
	if err != nil {
		return p, err
	}
	if u := meta.Undecoded(); len(u) > 0 {
		return p, fmt.Errorf("promises.toml: unknown %v", u)
	}
	return p, nil
}

// page writes docs/promises.md of the repository at root.
func page(root string) (string, error) {
	p, err := readPromises()
	if err != nil {
		return "", err
	}
	tests, err := promiseTests(root)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("# What heed promises, and what shows it\n\n" +
		"Written by `make promises` from the tests' names and the output of the runs below; not by hand.\n" +
		"A figure stands here only when a run printed it. Each run can be repeated with the command beside it.\n")
	for _, pr := range p.Promise {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n*How:* %s\n\n*Not proven:* %s\n\n", pr.ID, pr.Says, pr.Held, pr.Unproven)
		if len(pr.Runs) > 0 {
			fmt.Fprintf(&b, "*Runs:* %s\n\n", strings.Join(pr.Runs, ", "))
		}
		for _, folder := range slices.Sorted(maps.Keys(tests[pr.ID])) {
			fmt.Fprintf(&b, "- `%s`: %s\n", folder, strings.Join(tests[pr.ID][folder], ", "))
		}
	}
	b.WriteString("\n## The runs\n")
	for _, run := range p.Run {
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\n", run.ID, run.Says)
		all, err := readRuns(root, run.ID)
		if err != nil {
			return "", err
		}
		if len(all) == 0 {
			b.WriteString("No run is on record.\n")
		}
		if len(all) > 1 {
			writeFigures(&b, together(all), fmt.Sprintf("%d runs together:", len(all)))
		}
		for _, r := range all {
			r.write(&b)
		}
	}
	return b.String(), nil
}

// readRuns reads a run's file, and those of its parts: weeks.json, weeks-2.json.
func readRuns(root, id string) (all []Run, err error) {
	parts, err := filepath.Glob(filepath.Join(root, "docs/runs", id+"-*.json"))
	if err != nil {
		return nil, err
	}
	for _, path := range append([]string{filepath.Join(root, "docs/runs", id+".json")}, parts...) {
		r, err := readRun(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// together adds up the figures that are whole numbers in every run that has them, but for
// ratios.
func together(all []Run) map[string]map[string]string {
	sum := map[string]map[string]string{}
	for _, r := range all {
		for test, figures := range r.Figures {
			if sum[test] == nil {
				sum[test] = map[string]string{}
			}
			for name, value := range figures {
				n, err := strconv.Atoi(value)
				had, again := strconv.Atoi(cmp.Or(sum[test][name], "0"))
				if err != nil || again != nil || strings.Contains(name, "_per_") {
					sum[test][name] = "(see below)"
					continue
				}
				sum[test][name] = strconv.Itoa(had + n)
			}
		}
	}
	return sum
}

func readRun(path string) (r Run, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return r, err
	}
	if err = json.Unmarshal(raw, &r); err != nil {
		return r, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

func (r Run) write(b *strings.Builder) {
	fmt.Fprintf(b, "`%s`, %s, %d s, revision %s, %s: %d tests passed, %d failed, %d skipped.\n",
		r.Command, r.Began.Format("2006-01-02 15:04"), r.Seconds, r.Revision, r.Machine, r.Passed, r.Failed, r.Skipped)
	writeFigures(b, r.Figures, "")
}

func writeFigures(b *strings.Builder, figures map[string]map[string]string, says string) {
	if len(figures) == 0 {
		return
	}
	fmt.Fprintf(b, "%s\n| test | figures |\n|---|---|\n", says+strings.Repeat("\n", min(1, len(says))))
	for _, test := range slices.Sorted(maps.Keys(figures)) {
		var cells []string
		for _, name := range slices.Sorted(maps.Keys(figures[test])) {
			cells = append(cells, strings.ReplaceAll(name, "_", " ")+" "+grouped(figures[test][name]))
		}
		fmt.Fprintf(b, "| %s | %s |\n", test, strings.Join(cells, ", "))
	}
	b.WriteByte('\n')
}

// grouped writes 1234567 as 1,234,567.
func grouped(s string) string {
	for i := len(s) - 3; i > 0; i -= 3 {
		if strings.Trim(s, "0123456789,") != "" {
			return s
		}
		s = s[:i] + "," + s[i:]
	}
	return s
}

var (
	testName = regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9]*)\(t \*testing\.T\)`)
	promised = regexp.MustCompile(`P(1[0-2]|[1-9])(?:[A-Z]|$)`)
	caseName = regexp.MustCompile(`"(P[0-9]+): ([^"]+)"`)
)

// promiseTests finds the tests that bear a promise's name: promise, folder, tests.
func promiseTests(root string) (map[string]map[string][]string, error) {
	found := map[string]map[string][]string{}
	add := func(id, folder, name string) {
		if found[id] == nil {
			found[id] = map[string][]string{}
		}
		if !slices.Contains(found[id][folder], name) {
			found[id][folder] = append(found[id][folder], name)
		}
	}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		conformance := filepath.Base(folder) == "ledgertest"
		if !conformance && !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range testName.FindAllStringSubmatch(string(source), -1) {
			for _, p := range promisesIn(m[1]) {
				add(p, folder, m[1])
			}
		}
		if conformance {
			for _, m := range caseName.FindAllStringSubmatch(string(source), -1) {
				add(m[1], folder, `"`+m[2]+`"`)
			}
		}
		return nil
	})
	return found, err
}

// promisesIn reads TestP4P5KilledAtAnyMoment as P4 and P5.
func promisesIn(test string) (ids []string) {
	rest := strings.TrimPrefix(test, "Test")
	for {
		at := promised.FindStringSubmatchIndex(rest)
		if at == nil || at[0] != 0 {
			return ids
		}
		ids = append(ids, "P"+rest[at[2]:at[3]])
		rest = rest[at[3]:]
	}
}
