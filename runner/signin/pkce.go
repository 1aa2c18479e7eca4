package signin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"heed/runner"
)

// DefaultPort is where the person's browser comes back to. X knows the address by
// heart, so it does not change from login to login.
const DefaultPort = 8585

// patience bounds how long a login waits for a person.
const patience = 10 * time.Minute

// Wish is one login: for which account, with what, and how the person is spoken to.
type Wish struct {
	Bot    string
	Want   Identity
	Scopes []string                         // OAuth 2.0, see Scopes
	Port   int                              // of the callback on 127.0.0.1; 0: DefaultPort
	Paste  io.Reader                        // the redirected address or its code is read from here; nil: the callback
	Say    func(format string, args ...any) // never told a secret
	Open   func(address string) error       // opens the address for the person; nil: they do it themselves
}

// Redirect is the address that must be allowed for the app at X, to the letter.
func Redirect(port int) string {
	if port == 0 {
		port = DefaultPort
	}
	return "http://127.0.0.1:" + strconv.Itoa(port) + "/callback"
}

// Login signs a bot in with OAuth 2.0 and PKCE. The token is good, it belongs to the
// wanted account and has all scopes; it is not stored. Otherwise X is asked to revoke
// it, and the error is *Refused where the account or its owner's answer is the reason.
func (c *Client) Login(ctx context.Context, w Wish) (Token, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conf, err := c.oauth2(Redirect(w.Port), w.Scopes)
	if err != nil {
		return Token{}, err
	}
	verifier, state := oauth2.GenerateVerifier(), rand.Text()
	var door *callback
	if w.Paste == nil {
		if door, err = openCallback(w.Port, state); err != nil {
			return Token{}, err
		}
		defer door.close()
	}
	if err := w.show(conf.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier))); err != nil {
		return Token{}, err
	}
	var code string
	if door != nil {
		w.Say("waiting for your browser at %s", Redirect(w.Port))
		code, err = door.wait(ctx)
	} else {
		w.Say("your browser then shows an address that begins with %s, perhaps with an error.\npaste that address, or the code in it, and press return; the code is good for 30 seconds", Redirect(w.Port))
		code, err = pasted(ctx, w.Paste, state)
	}
	if err != nil {
		return Token{}, err
	}
	got, err := conf.Exchange(c.with(ctx), code, oauth2.VerifierOption(verifier))
	if err != nil {
		return Token{}, exchangeError(err)
	}
	t, err := c.issued(got, Token{Scopes: slices.Sorted(slices.Values(w.Scopes))})
	if err == nil {
		t, err = c.accept(ctx, t, w)
	}
	if err != nil {
		return Token{}, c.undo(ctx, t, err)
	}
	return t, nil
}

// show gives the person the address to open.
func (w Wish) show(address string) error {
	w.Say("sign in at X as @%s, then open this address and allow the app:\n\n  %s\n", strings.TrimPrefix(w.Want.Handle, "@"), address)
	if w.Open == nil {
		return nil
	}
	if err := w.Open(address); err != nil {
		w.Say("no browser could be opened: %v", err)
	}
	return nil
}

// accept looks whose token it is and what it may do.
func (c *Client) accept(ctx context.Context, t Token, w Wish) (Token, error) {
	who, err := c.Whoami(ctx, t)
	if err != nil {
		return t, err
	}
	t.UserID, t.Handle = who.UserID, who.Handle
	if other := who.Differs(w.Want); other != "" {
		return t, refused("%s; sign out at X, sign in as the bot, and try again", other)
	}
	if missing := t.Lacks(w.Scopes); len(missing) > 0 {
		return t, refused("X did not give %s, which the bot needs", strings.Join(missing, ", "))
	}
	if t.Refresh == "" && t.Kind == OAuth2 {
		return t, refused("X gave no refresh token: the sign-in would end in two hours")
	}
	return t, t.check()
}

// undo asks X to take back a token that is not kept.
func (c *Client) undo(ctx context.Context, t Token, why error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	if err := c.Revoke(ctx, t); err != nil {
		return fmt.Errorf("%w; nothing was stored, and the app's access must be taken away at X by hand (%s)", why, err.Error())
	}
	return fmt.Errorf("%w; nothing was stored, and the token was revoked", why)
}

func exchangeError(err error) error {
	var needs *runner.NeedsLogin
	if told := tokenError(err, ""); errors.As(told, &needs) {
		return refused("X did not take the code: it is good for 30 seconds, and once; try again")
	} else {
		return told
	}
}

// same compares two states in a time that does not tell how far they agree.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

const maxPasted = 8 << 10 // bytes of a pasted line

// pasted reads the redirected address, or the bare code.
func pasted(ctx context.Context, from io.Reader, state string) (string, error) {
	line, err := readLine(ctx, from)
	if err != nil {
		return "", err
	}
	if !strings.Contains(line, "?") && !strings.Contains(line, "=") {
		return line, codeOK(line) // PKCE keeps a code of another login from working here
	}
	u, err := url.Parse(line)
	if err != nil {
		return "", errors.New("sign in: what was pasted is neither an address nor a code")
	}
	return codeOf(u.Query(), state)
}

// codeOf takes the code out of what X sent back.
func codeOf(q url.Values, state string) (string, error) {
	if !same(q.Get("state"), state) {
		return "", refused("the answer belongs to another sign-in")
	}
	switch denied := q.Get("error"); {
	case denied == "access_denied":
		return "", refused("it was not allowed at X")
	case denied != "":
		return "", refused("X refused: %.60q", denied)
	}
	return q.Get("code"), codeOK(q.Get("code"))
}

func codeOK(code string) error {
	if runner.Secret(code).Check("the code") != nil || len(code) > 2048 {
		return errors.New("sign in: there is no code in what came back")
	}
	return nil
}

// readLine reads one line, and gives up with the context; the reading itself ends with
// its input.
func readLine(ctx context.Context, from io.Reader) (string, error) {
	type read struct {
		line string
		err  error
	}
	got := make(chan read, 1)
	go func() {
		line, err := oneLine(from)
		got <- read{line, err}
	}()
	select {
	case r := <-got:
		return r.line, r.err
	case <-ctx.Done():
		return "", errors.New("sign in: nothing was pasted in time")
	}
}

// oneLine reads no byte past the line's end: what follows is somebody else's.
func oneLine(from io.Reader) (string, error) {
	var line []byte
	for b := make([]byte, 1); len(line) <= maxPasted; {
		n, err := from.Read(b)
		if n == 1 && b[0] == '\n' {
			err = io.EOF
		} else if n == 1 {
			line = append(line, b[0])
		}
		if errors.Is(err, io.EOF) {
			text := strings.TrimSpace(string(line))
			if text == "" {
				return "", errors.New("sign in: nothing was pasted")
			}
			return text, nil
		}
		if err != nil {
			return "", fmt.Errorf("sign in: what was pasted cannot be read: %w", err)
		}
	}
	return "", fmt.Errorf("sign in: a line of more than %d bytes is none of X's", maxPasted)
}

func localPort(port int) string {
	if port == 0 {
		port = DefaultPort
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}
