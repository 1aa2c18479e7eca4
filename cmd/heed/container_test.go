package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const containerFile = "dist/Dockerfile"

// stageOf is one image of a Dockerfile: what it starts from, and its instructions in order.
type stageOf struct {
	name, from string
	lines      [][2]string // instruction and the rest
}

func readContainer(t *testing.T) (stages []stageOf) {
	t.Helper()
	text, err := os.ReadFile(containerFile)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case word == "" || word[0] == '#':
		case word == "FROM":
			from, name, named := strings.Cut(rest, " AS ")
			if !named {
				t.Errorf("FROM %s has no name", rest)
			}
			stages = append(stages, stageOf{name: name, from: from})
		case len(stages) == 0:
			t.Fatalf("%q comes before any image", line)
		default:
			last := &stages[len(stages)-1]
			last.lines = append(last.lines, [2]string{word, rest})
		}
	}
	return stages
}

var (
	pinned    = regexp.MustCompile(`^(scratch|golang:1\.26\.[0-9]+-bookworm|debian:12\.[0-9]+-slim)$`)
	harmless  = []string{"VERSION", "SOURCE_DATE_EPOCH", "PATH", "RUNTIME_DIRECTORY", "CREDENTIALS_DIRECTORY"}
	known     = []string{"ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "HEALTHCHECK", "RUN", "USER", "VOLUME", "WORKDIR"}
	notAsRoot = regexp.MustCompile(`^[1-9][0-9]*:[1-9][0-9]*$`)
)

// No container engine builds this in a test. What can be read without one is: images are
// of named versions, files are there, nobody is root, no secret has a place, and what is
// run is a verb of heed's.
func TestContainer(t *testing.T) {
	stages := readContainer(t)
	var names []string
	for _, s := range stages {
		if !pinned.MatchString(s.from) {
			t.Errorf("%s starts from %s, which is no named version of what is expected", s.name, s.from)
		}
		for _, l := range s.lines {
			checkLine(t, s.name, names, l[0], l[1])
		}
		names = append(names, s.name)
	}
	if want := []string{"build", "bare", "python"}; !slices.Equal(names, want) {
		t.Errorf("stages %v, not %v", names, want)
	}
	for _, s := range stages[min(1, len(stages)):] {
		checkImage(t, s)
	}
}

func checkLine(t *testing.T, stage string, earlier []string, word, rest string) {
	t.Helper()
	if !slices.Contains(known, word) {
		t.Errorf("%s: %s %s: ADD and the like fetch what nobody has looked at", stage, word, rest)
	}
	switch word {
	case "ARG", "ENV":
		name, _, _ := strings.Cut(rest, "=")
		if !slices.Contains(harmless, name) {
			t.Errorf("%s: %s %s would stay in the image; a secret has no place there", stage, word, name)
		}
	case "COPY":
		args, from := strings.Fields(rest), ""
		for len(args) > 0 && strings.HasPrefix(args[0], "--") {
			if stage, ok := strings.CutPrefix(args[0], "--from="); ok {
				from = stage
			}
			args = args[1:]
		}
		if from != "" && !slices.Contains(earlier, from) {
			t.Errorf("%s: COPY %s: there is no earlier stage %q", stage, rest, from)
		}
		for _, path := range args[:len(args)-1] {
			checkCopied(t, stage, from, path)
		}
	}
}

// checkCopied looks whether a file is there: in the repository, or where the first stage
// makes it.
func checkCopied(t *testing.T, stage, from, path string) {
	t.Helper()
	if from == "" {
		if _, err := os.Stat(filepath.Join("../..", path)); err != nil {
			t.Errorf("%s: COPY: %v", stage, err)
		}
		return
	}
	made, ours := strings.CutPrefix(path, "/src/dist/")
	if !ours {
		if path != "/etc/ssl/certs/ca-certificates.crt" && path != "/empty" {
			t.Errorf("%s: COPY of %s, which nobody made", stage, path)
		}
		return
	}
	text, err := os.ReadFile("../../Makefile")
	if err != nil || !regexp.MustCompile(`(?m)^\t.*[ /]dist/`+regexp.QuoteMeta(made)+`\b`).Match(text) {
		t.Errorf("%s: COPY of dist/%s, which `make dist` does not make: %v", stage, made, err)
	}
}

// checkImage holds an image that is run.
func checkImage(t *testing.T, s stageOf) {
	t.Helper()
	is := map[string]string{}
	for _, l := range s.lines {
		if is["USER"] != "" && (l[0] == "RUN" || l[0] == "COPY") {
			t.Errorf("%s: %s after USER", s.name, l[0])
		}
		is[l[0]] = l[1]
	}
	if !notAsRoot.MatchString(is["USER"]) {
		t.Errorf("%s runs as %q", s.name, is["USER"])
	}
	if is["VOLUME"] != "/var/lib/heed" {
		t.Errorf("%s: the state is lost with the container: VOLUME %q", s.name, is["VOLUME"])
	}
	_, check, _ := strings.Cut(is["HEALTHCHECK"], "CMD ")
	for what, args := range map[string][]string{"HEALTHCHECK": argsOf(t, check), "CMD": append(argsOf(t, is["ENTRYPOINT"]), argsOf(t, is["CMD"])...)} {
		if len(args) < 2 || args[0] != "/usr/local/bin/heed" {
			t.Errorf("%s: %s is %q", s.name, what, args)
			continue
		}
		tryVerb(t, s.name+" "+what, strings.Join(args[1:], " "))
	}
}

func argsOf(t *testing.T, list string) (all []string) {
	t.Helper()
	if err := json.Unmarshal([]byte(list), &all); err != nil {
		t.Errorf("%q: %v", list, err)
	}
	return all
}

// What git does not keep, a build does not see either: states and secrets are among it.
func TestContainerSeesNoSecrets(t *testing.T) {
	kept, err := os.ReadFile("../../.gitignore")
	if err != nil {
		t.Fatal(err)
	}
	unseen, err := os.ReadFile(containerFile + ".dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(string(unseen))
	for _, path := range strings.Fields(string(kept)) {
		path = strings.Trim(path, "/")
		if !slices.Contains(lines, path) && !slices.Contains(lines, "**/"+filepath.Base(path)) {
			t.Errorf("a build sees %s", path)
		}
	}
}
