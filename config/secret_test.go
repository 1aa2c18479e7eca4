package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func none(string) (string, bool) { return "", false }

func TestSecretRead(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(p, mode); err != nil { // the umask may have taken bits away
			t.Fatal(err)
		}
		return p
	}
	env := func(name string) (string, bool) {
		v, ok := map[string]string{"GOOD": " canary\n", "EMPTY": " ", "LONG": strings.Repeat("canary", 1000)}[name]
		return v, ok
	}
	for _, c := range []struct {
		says   string
		secret Secret
		fails  string // part of the error, "" when the secret is read
	}{
		{"a variable is read without its blanks", Secret{Env: "GOOD"}, ""},
		{"a missing variable is named", Secret{Env: "NONE"}, "environment variable NONE is not set"},
		{"an empty variable is no secret", Secret{Env: "EMPTY"}, "environment variable EMPTY is empty"},
		{"a huge variable is refused", Secret{Env: "LONG"}, "more than 4096 bytes"},
		{"a private file is read without its newline", Secret{File: file("good", "canary\n", 0o600)}, ""},
		{"a read-only private file is read", Secret{File: file("ro", "canary", 0o400)}, ""},
		{"a file that the group may read is refused", Secret{File: file("group", "canary", 0o640)}, "mode 0640"},
		{"a file that others may read is refused", Secret{File: file("others", "canary", 0o604)}, "chmod 600"},
		{"a file that others may write is refused", Secret{File: file("write", "canary", 0o602)}, "mode 0602"},
		{"a file that is not there is named", Secret{File: filepath.Join(dir, "none")}, "there is no such file"},
		{"a folder is no secret", Secret{File: dir}, "no regular file"},
		{"an endless device is no secret", Secret{File: "/dev/zero"}, "no regular file"},
		{"an empty file is no secret", Secret{File: file("empty", " \n", 0o600)}, "is empty"},
		{"a large file is refused", Secret{File: file("large", strings.Repeat("canary", 1000), 0o600)}, "larger than 4096 bytes"},
		{"a secret that names nothing says what to write", Secret{}, `{ env = "NAME" }`},
	} {
		c.secret.key = "bots.tides.access_token"
		got, err := c.secret.Read(env)
		if c.fails == "" {
			if got != "canary" || err != nil {
				t.Errorf("%s: %q, %v", c.says, got, err)
			}
			continue
		}
		if err == nil || got != "" || !strings.Contains(err.Error(), c.fails) || !strings.HasPrefix(err.Error(), "bots.tides.access_token: ") {
			t.Errorf("%s: %q, %v; want %q", c.says, got, err, c.fails)
		}
		if err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: the error shows the secret: %v", c.says, err)
		}
	}
}

func TestSecretShowsItsPlaceAlone(t *testing.T) {
	t.Setenv("GOOD", "canary")
	s := Secret{Env: "GOOD", key: "x.consumer_key"}
	if v, err := s.Read(os.LookupEnv); v != "canary" || err != nil {
		t.Fatal(v, err)
	}
	b, err := json.Marshal(s)
	if err != nil || string(b) != `"env GOOD"` {
		t.Errorf("as JSON: %s, %v", b, err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if got := fmt.Sprintf(verb, s); !strings.Contains(got, "env GOOD") || strings.Contains(got, "canary") {
			t.Errorf("%s: %s", verb, got)
		}
	}
}

// TestPipeIsNotWaitedFor: a named pipe without a writer must not hang the program.
func TestPipeIsNotWaitedFor(t *testing.T) {
	pipe := mkfifo(t)
	if _, err := (Secret{File: pipe}).Read(none); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("as a secret: %v", err)
	}
	if _, err := Load(pipe); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("as a configuration: %v", err)
	}
}

func TestMissing(t *testing.T) {
	t.Chdir("testdata/good")
	c, err := load("include.toml", testShelf)
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]string{"TIDES_TOKEN": "canary", "X_CONSUMER_KEY": "canary"}
	var got []string
	for _, p := range c.Missing(func(n string) (string, bool) { v, ok := has[n]; return v, ok }) {
		got = append(got, strings.ReplaceAll(p.String(), mustGetwd(t), "DIR"))
	}
	want := []string{
		"include.toml:10:1: x.consumer_secret: file DIR/secrets/consumer_secret: there is no such file",
		"include.toml:19:1: bots.tides.access_secret: environment variable TIDES_SECRET is not set",
		"more/gulls.toml:7:1: bots.gulls.access_token: environment variable GULLS_TOKEN is not set",
		"more/gulls.toml:8:1: bots.gulls.access_secret: environment variable GULLS_SECRET is not set",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("missing\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestSandboxLacksNothing(t *testing.T) {
	c := mustLoad(t, strings.Replace(tides, "[x]", "[x]\napi_url = \"sandbox\"", 1)+"[nats]\nurl = \"tls://n.example:4222\"\ncreds = { env = \"NATS\" }\n")
	missing := c.Missing(none)
	if len(missing) != 1 || missing[0].Key != "nats.creds" {
		t.Errorf("%v; the sandbox asks for none of X's keys, and a cluster does for its own", missing)
	}
}

// What a service manager hands over is read from its folder, whatever its mode shows, and
// from nowhere else.
func TestSecretHandedOver(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.key"), []byte("canary\n"), 0o440); err != nil { // an ACL shows as the group's right
		t.Fatal(err)
	}
	c := mustLoad(t, strings.Replace(tides, `{ env = "X_CONSUMER_KEY" }`, `{ file = "$CREDENTIALS_DIRECTORY/x.key" }`, 1))
	for name, want := range map[string]string{
		dir:        "",
		"":         "no service manager handed it over: in heed.service, LoadCredential=x.key:PATH",
		"relative": "no service manager handed it over",
		"/nowhere": "there is no such file",
	} {
		got, err := c.X.ConsumerKey.Read(func(string) (string, bool) { return name, name != "" })
		if want == "" && (got != "canary" || err != nil) || want != "" && (got != "" || err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("handed over in %q: %q, %v", name, got, err)
		}
	}
	if s := c.X.ConsumerKey; !s.Handed() || s.String() != "file $CREDENTIALS_DIRECTORY/x.key" || s.Path(none) != "" {
		t.Errorf("%s", s)
	}
	for _, bad := range []string{"", "../x.key", "..", "a/b", "/etc/shadow", "a b"} {
		_, err := load(writeFile(t, t.TempDir(), "heed.toml", strings.Replace(tides, `{ env = "X_CONSUMER_KEY" }`, `{ file = "$CREDENTIALS_DIRECTORY/`+bad+`" }`, 1)), testShelf)
		if err == nil || !strings.Contains(err.Error(), "no name of a credential") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
