package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"heed/bots/example"
)

// exampleHouse unpacks the example bots with their Go bot built.
func exampleHouse(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("the example's quake bot needs python3, which is not here")
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, example.Files); err != nil {
		t.Fatal(err)
	}
	if err := buildDesk(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func buildDesk(ctx context.Context, dir string) error {
	build := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join("bin", "desk"), filepath.Join("desk", "main.go"))
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %.200s", err, out)
	}
	return nil
}

// TestTheStoryOfMakeRun is what a newcomer sees in the first half minute, and that
// it goes on where it was.
func TestTheStoryOfMakeRun(t *testing.T) {
	dir := exampleHouse(t)
	p := start(t, dir, nil, "run")
	p.until(60*time.Second,
		`quakes +script +script.started`, `desk +script +script.started`, `copycat +script +script.started`,
		`quakes +intent +WAITING +post us2000crkq`,
		`quakes +outcome +DONE +post us2000crkq .*-> \d+`,
		`desk +outcome +DONE +reply .* user 2001`,
		`desk +heard .*user 2002: .*en\.stop`,
		`circle +outcome +CANCELLED +follow .* user 2002`,
		`desk +verdict +DENIED +reply .*opt_out.opted_out user 2002`,
		`circle +verdict +DENIED +follow .*opt_out.opted_out user 2002`,
		`copycat +verdict +DENIED +post .*duplicate.same: quakes's post "us2000\w+" \(done.*\[D1`,
		`circle +verdict +DEFERRED +follow .*5 of 5 follows in the last 1h`,
		`shy +verdict +DENIED .*to change it: set the bio to: .*@harbourlab`,
	)
	if n := p.count(`desk +outcome +DONE +reply .* user 2001`); n != 1 {
		t.Errorf("the question was answered %d times", n)
	}
	if n := p.count(`DONE .* user 2002\b`); n != 0 {
		t.Errorf("%d acts reached the person who said stop", n)
	}
	if out, code := heed(t, dir, "", "why", "copycat/copy-us2000crkq"); code != exitOK || !strings.Contains(out, "D1 ") {
		t.Errorf("why: exit %d: %s", code, out)
	}
	if out, code := heed(t, dir, "", "optout", "list", "--json"); code != exitOK || !strings.Contains(out, `"user_id":"2002"`) {
		t.Errorf("optout list: exit %d: %s", code, out)
	}
	if code := p.end(syscall.SIGINT, 30*time.Second); code != exitOK {
		t.Errorf("ctrl-C: exit %d", code)
	}

	posted := p.count(`quakes +outcome +DONE`)
	again := start(t, dir, nil, "run")
	again.until(60*time.Second, `quakes +outcome +DONE +post`, `circle +verdict +DENIED +follow .*opt_out.opted_out user 2002`)
	if n := again.count(`quakes .*DONE +post us2000crkq`); n != 0 {
		t.Error("the first earthquake was posted a second time")
	}
	if posted == 0 {
		t.Error("nothing was posted before the first end")
	}
	if code := again.end(syscall.SIGTERM, 30*time.Second); code != exitOK {
		t.Errorf("SIGTERM: exit %d", code)
	}
	for _, f := range []string{"heed.db", "sandbox.json"} {
		info, err := os.Stat(filepath.Join(dir, "state", f))
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v; nobody else may read it", f, info, err)
		}
	}
}
