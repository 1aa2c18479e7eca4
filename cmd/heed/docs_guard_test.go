package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAddingAGuard puts the guard of docs/adding-a-guard.md into a copy of the source, and runs
// its test there with those that hold for every guard.
func TestAddingAGuard(t *testing.T) {
	dir := t.TempDir()
	for _, room := range []string{"guards", "bots"} {
		if err := os.CopyFS(filepath.Join(dir, room), os.DirFS("../../"+room)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		b, err := os.ReadFile("../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), string(b), 0o600)
	}
	files := 0
	for _, b := range blocksOf(t, "../../docs/adding-a-guard.md") {
		if name := b.file(); name != "" {
			write(t, filepath.Join(dir, name), b.text, 0o600)
			files++
		}
	}
	if files != 2 {
		t.Fatalf("%d files were found, not a guard and its test", files)
	}
	const promises = "TestBrief$|TestEveryGuard|TestP2|TestP9|TestReadyCases|TestFirmGuards|TestWindowNames"
	cmd := exec.Command("go", "test", "-count=1", "-v", "-run", promises, "./guards")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, name := range []string{"TestBrief", "TestEveryGuard/brief"} {
		if !strings.Contains(string(out), "--- PASS: "+name+" ") {
			t.Errorf("%s was not run", name)
		}
	}
	if unformatted, err := exec.Command("gofmt", "-l", filepath.Join(dir, "guards/brief.go"), filepath.Join(dir, "guards/brief_test.go")).Output(); err != nil || len(unformatted) > 0 {
		t.Errorf("the page's files are not gofmt-ed: %s %v", unformatted, err)
	}
}
