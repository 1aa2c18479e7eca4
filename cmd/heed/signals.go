package main

import (
	"context"
	"os/signal"
	"syscall"
)

// interruptible gives a context that ends at ctrl-C or SIGTERM.
func interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
}
