package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"heed/guards"
	"heed/runner"
	"heed/runner/ledger"
)

// storyPatience is how long a test waits for what the demo does, on a busy machine.
const storyPatience = 2 * time.Minute

// pasted are the lines of a demo that are there to be pasted into a shell.
func pasted(said []string) (lines []string) {
	for _, line := range said {
		if s, ok := strings.CutPrefix(line, "    "); ok {
			lines = append(lines, s)
		}
	}
	return lines
}

// typed runs a line as a person would who stands where the demo was started.
func typed(t *testing.T, dir, line string) string {
	t.Helper()
	out, err := shell(t, dir, line).CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v: %s", line, err, out)
	}
	return string(out)
}

// TestTheStoryOfDemo runs `heed demo` whole and looks for each act in the ledger: what it
// tells has happened, and what it bids one type can be typed.
func TestTheStoryOfDemo(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(heedBinary(t), "demo", "--auto", "--json", "--dir", "my story", "--within", storyPatience.String(), "--for", "5m")
	cmd.Dir = dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("heed demo: %v\n%s", err, errs.String())
	}

	var names []string
	intents := map[string]bool{}
	for d := json.NewDecoder(&out); d.More(); {
		var a told
		if err := d.Decode(&a); err != nil {
			t.Fatalf("stdout is for the acts: %v", err)
		}
		if !a.Happened || a.At.IsZero() || a.Missing != "" || len(a.Told) == 0 || len(a.Intents) == 0 || a.Act != len(names)+1 {
			t.Errorf("act %+v", a)
		}
		names = append(names, a.Name)
		for _, in := range a.Intents {
			intents[in] = true
		}
	}
	if got := strings.Join(names, " "); got != "consent STOP copy burst bio approval" {
		t.Errorf("the acts are %s", got)
	}
	if !regexp.MustCompile(`web +the dashboard, .*: http://127\.0\.0\.1:\d+/sign-in\?code=`).Match(errs.Bytes()) {
		t.Error("no link into the dashboard was told")
	}
	theActsAreInTheLedger(t, filepath.Join(dir, "my story", "state", "heed.db"))

	asked := map[string]bool{}
	commands := pasted(strings.Split(errs.String(), "\n"))
	for _, line := range commands {
		answer := typed(t, dir, line)
		if first, _, _ := strings.Cut(answer, "\n"); strings.Contains(line, " why ") {
			asked[strings.Fields(first)[1]] = true
		}
	}
	if len(commands) < len(intents)+2 {
		t.Errorf("%d commands for %d intents", len(commands), len(intents))
	}
	for in := range intents {
		if !asked[in] {
			t.Errorf("heed why of %s was not bidden", in)
		}
	}
}

