package runner

import (
	"context"
	"errors"
	"time"
)

// Bus is the road between bots and heed.
type Bus interface {
	// Publish puts lines of a bot on the road. They are durable when it returns nil.
	// ErrFull when the bot has too much on the road already.
	Publish(ctx context.Context, bot string, f Frame) error
	// Receive hands over what is on the road, each bot's frames in order, until ctx
	// ends. A frame that was not accepted comes again after a restart or a while.
	Receive(ctx context.Context, handle func(Delivery)) error
	// Tell gives a bot an event. It may be lost: the ledger is the record. Nothing of
	// it is stored.
	Tell(bot string, line []byte)
}

// Frame is one or more lines of one bot, as one message.
type Frame struct {
	Run   string // names the script's run, or the schedule's tick; "" from elsewhere
	First int    // number of the first line within the run
	Lines [][]byte
}

// Delivery is a frame with its way of being accepted.
type Delivery struct {
	Bot    string // from the subject, never from the body
	Frame  Frame
	Seq    uint64    // the message's number on the road: the same on every delivery
	At     time.Time // when the road took it: the same on every delivery
	Accept func() error
}

// ErrFull says that a bot has as much on the road as it may.
var ErrFull = errors.New("bus: too many unread intents of this bot")
