package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"heed/config"
)

const unitFile = "dist/heed.service"

// readUnit reads a service manager's file: the values by section and key.
func readUnit(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(unitFile)
	if err != nil {
		t.Fatal(err)
	}
	all, section := map[string][]string{}, ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		key, value, ok := strings.Cut(line, "=")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			section = line
		case !ok:
			t.Fatalf("%s: %q", unitFile, line)
		default:
			all[section+key] = append(all[section+key], value)
		}
	}
	return all
}

// The unit fits the program: its command line, its signals, its exit codes, its times,
// its settings, and what its scripts need.
func TestUnit(t *testing.T) {
	unit := readUnit(t)
	is := func(key, want string) {
		t.Helper()
		if got := strings.Join(unit["[Service]"+key], "; "); got != want {
			t.Errorf("%s is %q, not %q", key, got, want)
		}
	}
	lasts := func(key string) time.Duration {
		t.Helper()
		text := strings.Join(unit["[Service]"+key], "")
		if regexp.MustCompile(`^[0-9]+$`).MatchString(text) {
			text += "s"
		}
		d, err := time.ParseDuration(strings.Replace(text, "min", "m", 1))
		if err != nil {
			t.Errorf("%s: %v", key, err)
		}
		return d
	}
	is("Type", "notify")
	is("NotifyAccess", "main") // a bot's program cannot say that heed lives
	is("Restart", "always")
	is("RestartPreventExitStatus", "2 3") // exitUsage, exitConfig
	is("ExecReload", "/bin/kill -HUP $MAINPID")
	is("KillMode", "mixed")
	is("OOMPolicy", "continue")
	is("DynamicUser", "yes")
	is("StateDirectory", "heed")
	is("UMask", "0077")
	is("CapabilityBoundingSet", "")
	is("SystemCallFilter", "@system-service; landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp")
	if unit["[Service]MemoryDenyWriteExecute"] != nil {
		t.Error("MemoryDenyWriteExecute ends programs that have a compiler in them")
	}
	if d := lasts("TimeoutStopSec"); d < defaultDrain+5*time.Second {
		t.Errorf("it is killed after %s, and may take %s to end", d, defaultDrain)
	}
	if d := lasts("WatchdogSec"); d < 4*aliveTime {
		t.Errorf("a watchdog of %s", d)
	}
	start := strings.Join(unit["[Service]ExecStart"], "")
	program, line, _ := strings.Cut(start, " ")
	if program != "/usr/local/bin/heed" {
		t.Errorf("ExecStart is of %s", program)
	}
	tryVerb(t, unitFile, line)
}

// The settings that the unit's remarks name can be read, find what systemd hands over,
// and keep it from scripts.
func TestTheUnitsSettings(t *testing.T) {
	unit, dir := readUnit(t), t.TempDir()
	handed := filepath.Join(dir, "handed")
	settings := docSettings + "[ledger]\npath = \"/var/lib/heed/heed.db\"\n[nats]\ndir = \"/var/lib/heed/nats\"\n"
	for _, c := range unit["[Service]LoadCredential"] {
		name, path, ok := strings.Cut(c, ":")
		if !ok || !filepath.IsAbs(path) {
			t.Errorf("LoadCredential=%s", c)
		}
		settings = strings.Replace(settings, "[x]\n", "[x]\n"+name+" = { file = \"$CREDENTIALS_DIRECTORY/"+name+"\" }\n", 1)
		write(t, filepath.Join(handed, name), "canary", 0o440)
	}
	settings = strings.Replace(strings.Replace(settings, `"sandbox"`, `"https://api.x.com"`, 1), "[bots.tides]\n", "[bots.tides]\noauth2 = true\n", 1)
	settings = strings.Replace(settings, "[x]\n", "[x]\nclient_id = \"harbour\"\n", 1)
	write(t, filepath.Join(dir, "heed.toml"), settings, 0o600)
	cfg, err := config.Load(filepath.Join(dir, "heed.toml"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("CREDENTIALS_DIRECTORY", handed)
	if secrets := cfg.Secrets(); len(secrets) != 2 {
		t.Errorf("secrets: %v", secrets)
	}
	for _, s := range cfg.Secrets() {
		if v, err := s.Read(os.LookupEnv); v != "canary" || err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
	if hidden := private(cfg); !slices.Contains(hidden, handed) || slices.ContainsFunc(hidden, func(p string) bool { return strings.HasPrefix(p, "$") }) {
		t.Errorf("kept from scripts: %q", hidden)
	}
	if got := stateDir(cfg); got != "/var/lib/"+strings.Join(unit["[Service]StateDirectory"], "") {
		t.Errorf("the state is in %s", got)
	}
}

// systemd's own tool finds no fault with the unit, and few ways out of it.
func TestUnitBySystemd(t *testing.T) {
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not here: systemd itself has not read the unit")
	}
	text, err := os.ReadFile(unitFile)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "heed.service") // with a program that is here
	write(t, file, strings.Replace(string(text), "/usr/local/bin/heed", heedBinary(t), 1), 0o644)
	if out, err := exec.Command(tool, "verify", "--man=no", file).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("verify: %v\n%s", err, out)
	}
	// In tenths: what is left is the network, chown, and memory that can be written and run.
	if out, err := exec.Command(tool, "security", "--offline=true", "--threshold=18", "--no-pager", file).CombinedOutput(); err != nil {
		t.Errorf("security: %v\n%s", err, out)
	}
}
