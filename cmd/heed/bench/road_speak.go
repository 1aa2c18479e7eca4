package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"heed/runner"
)

// publish puts lines on the road as heed does for its own scripts, each bot's own at once
// with those of the others.
func (h *roadHouse) publish(ctx context.Context, lines []roadLine, c roadCase) error {
	of := make([][]roadLine, c.bots)
	for _, l := range lines {
		of[l.bot] = append(of[l.bot], l)
	}
	errs := make([]error, c.bots)
	var all sync.WaitGroup
	for i, mine := range of {
		all.Go(func() { errs[i] = h.publishOne(ctx, roadBot(i).Name, mine, c.lines) })
	}
	all.Wait()
	return errors.Join(errs...)
}

func (h *roadHouse) publishOne(ctx context.Context, bot string, lines []roadLine, most int) error {
	for first := 0; first < len(lines); first += most {
		f := runner.Frame{Run: "bench", First: first + 1}
		now := time.Now().UnixNano()
		for _, l := range lines[first:min(first+most, len(lines))] {
			f.Lines = append(f.Lines, l.text)
			h.meter.published[l.n].Store(now)
		}
		if err := h.bus.Publish(ctx, bot, f); err != nil {
			return err
		}
	}
	return nil
}

// speakers are the bots' own connections, over TCP with their credentials.
type speakers struct {
	house *roadHouse
	conns []*nats.Conn
	acks  chan error // one for each line that was stored, or was not
}

func (h *roadHouse) dial(n int) (s *speakers, hangUp func(), err error) {
	s = &speakers{house: h, acks: make(chan error, len(h.meter.judged))}
	hangUp = func() {
		for _, nc := range s.conns {
			nc.Close()
		}
	}
	for i := range n {
		if err := s.dialOne(roadBot(i).Name); err != nil {
			hangUp()
			return nil, nil, err
		}
	}
	return s, hangUp, nil
}

func (s *speakers) dialOne(bot string) error {
	key, err := nats.NkeyOptionFromSeed(s.house.bus.CredentialFile(bot))
	if err != nil {
		return err
	}
	inbox := "_INBOX." + bot
	nc, err := nats.Connect("nats://"+s.house.bus.Addr(), key, nats.CustomInboxPrefix(inbox), nats.MaxReconnects(0))
	if err != nil {
		return err
	}
	s.conns = append(s.conns, nc)
	_, err = nc.Subscribe(inbox+".ack", func(m *nats.Msg) {
		var ack struct {
			Error *struct{ Description string }
		}
		err := json.Unmarshal(m.Data, &ack)
		if err == nil && ack.Error != nil {
			err = errors.New(ack.Error.Description)
		}
		s.acks <- err
	})
	return errors.Join(err, nc.Flush())
}

// publish sends every line as a message of its own, and waits until all are stored.
func (s *speakers) publish(ctx context.Context, lines []roadLine, c roadCase) error {
	began := time.Now()
	for i, l := range lines {
		if c.pace > 0 {
			time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(c.pace))))
		}
		bot := roadBot(l.bot).Name
		s.house.meter.published[l.n].Store(time.Now().UnixNano())
		if err := s.conns[l.bot].PublishRequest("heed.v1.intent."+bot, "_INBOX."+bot+".ack", l.text); err != nil {
			return err
		}
	}
	for range lines {
		select {
		case err := <-s.acks:
			if err != nil {
				return fmt.Errorf("a line was not stored: %w", err)
			}
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Minute):
			return errors.New("a line was not acknowledged within a minute")
		}
	}
	return nil
}
