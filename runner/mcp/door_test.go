package mcp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

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

// TestWhatWasAskedIsAnsweredBeforeTheEnd: an agent that closes its side at once gets all
// answers, and one that reads none holds nothing up.
func TestWhatWasAskedIsAnsweredBeforeTheEnd(t *testing.T) {
	const hello = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
`
	asked := hello
	for i := range 3 * callsAtOnce {
		asked += fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"list_guards"}}`+"\n", i+2)
	}
	s := session(t, &shelf{}, nil)
	var out bytes.Buffer
	if err := Serve(t.Context(), s.Options, strings.NewReader(asked), &out); err != nil {
		t.Error(err)
	}
	if n := strings.Count(out.String(), `"every_proposal_is_held"`); n < 3*callsAtOnce {
		t.Errorf("%d answers to %d calls", n, 3*callsAtOnce)
	}
	for name, end := range map[string]func(stop, shut func()){
		"it closes its side": func(_, shut func()) { shut() },
		"ctrl-C":             func(stop, _ func()) { stop() },
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			in, agent := io.Pipe()
			nobody, stuck := io.Pipe()
			ended := make(chan error, 1)
			go func() { ended <- Serve(ctx, s.Options, in, stuck) }()
			_, _ = io.WriteString(agent, hello[:strings.Index(hello, "\n")+1])
			synctest.Wait()
			begin := time.Now()
			end(stop, func() { _ = agent.Close() })
			if err := <-ended; err != nil || time.Since(begin) > 2*lastAnswers {
				t.Errorf("%s, and reads no answer: %v after %s", name, err, time.Since(begin))
			}
			_, _ = nobody.Close(), agent.Close()
			synctest.Wait()
		})
	}
}
