package scripts_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"heed/bots"
	"heed/runner"
	"heed/runner/scripts"
)

func TestLinesBecomeFrames(t *testing.T) {
	r := keep(t, sh(`echo '{"a":1}'; echo talk; printf '{"a":2}\r\n\n{"a":3}'`))
	var lines []string
	for next := 1; len(lines) < 3; {
		f := r.frame(t)
		if f.First != next || f.Run != "tick:2026-11-22T10:00:00Z" {
			t.Errorf("frame begins with line %d of %s; %d of the tick was due", f.First, f.Run, next)
		}
		next += len(f.Lines)
		lines = append(lines, strings.Split(joined(f), "|")...)
	}
	if got := strings.Join(lines, " "); got != `{"a":1} {"a":2} {"a":3}` {
		t.Errorf("came %s", got)
	}
	if s := r.want(t, "script.stdout"); s.Text != "talk" || s.Level != "info" {
		t.Errorf("talk was reported as %+v", s)
	}
	if s := r.want(t, "script.ended"); s.Text != "ended with 0" || s.Level != "info" || s.Run != "tick:2026-11-22T10:00:00Z" {
		t.Errorf("the end was reported as %+v", s)
	}
}

func TestALineThatIsTooLongCostsItselfOnly(t *testing.T) {
	r := keep(t, python(`
print('{"n":1}')
print('{' + 'x' * 2097152)
print('{' + 'y' * 1048575)
print('z' * 3000000)
print('{"n":4}')`))
	var lines []string
	for len(lines) < 3 {
		f := r.frame(t)
		for i, l := range f.Lines {
			lines = append(lines, fmt.Sprintf("%d:%d", f.First+i, len(l)))
		}
	}
	if got := strings.Join(lines, " "); got != "1:7 3:1048576 4:7" {
		t.Errorf("numbers and lengths: %s", got)
	}
	if s := r.want(t, "script.line_too_long"); s.Text != "intent line 2 has 2097153 bytes; 1048576 fit; it was dropped" {
		t.Errorf("reported %q", s.Text)
	}
	if s := r.want(t, "script.stdout"); len(s.Text) > 2100 || !strings.HasSuffix(s.Text, "z … (2997952 bytes more)") {
		t.Errorf("%d bytes of talk", len(s.Text))
	}
}

func TestAFloodIsBoundedAndComplete(t *testing.T) {
	r := keep(t, python(`
import sys
for i in range(100000):
    print('{"n":%d}' % i)
    print('talk', i)
    print('complaint', i, file=sys.stderr)`))
	next := 0
	for next < 100000 {
		f := r.frame(t)
		if f.First != next+1 || len(f.Lines) > 64 {
			t.Fatalf("frame of %d lines from %d; %d was due", len(f.Lines), f.First, next+1)
		}
		for _, l := range f.Lines {
			if string(l) != `{"n":`+strconv.Itoa(next)+`}` {
				t.Fatalf("line %d is %s", next, l)
			}
			next++
		}
	}
	dropped := r.want(t, "script.output_dropped")
	if dropped.Text != "199950 lines of its output were not written down; 50 a second are" {
		t.Errorf("reported %q", dropped.Text)
	}
	if n := strings.Count(r.all(), "talk ") + strings.Count(r.all(), "complaint "); n != 50 {
		t.Errorf("%d lines of output were reported", n)
	}
}

func TestAFrameIsNeverWaitedFor(t *testing.T) {
	r := keep(t, service, sh(`echo '{"n":1}'; read line; echo '{"n":2}'; read line`))
	if f := r.frame(t); joined(f) != `{"n":1}` || f.First != 1 {
		t.Errorf("came %s", joined(f))
	}
	r.events <- []byte("go on")
	if f := r.frame(t); joined(f) != `{"n":2}` || f.First != 2 {
		t.Errorf("came %s", joined(f))
	}
}

func TestAFullRoadMakesTheScriptWait(t *testing.T) {
	tries := 0
	r := keep(t, sh(`echo '{"n":1}'`), func(r *rig, _ *bots.Bot, _ *scripts.Options) {
		r.lines = func(_ context.Context, f runner.Frame) error {
			if tries++; tries < 4 {
				return errors.New("the road is full")
			}
			r.frames <- f
			return nil
		}
	})
	seconds := 0
	for seconds < 3 {
		if d := r.next(t); d == time.Second {
			seconds++
			r.advance(d)
		}
	}
	if f := r.frame(t); joined(f) != `{"n":1}` {
		t.Errorf("came %s", joined(f))
	}
	r.want(t, "script.ended")
	if n := strings.Count(r.all(), "script.lines_waiting"); n != 1 {
		t.Errorf("%d complaints in one try:\n%s", n, r.all())
	}
}

