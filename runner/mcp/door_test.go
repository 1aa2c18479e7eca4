package mcp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// TestAnAgentThatReadsNoAnswersWaitsForItself: no more calls than may be under way are
// read, until one is answered.
func TestAnAgentThatReadsNoAnswersWaitsForItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, agent := io.Pipe()
		written := 0
		go func() {
			for i := range 3 * callsAtOnce {
				if _, err := fmt.Fprintf(agent, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"ping\"}\n", i+1); err != nil {
					return
				}
				written++
			}
		}()
		left := false
		c, err := door{sdk.IOTransport{Reader: in, Writer: unclosed{io.Discard}}, func() { left = true }}.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var read []jsonrpc.ID
		ended := make(chan error, 1)
		go func() {
			for {
				m, err := c.Read(t.Context())
				if err != nil {
					ended <- err
					return
				}
				read = append(read, m.(*jsonrpc.Request).ID)
			}
		}()
		synctest.Wait()
		if len(read) != callsAtOnce || written > 2*callsAtOnce {
			t.Fatalf("%d calls were read, and %d written", len(read), written)
		}
		for _, id := range slices.Clone(read[:5]) {
			if err := c.Write(context.Background(), &jsonrpc.Response{ID: id, Result: []byte(`{}`)}); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if len(read) != callsAtOnce+5 {
			t.Errorf("%d calls were read after 5 answers", len(read))
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; !errors.Is(err, io.EOF) || !left {
			t.Errorf("ended with %v, left %t", err, left)
		}
		_ = agent.Close()
		_ = in.Close()
	})
}
