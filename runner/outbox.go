package runner

import (
	"encoding/json"
	"sync/atomic"

	"heed/bots"
)

// outbox carries events to a bot: to its script's stdin and over the bus. It never
// waits for a reader: what a script does not read is dropped, and said once.
type outbox struct {
	lines chan []byte
	deaf  atomic.Bool
	read  atomic.Bool // somebody reads: the bot has a script
	tell  func(line []byte)
	full  func()
}

func newOutbox(tell func(line []byte), full func()) *outbox {
	return &outbox{lines: make(chan []byte, outboxSize), tell: tell, full: full}
}

func (o *outbox) put(e bots.Event) {
	line, err := json.Marshal(e)
	if err != nil {
		return // an event is plain data; it always encodes
	}
	o.tell(line)
	if !o.read.Load() {
		return
	}
	select {
	case o.lines <- line:
		o.deaf.Store(false)
	default:
		if !o.deaf.Swap(true) {
			o.full()
		}
	}
}
