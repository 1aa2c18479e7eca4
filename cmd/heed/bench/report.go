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

// Report is a run of benches as it is kept.
type Report struct {
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

// Keep writes a report to a file.
func (r Report) Keep(path string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}

// ReadReport reads what Keep wrote.
func ReadReport(path string) (r Report, err error) {
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	if err != nil {
		return r, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// name is what a figure has in common with the same figure of another run.
func (f Figure) name() [3]string { return [3]string{f.Bench, f.Case, f.Name} }

// Compare writes two runs as a table of Markdown, ratios first: what counts on every
// machine stands above what this one did. before may be empty.
func Compare(before, after Report) string {
	old := map[[3]string]Figure{}
	for _, f := range before.Figures {
		old[f.name()] = f
	}
	rows := slices.Clone(after.Figures)
	slices.SortStableFunc(rows, func(a, b Figure) int { return rank(a) - rank(b) })
	var t strings.Builder
	t.WriteString("| bench | case | figure | before | now | target | |\n|---|---|---|---|---|---|---|\n")
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
		fmt.Fprintf(&t, "| %s | %s | %s | %s | %s %s | %s | %s |\n", f.Bench, f.Case, f.Name, was, number(f.Value), f.Unit, f.Target, verdict)
	}
	return t.String()
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
