package config

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"heed/bots"
)

// limitsTable is what a bot's [bots.NAME.limits] says. Whoever runs heed may raise any of
// them; none can be switched off.
type limitsTable struct {
	Memory    size  `toml:"memory"`
	FileSize  size  `toml:"file_size"`
	StateSize size  `toml:"state_size"`
	Files     int64 `toml:"files"`
	Processes int64 `toml:"processes"`
}

// What a limit may be. Less than the least starts no interpreter.
const (
	memoryMin    = 16 << 20
	fileSizeMin  = 4 << 10
	stateSizeMin = 1 << 20
	sizeMax      = 1 << 50
	filesMin     = 16
	filesMax     = 1 << 20 // what Linux lets one process have
	processesMin = 1
	processesMax = 1 << 16
)

func defaultLimits() limitsTable {
	d := bots.DefaultLimits()
	return limitsTable{size(d.Memory), size(d.FileSize), size(d.StateSize), d.Files, d.Processes}
}

func (t limitsTable) limits() bots.Limits {
	return bots.Limits{Memory: int64(t.Memory), FileSize: int64(t.FileSize), StateSize: int64(t.StateSize), Files: t.Files, Processes: t.Processes}
}

func checkLimits(s section, t limitsTable) {
	if s.refused("limits") {
		return
	}
	bad := func(key, what, hint string) {
		s.l.report(s.src, append(s.child("limits"), key), what, hint, false)
	}
	for _, l := range []struct {
		key        string
		is         size
		least, top size
	}{{"memory", t.Memory, memoryMin, sizeMax}, {"file_size", t.FileSize, fileSizeMin, sizeMax}, {"state_size", t.StateSize, stateSizeMin, sizeMax}} {
		if l.is < l.least || l.is > l.top {
			bad(l.key, fmt.Sprintf("%s; must be from %s to %s", l.is, l.least, l.top), "")
		}
	}
	for _, l := range []struct {
		key            string
		is, least, top int64
	}{{"files", t.Files, filesMin, filesMax}, {"processes", t.Processes, processesMin, processesMax}} {
		if l.is < l.least || l.is > l.top {
			bad(l.key, fmt.Sprintf("%d; must be from %d to %d", l.is, l.least, l.top), "")
		}
	}
}

func compareLimits(c *Changes, at string, a, b bots.Limits) {
	c.note(false, at+"memory", size(a.Memory).String(), size(b.Memory).String())
	c.note(false, at+"file_size", size(a.FileSize).String(), size(b.FileSize).String())
	c.note(false, at+"state_size", size(a.StateSize).String(), size(b.StateSize).String())
	c.note(false, at+"files", fmt.Sprint(a.Files), fmt.Sprint(b.Files))
	c.note(false, at+"processes", fmt.Sprint(a.Processes), fmt.Sprint(b.Processes))
}

// size is a number of bytes, written with its unit: "256MiB". Units of a thousand are
// not taken, so that no file says 1 GB and means one of two things.
type size int64

var units = []struct {
	name  string
	bytes int64
}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

func (z *size) UnmarshalText(text []byte) error {
	s := string(text)
	for _, u := range units {
		number, ok := strings.CutSuffix(s, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
		if err != nil || n < 0 || n > math.MaxInt64/u.bytes {
			break
		}
		*z = size(n * u.bytes)
		return nil
	}
	return errors.New(`is no size like "256MiB" (whole KiB, MiB, GiB or TiB)`)
}

func (z size) String() string {
	for _, u := range units {
		if n := int64(z); n != 0 && n%u.bytes == 0 {
			return fmt.Sprint(n/u.bytes, u.name)
		}
	}
	return fmt.Sprintf("%d bytes", int64(z))
}
