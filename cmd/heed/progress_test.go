package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestProgressOnATerminal: one line that is written over each second, never wider than
// the terminal, and gone in the end; what is written between stands in lines of its own.
func TestProgressOnATerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen transcript
		w := startWork("replay", "verdicts", &seen, 30)
		time.Sleep(900 * time.Millisecond)
		synctest.Wait()
		if len(seen.text()) > 0 {
			t.Errorf("before a second is over it says %q", seen.text())
		}
		w.add(7)
		time.Sleep(200 * time.Millisecond)
		synctest.Wait()
		if got := onScreen(seen.text()); got != "replay: 7 verdicts, 1s so far" {
			t.Errorf("%q", got)
		}
		fmt.Fprintln(w.clear(&seen), "tides/1 would change")
		w.say("a word")
		w.of(1 << 40)
		time.Sleep(time.Second)
		synctest.Wait()
		if got := onScreen(seen.text()); got != "tides/1 would change\na word\nreplay: 7 of 1099511627776 v…" {
			t.Errorf("%q", got)
		}
		w.end()
		w.end()
		if got := onScreen(seen.text()); got != "tides/1 would change\na word\n" {
			t.Errorf("in the end %q stands there", got)
		}
		if strings.Contains(seen.text(), "\x1b") {
			t.Error("an escape was written")
		}
		said := len(seen.text())
		time.Sleep(time.Hour)
		if len(seen.text()) != said {
			t.Error("it tells on after its end")
		}
	})
}

// transcript keeps what two goroutines write.
type transcript struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *transcript) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *transcript) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// onScreen is what a terminal shows, where \r goes to the line's begin; blanks at a
// line's end are not seen.
func onScreen(written string) string {
	var lines []string
	for line := range strings.SplitSeq(written, "\n") {
		var cells []rune
		for part := range strings.SplitSeq(line, "\r") {
			cells = append([]rune(part), cells[min(len(cells), len([]rune(part))):]...)
		}
		lines = append(lines, strings.TrimRight(string(cells), " "))
	}
	return strings.Join(lines, "\n")
}

// TestProgressElsewhere: in a file or a pipe a line each ten seconds, and none before.
func TestProgressElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen transcript
		w := startWork("backup", "bytes", &seen, 0)
		w.set(3<<20, 40<<20)
		time.Sleep(9 * time.Second)
		synctest.Wait()
		if len(seen.text()) > 0 {
			t.Errorf("before ten seconds are over it says %q", seen.text())
		}
		time.Sleep(12 * time.Second)
		synctest.Wait()
		w.end()
		if got := seen.text(); got != "backup: 3 of 40 MB, 10s so far\nbackup: 3 of 40 MB, 20s so far\n" {
			t.Errorf("%q", got)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		var seen transcript
		w := startWork("restore", "", &seen, 0)
		time.Sleep(11 * time.Second)
		w.end()
		if got := seen.text(); got != "restore: 10s so far\n" {
			t.Errorf("%q", got)
		}
	})
}

// TestProgressIsQuietInJSON: who reads JSON has asked for no talk.
func TestProgressIsQuietInJSON(t *testing.T) {
	for _, quiet := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var seen transcript
			a := &app{out: io.Discard, errs: &seen, json: quiet}
			w := a.working("forget", "bytes")
			w.say("a word")
			time.Sleep(time.Minute)
			w.end()
			if said := len(seen.text()) > 0; said == quiet {
				t.Errorf("json %v: it says %q", quiet, seen.text())
			}
		})
	}
}
