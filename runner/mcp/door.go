package mcp

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// door is the pair of streams, with a bound: while callsAtOnce calls are under way nothing
// further is read, so that an agent which asks without reading answers waits for itself.
type door struct {
	sdk.IOTransport
	leave context.CancelFunc // called when nothing more can be read
}

// Connect implements the SDK's Transport.
func (d door) Connect(ctx context.Context) (sdk.Connection, error) {
	c, err := d.IOTransport.Connect(ctx)
	return &connection{Connection: c, leave: d.leave, places: make(chan struct{}, callsAtOnce), closed: make(chan struct{})}, err
}

type connection struct {
	sdk.Connection
	leave  context.CancelFunc
	places chan struct{} // one is taken from a call's reading to its answer's writing
	closed chan struct{}
	once   sync.Once
}

func (c *connection) Read(ctx context.Context) (jsonrpc.Message, error) {
	m, err := c.Connection.Read(ctx)
	if err != nil {
		c.answerAll(ctx)
		return m, err
	}
	if r, ok := m.(*jsonrpc.Request); ok && r.IsCall() {
		select {
		case c.places <- struct{}{}:
		case <-c.closed:
			return nil, io.EOF
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return m, nil
}

// answerAll waits, after the last message, for the answers to what was asked: the SDK
// writes none once it knows of the end.
func (c *connection) answerAll(ctx context.Context) {
	defer c.leave()
	defer time.AfterFunc(lastAnswers, c.leave).Stop()
	for range callsAtOnce {
		select {
		case c.places <- struct{}{}:
		case <-c.closed:
			return
		case <-ctx.Done():
			return
		}
	}
}

func (c *connection) Write(ctx context.Context, m jsonrpc.Message) error {
	err := c.Connection.Write(ctx, m)
	if _, ok := m.(*jsonrpc.Response); ok {
		select {
		case <-c.places:
		default:
		}
	}
	return err
}

func (c *connection) Close() error {
	c.once.Do(func() { close(c.closed); c.leave() })
	return c.Connection.Close()
}

// unclosed leaves a stream open that is not the session's to close.
type unclosed struct{ io.Writer }

func (unclosed) Close() error { return nil }
