package bus

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"heed/runner"
)

// credentials knows which bot a public key belongs to. A bot's seed is made once and
// then kept, so that a copy of it elsewhere stays good.
type credentials struct {
	dir  string
	bots func() []string
	logf func(string, ...any)

	mu    sync.Mutex
	byBot map[string]string // bot to public key
	byKey map[string]string // public key to bot
}

func openCredentials(dir string, bots func() []string, logf func(string, ...any)) (*credentials, error) {
	c := &credentials{dir: filepath.Join(dir, "creds"), bots: bots, logf: logf,
		byBot: map[string]string{}, byKey: map[string]string{}}
	if err := privateDir(c.dir); err != nil {
		return nil, err
	}
	c.refresh()
	return c, nil
}

// file is where the bot's seed lies; "" for a bot that has none.
func (c *credentials) file(bot string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byBot[bot] == "" {
		return ""
	}
	return filepath.Join(c.dir, bot+".nk")
}

// owner is the bot of a public key. A bot that is no longer configured has none.
func (c *credentials) owner(key string) (string, bool) {
	if !nkeys.IsValidPublicUserKey(key) {
		return "", false
	}
	c.refresh()
	c.mu.Lock()
	bot, ok := c.byKey[key]
	c.mu.Unlock()
	return bot, ok && slices.Contains(c.bots(), bot)
}

// refresh gives every bot that came since the last time its key.
func (c *credentials) refresh() {
	names := c.bots()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, bot := range names {
		if c.byBot[bot] != "" {
			continue
		}
		key, err := c.key(bot)
		if err != nil {
			c.logf("bus: credential of bot %q: %s", bot, err)
			continue
		}
		c.byBot[bot], c.byKey[key] = key, bot
	}
}

// key reads the bot's seed, or makes one, and gives its public half.
func (c *credentials) key(bot string) (string, error) {
	if err := checkName(bot); err != nil {
		return "", err
	}
	path := filepath.Join(c.dir, bot+".nk")
	seed, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		seed, err = newSeed(path)
	}
	if err != nil {
		return "", err
	}
	pair, err := nkeys.FromSeed([]byte(strings.TrimSpace(string(seed))))
	if err != nil {
		return "", fmt.Errorf("%s holds no nkey seed; move it away and a new one is made", path)
	}
	defer pair.Wipe()
	return pair.PublicKey()
}

func newSeed(path string) ([]byte, error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return nil, err
	}
	seed, err := pair.Seed()
	if err != nil {
		return nil, err
	}
	// Renamed into place when it is on the disk, so that a crash leaves no half seed
	// behind, and a power cut no other one than the bot was given.
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(seed)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return nil, err
	}
	return seed, runner.SyncFolder(filepath.Dir(path))
}

// credential reads heed's own credential for the operator's server.
func credential(path string) (nats.Option, error) {
	if filepath.Ext(path) == ".nk" {
		return nats.NkeyOptionFromSeed(path)
	}
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	return nats.UserCredentials(path), nil
}

// checkName refuses what would be more than one token of a subject, or a path.
func checkName(bot string) error {
	ok := bot != "" && len(bot) <= 64
	for _, r := range bot {
		ok = ok && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-')
	}
	if !ok {
		return fmt.Errorf("bot name %.40q: 1 to 64 of A-Z a-z 0-9 _ -", bot)
	}
	return nil
}
