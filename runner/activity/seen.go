package activity

import (
	"container/list"
	"sync"
	"time"

	"heed/runner"
)

const (
	seenFor  = 24 * time.Hour // how long X may deliver again
	mostSeen = 20_000
)

// seen remembers what was handed on, so that a redelivery costs nothing. It is no
// safeguard: the ledger knows an event that comes twice.
type seen struct {
	mu    sync.Mutex
	now   func() time.Time
	at    map[string]*list.Element
	order *list.List // of mark, oldest first
}

type mark struct {
	key string
	at  time.Time
}

func newSeen(now func() time.Time) *seen {
	return &seen{now: now, at: map[string]*list.Element{}, order: list.New()}
}

func key(p runner.Push) string {
	if p.Event == "" {
		return ""
	}
	return p.Bot + " " + p.Event
}

func (s *seen) before(p runner.Push) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	_, there := s.at[key(p)]
	return there
}

func (s *seen) add(p runner.Push) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := key(p)
	if _, there := s.at[k]; k == "" || there {
		return
	}
	s.at[k] = s.order.PushBack(mark{k, s.now()})
	s.forget()
}

// forget drops what is too old or too many.
func (s *seen) forget() {
	for e := s.order.Front(); e != nil; e = s.order.Front() {
		m, _ := e.Value.(mark)
		if s.order.Len() <= mostSeen && s.now().Sub(m.at) < seenFor {
			return
		}
		s.order.Remove(e)
		delete(s.at, m.key)
	}
}
