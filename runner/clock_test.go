package runner

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// What is due by a clock that is off comes as much later as that clock says, and no setting
// of the clock meanwhile moves it.
func TestWaitingGoesByTheMachinesClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var off atomic.Int64
		off.Store(int64(3 * time.Hour))
		r := &Runner{Now: func() time.Time { return time.Now().Add(time.Duration(off.Load())) }}
		began := time.Now()
		due := r.now().Add(time.Minute)
		time.AfterFunc(time.Second, func() { off.Store(int64(-3 * time.Hour)) })
		if !r.until(t.Context(), due) || time.Since(began) != time.Minute {
			t.Errorf("waited %s for what was due in a minute", time.Since(began))
		}
		if got := r.now(); !got.Equal(time.Now().Add(-3 * time.Hour)) {
			t.Errorf("the clock says %s", got)
		}
		poked := make(chan struct{})
		close(poked)
		if r.until(t.Context(), time.Time{}, poked); time.Since(began) != time.Minute {
			t.Error("a poke was waited for")
		}
	})
}
