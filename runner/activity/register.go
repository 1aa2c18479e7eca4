package activity

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"time"

	"heed/runner"
)

const (
	look       = 10 * time.Minute // between two looks at whether X still calls the webhook
	grace      = 5 * time.Second  // for deliveries under way at the end
	headerTime = 5 * time.Second
	bodyTime   = 10 * time.Second
	answerTime = 15 * time.Second
	maxHeader  = 16 << 10
)

// followWebhook opens the door, tells X where it is, and takes what comes.
func (s *Source) followWebhook(ctx context.Context, handle func(runner.Push)) error {
	l, err := s.o.Webhook.Listen()
	if err != nil {
		return fmt.Errorf("activity: the webhook cannot listen: %w", err)
	}
	if a, ok := l.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
		return errors.Join(errors.New("activity: the webhook may listen on this machine alone: a TLS proxy stands before it"), l.Close())
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	d := s.door(ctx)
	srv := &http.Server{Handler: d, ReadHeaderTimeout: headerTime, ReadTimeout: bodyTime, WriteTimeout: answerTime,
		IdleTimeout: time.Minute, MaxHeaderBytes: maxHeader, ErrorLog: log.New(io.Discard, "", 0)}
	served, taken := make(chan error, 1), make(chan struct{})
	go func() { served <- srv.Serve(l) }()
	go func() { d.take(handle); close(taken) }()
	err = s.keepRegistered(ctx, served)
	stop()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if srv.Shutdown(last) != nil {
		_ = srv.Close() // what is cut off is delivered again
	}
	<-taken
	return err
}

// keepRegistered sees to it that X calls the webhook, until ctx or the server ends.
func (s *Source) keepRegistered(ctx context.Context, served <-chan error) error {
	known, told := "", ""
	var looked, notBefore time.Time
	for {
		now, who := s.o.Now(), s.who()
		var err error
		switch {
		case now.Before(notBefore):
		case who != known || s.up.Load() == nil:
			if err = s.register(ctx); err == nil {
				known, looked = who, now
			}
		case now.Sub(looked) >= look:
			err = s.stillValid(ctx)
			looked = now
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			s.down()
			notBefore = now.Add(afterFault)
			var wait *runner.Wait
			switch {
			case final(err):
				return err
			case errors.As(err, &wait):
				notBefore = wait.Until
			}
			if err.Error() != told {
				s.o.Report(err)
			}
			told = err.Error()
		}
		t := time.NewTimer(resubscribe)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return nil
		case err := <-served:
			t.Stop()
			return fmt.Errorf("activity: the webhook ended: %w", err)
		}
	}
}

type hook struct {
	ID    text `json:"id"`
	URL   text `json:"url"`
	Valid bool `json:"valid"`
}

// register makes the webhook known to X, or has X look at it again, and subscribes to it.
func (s *Source) register(ctx context.Context) error {
	h, there, err := s.hook(ctx)
	if err != nil {
		return err
	}
	switch {
	case !there:
		var out struct {
			hook
			Data lax[hook] `json:"data"`
		}
		in := map[string]string{"url": s.o.Webhook.URL}
		if err := s.call(ctx, "registering the webhook", http.MethodPost, "/2/webhooks", in, &out); err != nil {
			return err
		}
		if h = out.hook; h.ID == "" {
			h = out.Data.value
		}
		if h.ID == "" {
			return errors.New("activity: registering the webhook: the answer names none")
		}
	case !h.Valid:
		if err := s.call(ctx, "having the webhook checked", http.MethodPut, "/2/webhooks/"+url.PathEscape(string(h.ID)), nil, nil); err != nil {
			return err
		}
	}
	if err := s.subscribe(ctx, h.ID); err != nil {
		return err
	}
	s.isUp()
	return nil
}

// stillValid says when X does not call the webhook any more.
func (s *Source) stillValid(ctx context.Context) error {
	h, there, err := s.hook(ctx)
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return err
	case !there || !h.Valid:
		return errors.New("activity: X does not call the webhook any more: its last challenge was not answered")
	}
	return nil
}

func (s *Source) hook(ctx context.Context) (hook, bool, error) {
	var list struct {
		Data []hook `json:"data"`
	}
	if err := s.call(ctx, "reading the webhooks", http.MethodGet, "/2/webhooks", nil, &list); err != nil {
		return hook{}, false, err
	}
	for _, h := range list.Data {
		if string(h.URL) == s.o.Webhook.URL {
			return h, true, nil
		}
	}
	return hook{}, false, nil
}
