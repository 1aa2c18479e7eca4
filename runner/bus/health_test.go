package bus_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"heed/runner/bus"
)

// smallDisk is a folder on a file system of 8 MB.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m"); err != nil {
		t.Skip("needs the right to mount a small file system: ", err)
	}
	t.Cleanup(func() { must(t, exec.Command("umount", dir).Run()) })
	return dir
}

// publishUntilRefused gives the number of frames that were acknowledged.
func publishUntilRefused(t *testing.T, b *bus.Bus) int {
	t.Helper()
	line := strings.Repeat("x", 100<<10)
	for i := range 120 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		err := b.Publish(ctx, "tides", frame("r", i, line))
		cancel()
		if err != nil {
			return i
		}
	}
	t.Fatal("12 MB were acknowledged on a disk of 8 MB")
	return 0
}

func TestP9AFullDiskIsSaidAndNothingAcknowledgedIsLost(t *testing.T) {
	disk := smallDisk(t)
	b := open(t, bus.Options{Dir: disk + "/nats"})
	must(t, b.Health(t.Context()))
	// Somebody else fills the disk, all but a little.
	must(t, os.WriteFile(disk+"/other", make([]byte, 7<<20), 0o600))
	acked := publishUntilRefused(t, b)
	eventually(t, "the bus says that it cannot write", func() bool {
		err := b.Health(t.Context())
		return err != nil && strings.Contains(err.Error(), "no space left")
	})
	must(t, os.Remove(disk+"/other"))
	must(t, b.Close())
	b = open(t, bus.Options{Dir: disk + "/nats"})
	must(t, b.Health(t.Context()))
	r := receive(t, b)
	for i := range acked {
		if d := r.next(t); d.Frame.First != i {
			t.Fatalf("frame %d came, %d was acknowledged and due", d.Frame.First, i)
		}
	}
}

func TestP9AnExhaustedStoreIsSaidUntilThereIsRoom(t *testing.T) {
	b := open(t, bus.Options{Dir: smallDisk(t) + "/nats"})
	publishUntilRefused(t, b)
	if err := b.Health(t.Context()); err == nil || !strings.Contains(err.Error(), "insufficient resources") {
		t.Fatalf("err = %v", err)
	}
	must(t, receive(t, b).next(t).Accept())
	eventually(t, "there is room again", func() bool { return b.Publish(t.Context(), "tides", frame("r", 1, "x")) == nil })
	must(t, b.Health(t.Context()))
}

func TestAClosedBusIsNotHealthy(t *testing.T) {
	b := open(t, bus.Options{})
	must(t, b.Close())
	if b.Health(t.Context()) == nil {
		t.Error("a closed bus says that it is well")
	}
}
