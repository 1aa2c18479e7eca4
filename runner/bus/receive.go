package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"heed/runner"
)

const (
	pullBatch  = 1024
	pullBytes  = 16 << 20
	pullExpiry = 5 * time.Second
	pullBeat   = time.Second
	pullQuiet  = 3 * pullBeat // no sign for so long: the pull is lost
)

// Receive hands over every frame on the road, oldest first, until ctx or the bus
// ends. What an earlier Receive had handed over without its being accepted comes
// first. handle is called by one goroutine and must not wait for a bot: while it
// waits, nobody's frames come.
//
// Another Receive, from this or another process, ends this one with an error.
func (b *Bus) Receive(ctx context.Context, handle func(runner.Delivery)) error {
	b.work.Add(1)
	defer b.work.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(b.closing, cancel)()
	if err := b.freshConsumer(ctx); err != nil {
		return fmt.Errorf("bus: consumer of %s: %w", Stream, err)
	}
	inbox := b.nc.NewRespInbox()
	sub, err := b.nc.SubscribeSync(inbox + ".*")
	if err != nil {
		return fmt.Errorf("bus: %w", err)
	}
	defer sub.Unsubscribe() //nolint:errcheck // the connection may be gone, which is as good
	// A pull is bounded by the server, so the client's own bounds would only lose.
	if err := sub.SetPendingLimits(-1, -1); err != nil {
		return fmt.Errorf("bus: %w", err)
	}
	p := puller{bus: b, sub: sub, inbox: inbox}
	for {
		if err := p.pull(ctx, handle); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return fmt.Errorf("bus: %w", err)
		}
	}
}

// puller asks for frames, one pull at a time. nats.go's own iterator can miss a
// wake-up and then stands still for two heartbeats; this loop has no state to lose.
type puller struct {
	bus   *Bus
	sub   *nats.Subscription
	inbox string
	n     uint64
}

// pull asks once and hands over what comes, until the pull is used up or expires.
func (p *puller) pull(ctx context.Context, handle func(runner.Delivery)) error {
	reply, err := p.ask()
	if errors.Is(err, nats.ErrConnectionClosed) {
		return err
	}
	if err != nil {
		return wait(ctx, 100*time.Millisecond) // reconnecting
	}
	for got := 0; got < pullBatch; {
		m, err := p.next(ctx)
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			return nil
		}
		if errors.Is(err, nats.ErrNoResponders) { // so the client tells a 503
			return p.unanswered(ctx)
		}
		if err != nil {
			return err
		}
		if strings.HasPrefix(m.Subject, p.inbox) {
			over, err := p.status(ctx, m, reply)
			if over || err != nil {
				return err
			}
			continue
		}
		got++
		p.bus.deliver(m, handle)
	}
	return nil
}

func (p *puller) ask() (reply string, err error) {
	p.n++
	reply = p.inbox + "." + strconv.FormatUint(p.n, 10)
	req, err := json.Marshal(map[string]int64{
		"batch": pullBatch, "max_bytes": pullBytes, "expires": int64(pullExpiry), "idle_heartbeat": int64(pullBeat),
	})
	if err != nil {
		return "", err
	}
	return reply, p.bus.nc.PublishRequest("$JS.API.CONSUMER.MSG.NEXT."+Stream+"."+consumer, reply, req)
}

func (p *puller) next(ctx context.Context) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, pullQuiet)
	defer cancel()
	return p.sub.NextMsgWithContext(ctx)
}

// status reads a message of the server about a pull: whether this pull is over.
func (p *puller) status(ctx context.Context, m *nats.Msg, reply string) (over bool, err error) {
	code, text := m.Header.Get("Status"), m.Header.Get("Description")
	if m.Subject != reply || code == "100" {
		return false, nil
	}
	switch {
	case code == "409" && strings.Contains(strings.ToLower(text), "consumer deleted"):
		return true, errors.New("the road was taken over by another heed; two must not share one ledger's bots")
	case code == "400":
		return true, fmt.Errorf("pull from %s refused: %s", Stream, text)
	}
	return true, nil
}

// unanswered is for a pull that nobody took: a cluster without a leader comes back by
// itself, a consumer or stream that is gone does not.
func (p *puller) unanswered(ctx context.Context) error {
	_, err := p.bus.js.Consumer(ctx, Stream, consumer)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		p.bus.opts.Logf("bus: the NATS server came back without stream %s, which is made anew: what bots had put on it "+
			"and heed had not taken is lost; whoever waits for a verdict publishes it again", Stream)
		p.bus.takeAnew()
		err = p.bus.setUp(ctx)
		if err == nil {
			err = p.bus.freshConsumer(ctx)
		}
	case errors.Is(err, jetstream.ErrConsumerNotFound):
		err = p.bus.freshConsumer(ctx)
	default:
		return wait(ctx, 100*time.Millisecond)
	}
	if errors.Is(err, errStored) || err == nil {
		return err
	}
	p.bus.opts.Logf("bus: the road is not open yet: %s", err)
	return wait(ctx, time.Second)
}

// deliver hands one frame over. What can never be read is reported and done with.
func (b *Bus) deliver(m *nats.Msg, handle func(runner.Delivery)) {
	bot := strings.TrimPrefix(m.Subject, intentSubject(""))
	meta, err := m.Metadata()
	if err != nil {
		b.opts.Logf("bus: a frame of bot %.64q without a number: %s", bot, err)
		return
	}
	accept := b.takings.Load().handed(meta.Sequence.Stream, m.Reply)
	f, err := decode(m)
	if err == nil {
		err = checkName(bot)
	}
	if err != nil {
		b.opts.Logf("bus: a frame of bot %.64q was dropped: %s", bot, err)
		_ = accept() // it would come again and be dropped again
		return
	}
	handle(runner.Delivery{Bot: bot, Frame: f, Seq: meta.Sequence.Stream, At: meta.Timestamp, Accept: accept})
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
