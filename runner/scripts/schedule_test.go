package scripts_test

import (
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/runner"
	"heed/runner/scripts"
)

func TestAServiceIsStartedAgainWithBackOff(t *testing.T) {
	r := keep(t, service, sh("exit 1"))
	// Doubling from 1 s to 5 min; the jitter of this test is always one half.
	runs := map[string]bool{}
	for _, want := range []time.Duration{500, 1000, 2000, 4000, 8000, 16000, 32000, 64000, 128000, 150000, 150000} {
		want *= time.Millisecond
		s := r.want(t, "script.backoff")
		if d := r.next(t); d != want || !s.Until.Equal(r.Now().Add(want)) {
			t.Fatalf("waits %s until %s, want %s", d, s.Until, want)
		}
		runs[s.Run] = true
		r.advance(want)
	}
	if len(runs) != 11 {
		t.Errorf("%d names for 11 runs", len(runs))
	}
}

func TestAServiceThatWasUpLongEnoughStartsFromTheFirstBackOff(t *testing.T) {
	r := keep(t, service, sh("read line; exit 0"))
	for i, up := range []time.Duration{0, 0, 10*time.Minute - 1, 10 * time.Minute, 0} {
		r.want(t, "script.started")
		r.advance(up)
		r.events <- []byte("end")
		want := []time.Duration{500, 1000, 2000, 500, 1000}[i] * time.Millisecond
		if d := r.next(t); d != want {
			t.Errorf("after run %d waits %s, want %s", i, d, want)
		}
		r.advance(want)
	}
}

func TestTheBackOffEndsWithTheKeeping(t *testing.T) {
	r := keep(t, service, sh("exit 75"))
	r.next(t)
	r.end(t)
}

func TestASchedulesNextRunIsTold(t *testing.T) {
	r := keep(t, every(time.Hour), sh("exit 3"))
	start := r.Now()
	if s := r.want(t, runner.ScriptNext); s.Until.After(start) {
		t.Errorf("the run that is due at %s is told for %s", start, s.Until)
	}
	if s := r.want(t, runner.ScriptNext); !s.Until.Equal(start.Truncate(time.Hour).Add(time.Hour)) {
		t.Errorf("while it runs the next is told for %s", s.Until)
	}
	if s := r.want(t, runner.ScriptEnded); s.Exit != 3 {
		t.Errorf("it ended with %d", s.Exit)
	}
}

func TestExit78StopsUntilTheSettingsChange(t *testing.T) {
	for name, s := range map[string]setting{"a service": service, "a tick": every(time.Hour)} {
		t.Run(name, func(t *testing.T) {
			r := keep(t, s, sh("exit 78"))
			r.want(t, "script.stopped_for_good")
			r.advance(24 * time.Hour)
			select {
			case err := <-r.done:
				t.Error("no longer kept: ", err)
			default:
			}
			r.end(t)
			if n := strings.Count(r.all(), "script.started"); n != 1 {
				t.Errorf("started %d times", n)
			}
		})
	}
}

func TestAPeriodTicksAtItsMultiples(t *testing.T) {
	r := keep(t, every(time.Hour), sh(`echo "{\"run\":\"$HEED_RUN\"}"`))
	for _, tick := range []string{"10:00:00", "11:00:00", "12:00:00"} {
		f := r.frame(t)
		if f.Run != "tick:2026-11-22T"+tick+"Z" || joined(f) != `{"run":"`+f.Run+`"}` || f.First != 1 {
			t.Errorf("%s: came %s %s", tick, f.Run, joined(f))
		}
		r.want(t, "script.ended")
		r.untilNext(t)
	}
}

// untilNext moves the clock to the next tick. While a script runs somebody waits for
// that tick, and after it somebody else does: moving twice would skip one.
func (r *rig) untilNext(t *testing.T) {
	t.Helper()
	d := r.next(t)
	due := r.Now().Add(d)
	// The wait beside a run ends with the run; what counts is the one that stays.
	select {
	case d = <-r.asked:
		due = r.Now().Add(d)
	case <-time.After(100 * time.Millisecond):
	}
	r.advance(due.Sub(r.Now()))
}

func TestTheSameTickHasTheSameNameAfterARestart(t *testing.T) {
	one := keep(t, every(time.Hour), sh(`echo '{"a":1}'`))
	two := keep(t, every(time.Hour), sh(`echo '{"a":1}'`), func(r *rig, _ *bots.Bot, _ *scripts.Options) { r.now = r.now.Add(39 * time.Minute) })
	if a, b := one.frame(t).Run, two.frame(t).Run; a != b {
		t.Errorf("%s became %s", a, b)
	}
}

func TestATickIsSkippedWhileTheScriptRuns(t *testing.T) {
	r := keep(t, every(time.Hour), sh(`read line; echo "{\"run\":1}"`))
	r.want(t, "script.started")
	for _, tick := range []string{"11:00:00", "12:00:00"} {
		r.advance(r.next(t))
		s := r.want(t, "script.tick_skipped")
		if s.Text != "the tick of 2026-11-22T"+tick+"Z was skipped: the run of 2026-11-22T10:00:00Z has not ended" {
			t.Errorf("reported %q", s.Text)
		}
	}
	if d := r.next(t); d != time.Hour {
		t.Errorf("waits %s", d)
	}
	r.events <- []byte("end")
	r.want(t, "script.ended")
	r.advance(r.next(t))
	if s := r.want(t, "script.started"); s.Run != "tick:2026-11-22T13:00:00Z" {
		t.Errorf("started %s", s.Run)
	}
}

func TestATickThatSays75IsTriedAgainUnderItsName(t *testing.T) {
	r := keep(t, every(time.Hour), sh(`[ -e "$HOME/n" ] && exit 0; touch "$HOME/n"; exit 75`))
	s := r.want(t, "script.backoff")
	for d := time.Duration(0); d != 500*time.Millisecond; {
		d = r.next(t)
	}
	r.advance(500 * time.Millisecond)
	if again := r.want(t, "script.started"); again.Run != s.Run {
		t.Errorf("%s was tried again as %s", s.Run, again.Run)
	}
	if s := r.want(t, "script.ended"); s.Text != "ended with 0" {
		t.Error(s.Text)
	}
}

func TestCronTicksAtItsTimesOnly(t *testing.T) {
	r := keep(t, sh(`echo '{"a":1}'`), func(_ *rig, b *bots.Bot, _ *scripts.Options) { b.Script.Every, b.Script.Cron = 0, "30 * * * *" })
	if d := r.next(t); d != 9*time.Minute+30*time.Second {
		t.Errorf("waits %s", d)
	}
	if len(r.frames) > 0 {
		t.Error("ran at once")
	}
	r.advance(9*time.Minute + 30*time.Second)
	if f := r.frame(t); f.Run != "tick:2026-11-22T10:30:00Z" {
		t.Errorf("came %s", f.Run)
	}
}

func TestACronThatNeverComesIsSaid(t *testing.T) {
	r := keep(t, sh("true"), func(_ *rig, b *bots.Bot, _ *scripts.Options) { b.Script.Every, b.Script.Cron = 0, "0 0 30 2 *" })
	r.want(t, "script.stopped_for_good")
}
