package bus_test

import (
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"heed/runner/bus"
)

// serverAt is an operator's NATS server on a port (-1: any) with its files in a folder.
func serverAt(t *testing.T, port int, dir string) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: dir, NoSigs: true, NoLog: true, MaxPayload: 1<<20 + 8<<10})
	must(t, err)
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("not ready")
	}
	return s
}

// TestAServerThatComesBackWithoutItsFilesIsSetUpAnew: Receive lives on, says what was
// lost, and what is published from then on comes.
func TestAServerThatComesBackWithoutItsFilesIsSetUpAnew(t *testing.T) {
	dir := t.TempDir()
	s := serverAt(t, -1, dir+"/a")
	said := make(chan string, 100)
	b := open(t, bus.Options{URL: "nats://" + s.Addr().String(), Logf: func(f string, _ ...any) {
		select {
		case said <- f:
		default:
		}
	}})
	r := receive(t, b)
	publish(t, b, "tides", frame("r", 1, "before"))
	lost := r.next(t)
	port := s.Addr().(*net.TCPAddr).Port
	s.Shutdown()
	s.WaitForShutdown()
	must(t, os.RemoveAll(dir+"/a"))
	s2 := serverAt(t, port, dir+"/b")
	eventually(t, "it publishes again", func() bool { return b.Publish(t.Context(), "tides", frame("r", 2, "after")) == nil })
	if d := r.next(t); text(d.Frame) != "r/2/after" {
		t.Errorf("after the loss came %s", text(d.Frame))
	}
	must(t, lost.Accept()) // it has the number of the one that came after the loss
	must(t, b.Close())
	again := open(t, bus.Options{URL: s2.ClientURL()})
	if d := receive(t, again).next(t); text(d.Frame) != "r/2/after" {
		t.Errorf("P5: an acceptance of what was lost took %s", text(d.Frame))
	}
	for {
		select {
		case line := <-said:
			if strings.Contains(line, "came back without stream") {
				return
			}
		default:
			t.Fatal("it was not said that the stream is lost")
		}
	}
}
