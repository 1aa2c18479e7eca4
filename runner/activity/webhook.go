package activity

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"heed/runner"
)

const (
	queueSize = 256 // pushes between X and the ledger
	patience  = 5 * time.Second
	atOnce    = 64 // deliveries under way; the rest comes again
)

// door is the webhook that X calls.
//
// An answer of 200 means that X need not deliver again. It is given when the ledger has
// the push, or when that has taken too long for X's patience of ten seconds and the push
// waits in a queue. Where the queue is full, X is asked to come again.
type door struct {
	*Source
	queue chan parcel
	busy  chan struct{}
	ctx   context.Context // of the one who takes from the queue
}

// parcel is a push on its way to the ledger.
type parcel struct {
	push  runner.Push
	taken chan struct{} // closed when it is there
}

func (s *Source) door(ctx context.Context) *door {
	return &door{Source: s, queue: make(chan parcel, queueSize), busy: make(chan struct{}, atOnce), ctx: ctx}
}

// take hands the queue on, one push after the other.
func (d *door) take(handle func(runner.Push)) {
	for {
		select {
		case p := <-d.queue:
			d.pass([]runner.Push{p.push}, handle)
			if d.ctx.Err() != nil {
				return // it may not have been written down: X is not told so
			}
			close(p.taken)
		case <-d.ctx.Done():
			return
		}
	}
}

// ServeHTTP answers X's challenges and takes its deliveries.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	select {
	case d.busy <- struct{}{}:
		defer func() { <-d.busy }()
	default:
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	switch r.Method {
	case http.MethodGet:
		d.answerChallenge(w, r)
	case http.MethodPost:
		w.WriteHeader(d.deliver(w, r))
	default:
		w.Header().Set("Allow", "GET, POST")
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

func (d *door) answerChallenge(w http.ResponseWriter, r *http.Request) {
	token := r.URL.Query().Get("crc_token")
	if !challenge.MatchString(token) {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	b, err := json.Marshal(map[string]string{"response_token": sign(d.o.ConsumerSecret, []byte(token))})
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(b) // X asks again
}

// deliver takes one delivery and gives the status to answer with.
func (d *door) deliver(w http.ResponseWriter, r *http.Request) int {
	if !d.claimsSignature(r.Header) {
		return http.StatusForbidden
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return http.StatusRequestEntityTooLarge
	}
	if err != nil {
		return http.StatusBadRequest
	}
	if !d.signed(r.Header, body) {
		return http.StatusForbidden
	}
	pushes, err := d.decode.Decode(body)
	if err != nil { // it would be no other the next time
		d.decode.passed.Add(1)
		return http.StatusOK
	}
	return d.enqueue(r.Context(), pushes)
}

func (d *door) enqueue(ctx context.Context, pushes []runner.Push) int {
	var parcels []parcel
	for _, p := range pushes {
		if d.seen.before(p) {
			continue
		}
		one := parcel{p, make(chan struct{})}
		select {
		case d.queue <- one:
			parcels = append(parcels, one)
		default:
			return http.StatusServiceUnavailable // what is in the queue of it is known when it comes again
		}
	}
	enough := time.NewTimer(patience)
	defer enough.Stop()
	for _, p := range parcels {
		select {
		case <-p.taken:
		case <-enough.C:
			return http.StatusOK
		case <-d.ctx.Done():
			return http.StatusServiceUnavailable
		case <-ctx.Done():
			return http.StatusServiceUnavailable // nobody waits for it any more
		}
	}
	return http.StatusOK
}
