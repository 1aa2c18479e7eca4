package guards

import (
	"strings"
	"testing"
	"time"

	"heed/bots"
)

// A window says in its name how long it is and whose acts it counts; a finding repeats
// both, so a slip in a unit would deceive whoever reads it.
func TestWindowsAreAsLongAsTheirNames(t *testing.T) {
	spans := map[string]time.Duration{"hour": time.Hour, "day": 24 * time.Hour, "month": 720 * time.Hour}
	seen := map[string]bool{}
	for _, a := range bots.Actions() {
		in, _ := readyCase(a)
		for _, w := range Default().Needs(in).Windows {
			guard, name, _ := strings.Cut(w.Name, ".")
			if guard == "x_limit" { // named by X's table, which TestXLimit holds
				continue
			}
			seen[w.Name] = true
			want, known := spans[name[strings.LastIndexByte(name, '_')+1:]]
			if !known || w.Span != want {
				t.Errorf("%s of a %s is %s long", w.Name, a, w.Span)
			}
			if strings.HasPrefix(name, "all_") != w.All {
				t.Errorf("%s of a %s counts all bots: %v", w.Name, a, w.All)
			}
		}
	}
	if len(seen) < 10 {
		t.Errorf("only the windows %v were looked at", seen)
	}
}

// P10: what was counted and what is allowed are told as each was found, also where a
// lowered setting leaves more acts than it allows.
func TestP10AWindowTellsBothNumbers(t *testing.T) {
	q := quota{Window{Name: "follow_rate.day", Span: 24 * time.Hour, Limit: 5, All: true}, "follows"}
	got := q.judge(map[string]Use{"follow_rate.day": {Count: 7, Oldest: noon.Add(-time.Hour)}}, noon)
	if got.Because != "7 of 5 follows of all bots in the last 24h" || got.Evidence["count"] != 7 || got.Evidence["limit"] != 5 {
		t.Errorf("%q %v", got.Because, got.Evidence)
	}
	if want := noon.Add(23 * time.Hour); !got.Until.Equal(want) {
		t.Errorf("until %s, not %s", got.Until, want)
	}
}
