package bus

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"

	"heed/runner"
)

const (
	headerRun   = "Heed-Run"
	headerFirst = "Heed-First"

	// MaxLines is how many lines one frame may have.
	MaxLines = 256
	maxRun   = 128 // bytes
	maxFirst = 1 << 40
)

// encode gives the message of a frame.
func encode(bot string, f runner.Frame) (*nats.Msg, error) {
	if err := checkName(bot); err != nil {
		return nil, err
	}
	if f.Run != "" && !validRun(f.Run) || f.First < 0 || f.First > maxFirst {
		return nil, fmt.Errorf("frame of %s: run %.40q, line %d: not 1 to %d of A-Z a-z 0-9 : . _ -", bot, f.Run, f.First, maxRun)
	}
	for _, line := range f.Lines {
		if len(bytes.TrimRight(line, "\r")) == 0 || bytes.IndexByte(line, '\n') >= 0 {
			return nil, fmt.Errorf("frame of %s: an empty line, or a line with a newline in it", bot)
		}
	}
	body := bytes.Join(f.Lines, []byte{'\n'})
	if len(f.Lines) == 0 || len(f.Lines) > MaxLines || len(body) > maxBody {
		return nil, fmt.Errorf("frame of %s: %d lines, %d bytes; 1 to %d lines and %d bytes fit", bot, len(f.Lines), len(body), MaxLines, maxBody)
	}
	m := nats.NewMsg(intentSubject(bot))
	m.Data = body
	if f.Run != "" {
		m.Header.Set(headerRun, f.Run)
		m.Header.Set(headerFirst, strconv.Itoa(f.First))
	}
	return m, nil
}

// decode reads a message. Its headers may be a bot's own invention: they only name
// keys of that same bot, and whatever is not well-formed counts as absent.
func decode(m *nats.Msg) (runner.Frame, error) {
	if len(m.Data) > maxBody {
		return runner.Frame{}, fmt.Errorf("%d bytes; %d fit", len(m.Data), maxBody)
	}
	var f runner.Frame
	for line := range bytes.SplitSeq(m.Data, []byte{'\n'}) {
		line = bytes.TrimRight(line, "\r") // part of the line's end, however many
		if len(line) == 0 {
			continue
		}
		if len(f.Lines) == MaxLines {
			return runner.Frame{}, fmt.Errorf("more than %d lines", MaxLines)
		}
		f.Lines = append(f.Lines, line)
	}
	if len(f.Lines) == 0 {
		return runner.Frame{}, errors.New("nothing in it")
	}
	run := m.Header.Get(headerRun)
	first, err := strconv.Atoi(m.Header.Get(headerFirst))
	if validRun(run) && err == nil && first >= 0 && first <= maxFirst {
		f.Run, f.First = run, first
	}
	return f, nil
}

func validRun(s string) bool {
	if s == "" || len(s) > maxRun {
		return false
	}
	for _, r := range s {
		ok := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == ':' || r == '.' || r == '_' || r == '-'
		if !ok {
			return false
		}
	}
	return true
}
