package metrics

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"heed/runner"
)

func TestTheQueueIsNotedTwiceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, asked := New("v1"), 0
		ctx, stop := context.WithCancel(t.Context())
		go m.KeepQueue(ctx, func(context.Context) (map[string]map[runner.State]int, error) {
			if asked++; asked > 5 {
				return nil, errors.New("no ledger")
			}
			return map[string]map[runner.State]int{"tides": {runner.Waiting: asked, runner.Deferred: 1, runner.Held: 9}, "quakes": {runner.Waiting: 1}}, nil
		})
		began := time.Now()
		time.Sleep(3*time.Minute + time.Second) // the bubble's time
		stop()
		synctest.Wait()
		var got []int
		for _, b := range m.Beats(began.Add(-time.Minute)) {
			got = append(got, b.Queue)
		}
		if asked != 7 || len(got) != 2 || got[0] != 4 || got[1] != 6 {
			t.Errorf("asked %d times: %v", asked, got)
		}
	})
}

func TestBeatsAreTheMinutesThatAreOver(t *testing.T) {
	m := New("v1")
	p := &m.pulse
	for i := range 100 {
		p.turn(noon, time.Duration(i+1)*time.Millisecond)
	}
	p.queue(noon, 7)
	if got := m.Beats(noon); got != nil {
		t.Errorf("a minute that is not over is told: %v", got)
	}
	p.turn(noon.Add(-time.Hour), time.Millisecond) // the clock was put back
	p.queue(noon.Add(2*time.Minute), 3)
	got := m.Beats(noon)
	if len(got) != 1 || !got[0].At.Equal(noon) || got[0].Turns != 101 || got[0].Queue != 7 {
		t.Fatalf("%+v", got)
	}
	near := func(got, want time.Duration) bool { return got >= want && float64(got) <= 1.1*float64(want) }
	if !near(got[0].P50, 50*time.Millisecond) || !near(got[0].P99, 99*time.Millisecond) {
		t.Errorf("p50 %s, p99 %s", got[0].P50, got[0].P99)
	}
}

func TestADayOfBeatsIsRemembered(t *testing.T) {
	m := New("v1")
	for i := range 2*day + 1 {
		m.pulse.turn(noon.Add(time.Duration(i)*time.Minute), time.Hour) // longer than the last cell
	}
	got := m.Beats(time.Time{})
	if len(got) != day || !got[0].At.Equal(noon.Add(day*time.Minute)) || got[0].P50 < time.Minute {
		t.Errorf("%d beats, the first %+v", len(got), got[0])
	}
	if since := m.Beats(got[day-5].At); len(since) != 5 {
		t.Errorf("%d beats since", len(since))
	}
}
