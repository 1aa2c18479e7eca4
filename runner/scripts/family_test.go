package scripts

import (
	"os/exec"
	"sync"
	"testing"
	"time"
)

// Who asks how things are now is never told how they were before, and who asks while
// another looks shares the look that begins after it.
func TestALookIsNeverOlderThanItsQuestion(t *testing.T) {
	f := newFamily()
	for range 20 {
		cmd := exec.Command("sleep", "60")
		if err := f.start(cmd, "a socket"); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				ours, _, err := f.look("a socket", 0)
				if err != nil || len(ours) != 1 || ours[0].pid != cmd.Process.Pid {
					t.Errorf("%v, %v", ours, err)
				}
			})
		}
		all.Wait()
		_ = cmd.Process.Kill()
		_ = f.wait(cmd)
		if ours, _, err := f.look("a socket", 0); err != nil || len(ours) != 0 {
			t.Errorf("after its end: %v, %v", ours, err)
		}
		if ours, _, err := f.look("a socket", time.Hour); err != nil || len(ours) != 0 {
			t.Errorf("an older look will do: %v, %v", ours, err)
		}
	}
}
