package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the .want files anew")

// TestMistakes loads every testdata/NAME.toml, named for its mistake, and wants the
// problems of NAME.want.
func TestMistakes(t *testing.T) {
	t.Chdir("testdata")
	files, err := filepath.Glob("*.toml")
	if err != nil || len(files) < 45 {
		t.Fatalf("%d cases: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(file, ".toml"), func(t *testing.T) {
			got := outcome(t, file)
			if strings.Contains(got, "canary") {
				t.Errorf("a secret is repeated: %s", got)
			}
			want := strings.TrimSuffix(file, ".toml") + ".want"
			if *update {
				if err := os.WriteFile(want, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			b, err := os.ReadFile(want)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(b) {
				t.Errorf("problems\n%swant\n%s", got, b)
			}
		})
	}
}

// outcome is what a load says, and checks that errors and warnings go their own ways.
func outcome(t *testing.T, file string) string {
	t.Helper()
	c, err := load(file, testShelf)
	if err == nil {
		if c == nil {
			t.Fatal("neither a configuration nor an error")
		}
		if len(c.Warnings) == 0 {
			t.Fatal("a file named for its mistake loads without a word")
		}
		if len(c.Warnings.Fatal()) > 0 {
			t.Errorf("a mistake among the warnings: %v", c.Warnings)
		}
		return "loads\n" + strings.ReplaceAll(c.Warnings.Error(), mustGetwd(t), "DIR") + "\n"
	}
	var problems Problems
	if !errors.As(err, &problems) || len(problems.Fatal()) == 0 || c != nil {
		t.Fatalf("config %v, error %T %v", c, err, err)
	}
	return strings.ReplaceAll(err.Error(), mustGetwd(t), "DIR") + "\n"
}

func mustGetwd(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestGoodFiles loads every file of testdata/good without a word.
func TestGoodFiles(t *testing.T) {
	t.Chdir("testdata/good")
	files, err := filepath.Glob("*.toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no good files: %v", err)
	}
	for _, file := range files {
		c, err := load(file, testShelf)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if len(c.Warnings) > 0 {
			t.Errorf("%s: %v", file, c.Warnings)
		}
	}
}
