package config

import (
	"testing"

	"heed/bots"
)

func TestLimits(t *testing.T) {
	l := mustLoad(t, tides).Bots[0].Script.Limits
	if l != bots.DefaultLimits() {
		t.Errorf("without a word: %+v", l)
	}
	l = mustLoad(t, tides+"[bots.tides.limits]\nmemory = \"3 GiB\"\nfile_size = \"64KiB\"\nstate_size = \"2TiB\"\nfiles = 16\nprocesses = 65536\n").Bots[0].Script.Limits
	if want := (bots.Limits{Memory: 3 << 30, FileSize: 64 << 10, StateSize: 2 << 40, Files: 16, Processes: 65536}); l != want {
		t.Errorf("as written: %+v", l)
	}
	for text, want := range map[string]size{"1KiB": 1 << 10, "0MiB": 0, "7GiB": 7 << 30, "": -1, "KiB": -1, "-1KiB": -1, "1": -1, "1GB": -1, "1.5GiB": -1, "8388608TiB": -1, "1gib": -1} {
		z := size(-1)
		if err := z.UnmarshalText([]byte(text)); (err == nil) != (want >= 0) || z != want {
			t.Errorf("%q: %d, %v", text, z, err)
		}
	}
	for z, want := range map[size]string{1 << 30: "1GiB", 1536 << 20: "1536MiB", 4096: "4KiB", 4097: "4097 bytes", 0: "0 bytes"} {
		if z.String() != want {
			t.Errorf("%d is written %q", int64(z), z)
		}
	}
}
