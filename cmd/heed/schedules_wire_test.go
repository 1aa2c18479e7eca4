package main

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// cut is a network that breaks: at dialling, after some bytes were written, or as the
// answer comes.
type cut struct {
	where string
	after int // bytes written, or read
}

var errCut = errors.New("the network is cut")

// brittle is the way to X, whose connections are cut by their number.
type brittle struct {
	road   *pipes
	cuts   map[int]cut
	struck func(where string)
	mu     sync.Mutex
	n      int
}

func (b *brittle) dial(ctx context.Context, network, address string) (net.Conn, error) {
	b.mu.Lock()
	b.n++
	c, is := b.cuts[b.n]
	b.mu.Unlock()
	if is && c.where == "dial" {
		b.struck(c.where)
		return nil, errCut
	}
	conn, err := b.road.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &brittleConn{Conn: conn, cut: c, struck: b.struck}, nil
}

// brittleConn breaks as its cut says. An answer takes its time, so that a death may fall
// between the act and the answer.
type brittleConn struct {
	net.Conn
	cut    cut
	struck func(string)
	used   int // by one goroutine: the one that writes, or the one that reads
}

func (c *brittleConn) Write(b []byte) (int, error) {
	if c.cut.where != "write" {
		return c.Conn.Write(b)
	}
	n, err := c.part(b, c.Conn.Write)
	return n, err
}

func (c *brittleConn) Read(b []byte) (int, error) {
	if c.cut.where != "read" {
		n, err := c.Conn.Read(b)
		time.Sleep(time.Millisecond)
		return n, err
	}
	if c.used == 0 && c.cut.after%2 == 0 { // the whole answer is lost
		one := make([]byte, 1)
		if _, err := c.Conn.Read(one); err != nil {
			return 0, err
		}
		return 0, c.broken()
	}
	return c.part(b, c.Conn.Read)
}

// part lets through what comes before the cut.
func (c *brittleConn) part(b []byte, do func([]byte) (int, error)) (int, error) {
	left := c.cut.after - c.used
	if left <= 0 {
		return 0, c.broken()
	}
	short := len(b) > left
	n, err := do(b[:min(len(b), left)])
	c.used += n
	if err == nil && short && c.cut.where == "write" {
		err = c.broken()
	}
	return n, err
}

func (c *brittleConn) broken() error {
	c.struck(c.cut.where)
	_ = c.Close()
	return errCut
}
