package runner

import (
	"fmt"
	"log/slog"
)

// hidden is what a credential shows of itself.
const hidden = "[secret]"

// Secret is a credential. However it is printed, logged or encoded, it shows
// "[secret]"; only what signs a call or keeps a token converts it to a string.
type Secret string

// String hides the secret.
func (s Secret) String() string { return hidden }

// GoString hides the secret.
func (s Secret) GoString() string { return hidden }

// Format hides the secret from every verb of fmt, %x and %q among them.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// LogValue hides the secret.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// MarshalJSON hides the secret.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// Check says what is wrong with a credential: it is missing, or it holds what none of
// X's ever does, anything but printable ASCII. The error never repeats it.
func (s Secret) Check(what string) error {
	if s == "" {
		return fmt.Errorf("%s is missing", what)
	}
	for _, r := range string(s) {
		if r <= ' ' || r > '~' {
			return fmt.Errorf("%s holds a character that no credential has (a space or line end?)", what)
		}
	}
	return nil
}

// NeedsLogin is the error of a call that only a person can make work again: the bot's
// token is missing, spent or revoked. It concerns this bot alone, and asking again
// changes nothing.
type NeedsLogin struct {
	Bot string
	Why string // like "its refresh token is spent"
}

func (n *NeedsLogin) Error() string {
	return fmt.Sprintf("bot %.40s must be signed in anew: %s; run heed login %.40s", n.Bot, n.Why, n.Bot)
}
