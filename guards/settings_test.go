package guards

import (
	"testing"
	"time"
)

func TestSpell(t *testing.T) {
	for d, want := range map[time.Duration]string{time.Hour: "1h", 720 * time.Hour: "720h", 15 * time.Minute: "15m", 90 * time.Second: "1m30s", 0: "0s", 10 * time.Second: "10s", 90 * time.Minute: "1h30m", 20 * time.Hour: "20h"} {
		if got := spell(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
