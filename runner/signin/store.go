package signin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"github.com/go-json-experiment/json"

	"heed/bots"
	"heed/runner"
)

const (
	maxFile  = 32 << 10 // bytes of a token's file
	lockWait = time.Minute
	lockPoll = 25 * time.Millisecond
)

// ErrNone is the error where a bot has no token.
var ErrNone = errors.New("there is no token")

var botName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)

// Store keeps one file a bot in a folder that only its owner may enter. Beside it, it
// reads what a service manager hands over in a folder of credentials, which cannot be
// written: a token that has to be renewed is refused there.
type Store struct {
	Dir         string // of the tokens; made where it is missing
	Credentials string // "": none; systemd's $CREDENTIALS_DIRECTORY
}

// file is a token as it is written. Its secrets are plain strings on purpose: this is
// the one place that writes them.
type file struct {
	Kind    Kind        `json:"kind"`
	UserID  bots.UserID `json:"user_id"`
	Handle  string      `json:"handle"`
	Access  string      `json:"access_token"`
	Secret  string      `json:"access_secret,omitempty"`
	Refresh string      `json:"refresh_token,omitempty"`
	Expires time.Time   `json:"expires_at,omitzero"`
	Scopes  []string    `json:"scopes,omitempty"`
	SavedAt time.Time   `json:"saved_at"`
	Spent   string      `json:"spent,omitempty"`
}

// Format keeps what a file holds from every verb of fmt.
func (file) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[token]")) }

// Path is where a bot's token is kept.
func (s *Store) Path(bot string) string { return filepath.Join(s.Dir, bot+".json") }

// Read gives a bot's token: the one that a login has stored, else the one that a
// service manager has handed over. ErrNone when there is neither.
func (s *Store) Read(bot string) (Token, error) {
	if !botName.MatchString(bot) {
		return Token{}, fmt.Errorf("token of %.40q: no name for a bot", bot)
	}
	t, err := readToken(s.Path(bot), true)
	if errors.Is(err, fs.ErrNotExist) && s.Credentials != "" {
		t, err = readToken(filepath.Join(s.Credentials, bot+".json"), false)
		if err == nil && t.Kind == OAuth2 {
			err = errors.New("the folder of credentials cannot be written, and this token changes whenever it is renewed; run heed login, or hand over one of OAuth 1.0a")
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrNone
	}
	if err != nil {
		return Token{}, fmt.Errorf("token of %s: %w", bot, err)
	}
	return t, nil
}

// readToken reads a file without following a link. own: it must belong to this user
// and be closed to others; a service manager sees to that by itself.
func readToken(path string, own bool) (Token, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return Token{}, err
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return Token{}, err
	}
	if !info.Mode().IsRegular() {
		return Token{}, fmt.Errorf("%s is no plain file", path)
	}
	if own {
		if err := mine(path, info); err != nil {
			return Token{}, err
		}
	}
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return Token{}, err
	}
	var raw file
	// The decoder's own words are left out: they may repeat what stands there.
	if len(b) > maxFile || json.Unmarshal(bytes.TrimSpace(b), &raw, json.RejectUnknownMembers(true)) != nil {
		return Token{}, fmt.Errorf("%s holds no token of heed's; sign in anew", path)
	}
	t := Token{Kind: raw.Kind, UserID: raw.UserID, Handle: raw.Handle, Access: runner.Secret(raw.Access), Secret: runner.Secret(raw.Secret),
		Refresh: runner.Secret(raw.Refresh), Expires: raw.Expires, Scopes: raw.Scopes, SavedAt: raw.SavedAt, Spent: raw.Spent}
	if err := t.check(); err != nil {
		return Token{}, fmt.Errorf("%s: %w; sign in anew", path, err)
	}
	return t, nil
}

func mine(path string, info fs.FileInfo) error {
	owner, known := info.Sys().(*syscall.Stat_t)
	switch {
	case !known || int(owner.Uid) != os.Geteuid():
		return fmt.Errorf("%s belongs to somebody else", path)
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%s: others than its owner may use it (mode %04o); take that away with chmod go=", path, info.Mode().Perm())
	}
	return nil
}

// Ready makes the folder, and says why a token could not be kept there.
func (s *Store) Ready() error {
	if err := runner.MakeFolder(s.Dir); err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	info, err := os.Lstat(s.Dir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no folder", s.Dir)
	}
	if err == nil {
		err = mine(s.Dir, info)
	}
	if err == nil {
		var probe *os.File
		if probe, err = os.CreateTemp(s.Dir, ".token-*"); err == nil {
			err = errors.Join(probe.Close(), os.Remove(probe.Name()))
		}
	}
	if err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	return nil
}

// Save keeps a bot's token in the place of the one before, durably, or changes nothing.
func (s *Store) Save(ctx context.Context, bot string, t Token) error {
	unlock, err := s.lock(ctx, bot)
	if err != nil {
		return err
	}
	defer unlock()
	return s.write(bot, t)
}

// write is Save for whoever holds the lock.
func (s *Store) write(bot string, t Token) error {
	if err := t.check(); err != nil {
		return fmt.Errorf("token of %s: %w", bot, err)
	}
	b, err := json.Marshal(file{Kind: t.Kind, UserID: t.UserID, Handle: t.Handle, Access: string(t.Access), Secret: string(t.Secret),
		Refresh: string(t.Refresh), Expires: t.Expires.UTC(), Scopes: t.Scopes, SavedAt: t.SavedAt.UTC(), Spent: t.Spent})
	if err != nil {
		return fmt.Errorf("token of %s: it cannot be written down", bot)
	}
	if len(b) >= maxFile { // it could not be read again
		return fmt.Errorf("token of %s: it has %d bytes, and %d fit", bot, len(b), maxFile)
	}
	f, err := os.CreateTemp(s.Dir, ".token-*") // 0600, and nobody else's
	if err != nil {
		return fmt.Errorf("token of %s: %w", bot, err)
	}
	_, err = f.Write(append(b, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), s.Path(bot))
	}
	if err != nil {
		return fmt.Errorf("token of %s: %w", bot, errors.Join(err, os.Remove(f.Name())))
	}
	return s.sync(bot)
}

func (s *Store) sync(bot string) error {
	d, err := os.Open(s.Dir)
	if err == nil {
		err = errors.Join(d.Sync(), d.Close())
	}
	if err != nil {
		return fmt.Errorf("token of %s: %w", bot, err)
	}
	return nil
}

// Delete forgets a bot's token. What a service manager hands over stays.
func (s *Store) Delete(ctx context.Context, bot string) error {
	unlock, err := s.lock(ctx, bot)
	if err != nil {
		return err
	}
	defer unlock()
	if err := os.Remove(s.Path(bot)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("token of %s: %w", bot, err)
	}
	return s.sync(bot)
}

// lock keeps other users of the bot's token out, in this process and in others, until
// unlock. The file of the lock stays: a name that goes away locks nothing.
func (s *Store) lock(ctx context.Context, bot string) (unlock func(), err error) {
	if !botName.MatchString(bot) {
		return nil, fmt.Errorf("token of %.40q: no name for a bot", bot)
	}
	if err := s.Ready(); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(s.Dir, bot+".lock"), os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("token of %s: %w", bot, err)
	}
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	tick := time.NewTicker(lockPoll)
	defer tick.Stop()
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = f.Close() }, nil // which ends the lock
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return nil, fmt.Errorf("token of %s: %w", bot, errors.Join(err, f.Close()))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("token of %s: another process holds it", bot), f.Close())
		}
	}
}
