package guards

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// faults gathers what is wrong with a guard's settings, each "key: what is wrong".
type faults []string

func (f *faults) add(key, format string, args ...any) {
	*f = append(*f, key+": "+fmt.Sprintf(format, args...))
}

// count wants a number from low to high. Why says where the ceiling comes from.
func (f *faults) count(key string, v, low, high int, why string) {
	if v < low || v > high {
		f.add(key, "%d; must be from %d to %d (%s)", v, low, high, why)
	}
}

// span wants a duration from low to high.
func (f *faults) span(key string, v, low, high time.Duration) {
	if v < low || v > high {
		f.add(key, "%s; must be from %s to %s", spell(v), spell(low), spell(high))
	}
}

// looser gathers the settings of a bot that allow more than the house's.
type looser []string

func (l *looser) add(key, format string, args ...any) {
	*l = append(*l, key+": "+fmt.Sprintf(format, args...))
}

// count objects to a number above the house's.
func (l *looser) count(key string, v, house int) {
	if v > house {
		l.add(key, "%d; the house allows %d", v, house)
	}
}

// atMost and atLeast object to a duration on the loose side of the house's.
func (l *looser) atMost(key string, v, house time.Duration) {
	if v > house {
		l.add(key, "%s; the house allows at most %s", spell(v), spell(house))
	}
}

func (l *looser) atLeast(key string, v, house time.Duration) {
	if v < house {
		l.add(key, "%s; the house wants at least %s", spell(v), spell(house))
	}
}

// within objects to entries that the house's list lacks.
func (l *looser) within(key string, list, house []string) {
	for _, e := range list {
		if !slices.ContainsFunc(house, func(h string) bool { return strings.EqualFold(h, e) }) {
			l.add(key, "%q is not among the house's", e)
		}
	}
}

// notOurs answers for a house guard of another kind, which only a fault of ours can hand over.
func notOurs(house Guard) []string {
	return []string{fmt.Sprintf("settings: cannot be compared with those of %T", house)}
}

// spell writes a duration without its empty parts: 1h, 720h, 1m30s.
func spell(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// moment writes an instant for people, in UTC.
func moment(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

// stale says whether at lies further than limit from now, was never, or lies so far
// in the future that it cannot be trusted.
func stale(now, at time.Time, limit time.Duration) bool {
	age := now.Sub(at)
	return at.IsZero() || age > limit || age < -limit
}
