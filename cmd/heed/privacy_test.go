package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"heed/runner/sandbox"
)

const canary = "quillfeather marzipan observatory"

// A bot that does what it should not: it prints the messages it gets, on both of its
// outputs, and answers them with words of its own.
const chattyBot = `#!/bin/sh
while IFS= read -r line; do
	echo "got $line" >&2
	echo "heard: $line"
	case $line in
	*'"type":"dm"'*)
		id=$(printf '%s' "$line" | sed 's/.*"id":"\([^"]*\)".*/\1/')
		user=$(printf '%s' "$line" | sed 's/.*"user_id":"\([^"]*\)".*/\1/')
		heed emit dm --user "$user" --cause "$id" --text "Thank you, a person will read this." ;;
	esac
done
`

// TestP7NoMessageIsWrittenAnywhere searches every file heed has, and every line it
// said, for the words of a message, after it was received, handed to a bot that
// prints it, and answered; and for credentials (promise P1).
func TestP7NoMessageIsWrittenAnywhere(t *testing.T) {
	x := newStage(t, sandbox.Options{Tier: sandbox.Enterprise})
	dir := t.TempDir()
	env := x.settings(t, dir, "", "desk")
	write(t, filepath.Join(dir, "desk.sh"), chattyBot, 0o755)
	if _, err := x.AddUser(sandbox.User{ID: "3001", Username: "ann"}); err != nil {
		t.Fatal(err)
	}
	p := start(t, dir, env, "run")
	p.until(60*time.Second, `desk +script +script.started`)
	if _, err := x.DM("ann", "desk", "Hello, "+canary+", can you help?"); err != nil {
		t.Fatal(err)
	}
	p.until(60*time.Second, `desk +outcome +DONE +dm .*user 3001`, `withheld: it repeats a direct message`)
	if _, err := x.DM("ann", "desk", "STOP "+canary); err != nil {
		t.Fatal(err)
	}
	p.until(60*time.Second, `desk +heard .*user 3001`, `user 3001`)
	search := func(when string) {
		files := 0
		err := filepath.WalkDir(filepath.Join(dir, "state"), func(path string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return nil // a file may go while heed works
			}
			b, err := os.ReadFile(path)
			if err != nil {
				return nil
			}
			files++
			for _, word := range append(strings.Fields(canary), secrets(env)...) {
				if bytes.Contains(b, []byte(word)) {
					t.Errorf("%s: %s holds %q", when, path, word)
				}
			}
			return nil
		})
		if err != nil || files < 4 {
			t.Errorf("%s: %d files were searched: %v", when, files, err)
		}
	}
	search("while it runs")
	p.end(syscall.SIGTERM, 30*time.Second)
	search("after its end")
	for _, line := range p.said() {
		for _, word := range append(strings.Fields(canary), secrets(env)...) {
			if strings.Contains(line, word) {
				t.Errorf("heed said %q in %q", word, line)
			}
		}
	}
}

func secrets(env []string) (out []string) {
	for _, e := range env {
		_, v, _ := strings.Cut(e, "=")
		out = append(out, v)
	}
	return out
}
