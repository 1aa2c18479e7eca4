package bench

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// median is the middle of some figures, or the mean of the middle two.
func median(all []float64) float64 {
	s := slices.Sorted(slices.Values(all))
	if len(s) == 0 {
		return 0
	}
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// percentile is the smallest figure that p of a hundred do not exceed.
func percentile[T cmp.Ordered](all []T, p int) (least T) {
	s := slices.Sorted(slices.Values(all))
	if len(s) == 0 {
		return least
	}
	return s[(len(s)-1)*p/100]
}

// processor is the time that this process has had of the machine's processors so far.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// unlike is a text that resembles that of no other number.
func unlike(n int) string {
	sum := sha256.Sum256([]byte(strconv.Itoa(n)))
	var b strings.Builder
	for word := range 6 {
		for k := range 5 {
			b.WriteByte("bcdfghjklmnprstvwz"[int(sum[word*5+k])%18])
			b.WriteByte("aeiou"[int(sum[(word*5+k+7)%32])%5])
		}
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}
