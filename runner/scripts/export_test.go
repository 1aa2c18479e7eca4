package scripts

import (
	"testing"

	"golang.org/x/sys/unix"
)

// Disown has a test run as on a machine where heed cannot adopt what scripts leave.
func Disown(t *testing.T) {
	t.Helper()
	adopting.Store(false)
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := Adopt(); err != nil {
			t.Error(err)
		}
	})
}
