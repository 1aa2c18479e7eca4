package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// Report is a run of one bench as it is kept.
type Report struct {
	Bench   string    `json:"bench"`
	Command string    `json:"command"` // how it is repeated
	Heed    string    `json:"heed"`    // the version that was measured
	Machine string    `json:"machine"`
	Began   time.Time `json:"began"`
	Seconds int       `json:"seconds"`
	Figures []Figure  `json:"figures"`
}

// Machine names what a figure was measured on, without what names whose it is.
func Machine() string {
	kind := "race detector off"
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		kind = "race detector on"
	}
	return fmt.Sprintf("%s %s/%s, %d cores, %s", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), kind)
}

// Keep writes a report into a folder, in the place of an earlier one of the same bench.
func (r Report) Keep(dir string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, r.Bench+".json"), append(b, '\n'), 0o644)
}

// ReadReports reads what Keep wrote into a folder, by bench; none where the folder is
// missing.
func ReadReports(dir string) (map[string]Report, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	all := map[string]Report{}
	for _, path := range paths {
		var r Report
		b, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(b, &r)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all[r.Bench] = r
	}
	return all, nil
}

// name is what a figure has in common with the same figure of another run.
func (f Figure) name() [3]string { return [3]string{f.Bench, f.Case, f.Name} }

// Compare writes runs as tables of Markdown, one a bench, ratios first: what counts on
// every machine stands above what this one did. before may lack benches and figures.
func Compare(before, after map[string]Report) string {
	var t strings.Builder
	for _, b := range all {
		now, ran := after[b.Name]
		if !ran {
			continue
		}
		was := before[b.Name]
		fmt.Fprintf(&t, "### %s: %s\n\n", b.Name, b.Says)
		if was.Bench != "" {
			fmt.Fprintf(&t, "Before: %s.  \n", was.origin())
		}
		fmt.Fprintf(&t, "Now: %s; `%s`, %d s.\n\n", now.origin(), now.Command, now.Seconds)
		now.table(&t, was)
	}
	return t.String()
}

func (r Report) origin() string {
	return fmt.Sprintf("heed %s on %s, %s", r.Heed, r.Began.Format(time.DateOnly), r.Machine)
}

func (r Report) table(t *strings.Builder, before Report) {
	old := map[[3]string]Figure{}
	for _, f := range before.Figures {
		old[f.name()] = f
	}
	rows := slices.Clone(r.Figures)
	slices.SortStableFunc(rows, func(a, b Figure) int { return rank(a) - rank(b) })
	t.WriteString("| case | figure | before | now | target | |\n|---|---|---|---|---|---|\n")
	for _, f := range rows {
		was, verdict := "", ""
		if o, ok := old[f.name()]; ok {
			was = number(o.Value)
		}
		switch {
		case f.Met != nil && *f.Met:
			verdict = "met"
		case f.Met != nil:
			verdict = "**missed**"
		}
		fmt.Fprintf(t, "| %s | %s | %s | %s %s | %s | %s |\n", f.Case, f.Name, was, number(f.Value), f.Unit, f.Target, verdict)
	}
	t.WriteString("\n")
}

// rank puts ratios first, then what has a target, then the rest.
func rank(f Figure) int {
	switch {
	case f.Unit == Ratio:
		return 0
	case f.Met != nil:
		return 1
	}
	return 2
}

// Ratio is the unit of what does not depend on the machine.
const Ratio = "ratio"
