package activity

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"heed/runner"
)

// The events that heed hears. Those of the first list make up what polling reads: a bot
// that has them all is covered. An event costs money each time, so no more are asked for
// than heed does something about.
var (
	spoken = []string{"dm.received", "post.mention.create", "post.reply.create"}
	beside = []string{"post.quote.create", "chat.received", "post.delete", "profile.update.bio", "profile.update.handle",
		"profile.update.screenname", "profile.update.verified_badge", "profile.update.affiliate_badge", "oauth.revoke"}
)

const (
	ourTag        = "heed"
	mostPages     = 20
	mostSubscribe = 1000 // of one page, the most that X gives
)

type subscription struct {
	ID        text   `json:"subscription_id,omitempty"`
	EventType text   `json:"event_type"`
	Filter    filter `json:"filter"`
	Tag       text   `json:"tag,omitempty"`
	WebhookID text   `json:"webhook_id,omitempty"`
}

type filter struct {
	UserID text `json:"user_id,omitempty"`
}

// subscribe makes sure that every account's events are told to the stream, or to the
// webhook of an id. What is there already is left alone. One that X refuses is reported
// by name and hinders no other; the error is of what hinders all.
func (s *Source) subscribe(ctx context.Context, webhook text) error {
	have, err := s.subscriptions(ctx)
	if err != nil {
		return err
	}
	for _, a := range s.o.Accounts() {
		missing := false
		for _, kind := range slices.Concat(spoken, beside) {
			err := s.want(ctx, have, subscription{EventType: text(kind), Filter: filter{text(a.UserID)}, Tag: ourTag, WebhookID: webhook})
			var wait *runner.Wait
			if ctx.Err() != nil || errors.As(err, &wait) {
				return err
			}
			s.tell(a, kind, err)
			missing = missing || err != nil && slices.Contains(spoken, kind)
		}
		s.cover(a.Bot, !missing)
	}
	return nil
}

func (s *Source) cover(bot string, all bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !all:
		delete(s.covered, bot)
	case s.covered[bot].IsZero():
		s.covered[bot] = s.o.Now()
	}
}

// tell reports a refused subscription once.
func (s *Source) tell(a Account, kind string, err error) {
	words := ""
	if err != nil {
		words = err.Error()
	}
	s.mu.Lock()
	key := a.Bot + " " + kind
	again := s.told[key] == words
	s.told[key] = words
	s.mu.Unlock()
	if err != nil && !again {
		s.o.Report(fmt.Errorf("%s: its events %s do not come: %w", a.Bot, kind, err))
	}
}

// subscriptions reads what the app is subscribed to.
func (s *Source) subscriptions(ctx context.Context) (all []subscription, err error) {
	next := ""
	for range mostPages {
		var page struct {
			Data []subscription `json:"data"`
			Meta struct {
				Next string `json:"next_token"`
			} `json:"meta"`
		}
		q := url.Values{"max_results": {fmt.Sprint(mostSubscribe)}}
		if next != "" {
			q.Set("pagination_token", next)
		}
		if err := s.call(ctx, "reading the subscriptions", http.MethodGet, "/2/activity/subscriptions?"+q.Encode(), nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Data...)
		if next = page.Meta.Next; next == "" {
			return all, nil
		}
	}
	return all, nil // what lies beyond is refused as a duplicate, and reported
}

// want makes one subscription unless it is there. One of heed's own that tells it
// elsewhere, from before the settings changed, gives way.
func (s *Source) want(ctx context.Context, have []subscription, w subscription) error {
	for _, h := range have {
		if h.EventType != w.EventType || h.Filter != w.Filter {
			continue
		}
		if h.WebhookID == w.WebhookID {
			return nil
		}
		if h.Tag == ourTag && h.ID != "" {
			path := "/2/activity/subscriptions/" + url.PathEscape(string(h.ID))
			if err := s.call(ctx, "ending an old subscription", http.MethodDelete, path, nil, nil); err != nil {
				return err
			}
		}
	}
	return s.call(ctx, "subscribing", http.MethodPost, "/2/activity/subscriptions", w, nil)
}
