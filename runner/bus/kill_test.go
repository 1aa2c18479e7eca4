package bus_test

import (
	"context"
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// runPublisherAndKill lets a child publish until it has said least acknowledgements,
// kills it, and gives the number of all that it said.
func runPublisherAndKill(t *testing.T, dir string, least int) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), "HEED_TEST_PUBLISHER="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	n := 0
	for ; ; n++ {
		var i uint32
		if err := binary.Read(out, binary.BigEndian, &i); err != nil {
			if err != io.EOF && err != io.ErrUnexpectedEOF {
				t.Log(err)
			}
			break
		}
		if n == least {
			must(t, cmd.Process.Kill())
		}
	}
	_ = cmd.Wait() // killed, as was meant
	if n < least {
		t.Fatalf("the publisher ended by itself after %d", n)
	}
	return n
}
