package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// verdict is how a run of go test ended.
type verdict int

const (
	passed  verdict = iota
	failed          // a test said so, or its process died
	unbuilt         // it did not compile
	late            // it ran out of time
)

// run is what came of one go test.
type run struct {
	verdict verdict
	skipped []string // tests, not their parts
	output  []string
	took    time.Duration
}

// tail is the end of what was printed.
func (r run) tail() string {
	return strings.Join(r.output[max(0, len(r.output)-40):], "")
}

// overlayOf writes a changed file and the list that lets go build read it in the
// place of the true one.
func overlayOf(t *testing.T, file string, changed []byte) (path string) {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs(house)
	if err != nil {
		t.Fatal(err)
	}
	stand := filepath.Join(dir, filepath.Base(file))
	list, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(root, file): stand}})
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, "overlay.json")
	if err := errors.Join(os.WriteFile(stand, changed, 0o600), os.WriteFile(path, list, 0o600)); err != nil {
		t.Fatal(err)
	}
	return path
}

// overfull is how a machine says that it can start no more processes now.
const overfull = "resource temporarily unavailable"

// goTest runs tests of one package, with an overlay unless that is "". What the machine
// could not run says nothing of a mutant: it is run again, and then given up loudly.
func goTest(t *testing.T, pkg, pattern, overlay string, limit time.Duration) (r run) {
	t.Helper()
	for range 5 {
		if r = goTestOnce(t, pkg, pattern, overlay, limit); r.verdict == passed || !strings.Contains(strings.Join(r.output, ""), overfull) {
			return r
		}
		<-time.After(5 * time.Second)
	}
	t.Fatalf("go test %s: this machine has no room for it:\n%s", pkg, r.tail())
	return r
}

func goTestOnce(t *testing.T, pkg, pattern, overlay string, limit time.Duration) (r run) {
	t.Helper()
	args := []string{"test", "-json", "-count=1", "-vet=off", "-timeout", limit.String(), "-run", pattern}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	began := time.Now()
	cmd := exec.CommandContext(t.Context(), "go", append(args, "./"+pkg)...)
	cmd.Dir = house
	cmd.Env = append(os.Environ(), "HEED_MUTANTS=")
	cmd.WaitDelay = time.Minute
	out, err := cmd.Output()
	r.took = time.Since(began)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("go test %s: %v", pkg, err)
	}
	if exit != nil {
		r.verdict = failed
		r.output = append(r.output, string(exit.Stderr))
	}
	ran := false // else no test fits the pattern
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e struct{ Action, Test, Output, FailedBuild string }
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue
		}
		r.output = append(r.output, e.Output)
		switch {
		case e.FailedBuild != "" || e.Action == "build-fail":
			r.verdict = unbuilt
		case r.verdict == failed && strings.HasPrefix(e.Output, "panic: test timed out after"):
			r.verdict = late
		case e.Action == "skip" && e.Test != "" && !strings.Contains(e.Test, "/"):
			r.skipped = append(r.skipped, e.Test)
		case e.Action == "run":
			ran = true
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if !ran && r.verdict == passed {
		t.Fatalf("go test %s: %s ran no test\n%s", pkg, pattern, r.tail())
	}
	return r
}
