package crowd

import (
	"time"

	"golang.org/x/sys/unix"
)

// clock is the processor's time that this thread has had: on a busy machine the time on
// the wall tells of the others. Whoever asks it holds on to the thread.
func clock() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic("likeness: no clock of this thread: " + err.Error())
	}
	return time.Duration(t.Nano())
}
