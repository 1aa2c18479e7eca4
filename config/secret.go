package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// maxSecret bounds a secret's file, in bytes.
const maxSecret = 4 << 10

// Secret says where a secret is to be found. It never holds the secret itself, so
// that printing a configuration cannot show one (rule A5).
type Secret struct {
	Env  string // name of an environment variable
	File string // absolute path of a file that only its owner may read, or "$CREDENTIALS_DIRECTORY/NAME"

	key   string // "bots.tides.access_token"
	place Problem
}

// handedOver begins the path of a file that a service manager hands over to heed alone, as
// systemd's LoadCredential does, in a folder that it names in the environment.
const handedOver = "$CREDENTIALS_DIRECTORY/"

// Handed says whether the secret is a file that a service manager hands over.
func (s Secret) Handed() bool { return strings.HasPrefix(s.File, handedOver) }

// Path is where the secret's file lies; "" when it is none of a file, or when lookup does
// not know the folder of what was handed over.
func (s Secret) Path(lookup func(string) (string, bool)) string {
	if !s.Handed() {
		return s.File
	}
	dir, _ := lookup(handedOver[1 : len(handedOver)-1])
	if !filepath.IsAbs(dir) {
		return ""
	}
	return filepath.Join(dir, strings.TrimPrefix(s.File, handedOver))
}

// IsSet says whether the configuration names the secret at all.
func (s Secret) IsSet() bool { return s.Env != "" || s.File != "" }

// String names the place of the secret, never the secret.
func (s Secret) String() string {
	switch {
	case s.Env != "":
		return "env " + s.Env
	case s.File != "":
		return "file " + s.File
	}
	return "none"
}

// GoString is String, so that %#v shows no more.
func (s Secret) GoString() string { return "config.Secret(" + s.String() + ")" }

// MarshalText is String.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Read fetches the secret, without blanks around it. lookup is os.LookupEnv or a
// stand-in. The error names key and place, never what was found there.
func (s Secret) Read(lookup func(string) (string, bool)) (string, error) {
	fail := func(format string, args ...any) (string, error) {
		return "", fmt.Errorf("%s: %w", s.key, fmt.Errorf(format, args...))
	}
	switch {
	case s.Env != "":
		v, ok := lookup(s.Env)
		if !ok {
			return fail("environment variable %s is not set", s.Env)
		}
		if len(v) > maxSecret {
			return fail("environment variable %s holds more than %d bytes", s.Env, maxSecret)
		}
		if v = strings.TrimSpace(v); v == "" {
			return fail("environment variable %s is empty", s.Env)
		}
		return v, nil
	case s.File != "":
		path := s.Path(lookup)
		if path == "" {
			return fail("file %s: no service manager handed it over: in heed.service, LoadCredential=%s:PATH", s.File, strings.TrimPrefix(s.File, handedOver))
		}
		v, err := readSecretFile(path, !s.Handed())
		if err != nil {
			return fail("file %s: %w", s.File, err)
		}
		return v, nil
	}
	return fail("no secret is named; write { env = \"NAME\" } or { file = \"path\" }")
}

// readSecretFile reads a secret. own: it must be closed to others; a service manager sees
// to that by itself, in ways that the mode of a file does not show.
func readSecretFile(path string, own bool) (string, error) {
	data, info, err := readBounded(path, maxSecret)
	if own && info != nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("others than its owner may use it (mode %04o); run chmod 600 on it", info.Mode().Perm())
	}
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return "", errors.New("there is no such file")
		}
		return "", err
	}
	v := strings.TrimSpace(string(data))
	if v == "" {
		return "", errors.New("is empty")
	}
	return v, nil
}

// credentialName is less than systemd takes, and no way out of the folder.
var credentialName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$`)

var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// pasted says whether a variable's name looks like a secret put in its place: X's keys
// are 25 and more letters of both cases, without a break.
func pasted(name string) bool {
	return len(name) >= 20 && !strings.Contains(name, "_") &&
		strings.ToUpper(name) != name && strings.ToLower(name) != name
}

const secretHint = `write { env = "NAME" } or { file = "path" }`

// secret reads a reference to a secret. Nothing of its value is ever repeated: what
// is wrong here may be the secret itself.
func (s section) secret(key string) Secret {
	path := s.child(key)
	at := s.src.where.at(path)
	none := Secret{key: dotted(path), place: Problem{File: s.src.name, Line: at.line, Col: at.col}}
	raw, _ := s.raw(s.keys[key])
	if _, ok := raw.(map[string]any); !ok {
		s.bad(key, "a secret may not stand in the file: "+kindOf(raw)+" stands here", secretHint+"; if it was real, renew it")
		return none
	}
	sub, ok := s.table(key)
	if !ok {
		return none
	}
	var ref struct {
		Env  string `toml:"env"`
		File string `toml:"file"`
	}
	before := len(s.l.problems)
	sub.fill(&ref)
	switch {
	case len(s.l.problems) > before:
		return none
	case sub.has("env") == sub.has("file"):
		s.bad(key, "a secret comes from one place: env or file", secretHint)
		return none
	case sub.has("file") && strings.TrimSpace(ref.File) == "":
		sub.bad("file", "is empty", secretHint)
		return none
	case strings.HasPrefix(ref.File, handedOver) && !credentialName.MatchString(ref.File[len(handedOver):]):
		sub.bad("file", "is no name of a credential", handedOver+"consumer_key, with LoadCredential=consumer_key:PATH in heed.service")
		return none
	case sub.has("file"):
		if !strings.HasPrefix(ref.File, handedOver) {
			ref.File = s.src.resolve(ref.File)
		}
	case !envName.MatchString(ref.Env), len(ref.Env) > 64, pasted(ref.Env):
		sub.bad("env", "is no name of an environment variable", "the name, not the secret: X_CONSUMER_KEY")
		return none
	}
	none.Env, none.File = ref.Env, ref.File
	return none
}

// resolve makes a path absolute, from the folder of the file that names it.
func (src *source) resolve(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(src.dir, path)
}

// Secrets lists every secret that a run reads, in order of their keys.
func (c *Config) Secrets() []Secret {
	var all []Secret
	for _, s := range []Secret{c.NATS.Creds, c.X.ClientSecret, c.X.ConsumerKey, c.X.ConsumerSecret} {
		if s.IsSet() {
			all = append(all, s)
		}
	}
	for _, b := range c.Bots {
		for _, s := range []Secret{b.AccessSecret, b.AccessToken} {
			if s.IsSet() {
				all = append(all, s)
			}
		}
	}
	return all
}

// Missing lists the secrets that a run would lack, each with its key and place.
// The sandbox needs none of X's.
func (c *Config) Missing(lookup func(string) (string, bool)) []Problem {
	var missing Problems
	for _, s := range c.Secrets() {
		if c.X.Sandbox() && s.key != "nats.creds" {
			continue
		}
		if _, err := s.Read(lookup); err != nil {
			p := s.place
			p.Key, p.What = s.key, strings.TrimPrefix(err.Error(), s.key+": ")
			missing = append(missing, p)
		}
	}
	return missing.tidy()
}
