package scripts

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
)

// ErrRefused is what Emit's error wraps when heed was reached and did not take the
// intent.
var ErrRefused = errors.New("heed did not take the intent")

// Emit hands one intent to the heed that listens at socket. each gets every line that
// comes back: {"queued":true,"key":…} first, and with wait the verdict and outcome,
// until the intent is settled or needs somebody or some time. An error of each ends
// it. When heed cannot be reached, the error is a *net.OpError.
func Emit(ctx context.Context, socket string, intent json.RawMessage, wait bool, each func(line []byte) error) error {
	var compact bytes.Buffer
	if err := json.Compact(&compact, intent); err != nil {
		return fmt.Errorf("intent: %w", err)
	}
	request, err := json.Marshal(map[string]any{"intent": json.RawMessage(compact.Bytes()), "wait": wait})
	if err != nil {
		return fmt.Errorf("intent: %w", err)
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return fmt.Errorf("heed: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if _, err := conn.Write(append(request, '\n')); err != nil {
		return fmt.Errorf("heed: %w", err)
	}
	return replies(ctx, bufio.NewReader(conn), wait, each)
}

func replies(ctx context.Context, in *bufio.Reader, wait bool, each func([]byte) error) error {
	for first := true; ; first = false {
		l, err := readLine(in, maxRequest)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && first:
			return fmt.Errorf("heed gave no answer: %w", err)
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("heed: %w", err)
		}
		if first {
			var a struct{ Error string }
			if json.Unmarshal(l, &a) == nil && a.Error != "" {
				return fmt.Errorf("%w: %s", ErrRefused, a.Error)
			}
		}
		if err := each(l); err != nil || first && !wait {
			return err
		}
	}
}