// theActsAreInTheLedger looks for what the demo says, where heed keeps it.
func theActsAreInTheLedger(t *testing.T, path string) {
	t.Helper()
	l, err := ledger.Open(path, ledger.Options{Trust: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	records, err := l.Records(t.Context(), runner.RecordQuery{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		expected
		says string
		n    int // how many there are
	}{
		{expected{kind: runner.RecOutcome, bot: "desk", state: runner.Done, user: ann}, "", 1},
		{expected{kind: runner.RecVerdict, bot: "desk", state: runner.Denied, code: "consent.spent", user: ann}, "answered already", 1},
		{expected{kind: runner.RecVerdict, bot: "desk", state: runner.Denied}, "", 2},
		{expected{kind: runner.RecPerson, code: "person.opt_out", user: bob}, "by dm", 1},
		{expected{kind: runner.RecOutcome, bot: "desk", state: runner.Cancelled, user: bob}, "", 1},
		{expected{kind: runner.RecVerdict, bot: "desk", state: runner.Denied, code: "opt_out.opted_out", user: bob}, "en.stop", 1},
		{expected{kind: runner.RecVerdict, bot: "copycat", state: runner.Denied, code: "duplicate.same"}, `quakes's post "us2000crkq"`, 1},
		{expected{kind: runner.RecOutcome, bot: "circle", state: runner.Done}, "", 3},
		{expected{kind: runner.RecVerdict, bot: "circle", state: runner.Deferred, code: "follow_rate.hour_full"}, "3 of 3 follows", 2},
		{expected{kind: runner.RecVerdict, bot: "circle", state: runner.Denied, code: "opt_out.opted_out", user: bob}, "en.stop", 1},
		{expected{kind: runner.RecVerdict, bot: "shy", state: runner.Denied, code: "disclosure.no_bot_word"}, "", 1},
		{expected{kind: runner.RecVerdict, bot: "quakes", key: "correction-us2000crkq", state: runner.Held, code: "asked.person"}, "", 1},
		{expected{kind: runner.RecVerdict, bot: "quakes", key: "correction-us2000crkq", state: runner.Waiting, code: "desk.approved"}, "", 1},
		{expected{kind: runner.RecOutcome, bot: "quakes", state: runner.Done}, "", 2},
		{expected{kind: runner.RecOutcome, state: runner.Done, user: bob}, "", 0},
		{expected{kind: runner.RecOutcome, state: runner.Done}, "", 6},
	} {
		var found []runner.Record
		for _, r := range records {
			if c.fits(r) {
				found = append(found, r)
			}
		}
		if len(found) != c.n {
			t.Errorf("%s: %d records, want %d", c.expected, len(found), c.n)
		}
		for _, r := range found {
			if !strings.Contains(r.Message, c.says) {
				t.Errorf("%s: %q does not say %q", c.expected, r.Message, c.says)
			}
		}
	}
	if i := slices.IndexFunc(records, func(r runner.Record) bool { return r.Bot == "shy" && r.State == runner.Denied }); i >= 0 &&
		!strings.Contains(records[i].Remedy, "@harbourlab") {
		t.Errorf("the bio to paste is %q", records[i].Remedy)
	}
	if c, err := l.Case(t.Context(), runner.Ref{Bot: "quakes", Key: "correction-us2000crkq"}); err != nil || c.State != runner.Done || c.Approval == nil || c.Approval.Hash != c.Hash {
		t.Errorf("the correction is %s, approved %+v: %v", c.State, c.Approval, err)
	}
	if choice, err := l.People(t.Context(), runner.PeopleQuery{User: bob, OptedOut: true, Limit: 10}); err != nil || len(choice) != 1 || choice[0].How != string(guards.ByDM) {
		t.Errorf("Bob's choices: %+v, %v", choice, err)
	}
}

// TestTheDemoWaitsForAPerson says yes, and then no, by the line that it bids one type, and
// ends it by ctrl-C.
func TestTheDemoWaitsForAPerson(t *testing.T) {
	for verb, want := range map[string]struct{ told, state string }{
		"approve": {`every guard judged it once more, and it was posted as \d+`, "done"},
		"reject":  {`you said no, and it was never sent: rejected by `, "cancelled"},
	} {
		t.Run(verb, func(t *testing.T) {
			dir := t.TempDir()
			p := start(t, dir, nil, "demo", "--fast", "--dir", "d", "--within", storyPatience.String(), "--wait", "10m")
			p.until(storyPatience, ` approve quakes/correction-us2000crkq --hash `, ` reject quakes/correction-us2000crkq `, ` dashboard --config`)
			for _, line := range pasted(p.said()) {
				if strings.Contains(line, " "+verb+" ") || strings.Contains(line, " dashboard ") {
					typed(t, dir, line)
				}
			}
			p.until(storyPatience, `demo +`+want.told, `demo +the house goes on`)
			if code := p.end(syscall.SIGINT, 30*time.Second); code != exitOK {
				t.Errorf("ctrl-C after the story: exit %d", code)
			}
			if out, code := heed(t, filepath.Join(dir, "d"), "", "why", "quakes/correction-us2000crkq"); code != exitOK || !strings.Contains(out, "state     "+want.state) {
				t.Errorf("why: exit %d: %s", code, out)
			}
		})
	}
}

// TestTheDemoGoesOnByItself: nobody says anything, and it says so; what waits is still held.
func TestTheDemoGoesOnByItself(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir, nil, "demo", "--fast", "--dir", "d", "--within", storyPatience.String(), "--wait", "0s")
	p.until(storyPatience, `demo +nobody said anything within 0s, and nothing was sent: it stays held`, `demo +the house goes on`)
	if out, code := heed(t, filepath.Join(dir, "d"), "", "held"); code != exitOK || !strings.Contains(out, "quakes/correction-us2000crkq") {
		t.Errorf("held: exit %d: %s", code, out)
	}
	if code := p.end(syscall.SIGTERM, 30*time.Second); code != exitOK {
		t.Errorf("TERM: exit %d", code)
	}
}

// TestADemoThatDoesNotHappen: an act that is not over within its bound is named, and it
// has failed; ctrl-C within an act has not; another's folder is left alone.
func TestADemoThatDoesNotHappen(t *testing.T) {
	dir := t.TempDir()
	out, code := heed(t, dir, "", "demo", "--auto", "--dir", "late", "--within", "1ms")
	if code != exitFailed || !strings.Contains(out, "heed: demo: its beginning, before act 1: did not happen within 1ms: ") {
		t.Errorf("an act that comes too late: exit %d: %s", code, out)
	}
	p := start(t, dir, nil, "demo", "--dir", "d", "--within", storyPatience.String(), "--for", "8s")
	p.until(storyPatience, `demo +ACT 1, consent`)
	<-p.ended
	if code := p.cmd.ProcessState.ExitCode(); code != exitFailed || p.count(`heed: demo: --for 8s was over in act \d, `) != 1 {
		t.Errorf("--for within an act: exit %d", code)
	}
	p = start(t, dir, nil, "demo", "--dir", "e", "--within", storyPatience.String())
	p.until(storyPatience, `demo +ACT 1, consent`)
	if code := p.end(syscall.SIGINT, 30*time.Second); code != exitOK || p.count(`demo +ended in act 1, consent`) != 1 {
		t.Errorf("ctrl-C within an act: exit %d", code)
	}

	write(t, filepath.Join(dir, "other", "heed.toml"), "mine", 0o600)
	out, code = heed(t, dir, "", "demo", "--dir", "other")
	if code != exitFailed || !strings.Contains(out, "other is not empty") {
		t.Errorf("another's folder: exit %d: %s", code, out)
	}
	if there, err := os.ReadDir(filepath.Join(dir, "other")); err != nil || len(there) != 1 {
		t.Errorf("another's folder was written into: %v, %v", there, err)
	}
	if out, code = heed(t, dir, "", "demo", "--within", "0s"); code != exitUsage {
		t.Errorf("no bound: exit %d: %s", code, out)
	}
}

// TestAnActThatFailsIsNamed: a bot that somebody paused does not do its part, and the story
// ends there with what did not come; it does not go on as if it had.
func TestAnActThatFailsIsNamed(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir, nil, "demo", "--auto", "--json", "--dir", "d", "--within", "20s")
	p.until(storyPatience, `5 bots, guards judge under`)
	if out, code := heed(t, dir, "", "pause", "quakes", "--for", "1h", "--config", "d/heed.toml"); code != exitOK {
		t.Fatalf("pause: exit %d: %s", code, out)
	}
	<-p.ended
	if code := p.cmd.ProcessState.ExitCode(); code != exitFailed {
		t.Errorf("exit %d", code)
	}
	for pattern, n := range map[string]int{
		`^heed: demo: act 3, copy: did not happen within 20s: quakes outcome DONE \(0 of 1 came\)$`: 1,
		`^{"act":\d,.*"happened":true`:             2,
		`^{"act":3,"name":"copy","happened":false`: 1,
		`THE END|ACT 4`:                            0,
	} {
		if got := p.count(pattern); got != n {
			t.Errorf("%d lines like %s, want %d", got, pattern, n)
		}
	}
}

func TestShellWord(t *testing.T) {
	for word, want := range map[string]string{"": "''", "a/b-c_1.toml": "a/b-c_1.toml", "my story": "'my story'", "it's": `'it'\''s'`, "$(x)": "'$(x)'"} {
		if got := shellWord(word); got != want {
			t.Errorf("%q: %s", word, got)
		}
	}
}
