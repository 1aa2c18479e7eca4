package ledger

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// TestMain lets the test binary play another process: child NAME FILE.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "child" {
		if err := children[os.Args[2]](os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var children = map[string]func(path string) error{
	"work":  childWork,
	"write": childWrite,
	"stop":  childStop,
}

func child(t *testing.T, name, path string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "child", name, path)
	cmd.Stderr = os.Stderr
	return cmd
}

// childWork enters, decides and settles for ever, and says what it was promised.
func childWork(path string) error {
	l, err := Open(path, Options{})
	if err != nil {
		return err
	}
	ctx := context.Background()
	if _, err := l.Recover(ctx, t0); err != nil {
		return err
	}
	pid := os.Getpid()
	say := func(what string, args ...any) { fmt.Println(append([]any{what}, args...)...) }
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			name := fmt.Sprint("bot", w)
			for i := 0; ; i++ {
				key := fmt.Sprintf("%d-%d", pid, i)
				in := bots.Intent{Action: bots.Post, Text: "tide " + key, Key: key, ID: name + "-" + key, ExpiresAt: t0.Add(1000 * time.Hour)}
				stored, _ := in.Encode()
				if _, err := l.Enter(ctx, []runner.Entry{{Bot: name, At: t0, Intent: in, Stored: stored}}); err != nil {
					say("failed", err)
					return
				}
				say("entered", name, key)
				turn, ok, _, err := l.Decide(ctx, bots.Bot{Name: name, Mode: bots.Live}, pipeline(guards.Needs{}), t0)
				if err != nil || !ok {
					say("failed", err, ok)
					return
				}
				say("claimed", name, turn.Key)
				c := runner.Closing{Seq: turn.Seq, At: t0, State: runner.Done, Answer: runner.Answer{Outcome: runner.Landed}}
				if err := l.Settle(ctx, c); err != nil {
					say("failed", err)
					return
				}
				say("done", name, turn.Key)
			}
		})
	}
	wg.Wait()
	return nil
}

// P4 and P5: whatever was promised before a kill -9 holds after it, and nothing that was
// claimed is claimed again.
func TestP4P5KillNine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "heed.db")
	promised := map[string]string{} // "bot key" to the last thing that was said of it
	for round := range 5 {
		cmd := child(t, "work", path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			f := strings.Fields(lines.Text())
			if len(f) != 3 || f[0] == "failed" {
				t.Fatalf("child: %s", lines.Text())
			}
			id := f[1] + " " + f[2]
			if f[0] == "claimed" && (promised[id] == "claimed" || promised[id] == "done") {
				t.Fatalf("%s was claimed twice", id)
			}
			promised[id] = f[0]
			if n == 37+round*41 { // at another place each time
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the child was not killed")
		}
		checkPromises(t, path, promised)
	}
	if len(promised) < 100 {
		t.Fatalf("only %d intents", len(promised))
	}
}

func checkPromises(t *testing.T, path string, promised map[string]string) {
	t.Helper()
	l, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := l.Recover(t.Context(), t0); err != nil {
		t.Fatal(err)
	}
	for id, what := range promised {
		bot, key, _ := strings.Cut(id, " ")
		c, err := l.Case(t.Context(), runner.Ref{Bot: bot, Key: key})
		if err != nil {
			t.Fatalf("%s was %s and is lost: %v", id, what, err)
		}
		ok := true
		switch what {
		case "entered":
			ok = c.State == runner.Waiting || c.State == runner.Unknown || c.State == runner.Done
		case "claimed":
			ok = c.State == runner.Unknown || c.State == runner.Done
		case "done":
			ok = c.State == runner.Done
		}
		if !ok || c.Hash != bots.Hash(c.Stored) {
			t.Fatalf("%s was %s and is %s", id, what, c.State)
		}
	}
	if v, err := l.conn.ask(`PRAGMA integrity_check`); err != nil || v != "ok" {
		t.Fatalf("integrity %v, %v", v, err)
	}
}

