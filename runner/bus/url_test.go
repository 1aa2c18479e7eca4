package bus_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"heed/runner/bus"
)

// operatorsServer is a NATS server as an operator would run one.
func operatorsServer(t testing.TB) string {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true,
		MaxPayload: 1<<20 + 8<<10, Username: "heed", Password: "secret-of-the-url"})
	must(t, err)
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("not ready")
	}
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return "nats://heed:secret-of-the-url@" + s.Addr().String()
}

func TestTheSameRoadOnTheOperatorsServer(t *testing.T) {
	url := operatorsServer(t)
	b := open(t, bus.Options{URL: url})
	must(t, b.Health(t.Context()))
	nc, err := nats.Connect(url)
	must(t, err)
	defer nc.Close()
	sub, err := nc.SubscribeSync("heed.v1.event.tides")
	must(t, err)
	must(t, nc.Flush())
	for i := range bus.MaxUnread {
		publish(t, b, "tides", frame("r", i, "x"))
	}
	if err := b.Publish(t.Context(), "tides", frame("r", 999, "x")); err == nil {
		t.Error("the quota does not hold")
	}
	r := receive(t, b)
	for i := range bus.MaxUnread {
		d := r.next(t)
		if d.Frame.First != i {
			t.Fatalf("frame %d came as number %d", d.Frame.First, i)
		}
		must(t, d.Accept())
	}
	b.Tell("tides", []byte("hello"))
	m, err := sub.NextMsg(10 * time.Second)
	must(t, err)
	if string(m.Data) != "hello" {
		t.Errorf("told %q", m.Data)
	}
	must(t, b.Close())
	again := open(t, bus.Options{URL: url})
	publish(t, again, "tides", frame("r", 1, "after"))
	if d := receive(t, again).next(t); text(d.Frame) != "r/1/after" {
		t.Errorf("an accepted frame came again: %s", text(d.Frame))
	}
}

func TestP7AStreamThatWouldStoreEventsIsRefused(t *testing.T) {
	url := operatorsServer(t)
	nc, err := nats.Connect(url)
	must(t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	must(t, err)
	for _, subject := range []string{"heed.v1.event.*", "heed.v1.event.tides", "heed.*.event.tides", "heed.v1.event.>"} {
		_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ARCHIVE", Subjects: []string{subject}})
		must(t, err)
		b, err := bus.Open(t.Context(), bus.Options{URL: url})
		if err == nil {
			_ = b.Close()
			t.Fatalf("%s: heed runs though its events are stored", subject)
		}
		if !strings.Contains(err.Error(), "ARCHIVE") || !strings.Contains(err.Error(), subject) {
			t.Errorf("%s: the refusal does not say where: %v", subject, err)
		}
		must(t, js.DeleteStream(t.Context(), "ARCHIVE"))
	}
}

func TestTheUrlsPasswordIsInNoError(t *testing.T) {
	_, err := bus.Open(t.Context(), bus.Options{URL: "nats://heed:secret-of-the-url@127.0.0.1:1"})
	if err == nil || strings.Contains(err.Error(), "secret-of-the-url") {
		t.Errorf("err = %v", err)
	}
}
