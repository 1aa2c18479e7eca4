package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// Stream holds the intents that heed has not taken yet.
	Stream = "HEED_INTENTS"
	// consumer is heed's place in it.
	consumer = "heed"

	// MaxUnread is how many frames of one bot may wait to be taken.
	MaxUnread = 128

	headerRoom = 4 << 10          // bytes of headers beside the body
	ackWait    = 30 * time.Second // an unaccepted frame comes again after this
	// maxUnaccepted is all that 4,096 bots may have unread: one bot that heed does not
	// get on with must not keep the others' frames from coming.
	maxUnaccepted = 4096 * MaxUnread
)

func intentSubject(bot string) string { return "heed.v1.intent." + bot }
func eventSubject(bot string) string  { return "heed.v1.event." + bot }

// setUp makes the stream, and makes sure that no stream keeps events.
func (b *Bus) setUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	cfg := streamConfig()
	old, err := b.js.Stream(ctx, Stream)
	switch {
	case err == nil:
		// How often the stream is copied, and where, is the operator's to say.
		cfg.Replicas, cfg.Placement = old.CachedInfo().Config.Replicas, old.CachedInfo().Config.Placement
	case !errors.Is(err, jetstream.ErrStreamNotFound):
		return fmt.Errorf("stream %s: %w", Stream, err)
	}
	if _, err := b.js.CreateOrUpdateStream(ctx, cfg); err != nil {
		return fmt.Errorf("stream %s: %w", Stream, err)
	}
	if b.server != nil {
		if err := syncFolders(b.opts.Dir); err != nil {
			return fmt.Errorf("files of stream %s: %w", Stream, err)
		}
	}
	return b.eventsUnstored(ctx)
}

func streamConfig() jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: Stream, Description: "intents that heed has not taken yet",
		Subjects: []string{intentSubject("*")}, Retention: jetstream.WorkQueuePolicy, Storage: jetstream.FileStorage,
		// A bot that fills its own subject is told so, and nobody else notices.
		Discard: jetstream.DiscardNew, DiscardNewPerSubject: true, MaxMsgsPerSubject: MaxUnread,
		MaxMsgSize: maxBody + headerRoom,
		// The shortest window there is: sameness is decided by the ledger, and a
		// message id that one bot picked must not swallow another's frame.
		Duplicates: 100 * time.Millisecond,
		// Each of these would let a header of a bot's message act on the stream.
		AllowRollup: false, AllowMsgTTL: false, AllowMsgSchedules: false, AllowAtomicPublish: false,
	}
}

var errStored = errors.New("direct messages must not be stored")

// eventsUnstored fails when a stream would keep events: they may hold the text of a
// direct message (promise P7).
func (b *Bus) eventsUnstored(ctx context.Context) error {
	list := b.js.ListStreams(ctx)
	for info := range list.Info() {
		for _, s := range info.Config.Subjects {
			if server.SubjectsCollide(s, eventSubject(">")) {
				return fmt.Errorf("stream %s keeps %s, which covers heed's events; %w: take %s out of it",
					info.Config.Name, s, errStored, eventSubject(">"))
			}
		}
	}
	return list.Err()
}

// freshConsumer starts at the oldest frame there is. What an earlier consumer had
// handed over and was not accepted comes at once and in order, not after ackWait and
// behind newer frames.
func (b *Bus) freshConsumer(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	b.takeAnew()
	err := b.js.DeleteConsumer(ctx, Stream, consumer)
	if err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
		return err
	}
	_, err = b.js.CreateConsumer(ctx, Stream, jetstream.ConsumerConfig{
		Durable: consumer, AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait, MaxAckPending: maxUnaccepted,
		// All there is, in the words of removeUpTo: a removal of more or less than a
		// consumer may see makes the server look at each frame that it has handed over.
		FilterSubject: intentSubject("*"),
	})
	return err
}

// isFull says whether the store refused because of the bot's own quota. The same code
// stands for every failed write, so the words decide.
func isFull(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == jetstream.ErrorCode(server.JSStreamStoreFailedF) &&
		strings.Contains(api.Description, server.ErrMaxMsgsPerSubject.Error())
}
