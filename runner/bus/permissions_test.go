package bus_test

import (
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"heed/runner"
	"heed/runner/bus"
)

// connect logs in over TCP as a bot does.
func connect(t testing.TB, b *bus.Bus, bot string, refused chan<- error) *nats.Conn {
	t.Helper()
	nkey, err := nats.NkeyOptionFromSeed(b.CredentialFile(bot))
	must(t, err)
	nc, err := nats.Connect("nats://"+b.Addr(), nkey, nats.CustomInboxPrefix("_INBOX."+bot), nats.MaxReconnects(0),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			if refused != nil {
				refused <- err
			}
		}))
	must(t, err)
	t.Cleanup(nc.Close)
	return nc
}

func TestP1ABotByCredentialMayDoTwoThings(t *testing.T) {
	b := open(t, bus.Options{Listen: "127.0.0.1:0"})
	nc := connect(t, b, "tides", nil)
	sub, err := nc.SubscribeSync("heed.v1.event.tides")
	must(t, err)
	ack, err := nc.Request("heed.v1.intent.tides", []byte("{\"a\":1}\n{\"a\":2}\n"), 10*time.Second)
	must(t, err)
	if !strings.Contains(string(ack.Data), `"stream":"HEED_INTENTS"`) {
		t.Errorf("no acknowledgement: %s", ack.Data)
	}
	d := receive(t, b).next(t)
	if d.Bot != "tides" || text(d.Frame) != `/0/{"a":1}|{"a":2}` {
		t.Errorf("came %s %s", d.Bot, text(d.Frame))
	}
	b.Tell("news", []byte("not for tides"))
	b.Tell("tides", []byte("for tides"))
	m, err := sub.NextMsg(10 * time.Second)
	must(t, err)
	if string(m.Data) != "for tides" {
		t.Errorf("told %q", m.Data)
	}
}

func TestP1ABotByCredentialMayDoNothingElse(t *testing.T) {
	b := open(t, bus.Options{Listen: "127.0.0.1:0"})
	refused := make(chan error, 64)
	nc := connect(t, b, "tides", refused)
	for _, subject := range []string{
		"heed.v1.intent.news", "heed.v1.intent.tides.x", "heed.v1.intent", "heed.v1.event.tides", "heed.v1.event.news",
		"$JS.API.INFO", "$JS.API.STREAM.INFO.HEED_INTENTS", "$JS.API.STREAM.PURGE.HEED_INTENTS", "$JS.API.STREAM.DELETE.HEED_INTENTS",
		"$JS.API.STREAM.MSG.GET.HEED_INTENTS", "$JS.API.STREAM.MSG.DELETE.HEED_INTENTS", "$JS.API.CONSUMER.DELETE.HEED_INTENTS.heed",
		"$JS.API.CONSUMER.MSG.NEXT.HEED_INTENTS.heed", "$JS.ACK.HEED_INTENTS.heed.1.1.1.1.1", "$SYS.REQ.SERVER.PING",
		"_INBOX.news.x", "_INBOX.x", "anything",
	} {
		must(t, nc.Publish(subject, []byte("{}")))
		must(t, nc.Flush())
		expectRefusal(t, refused, "publish on "+subject)
	}
	for _, subject := range []string{
		">", "*", "heed.>", "heed.v1.*.tides", "heed.v1.event.*", "heed.v1.event.news", "heed.v1.intent.tides", "heed.v1.intent.>",
		"_INBOX.>", "_INBOX.*.x", "_INBOX.news.>", "$JS.>", "$JS.API.>", "$SYS.>", "_R_.>",
	} {
		_, err := nc.SubscribeSync(subject)
		must(t, err)
		must(t, nc.Flush())
		expectRefusal(t, refused, "subscribe to "+subject)
	}
	// None of it arrived.
	publish(t, b, "news", frame("r", 1, "the only one"))
	if d := receive(t, b).next(t); d.Seq != 1 || d.Bot != "news" {
		t.Errorf("came %s %d %s", d.Bot, d.Seq, text(d.Frame))
	}
}

func expectRefusal(t *testing.T, refused <-chan error, what string) {
	t.Helper()
	select {
	case err := <-refused:
		if !errors.Is(err, nats.ErrPermissionViolation) {
			t.Errorf("%s: %v", what, err)
		}
	case <-time.After(10 * time.Second):
		t.Errorf("%s: nobody refused", what)
	}
}

