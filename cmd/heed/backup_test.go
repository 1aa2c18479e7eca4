package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"heed/runner/sandbox"
)

// pierBot says three things whenever it starts, two of which ask for a person, and answers
// every mention.
const pierBot = `#!/bin/sh
cat <<'END'
{"action":"post","key":"a","text":"A first word from the pier."}
{"action":"post","key":"h1","hold":true,"text":"The harbour master asks for a look at this."}
{"action":"post","key":"h2","hold":true,"text":"Something else entirely, about gulls."}
END
while read -r l; do
case $l in *'"type":"mention"'*) id=${l#*'"id":"'}; id=${id%%'"'*}
printf '{"action":"reply","cause":"%s","key":"%s","text":"answer %s, gladly","target":{"post_id":"%s"}}\n' "$id" "$id" "${id#post:}" "${id#post:}";; esac
done
`

// TestP3P4ARestoredLedgerRuns: the whole program runs on after a restore of a backup that
// is older than what it did: it posts nothing again, answers no call again, and leaves
// alone who said stop since.
func TestP3P4ARestoredLedgerRuns(t *testing.T) {
	x := newStage(t, sandbox.Options{})
	dir := t.TempDir()
	env := x.settings(t, dir, "", "one")
	write(t, filepath.Join(dir, "one.sh"), pierBot, 0o755)
	for id, name := range map[string]string{"3001": "ann", "3002": "bert"} {
		if _, err := x.AddUser(sandbox.User{ID: id, Username: name, DMOpen: true}); err != nil {
			t.Fatal(err)
		}
	}
	ask := func(who, what string) {
		t.Helper()
		if _, err := x.Mention(who, "one", "@one "+what); err != nil {
			t.Fatal(err)
		}
	}
	want := func(code int, says string, args ...string) {
		t.Helper()
		if out, got := heed(t, dir, "", args...); got != code || !strings.Contains(out, says) {
			t.Fatalf("%v: exit %d: %s", args, got, out)
		}
	}
	p := start(t, dir, env, "run")
	p.until(60*time.Second, `one +outcome +DONE +post a`, `one +verdict +HELD +post h1`, `one +verdict +HELD +post h2`)
	ask("ann", "first?")
	p.until(60*time.Second, `one +outcome +DONE +reply`)
	want(exitOK, "opt-outs", "backup", "b.db")
	want(exitOK, "", "approve", "h1")
	p.until(60*time.Second, `one +outcome +DONE +post h1`)
	ask("ann", "second?")
	p.until(60*time.Second, `one +outcome +DONE +reply`)
	ask("bert", "STOP")
	p.until(60*time.Second, `heard.opt_out`)
	want(exitFailed, "another daemon works on", "backup", "restore", "b.db")
	p.end(syscall.SIGTERM, 30*time.Second)
	before := len(ofBots(x))

	want(exitOK, "all bots paused", "backup", "restore", "b.db")
	p = start(t, dir, env, "run")
	p.until(60*time.Second, `one +script +script.started`, `one +outcome +DONE +post h1`) // found on X
	if n := len(ofBots(x)); n != before {
		t.Errorf("%d acts before anybody resumed", n-before)
	}
	want(exitOK, "1 stops lifted", "resume")
	p.until(60*time.Second, `one +verdict +DENIED +reply`) // the second question, heard again
	ask("bert", "and I?")
	ask("ann", "third?")
	p.until(60*time.Second, `one +outcome +DONE +reply`)
	p.end(syscall.SIGTERM, 30*time.Second)

	said := map[string]int{}
	for _, a := range ofBots(x) {
		if said[a.Text]++; said[a.Text] > 1 {
			t.Errorf("said twice: %s", a.Text)
		}
	}
	if n := len(ofBots(x)); n != before+1 {
		t.Errorf("%d acts since the restore, want the answer to the third question", n-before)
	}
	if told := x.toldTo("3002"); len(told) != 0 {
		t.Errorf("who said stop was told %q", told)
	}
	t.Attr("acts", fmt.Sprint(len(ofBots(x))))
	t.Attr("twice", "0")
}

// ofBots are the acts that an app did, people's own left out.
func ofBots(x *stage) (acts []sandbox.Act) {
	for _, a := range x.Acts("") {
		if a.AppID != "" {
			acts = append(acts, a)
		}
	}
	return acts
}
