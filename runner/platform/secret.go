package platform

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"heed/guards"
	"heed/runner"
)

func init() {
	guards.Declare(guards.Clause{ID: "A5", Says: "keys and tokens are kept private, and nobody else's are used",
		Source: guards.SourceConduct + "; " + guards.SourceAgreement + " III.G", Served: []guards.Service{guards.ByDuty},
		Tests: []string{"runner/platform TestSecretsShowNothing", "runner/platform TestCredentialsAreNotToldAgain",
			"runner/platform TestNewTakesNoKeysFromTheEnvironment", "runner/signin TestTokensShowNothing",
			"runner/signin TestStoreKeepsATokenForItsOwnerAlone", "cmd/heed TestSigningInTellsNoSecret"},
		Operator: "keep the files and variables that hold the keys to yourself, and make new keys on X when they may have been seen"})
}

// hidden stands where a credential was.
const hidden = "[secret]"

// Secret is a credential; see runner.Secret.
type Secret = runner.Secret

// Keys are an app's consumer key and secret.
type Keys struct {
	Key    Secret
	Secret Secret
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
