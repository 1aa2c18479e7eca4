package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Every part of the program comes with its licence; a program whose parts nobody knows
// does not pass for one that has none.
func TestLicencesOfTheParts(t *testing.T) {
	gather := func(program, to string) (string, error) {
		cmd := exec.Command("cmd/heed/dist/licences.sh", program, to)
		cmd.Dir = "../.."
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	dir := t.TempDir()
	if out, err := gather(heedBinary(t), dir); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	parts, err := os.ReadFile(filepath.Join(dir, "parts.txt"))
	if err != nil {
		t.Fatal(err)
	}
	names := append(strings.Fields(string(parts)), "htmx")
	if len(names) < 20 || !strings.Contains(string(parts), "github.com/mattn/go-sqlite3@") {
		t.Errorf("%d parts", len(names))
	}
	for _, name := range names {
		files, err := os.ReadDir(filepath.Join(dir, name))
		size := int64(0)
		for _, f := range files {
			if info, err := f.Info(); err == nil {
				size += info.Size()
			}
		}
		if err != nil || size < 200 {
			t.Errorf("%s: %d files of %d bytes: %v", name, len(files), size, err)
		}
	}
	if _, err := gather("/bin/sh", t.TempDir()); err == nil {
		t.Error("a program that names no parts has all their licences")
	}
}
