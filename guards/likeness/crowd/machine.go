package crowd

import (
	"math/rand/v2"
	"runtime"
	"time"
)

// Machine is what the machine itself did in the same minute: an index spends its time
// waiting for memory, and on a busy machine for its turn.
type Machine struct {
	Read  float64 // one read of memory far from the processor, in nanoseconds
	Pause float64 // the longest time that a loop which does nothing was held up, in milliseconds
}

// MeasureMachine takes a second or two, and 256 MiB for so long.
func MeasureMachine() Machine {
	// Each place names the next one, in one ring without an order.
	ring := make([]uint32, 1<<26)
	rng := rand.New(rand.NewPCG(1, 2))
	at := make([]uint32, 1<<20) // places in the ring, one to 256 bytes
	for i := range at {
		at[i] = uint32(i) << 6
	}
	rng.Shuffle(len(at), func(i, j int) { at[i], at[j] = at[j], at[i] })
	for i, p := range at {
		ring[p] = at[(i+1)%len(at)]
	}
	const reads = 1 << 20
	var p uint32
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	begin := clock()
	for range reads {
		p = ring[p]
	}
	m := Machine{Read: float64((clock() - begin).Nanoseconds()) / reads}
	if p != 0 { // So that nothing is left out: the ring leads back.
		panic("likeness: the ring is broken")
	}
	var longest time.Duration
	for last, begin := time.Now(), time.Now(); last.Sub(begin) < time.Second/2; {
		now := time.Now()
		longest = max(longest, now.Sub(last))
		last = now
	}
	m.Pause = longest.Seconds() * 1e3
	return m
}
