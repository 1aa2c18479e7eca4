package runner

import (
	"context"
	"io"
	"time"

	"heed/bots"
)

// Scripts keeps the bots' programs alive.
type Scripts interface {
	// Keep runs a bot's script as its settings say until ctx ends, then stops it:
	// stdin closed, TERM to the process group, KILL. It returns when nothing of the
	// script is left.
	Keep(ctx context.Context, bot bots.Bot, io ScriptIO) error
	// Media opens a file in the bot's own folder, where scripts leave what they want to
	// show. Nothing outside of it can be named, and nothing but a regular file opened.
	Media(bot, path string) (io.ReadCloser, error)
}

// ScriptIO is what a script is joined to.
type ScriptIO struct {
	// Lines takes what the script printed, as frames. It blocks while the road is full.
	Lines func(ctx context.Context, f Frame) error
	// Events are lines for the script's stdin, each without its newline.
	Events <-chan []byte
	// Report tells what happened: started, ended with 3, said something on stderr.
	Report func(ScriptReport)
	// Now and After stand for the clock, so that back-off and schedules can be tested.
	Now func() time.Time
}

// ScriptReport is one thing that happened to a script.
type ScriptReport struct {
	Run   string
	Level string // info, warn, error
	Code  string // script.started, script.ended, script.stderr, script.line_too_long, script.backoff, script.next, script.stopped_for_good
	Text  string
	Exit  int       // script.ended: its code, -1 for death by a signal
	Until time.Time // back-off and script.next: when it is started again
}
