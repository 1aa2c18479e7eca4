// Package bus is the road between bots and heed: NATS JetStream, by default a server
// in this process that only this process can reach.
//
// Bots are in an account of their own. It has no JetStream, and sees the intent
// subjects through a service import, so that a bot's reply subject is never published
// with heed's rights. A bot may publish on heed.v1.intent.<bot>, and read
// heed.v1.event.<bot> and its own inbox, and nothing else.
//
// With Options.URL the same streams live on the operator's own NATS server. Accounts,
// permissions and the durability of an acknowledgement are then that server's: give
// the bots an account of their own there too, and set sync_interval to always.
package bus

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"heed/bots"
	"heed/runner"
)

// Options say where the road runs.
type Options struct {
	// URL of the operator's NATS server; "" runs one in this process.
	URL string
	// Creds is the file with heed's own credential for URL: a .creds file, or the
	// seed of an nkey (.nk).
	Creds string
	// Listen is a loopback host:port on which bots outside of heed's own scripts may
	// connect; "" opens no port. Only for the server in this process.
	Listen string
	// Dir holds the server's files and, when Listen is set, the bots' credentials. It
	// is made with mode 0700. Only for the server in this process.
	Dir string
	// SyncInterval is how long an acknowledged frame may be in the page cache only. 0,
	// the default, syncs the disk before every acknowledgement.
	SyncInterval time.Duration
	// Bots are the names that may have a credential, asked anew at every log-in.
	Bots func() []string
	// Logf takes what a person should know: dropped frames, the server's warnings. It
	// gets no payload. nil is silence.
	Logf func(format string, args ...any)
}

// Bus implements runner.Bus.
type Bus struct {
	opts   Options
	nc     *nats.Conn
	js     jetstream.JetStream
	server *server.Server // nil with Options.URL
	creds  *credentials   // nil when no bot can connect

	refused  atomic.Pointer[error]  // why the latest frame could not be stored; nil when it was
	accepted atomic.Pointer[string] // where the latest frame was accepted by itself
	takings  atomic.Pointer[takings]
	wiped    atomic.Uint64 // the last frame's number when the files were last wiped

	closing context.Context // ends when Close begins
	stop    context.CancelFunc
	work    sync.WaitGroup // Receive loops
	once    sync.Once
}

var _ runner.Bus = (*Bus)(nil)

// Open starts or reaches the server and sets up the stream. Close it.
func Open(ctx context.Context, o Options) (*Bus, error) {
	if o.Logf == nil {
		o.Logf = func(string, ...any) {}
	}
	if o.Bots == nil {
		o.Bots = func() []string { return nil }
	}
	b := &Bus{opts: o}
	b.closing, b.stop = context.WithCancel(context.WithoutCancel(ctx))
	if err := b.connect(); err != nil {
		_ = b.Close()
		return nil, fmt.Errorf("bus: %w", err)
	}
	if err := b.setUp(ctx); err != nil {
		_ = b.Close()
		return nil, fmt.Errorf("bus: %w", err)
	}
	return b, nil
}

func (b *Bus) connect() (err error) {
	if b.opts.URL == "" {
		if err = b.embed(); err != nil {
			return err
		}
	} else if err = b.dial(); err != nil {
		return err
	}
	b.js, err = jetstream.New(b.nc)
	return err
}

func (b *Bus) dial() (err error) {
	opts := b.clientOptions()
	if b.opts.Creds != "" {
		cred, err := credential(b.opts.Creds)
		if err != nil {
			return err
		}
		opts = append(opts, cred)
	}
	if b.nc, err = nats.Connect(b.opts.URL, opts...); err != nil {
		// The address may hold a password, so only the reason is told.
		return fmt.Errorf("NATS server of [nats] url cannot be reached: %w", err)
	}
	return nil
}

func (b *Bus) clientOptions() []nats.Option {
	return []nats.Option{
		nats.Name("heed"),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(100 * time.Millisecond),
		// What is sent while the server is away fails, and is tried again by whoever
		// knows whether it still matters.
		nats.ReconnectBufSize(-1),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			b.opts.Logf("bus: %s", err)
		}),
	}
}

