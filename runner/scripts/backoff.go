package scripts

import "time"

const (
	backoffFirst = time.Second
	backoffMost  = 5 * time.Minute
	backoffReset = 10 * time.Minute // a script that was up so long starts from the first again
)

// backoff doubles, with full jitter: scripts that fell together do not get up together.
type backoff struct {
	rand func() float64
	n    int // failures in a row
}

// next is how long to wait after a run that was up for so long.
func (b *backoff) next(up time.Duration) time.Duration {
	if up >= backoffReset {
		b.n = 0
	}
	most := backoffMost
	if b.n < 9 { // 2^9 s is beyond the most
		most = min(most, backoffFirst<<b.n)
		b.n++
	}
	return time.Duration(b.rand() * float64(most))
}
