package bus

import (
	"context"
	"fmt"

	"heed/runner"
)

// Publish puts a frame on the road and waits until it is stored. runner.ErrFull when
// the bot has MaxUnread frames there already. After any other error the frame may be
// on the road or not: publishing it again is right, since its keys are the same.
func (b *Bus) Publish(ctx context.Context, bot string, f runner.Frame) error {
	m, err := encode(bot, f)
	if err != nil {
		return fmt.Errorf("bus: %w", err)
	}
	_, err = b.js.PublishMsg(ctx, m)
	switch {
	case isFull(err):
		return fmt.Errorf("%s: %w", bot, runner.ErrFull)
	case err != nil && ctx.Err() == nil:
		b.refused.Store(&err)
	case err == nil:
		b.refused.Store(nil)
	}
	if err != nil {
		return fmt.Errorf("bus: intents of %s: %w", bot, err)
	}
	return nil
}

// Tell gives a bot an event, if it is connected.
func (b *Bus) Tell(bot string, line []byte) {
	// Without a door nobody can be listening, and a direct message has no business here.
	if b.server != nil && b.creds == nil {
		return
	}
	err := checkName(bot)
	if err == nil {
		err = b.nc.Publish(eventSubject(bot), line)
	}
	if err != nil {
		b.opts.Logf("bus: an event of %d bytes for bot %.64q is lost: %s", len(line), bot, err)
	}
}
