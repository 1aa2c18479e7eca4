package config

import (
	"strings"
	"testing"
)

func TestCompare(t *testing.T) {
	gulls := "[bots.gulls]" + strings.ReplaceAll(strings.SplitN(tides, "[bots.tides]", 2)[1], "tides", "gulls")
	replace := func(a, b string) string {
		if !strings.Contains(tides, a) {
			t.Fatalf("%q is not there", a)
		}
		return strings.Replace(tides, a, b, 1)
	}
	for _, c := range []struct{ says, now, applied, restart string }{
		{"nothing", tides, "", ""},
		{"a bot is added", tides + gulls, "bots.gulls: added, dry_run", ""},
		{"a bot's mode", replace("every", "mode = \"live\"\nevery"), "bots.tides.mode: dry_run -> live", ""},
		{"a bot's actions", replace(`, "dm"`, ""), `bots.tides.actions: ["post", "reply", "dm"] -> ["post", "reply"]`, ""},
		{"a bot's command", replace("tides.py", "t.py"), `bots.tides.command: ["python3", "tides.py"] -> ["python3", "t.py"]`, ""},
		{"a bot's period", replace(`"1h"`, `"2h"`), "bots.tides.schedule: every 1h -> every 2h", ""},
		{"a period becomes a service", replace(`every = "1h"`, `run = "service"`), "bots.tides.schedule: every 1h -> service", ""},
		{"a period becomes a schedule", replace(`every = "1h"`, `cron = "0 * * * *"`), "bots.tides.schedule: every 1h -> cron 0 * * * *", ""},
		{"a variable, without its value", replace("harbour-1", "harbour-2"), "bots.tides.env.STATION: changed", ""},
		{"a limit", tides + "[bots.tides.limits]\nmemory = \"1536MiB\"\nfiles = 300\n", "bots.tides.limits.memory: 1GiB -> 1536MiB\nbots.tides.limits.files: 256 -> 300", ""},
		{"a purpose", replace(`"Tide tables"`, `"Tides"`), "bots.tides.purpose: Tide tables -> Tides", ""},
		{"a house's limit", tides + "[guards.post_rate]\nper_day = 9\n", "bots.tides.guards.post_rate.per_day: 50 -> 9", ""},
		{"a bot's limit", tides + "[bots.tides.guards.duplicate]\nwindow = \"800h\"\n", "bots.tides.guards.duplicate.window: 720h -> 800h", ""},
		{"a guard is watched", tides + "[guards.links]\nmode = \"watch\"\n", "bots.tides.guards.links.mode: enforce -> watch", ""},
		{"stop words", tides + "[opt_out]\nextra_keywords = [\"sluta\"]\n", `opt_out.extra_keywords: [] -> ["sluta"]`, ""},
		{"the poll", replace("[x]", "[x]\npoll = \"30s\""), "x.poll: 1m -> 30s", ""},
		{"the environment", replace("production", "staging"), "x.environment: production -> staging", ""},
		{"the platform's address", replace("[x]", "[x]\napi_url = \"sandbox\""), "", "x.api_url: https://api.x.com -> sandbox"},
		{"the app's key", replace("X_CONSUMER_KEY", "OTHER"), "", "x.consumer_key: env X_CONSUMER_KEY -> env OTHER"},
		{"the app's client id", replace("[x]", "[x]\nclient_id = \"abc\""), "", "x.client_id: \"\" -> abc"},
		{"the app's client secret", replace("[x]", "[x]\nclient_id = \"abc\"\nclient_secret = { env = \"C\" }"), "", "x.client_id: \"\" -> abc\nx.client_secret: none -> env C"},
		{"the bus", tides + "[nats]\nlisten = \"127.0.0.1:4222\"\nsync = \"1s\"\n", "", "nats.listen: \"\" -> 127.0.0.1:4222\nnats.sync: always -> 1s"},
		{"the dashboard", tides + "[web]\nlisten = \"\"\n", "", `web.listen: 127.0.0.1:8480 -> ""`},
		{"the retention", tides + "[ledger]\nretention = \"24h\"\n", "", "ledger.retention: 720h -> 24h"},
		{"the account", replace("@tidesbot", "@tides2"), "", "bots.tides.handle: @tidesbot -> @tides2"},
		{"the account's token", replace("TIDES_TOKEN", "OTHER"), "", "bots.tides.access_token: env TIDES_TOKEN -> env OTHER"},
		{"both kinds at once", replace("[x]", "[x]\npoll = \"30s\"\napi_url = \"sandbox\""), "x.poll: 1m -> 30s", "x.api_url: https://api.x.com -> sandbox"},
	} {
		dir := t.TempDir()
		load2 := func(text string) *Config {
			cfg, err := load(writeFile(t, dir, "heed.toml", text), testShelf)
			if err != nil {
				t.Fatalf("%s: %v", c.says, err)
			}
			return cfg
		}
		was, now := load2(tides), load2(c.now)
		got := Compare(was, now)
		if strings.Join(got.Applied, "\n") != c.applied || strings.Join(got.NeedsRestart, "\n") != c.restart {
			t.Errorf("%s: applied %q, needs a restart %q", c.says, got.Applied, got.NeedsRestart)
		}
		if got.None() != (c.applied+c.restart == "") {
			t.Errorf("%s: none is %v", c.says, got.None())
		}
	}
	with, without := mustLoad(t, tides+gulls), mustLoad(t, tides)
	if got := Compare(with, without).Applied; len(got) == 0 || got[0] != "bots.gulls: removed" {
		t.Errorf("a bot is removed: %q", got)
	}
}
