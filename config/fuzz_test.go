package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// FuzzLoad: nothing makes a load panic, a file is read alike every time, what it says
// has a place within the file, and a literal secret is never repeated.
func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("testdata/*.toml")
	if err != nil {
		f.Fatal(err)
	}
	good, err := filepath.Glob("testdata/good/*.toml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, good...) {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		path := filepath.Join(dir, "heed.toml")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		a, errA := load(path, testShelf)
		b, errB := load(path, testShelf)
		if !reflect.DeepEqual(a, b) || !reflect.DeepEqual(errA, errB) {
			t.Fatalf("one file, two answers:\n%v\n%v", errA, errB)
		}
		if (a == nil) == (errA == nil) {
			t.Fatalf("config %v, error %v", a, errA)
		}
		lines := 1 + strings.Count(string(data), "\n")
		problems, _ := errA.(Problems)
		if a != nil {
			problems = a.Warnings
			if again := Compare(a, b); !again.None() {
				t.Fatalf("a file differs from itself: %v", again)
			}
			// A remark behind it all says nothing.
			if err := os.WriteFile(path, append(data, "\n# that is all\n"...), 0o600); err != nil {
				t.Fatal(err)
			}
			if c, err := load(path, testShelf); err != nil || !Compare(a, c).None() {
				t.Fatalf("a remark behind it changes what it says: %v, %v", err, c)
			}
		}
		for _, p := range problems {
			if p.Line < 1 || p.Line > lines || p.Col < 1 || p.What == "" || strings.ContainsAny(p.String(), "\n\r") {
				t.Fatalf("%q in a file of %d lines", p.String(), lines)
			}
		}
	})
}