// TestP1AReplySubjectHasNoRights is the confused deputy: the server answers to the
// reply subject a bot names, which must not happen with heed's rights.
func TestP1AReplySubjectHasNoRights(t *testing.T) {
	b := open(t, bus.Options{Listen: "127.0.0.1:0"})
	nc := connect(t, b, "tides", make(chan error, 64))
	r := receive(t, b)
	n := 0
	for _, reply := range []string{
		"heed.v1.intent.news", "heed.v1.event.news", "$JS.API.STREAM.DELETE.HEED_INTENTS", "$JS.API.STREAM.PURGE.HEED_INTENTS",
		"$JS.API.CONSUMER.DELETE.HEED_INTENTS.heed", "$JS.ACK.HEED_INTENTS.heed.1.1.1.1.1", "_INBOX.news.x",
	} {
		must(t, nc.PublishRequest("heed.v1.intent.tides", reply, []byte("{}")))
		must(t, nc.Flush())
		n++
	}
	must(t, nc.Flush())
	for range n {
		select {
		case d := <-r.got:
			if d.Bot != "tides" {
				t.Errorf("a frame of %s was forged: %s", d.Bot, text(d.Frame))
			}
		case <-time.After(2 * time.Second): // the server refused the message as a whole: as good
		}
	}
	publish(t, b, "news", frame("r", 1, "after"))
	for {
		if d := r.next(t); d.Bot == "news" {
			if text(d.Frame) != "r/1/after" {
				t.Errorf("forged: %s", text(d.Frame))
			}
			return
		}
	}
}

func TestP1HeadersOfABotActOnNothing(t *testing.T) {
	b := open(t, bus.Options{Listen: "127.0.0.1:0"})
	nc := connect(t, b, "tides", nil)
	publish(t, b, "news", frame("r", 1, "must stay"))
	for _, h := range []nats.Header{
		{"Nats-Rollup": {"all"}}, {"Nats-TTL": {"1s"}},
		{"Nats-Schedule": {"@at 2020-01-01T00:00:00Z"}, "Nats-Schedule-Target": {"heed.v1.intent.news"}},
		{"Nats-Batch-Id": {"x"}, "Nats-Batch-Sequence": {"1"}, "Nats-Batch-Commit": {"1"}},
	} {
		ack, err := nc.RequestMsg(&nats.Msg{Subject: "heed.v1.intent.tides", Header: h, Data: []byte("{}")}, 10*time.Second)
		must(t, err)
		if !strings.Contains(string(ack.Data), `"error"`) {
			t.Errorf("%v was taken: %s", h, ack.Data)
		}
	}
	for name, h := range map[string]nats.Header{
		"a run with spaces":       {"Heed-Run": {"a b"}, "Heed-First": {"1"}},
		"a run that is too long":  {"Heed-Run": {strings.Repeat("r", 129)}, "Heed-First": {"1"}},
		"a number that is none":   {"Heed-Run": {"r"}, "Heed-First": {"1e9"}},
		"a number below zero":     {"Heed-Run": {"r"}, "Heed-First": {"-1"}},
		"a run without a number":  {"Heed-Run": {"r"}},
		"a number without a run":  {"Heed-First": {"3"}},
		"a name in another case":  {"heed-run": {"r"}, "heed-first": {"1"}},
		"a terminal's own escape": {"Heed-Run": {"\x1b[2J"}, "Heed-First": {"1"}},
	} {
		must(t, nc.PublishMsg(&nats.Msg{Subject: "heed.v1.intent.tides", Header: h, Data: []byte(name)}))
	}
	must(t, nc.Flush())
	r := receive(t, b)
	if d := r.next(t); d.Bot != "news" || text(d.Frame) != "r/1/must stay" {
		t.Errorf("came %s %s", d.Bot, text(d.Frame))
	}
	for range 8 {
		if d := r.next(t); d.Frame.Run != "" || d.Frame.First != 0 {
			t.Errorf("believed: %q %d for %s", d.Frame.Run, d.Frame.First, d.Frame.Lines[0])
		}
	}
}

