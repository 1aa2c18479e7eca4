package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheExamplesCases tries the cases beside the example house, by its own settings.
func TestTheExamplesCases(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"heed.toml", "people.json", "example.test.toml"} {
		b, err := os.ReadFile(filepath.Join("../../bots/example", name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), string(b), 0o600)
	}
	write(t, filepath.Join(dir, "bin/desk"), "#!/bin/sh\n", 0o700) // `make build` makes it; no case runs it
	var out, errs bytes.Buffer
	code := Main([]string{"test", "-c", filepath.Join(dir, "heed.toml")}, strings.NewReader(""), &out, &errs)
	if code != exitOK || errs.Len() > 0 || strings.Count(out.String(), "\nok ") < 5 {
		t.Errorf("exit %d\n%s%s", code, out.String(), errs.String())
	}
	if _, err := os.Stat(filepath.Join(dir, "state")); err == nil {
		t.Error("trying cases has made a ledger")
	}
}