const perChild = 50

func childWrite(path string) error {
	l, err := Open(path, Options{})
	if err != nil {
		return err
	}
	defer l.Close()
	for i := range perChild {
		key := fmt.Sprint("child-", i)
		in := bots.Intent{Action: bots.Post, Text: "x", Key: key, ID: key, ExpiresAt: t0.Add(1000 * time.Hour)}
		stored, _ := in.Encode()
		if _, err := l.Enter(context.Background(), []runner.Entry{{Bot: "child", At: t0, Intent: in, Stored: stored}}); err != nil {
			return err
		}
	}
	return nil
}

func TestTwoProcessesWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "heed.db")
	l := openAt(t, path, Options{})
	cmd := child(t, "write", path)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for i := range perChild {
		enter(t, l, "parent", fmt.Sprint("parent-", i), post("x"))
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	all, err := l.Waiting(t.Context(), nil, "", 1000)
	if err != nil || len(all) != 2*perChild {
		t.Fatalf("%d intents, %v", len(all), err)
	}
}

const notice = "The harbour wall will be closed for repairs from Tuesday morning"

// childStop does at the desk what a person does beside the daemon.
func childStop(path string) error {
	l, err := Open(path, Options{Trust: true})
	if err != nil {
		return err
	}
	defer l.Close()
	ctx := context.Background()
	r, err := l.OptOut(ctx, "42", guards.Choice{At: t0, How: "cli", Scope: "*"})
	if err != nil || len(r.Cancelled) != 1 {
		return fmt.Errorf("recalled %d: %w", len(r.Cancelled), err)
	}
	if err := l.Reject(ctx, runner.Ref{Bot: "waves", Key: "old"}, "ann", "", t0); err != nil {
		return err
	}
	in := bots.Intent{Action: bots.Post, Text: notice, Key: "new", ID: "new", ExpiresAt: t0.Add(1000 * time.Hour)}
	stored, _ := in.Encode()
	if _, err := l.Enter(ctx, []runner.Entry{{Bot: "waves", At: t0, Intent: in, Stored: stored}}); err != nil {
		return err
	}
	return l.Halt(ctx, guards.Halt{Kind: guards.Halted, Scope: "tides", By: "ann", Reason: "storm", At: t0})
}

// What another process writes is heard of, and is known in the next decision: people,
// halts and likeness.
func TestAnotherProcessIsFollowed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "heed.db")
	l := openAt(t, path, Options{})
	if _, err := l.Recover(t.Context(), t0); err != nil {
		t.Fatal(err)
	}
	enter(t, l, "waves", "old", post(notice))
	enter(t, l, "tides", "dm", bots.Intent{Action: bots.DM, Text: "hi", Target: bots.Target{UserID: "42"}})
	p := pipeline(guards.Needs{Alike: 1000 * time.Hour, Contacts: true})
	tides := bots.Bot{Name: "tides", Mode: bots.Live}
	peek := func() guards.Facts {
		t.Helper()
		_, f, err := l.Peek(t.Context(), tides, p, entryOf(t, "tides", "peeked", post(notice+"."), t0).Intent, t0)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	if f := peek(); len(f.Alike) != 1 || f.Alike[0].Key != "old" || len(f.Halts) != 0 {
		t.Fatalf("before: %+v", f)
	}
	changed := l.Changed()
	var out bytes.Buffer
	cmd := child(t, "stop", path)
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	select {
	case <-changed:
	case <-time.After(10 * time.Second):
		t.Fatal("nobody told of the other process's writes")
	}
	if f := peek(); len(f.Alike) != 1 || f.Alike[0].Key != "new" || len(f.Halts) != 1 || f.Halts[0].Reason != "storm" {
		t.Fatalf("after: %+v", f)
	}
	if turn, ok, _, err := l.Decide(t.Context(), tides, p, t0); ok || err != nil {
		t.Fatalf("P3: a turn of what was recalled: %+v, %v", turn, err)
	}
}