func TestAFrameThatCannotBeReadIsReportedAndDoneWith(t *testing.T) {
	var mu sync.Mutex
	var reports []string
	dir := t.TempDir()
	o := bus.Options{Dir: dir, Listen: "127.0.0.1:0", Logf: func(f string, v ...any) {
		mu.Lock()
		defer mu.Unlock()
		reports = append(reports, f)
	}}
	b := open(t, o)
	nc := connect(t, b, "tides", nil)
	for _, body := range []string{"", "\n\r\n\n", strings.Repeat("x\n", bus.MaxLines+1), strings.Repeat("x", 1<<20+1)} {
		_, err := nc.Request("heed.v1.intent.tides", []byte(body), 10*time.Second)
		must(t, err)
	}
	publish(t, b, "tides", frame("r", 5, "good"))
	if d := receive(t, b).next(t); text(d.Frame) != "r/5/good" || d.Seq != 5 {
		t.Errorf("came %d %s", d.Seq, text(d.Frame))
	}
	mu.Lock()
	if len(reports) != 4 {
		t.Errorf("%d reports: %q", len(reports), reports)
	}
	mu.Unlock()
	must(t, b.Close())
	if d := receive(t, open(t, o)).next(t); d.Seq != 5 {
		t.Errorf("frame %d came again", d.Seq)
	}
}

func TestP1NobodyConnectsWithoutACredential(t *testing.T) {
	var mu sync.Mutex
	names := []string{"tides"}
	b := open(t, bus.Options{Listen: "127.0.0.1:0", Bots: func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string(nil), names...)
	}})
	stranger, err := nkeys.CreateUser()
	must(t, err)
	pub, err := stranger.PublicKey()
	must(t, err)
	tides, err := nats.NkeyOptionFromSeed(b.CredentialFile("tides"))
	must(t, err)
	seed, err := os.ReadFile(b.CredentialFile("tides"))
	must(t, err)
	pair, err := nkeys.FromSeed(seed)
	must(t, err)
	tidesPub, err := pair.PublicKey()
	must(t, err)
	for name, o := range map[string]nats.Option{
		"nothing":                             func(*nats.Options) error { return nil },
		"heed's own name without the pipe":    nats.UserInfo("CORE", ""),
		"a key that nobody knows":             nats.Nkey(pub, stranger.Sign),
		"a bot's key with another's sign":     nats.Nkey(tidesPub, stranger.Sign),
		"a bot's key without a true sign":     nats.Nkey(tidesPub, func([]byte) ([]byte, error) { return []byte("x"), nil }),
		"a bot's key as the name of a person": nats.UserInfo(tidesPub, ""),
	} {
		if nc, err := nats.Connect("nats://"+b.Addr(), o); !errors.Is(err, nats.ErrAuthorization) {
			t.Errorf("%s: err = %v", name, err)
			nc.Close()
		}
	}
	if b.CredentialFile("late") != "" {
		t.Error("a bot that does not exist has a credential")
	}
	mu.Lock()
	names = []string{"late"}
	mu.Unlock()
	nc := connect(t, b, "late", nil)
	if _, err := nc.Request("heed.v1.intent.late", []byte("{}"), 10*time.Second); err != nil {
		t.Errorf("a bot that came at run time: %v", err)
	}
	if nc, err := nats.Connect("nats://"+b.Addr(), tides); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("a bot that is no longer configured: err = %v", err)
		nc.Close()
	}
}

func TestCredentialsArePrivateAndKept(t *testing.T) {
	dir := t.TempDir()
	o := bus.Options{Dir: dir, Listen: "127.0.0.1:0"}
	b := open(t, o)
	path := b.CredentialFile("tides")
	before, err := os.ReadFile(path)
	must(t, err)
	for path, mode := range map[string]os.FileMode{dir: 0o700, dir + "/creds": 0o700, path: 0o600} {
		info, err := os.Stat(path)
		must(t, err)
		if info.Mode().Perm() != mode {
			t.Errorf("%s has mode %o", path, info.Mode().Perm())
		}
	}
	must(t, b.Close())
	after, err := os.ReadFile(open(t, o).CredentialFile("tides"))
	must(t, err)
	if string(before) != string(after) {
		t.Error("the seed was made anew")
	}
	closed := open(t, bus.Options{})
	if closed.CredentialFile("tides") != "" || closed.Addr() != "" {
		t.Error("a bus without a door hands out credentials")
	}
}

func TestOnlyLoopbackIsListenedOn(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":4222", "192.0.2.1:4222", "[::]:0", "nonsense", "127.0.0.1"} {
		b, err := bus.Open(t.Context(), bus.Options{Dir: t.TempDir(), Listen: addr})
		if err == nil {
			t.Errorf("%s was opened", addr)
			_ = b.Close()
		}
	}
}

var _ runner.Bus = (*bus.Bus)(nil)
