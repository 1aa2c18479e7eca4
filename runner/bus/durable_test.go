package bus

import (
	"testing"
	"time"
)

// P5: unless the operator chose an interval, a frame is on the disk before it is acknowledged.
func TestP5AcknowledgedMeansSynced(t *testing.T) {
	for _, interval := range []time.Duration{0, time.Second} {
		o, _, err := (&Bus{opts: Options{Dir: t.TempDir(), SyncInterval: interval}}).serverOptions()
		if err != nil {
			t.Fatal(err)
		}
		if o.SyncAlways != (interval == 0) || o.SyncInterval != interval {
			t.Errorf("interval %s: synced always %v, every %s", interval, o.SyncAlways, o.SyncInterval)
		}
	}
}