func TestStderrHasLevelsAndIsSafeToShow(t *testing.T) {
	r := keep(t, sh(`{ echo 'E! broken'; echo 'W!  odd'; echo 'I! fine'; echo 'D! detail'; echo plain
printf 'a\033[2Jb\342\200\256c\tbad\377\r\n'; } >&2`))
	for _, want := range []string{"error broken", "warn odd", "info fine", "info detail", "warn plain", `warn a\x1b[2Jb⟨U+202E⟩c bad\xff`} {
		if s := r.want(t, "script.stderr"); s.Level+" "+s.Text != want {
			t.Errorf("reported %s %q, want %q", s.Level, s.Text, want)
		}
	}
}

func TestBytesThatAreNoUTF8PassUnchanged(t *testing.T) {
	r := keep(t, sh(`printf '{"a":"\377\000"}\n'`))
	if f := r.frame(t); string(f.Lines[0]) != "{\"a\":\"\xff\x00\"}" {
		t.Errorf("came %q", f.Lines[0])
	}
}

func TestTheEnvironmentIsExact(t *testing.T) {
	t.Setenv("X_TOKEN", "secret")
	t.Setenv("PATH", "/usr/bin:/bin")
	t.Setenv("LANG", "C.UTF-8")
	t.Setenv("TZ", "Europe/Berlin")
	r := keep(t, python(`
import os, json
print(json.dumps({"env": dict(os.environ), "cwd": os.getcwd(), "fds": sorted(int(f) for f in range(256) if not os.system("true <&%d 2>/dev/null" % f))}, sort_keys=True))`),
		func(_ *rig, b *bots.Bot, _ *scripts.Options) {
			b.Script.Env = map[string]string{"STATION": "harbour-1", "HEED_BOT": "news", "HOME": "/root", "TZ": "UTC"}
		})
	got := string(r.frame(t).Lines[0])
	socket, err := scripts.Socket(r.state, "tides")
	must(t, err)
	own := r.state + "/bots/tides"
	want := `{"cwd": "` + r.dir + `", "env": {"HEED_BOT": "tides", "HEED_PROTO": "1", "HEED_RUN": "tick:2026-11-22T10:00:00Z", "HEED_SOCKET": "` + socket +
		`", "HEED_STATE_DIR": "` + own + `", "HOME": "` + own + `", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "PYTHONUNBUFFERED": "1", "STATION": "harbour-1", "TMPDIR": "` + own + `/tmp", "TZ": "UTC"}, "fds": [0, 1, 2]}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, dir := range []string{own, own + "/tmp"} {
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v %v", dir, info.Mode(), err)
		}
	}
}

func TestAStopClosesStdinFirst(t *testing.T) {
	r := keep(t, service, sh(`while read line; do echo "{\"got\":\"$line\"}"; done; echo '{"eof":1}'`))
	r.events <- []byte("one")
	if f := r.frame(t); joined(f) != `{"got":"one"}` {
		t.Errorf("came %s", joined(f))
	}
	r.events <- []byte("shutdown")
	r.end(t)
	var got []string
	for len(r.frames) > 0 {
		got = append(got, joined(r.frame(t)))
	}
	if strings.Join(got, "|") != `{"got":"shutdown"}|{"eof":1}` {
		t.Errorf("at the end came %v", got)
	}
	if !strings.Contains(r.all(), "ended with 0") {
		t.Error(r.all())
	}
}

func TestAScriptThatIgnoresTheEndOfStdinIsTerminated(t *testing.T) {
	r := keep(t, service, quick, sh(`trap 'echo "{\"term\":1}"; exit 3' TERM; echo '{"up":1}'; while :; do sleep 0.01; done`))
	r.frame(t)
	r.end(t)
	if f := r.frame(t); joined(f) != `{"term":1}` {
		t.Errorf("came %s", joined(f))
	}
	if !strings.Contains(r.all(), "ended with 3") {
		t.Error(r.all())
	}
}

func TestAScriptThatIgnoresTERMIsKilled(t *testing.T) {
	r := keep(t, service, quick, sh(`trap '' TERM; echo '{"up":1}'; while :; do sleep 0.01; done`))
	r.frame(t)
	r.end(t)
	if !strings.Contains(r.all(), "error script.ended ended by SIGKILL") {
		t.Error(r.all())
	}
}

// quick is for scripts that have to be made to end.
func quick(_ *rig, _ *bots.Bot, o *scripts.Options) {
	o.Grace, o.KillGrace = 50*time.Millisecond, 300*time.Millisecond
}

func TestWhatAScriptLeavesRunningEndsWithIt(t *testing.T) {
	r := keep(t, sh(`sleep 1000 & echo "{\"pid\":$!}"; exit 0`))
	pid := 0
	_, err := fmt.Sscanf(joined(r.frame(t)), `{"pid":%d}`, &pid)
	must(t, err)
	r.want(t, "script.ended")
	for end := time.Now().Add(10 * time.Second); syscall.Kill(pid, 0) == nil && !zombie(pid); {
		if time.Now().After(end) {
			t.Fatal("it runs on")
		}
	}
}

// zombie says whether a process has ended, and only nobody has asked how.
func zombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(stat), ") Z ")
}

// TestAGrandchildInAGroupOfItsOwnCannotHoldUpTheEnd: nor where heed cannot adopt it.
func TestAGrandchildInAGroupOfItsOwnCannotHoldUpTheEnd(t *testing.T) {
	scripts.Disown(t)
	r := keep(t, python(`
import subprocess, sys
p = subprocess.Popen(["sleep", "1000"], start_new_session=True)
print('{"pid":%d}' % p.pid)
sys.stdin.readline()
print('{"last":1}')`), service)
	pid := 0
	_, err := fmt.Sscanf(joined(r.frame(t)), `{"pid":%d}`, &pid)
	must(t, err)
	defer syscall.Kill(pid, syscall.SIGKILL)
	for range 200 { // its stdin is full too
		r.events <- []byte(strings.Repeat("x", 1000))
	}
	if f := r.frame(t); joined(f) != `{"last":1}` {
		t.Errorf("came %s", joined(f))
	}
	r.want(t, "script.ended")
	if syscall.Kill(pid, 0) != nil {
		t.Error("the grandchild ended: it shows nothing")
	}
	r.end(t)
}

func TestAScriptThatDoesNotReadLosesEventsAndNobodyWaits(t *testing.T) {
	r := keep(t, service, quick, sh(`echo '{"up":1}'; exec sleep 1000`))
	r.frame(t)
	for range 400 { // more than its pipe and the queue hold
		select {
		case r.events <- []byte(strings.Repeat("x", 1000)):
		case <-time.After(20 * time.Second):
			t.Fatal("the daemon waits for a script")
		}
	}
	s := r.want(t, "script.events_lost")
	if !strings.Contains(s.Text, "64 events wait") {
		t.Errorf("reported %q", s.Text)
	}
	r.end(t)
	if n := strings.Count(r.all(), "script.events_lost"); n != 1 {
		t.Errorf("reported %d times", n)
	}
}

func TestWhatCannotBeStartedIsExplained(t *testing.T) {
	for name, c := range map[string]struct {
		command []string
		want    string
	}{
		"a program that is not there":         {[]string{"no-such-program"}, "is not on the search path"},
		"a file that is not there":            {[]string{"./tides.sh"}, "tides.sh does not exist"},
		"a file that may not be run":          {[]string{"./plain"}, "chmod +x"},
		"a folder":                            {[]string{"./folder"}, "is not executable"},
		"a file that is in no known language": {[]string{"./blob"}, "exec format error"},
	} {
		t.Run(name, func(t *testing.T) {
			r := keep(t, func(r *rig, b *bots.Bot, _ *scripts.Options) {
				b.Script.Command = c.command
				write(t, r.dir+"/plain", "x")
				write(t, r.dir+"/blob", "\x00\x01\x02")
				must(t, os.Chmod(r.dir+"/blob", 0o700))
				must(t, os.Mkdir(r.dir+"/folder", 0o700))
			})
			for {
				s := <-r.reports
				if s.Code == "script.not_started" || s.Code == "script.stderr" {
					if !strings.Contains(s.Text, c.want) {
						t.Errorf("reported %q", s.Text)
					}
					return
				}
			}
		})
	}
}

func TestSettingsThatCannotWorkAreRefused(t *testing.T) {
	for name, s := range map[string]setting{
		"no command":        func(_ *rig, b *bots.Bot, _ *scripts.Options) { b.Script.Command = nil },
		"no schedule":       func(_ *rig, b *bots.Bot, _ *scripts.Options) { b.Script.Every = 0 },
		"two schedules":     func(_ *rig, b *bots.Bot, _ *scripts.Options) { b.Script.Cron = "* * * * *" },
		"a bad cron":        func(_ *rig, b *bots.Bot, _ *scripts.Options) { b.Script.Every, b.Script.Cron = 0, "61 * * * *" },
		"a name like a way": func(_ *rig, b *bots.Bot, _ *scripts.Options) { b.Name = "../tides" },
	} {
		r := keep(t, sh("true"), s)
		if err := <-r.done; err == nil {
			t.Errorf("%s: kept", name)
		}
	}
	if _, err := scripts.New(scripts.Options{StateDir: t.TempDir(), Sandbox: "maybe"}); err == nil {
		t.Error("a sandbox called maybe")
	}
}
