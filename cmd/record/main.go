// Command record stands behind a long proof: it reads the output of `go test -json` from
// stdin, shows it as people know it, and keeps the proof's figures in a file, from which
// docs/promises.md is written. Its exit code is 1 when a test failed or none was run.
//
//	go test -json -run TestWeeks ./cmd/heed | record -o docs/runs/weeks.json
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

func main() {
	target := flag.String("o", "", "the file to keep the figures in")
	command := flag.String("command", "", "how the run is repeated, for the page")
	root := flag.String("page", "", "write docs/promises.md of the repository here, and do nothing else")
	flag.Parse()
	if *root != "" {
		text, err := page(*root)
		if err == nil {
			err = os.WriteFile(filepath.Join(*root, "docs/promises.md"), []byte(text), 0o644)
		}
		if err != nil {
			fail(err)
		}
		return
	}
	if *target == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	run, err := read(os.Stdin, os.Stdout)
	if err == nil {
		run.Command, run.Revision, run.Machine = *command, revision(), machine()
		err = keep(run, *target)
	}
	if err != nil {
		fail(err)
	}
	if run.Failed > 0 || run.Passed == 0 {
		fail(fmt.Errorf("%d tests failed, %d passed", run.Failed, run.Passed))
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "record:", err)
	os.Exit(1)
}

func keep(run Run, path string) error {
	b, err := json.MarshalIndent(run, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}

// revision names the sources, and says so when they were changed since.
func revision() string {
	out, err := exec.Command("git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

func machine() string {
	return fmt.Sprintf("%s %s/%s, %d cores", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
}

// event is one line of `go test -json`.
type event struct {
	Time    time.Time
	Action  string
	Package string
	Test    string
	Output  string
	Key     string
	Value   string
}

// read takes in a whole run, passing on to out what people read.
func read(in io.Reader, out io.Writer) (Run, error) {
	r := Run{Figures: map[string]map[string]string{}}
	lines := json.NewDecoder(in)
	for {
		var e event
		switch err := lines.Decode(&e); {
		case err == io.EOF:
			return r, nil
		case err != nil:
			return r, fmt.Errorf("stdin is not the output of go test -json: %w", err)
		}
		if err := r.take(e, out); err != nil {
			return r, err
		}
	}
}
