package guards

import (
	"testing"
	"time"
)

func TestLeaves(t *testing.T) {
	for says, c := range map[string]struct {
		act  time.Time
		want time.Time
	}{
		"an act leaves after the span":               {noon.Add(-time.Minute), noon.Add(59 * time.Minute)},
		"one that is not known after the whole span": {time.Time{}, noon.Add(time.Hour)},
		"one at the edge not at this very instant":   {noon.Add(-time.Hour), noon.Add(time.Second)},
		"one that should be gone neither":            {noon.Add(-48 * time.Hour), noon.Add(time.Second)},
		"one from the future stays the longer":       {noon.Add(time.Minute), noon.Add(61 * time.Minute)},
	} {
		if got := leaves(c.act, time.Hour, noon); !got.Equal(c.want) {
			t.Errorf("%s: %s, want %s", says, got, c.want)
		}
	}
}
