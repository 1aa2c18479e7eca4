package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heed/cmd/heed/bench"
)

func TestBenchTellsFiguresAndKeepsThem(t *testing.T) {
	dir := t.TempDir()
	keep := filepath.Join(dir, "kept")
	out, code := heed(t, dir, "", "bench", "guards", "--scale", "0.005", "--json", "--dir", dir, "--keep", keep)
	if code != exitOK {
		t.Fatalf("exit %d: %s", code, out)
	}
	told := 0
	for line := range strings.Lines(out) {
		var f bench.Figure
		if err := json.Unmarshal([]byte(line), &f); err == nil && f.Bench == "guards" && f.Value > 0 {
			told++
		}
	}
	kept, err := bench.ReadReports(keep)
	if err != nil {
		t.Fatal(err)
	}
	if r := kept["guards"]; told == 0 || len(r.Figures) != told || r.Command != "heed bench guards --scale 0.005" {
		t.Errorf("%d figures were told, and this was kept: %+v", told, r)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	file := filepath.Join(dir, "file")
	write(t, file, "", 0o600)
	for _, row := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"bench", "road", "roads"}, exitUsage, `"roads" is no bench; did you mean "road"?`},
		{[]string{"bench", "guards", "--scale", "0"}, exitUsage, "--scale 0"},
		{[]string{"bench", "guards", "--scale", "NaN"}, exitUsage, "--scale NaN"},
		{[]string{"bench", "guards", "--scale", "101"}, exitUsage, "--scale 101"},
		{[]string{"bench", "guards", "--keep", file}, exitFailed, "--keep: "},
		{[]string{"bench", "guards", "--dir", file}, exitFailed, "bench: "},
	} {
		out, code := heed(t, dir, "", row.args...)
		if code != row.code || !strings.Contains(out, row.says) {
			t.Errorf("heed %v: exit %d: %s", row.args, code, out)
		}
	}
}
