package bus

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"heed/runner"
)

const (
	coreAccount = "CORE" // heed itself: streams live here
	botsAccount = "BOTS" // bots by credential: no JetStream
	sysAccount  = "SYS"  // nobody logs in here
)

// embed starts a server in this process and connects to it through a pipe.
func (b *Bus) embed() error {
	if b.opts.Dir == "" {
		return errors.New("no folder for the NATS server's files")
	}
	if err := privateDir(b.opts.Dir); err != nil {
		return err
	}
	if err := forgetConsumers(b.opts.Dir); err != nil {
		return err
	}
	o, guard, err := b.serverOptions()
	if err != nil {
		return err
	}
	if b.server, err = server.NewServer(o); err != nil {
		return fmt.Errorf("NATS server: %w", err)
	}
	guard.server = b.server
	b.server.SetLoggerV2(serverLog{b.opts.Logf}, false, false, false)
	b.server.Start()
	if !b.server.ReadyForConnections(20 * time.Second) {
		return fmt.Errorf("NATS server: not ready after 20 s; are the files in %s in use by another heed, or unreadable?", b.opts.Dir)
	}
	if err := joinAccounts(b.server); err != nil {
		return fmt.Errorf("NATS accounts: %w", err)
	}
	b.nc, err = nats.Connect("", append(b.clientOptions(),
		nats.InProcessServer(b.server), nats.UserInfo(coreAccount, guard.password))...)
	if err != nil {
		return fmt.Errorf("NATS server: %w", err)
	}
	return nil
}

func (b *Bus) serverOptions() (*server.Options, *doorkeeper, error) {
	guard := &doorkeeper{password: rand.Text()}
	o := &server.Options{
		ServerName: "heed", JetStream: true, StoreDir: b.opts.Dir, DontListen: true,
		NoSigs: true, DisableJetStreamBanner: true,
		SyncAlways: b.opts.SyncInterval == 0, SyncInterval: b.opts.SyncInterval,
		// Headers are at most 4 KiB; MaxMsgSize of the stream has the same reserve.
		MaxPayload: maxBody + headerRoom, MaxConn: 4096, MaxSubs: 256,
		MaxPending: 64 << 20, WriteDeadline: 10 * time.Second,
		Accounts:      []*server.Account{server.NewAccount(coreAccount), server.NewAccount(botsAccount), server.NewAccount(sysAccount)},
		SystemAccount: sysAccount,
		// Accounts made in code lose JetStream when options are reloaded, so bots that
		// come later are looked up instead of reloaded.
		CustomClientAuthentication: guard, AlwaysEnableNonce: true,
	}
	if b.opts.Listen == "" {
		return o, guard, nil
	}
	host, port, err := checkListen(b.opts.Listen)
	if err != nil {
		return nil, nil, err
	}
	o.DontListen, o.Host, o.Port = false, host, port
	if b.creds, err = openCredentials(b.opts.Dir, b.opts.Bots, b.opts.Logf); err != nil {
		return nil, nil, err
	}
	guard.creds = b.creds
	return o, guard, nil
}

// joinAccounts lets intents pass from the bots' account, and events to it.
func joinAccounts(s *server.Server) error {
	core, err := s.LookupAccount(coreAccount)
	if err != nil {
		return err
	}
	outside, err := s.LookupAccount(botsAccount)
	if err != nil {
		return err
	}
	none := server.JetStreamAccountLimits{MaxMemory: -1, MaxStore: -1, MaxStreams: -1, MaxConsumers: -1, MaxAckPending: -1}
	return errors.Join(
		core.EnableJetStream(map[string]server.JetStreamAccountLimits{"": none}, nil),
		core.AddServiceExport(intentSubject("*"), nil),
		outside.AddServiceImport(core, intentSubject("*"), intentSubject("*")),
		core.AddStreamExport(eventSubject("*"), nil),
		outside.AddStreamImport(core, eventSubject("*"), ""),
	)
}

// doorkeeper decides who may connect, and as what.
type doorkeeper struct {
	server   *server.Server
	password string
	creds    *credentials // nil: nobody from outside
}

// Check implements server.Authentication.
func (d *doorkeeper) Check(c server.ClientAuthentication) bool {
	addr := c.RemoteAddress()
	if c.Kind() != server.CLIENT || addr == nil {
		return false
	}
	if addr.Network() == "pipe" {
		return d.admit(c, coreAccount, nil, d.isCore(c.GetOpts()))
	}
	if d.creds == nil {
		return false
	}
	bot, ok := d.creds.owner(c.GetOpts().Nkey)
	if !ok || !signed(c) {
		return false
	}
	return d.admit(c, botsAccount, rights(bot), true)
}

func (d *doorkeeper) isCore(o *server.ClientOpts) bool {
	return o.Username == coreAccount && subtle.ConstantTimeCompare([]byte(o.Password), []byte(d.password)) == 1
}

func (d *doorkeeper) admit(c server.ClientAuthentication, account string, p *server.Permissions, ok bool) bool {
	if !ok {
		return false
	}
	acc, err := d.server.LookupAccount(account)
	if err != nil {
		return false
	}
	c.RegisterUser(&server.User{Account: acc, Permissions: p})
	return true
}

func rights(bot string) *server.Permissions {
	return &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: []string{intentSubject(bot)}},
		Subscribe: &server.SubjectPermission{Allow: []string{eventSubject(bot), "_INBOX." + bot + ".>"}},
	}
}

// signed says whether the client holds the seed of the key it named.
func signed(c server.ClientAuthentication) bool {
	o := c.GetOpts()
	sig, err := base64.RawURLEncoding.DecodeString(o.Sig)
	if err != nil {
		if sig, err = base64.StdEncoding.DecodeString(o.Sig); err != nil {
			return false
		}
	}
	key, err := nkeys.FromPublicKey(o.Nkey)
	nonce := c.GetNonce()
	return err == nil && len(nonce) > 0 && key.Verify(nonce, sig) == nil
}

func privateDir(dir string) error {
	if err := runner.MakeFolder(dir); err != nil {
		return err
	}
	return os.Chmod(dir, 0o700)
}

// forgetConsumers takes away what a server before has kept of its consumers, which are
// made anew at every start. One of which a power cut has left a half is unknown to the
// server, and could not be deleted through it; but its place in the stream would be
// taken for that of the next one, and frames before it would not come again.
func forgetConsumers(dir string) error {
	return os.RemoveAll(filepath.Join(dir, "jetstream", coreAccount, "streams", Stream, "obs"))
}

// syncFolders makes the names beneath a folder durable. The server syncs what is in
// its files, but not every folder that it makes for them.
func syncFolders(dir string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // a file that the server is done with
			return nil
		}
		if err == nil && e.IsDir() {
			err = runner.SyncFolder(path)
		}
		return err
	})
}

// serverLog passes the server's warnings on. Notices, debugging and traces are left
// out: traces hold payloads.
type serverLog struct {
	logf func(string, ...any)
}

func (l serverLog) Warnf(f string, v ...any)   { l.logf("NATS server: "+f, v...) }
func (l serverLog) Errorf(f string, v ...any)  { l.logf("NATS server: "+f, v...) }
func (l serverLog) Fatalf(f string, v ...any)  { l.logf("NATS server: "+f, v...) }
func (l serverLog) Noticef(f string, v ...any) {}
func (l serverLog) Debugf(f string, v ...any)  {}
func (l serverLog) Tracef(f string, v ...any)  {}
