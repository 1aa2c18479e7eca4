package bus_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"heed/runner/bus"
)

// TestP5HalfAConsumerHidesNoFrame: the server writes a consumer's settings and their
// checksum one after the other. Where a power cut came in between, it does not know
// the consumer any more, but takes the place in the stream that lies beside them for
// that of the next one: what was handed over and not accepted would not come again
// soon, or ever.
func TestP5HalfAConsumerHidesNoFrame(t *testing.T) {
	dir := t.TempDir()
	b := open(t, bus.Options{Dir: dir})
	for i := range 10 {
		publish(t, b, "tides", frame("r", i, "x"))
	}
	r := receive(t, b)
	for i := range 10 {
		if d := r.next(t); i < 5 {
			must(t, d.Accept())
		}
	}
	must(t, b.Close())
	consumer := filepath.Join(dir, "jetstream", "CORE", "streams", bus.Stream, "obs", "heed")
	must(t, os.Remove(filepath.Join(consumer, "meta.sum")))
	again := open(t, bus.Options{Dir: dir})
	began := time.Now()
	r = receive(t, again)
	for i := 5; i < 10; i++ {
		if d := r.next(t); d.Frame.First != i {
			t.Fatalf("frame %d came in place of %d", d.Frame.First, i)
		}
	}
	if waited := time.Since(began); waited > 10*time.Second {
		t.Errorf("the frames came after %s", waited)
	}
}
