package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	tideEvery = 5 * time.Second
	quietRate = 4 << 20 // bytes allocated in a second, below which heed has little to do
	quietGC   = 25      // percent of garbage beside what lives
	busyGC    = 100     // Go's own default
)

// tide keeps garbage few while heed has little to do, and leaves it to Go while it has
// much: then collecting rarely is worth the memory. It ends with ctx.
func tide(ctx context.Context) {
	allocated := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(allocated)
	last, percent := allocated[0].Value.Uint64(), busyGC
	tick := time.NewTicker(tideEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		metrics.Read(allocated)
		now := allocated[0].Value.Uint64()
		want := busyGC
		if now-last < quietRate*uint64(tideEvery/time.Second) {
			want = quietGC
		}
		if last = now; want != percent {
			debug.SetGCPercent(want)
			percent = want
		}
	}
}
