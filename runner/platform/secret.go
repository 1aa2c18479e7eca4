package platform

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"heed/guards"
)

func init() {
	guards.Declare(guards.Clause{ID: "A5", Says: "keys and tokens are kept private, and nobody else's are used",
		Source: guards.SourceConduct + "; " + guards.SourceAgreement + " III.G", Served: []guards.Service{guards.ByDuty},
		Tests: []string{"runner/platform TestSecretsShowNothing", "runner/platform TestCredentialsAreNotToldAgain",
			"runner/platform TestNewTakesNoKeysFromTheEnvironment"},
		Operator: "keep the files and variables that hold the keys to yourself, and make new keys on X when they may have been seen"})
}

// hidden is what a credential shows of itself.
const hidden = "[secret]"

// Secret is a credential. However it is printed, logged or encoded, it shows
// "[secret]"; only the signing reads it.
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

// Keys are an app's consumer key and secret.
type Keys struct {
	Key    Secret
	Secret Secret
}

// check says what is wrong with a credential. gotwi signs wrongly when one holds a
// space, and none of X's ever holds anything but printable ASCII.
func (s Secret) check(what string) error {
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

const mostDetail = 300 // characters of an answer's detail

// scrubber keeps credentials out of what is told of X's answers.
type scrubber struct {
	known func(string) string // a func: nothing that prints it can reach the credentials
}

// opaque is what looks like a credential: a labelled value, or a long run without a word break.
var opaque = regexp.MustCompile(`(?i)\b(oauth_[a-z_]+|authorization|bearer|(?:access_|refresh_)?token|secret|api_?key|password)\b["']?\s*[=:]?\s*["']?[^\s"',;)]{6,}|[A-Za-z0-9_%+=-]{30,}`)

func newScrubber(k Keys, accounts map[string]Account) *scrubber {
	var pairs []string
	add := func(s Secret) {
		if s != "" {
			pairs = append(pairs, string(s), hidden)
		}
	}
	add(k.Key)
	add(k.Secret)
	for _, a := range accounts {
		add(a.Token)
		add(a.Secret)
	}
	return &scrubber{known: strings.NewReplacer(pairs...).Replace}
}

// clean gives one line of at most mostDetail characters in which nothing looks like a credential.
func (s *scrubber) clean(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, text)
	text = opaque.ReplaceAllString(s.known(text), "[removed]")
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) > mostDetail {
		text = string([]rune(text)[:mostDetail-1]) + "…"
	}
	return text
}