// Addr is where bots can connect, as host:port; "" when they cannot.
func (b *Bus) Addr() string {
	if b.creds == nil {
		return ""
	}
	return b.server.Addr().String()
}

// CredentialFile is where the bot's nkey seed lies: NATS clients take it as an nkey
// file, with the inbox prefix _INBOX.<bot>. "" when bots cannot connect, or the bot
// is unknown.
func (b *Bus) CredentialFile(bot string) string {
	if b.creds == nil {
		return ""
	}
	b.creds.refresh()
	return b.creds.file(bot)
}

// Health says why the road cannot take intents; nil when it can. Poll it: a full disk
// is not said to whoever publishes, whose frames just time out, and the server takes
// writes again only after a restart.
func (b *Bus) Health(ctx context.Context) error {
	if !b.nc.IsConnected() {
		return fmt.Errorf("bus: not connected to its NATS server (%s)", b.nc.Status())
	}
	if b.server != nil {
		if h := b.server.Healthz(&server.HealthzOptions{}); h.StatusCode != 200 {
			return fmt.Errorf("bus: the intent store in %s does not take writes: %s; make room on the disk, then restart heed", b.opts.Dir, h.Error)
		}
	} else {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		if _, err := b.js.Stream(ctx, Stream); err != nil {
			return fmt.Errorf("bus: stream %s: %w", Stream, err)
		}
	}
	if err := b.refused.Load(); err != nil {
		return fmt.Errorf("bus: the latest intents could not be stored: %w; is there room on the disk?", *err)
	}
	return nil
}

// Close ends Receive, sends what is buffered, wipes what was taken off the road if
// nothing waits on it, and stops the server of this process.
func (b *Bus) Close() error {
	var err error
	b.once.Do(func() {
		b.stop()
		b.work.Wait()
		if b.nc != nil {
			b.settle()
			b.wipeAtEnd()
			if ferr := b.nc.FlushTimeout(2 * time.Second); ferr != nil && !errors.Is(ferr, nats.ErrConnectionClosed) {
				err = fmt.Errorf("bus: close: %w", ferr)
			}
			b.nc.Close()
		}
		err = errors.Join(err, b.shutDown())
	})
	return err
}

// shutDown stops the server of this process. It is not waited for without end: on a
// disk that takes no writes it might never be done.
func (b *Bus) shutDown() error {
	if b.server == nil {
		return nil
	}
	down := make(chan struct{})
	go func() {
		defer close(down)
		b.server.Shutdown()
		b.server.WaitForShutdown()
	}()
	t := time.NewTimer(shutdownTime)
	defer t.Stop()
	select {
	case <-down:
		return nil
	case <-t.C:
		return fmt.Errorf("bus: close: the NATS server did not stop in %s", shutdownTime)
	}
}

const shutdownTime = 20 * time.Second

// settle waits until the server has seen to what was accepted. It works acceptances
// off in order, and answers one that asks for it.
func (b *Bus) settle() {
	if t := b.takings.Load(); t != nil {
		t.remove(0)
	}
	if last := b.accepted.Load(); last != nil && b.nc.IsConnected() {
		_, _ = b.nc.Request(*last, ack, time.Second) // what is not settled comes again, which is no harm
	}
}

// checkListen refuses every address that another machine could reach.
func checkListen(addr string) (host string, port int, err error) {
	tcp, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return "", 0, fmt.Errorf("listen: %w", err)
	}
	if tcp.IP == nil || !tcp.IP.IsLoopback() {
		return "", 0, fmt.Errorf("listen: %q is no loopback address; use 127.0.0.1:PORT, or an own NATS server by [nats] url", addr)
	}
	if tcp.Port == 0 {
		tcp.Port = server.RANDOM_PORT
	}
	return tcp.IP.String(), tcp.Port, nil
}

// maxBody is what a frame may weigh: one line of the largest size.
const maxBody = bots.MaxLine
