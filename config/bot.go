package config

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/netresearch/go-cron"

	"heed/bots"
	"heed/guards"
)

const (
	maxCommand = 100 // words
	maxEnv     = 100
	maxValue   = 4 << 10 // bytes of one word or value
	everyMin   = time.Second
	everyMax   = 8760 * time.Hour
)

const botNameForm = "a small letter, then up to 31 small letters, digits, _ or -"

var (
	botName    = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)
	secretName = regexp.MustCompile(`(?i)token|secret|passw|passphrase|credential|api_?key|private_?key`)
)

// botTable is a bot as it stands in the file. Mode is dry_run when it is not
// written: a bot that was never live does not begin by being so.
type botTable struct {
	Handle       string            `toml:"handle"`
	UserID       bots.UserID       `toml:"user_id"`
	Purpose      string            `toml:"purpose"`
	Mode         bots.Mode         `toml:"mode"`
	Command      []string          `toml:"command"`
	Every        time.Duration     `toml:"every"`
	Cron         string            `toml:"cron"`
	Run          string            `toml:"run"`
	Actions      []bots.Action     `toml:"actions"`
	AIGenerated  bool              `toml:"ai_generated"`
	Owner        bots.Owner        `toml:"owner"`
	AccessToken  Secret            `toml:"access_token"`
	AccessSecret Secret            `toml:"access_secret"`
	OAuth2       bool              `toml:"oauth2"`
	OAuth1       bool              `toml:"oauth1"`
	NATS         bool              `toml:"nats"`
	Env          map[string]string `toml:"env"`
	Limits       limitsTable       `toml:"limits"`
}

// bot reads one bot's section, all but its guards.
func (l *loader) bot(name string, s section) Bot {
	t := botTable{Mode: bots.DryRun, Owner: bots.OwnedByOperator, Limits: defaultLimits()}
	s.fill(&t, "guards")
	if !botName.MatchString(name) {
		hint := botNameForm
		if lower := strings.ToLower(name); botName.MatchString(lower) {
			hint = fmt.Sprintf("did you mean %q?", lower)
		}
		s.bad("", "is no name for a bot", hint)
	}
	l.checkIdentity(s, t)
	l.checkActions(s, t)
	l.checkTokens(s, t)
	checkSchedule(s, t)
	checkCommand(s, t.Command)
	checkEnv(s, t.Env)
	checkLimits(s, t.Limits)
	return Bot{
		Bot: bots.Bot{Name: name, Handle: t.Handle, UserID: t.UserID, Purpose: t.Purpose, Mode: t.Mode, Actions: t.Actions,
			AIGenerated: t.AIGenerated, Owner: t.Owner,
			Script: bots.Script{Command: t.Command, Dir: s.src.dir, Every: t.Every, Cron: t.Cron, Service: t.Run == "service", Env: t.Env,
				Limits: t.Limits.limits()}},
		AccessToken: t.AccessToken, AccessSecret: t.AccessSecret, OAuth2: t.OAuth2, OAuth1: t.OAuth1, NATS: t.NATS,
	}
}

func (l *loader) checkIdentity(s section, t botTable) {
	switch {
	case s.absent("handle"):
		s.bad("handle", "is missing", `the account's handle, like "@tidesbot"`)
	case !s.refused("handle"):
		s.handle("handle", t.Handle)
	}
	if t.UserID != "" && !bots.IsSnowflake(string(t.UserID)) {
		s.bad("user_id", "is no user id", "1 to 20 digits in quotation marks; it is learned at start when it is left out")
	}
	s.sentence("purpose", t.Purpose)
	if t.Purpose == "" && !s.refused("purpose") {
		s.warn("purpose", "is missing", "say in a sentence what the bot does: people and approvers read it")
	}
	enum(s, "mode", t.Mode, bots.Live, bots.DryRun)
	enum(s, "owner", t.Owner, bots.OwnedByOperator, bots.OwnedByOther)
}

// checkActions wants actions that exist and that X offers on this tier. A live bot of
// an app that is not for production is only warned of: the scope guard, which cannot
// be off, refuses all of its acts but those on test accounts.
func (l *loader) checkActions(s section, t botTable) {
	known := make([]string, 0, len(bots.Actions()))
	for _, a := range bots.Actions() {
		known = append(known, string(a))
	}
	if len(t.Actions) == 0 && !s.refused("actions") {
		s.warn("actions", "the bot may do nothing", "list what it may want, like actions = [\"post\"]")
	}
	x := l.cfg.X
	tierKnown := x.Tier == bots.SelfServe || x.Tier == bots.Enterprise
	for i, a := range t.Actions {
		at := append(s.child("actions"), "["+strconv.Itoa(i)+"]")
		switch {
		case !a.Known():
			l.report(s.src, at, fmt.Sprintf("%q is no action", oneLine(string(a))), DidYouMean(string(a), known), false)
			continue
		case slices.Contains(t.Actions[:i], a):
			l.report(s.src, at, fmt.Sprintf("%q stands twice", a), "", true)
			continue
		}
		if err := guards.Offered(a, x.Tier); err != nil && tierKnown {
			l.report(s.src, at, err.Error(), "leave it out of actions", false)
		}
	}
	if t.Mode == bots.Live && (x.Environment == bots.Staging || x.Environment == bots.Dev) {
		s.warn("mode", fmt.Sprintf("the bot is live, and the app is for %s: all of its acts but those on test accounts are refused (rule A1)", x.Environment),
			`mode = "dry_run", x.environment = "production", or test_accounts in [guards.scope]`)
	}
}

func (l *loader) checkTokens(s section, t botTable) {
	const oneWay = "a bot signs in one way: leave one of the two out"
	if t.OAuth1 && t.OAuth2 {
		s.bad("oauth1", "stands beside oauth2 = true", oneWay)
	}
	for _, key := range []string{"access_token", "access_secret"} {
		switch {
		case s.has(key) && t.OAuth2:
			s.bad(key, "stands beside oauth2 = true", oneWay)
		case s.has(key) && t.OAuth1:
			s.bad(key, "stands beside oauth1 = true", oneWay)
		case s.absent(key) && !t.OAuth2 && !t.OAuth1 && !l.cfg.X.Sandbox() && !s.refused("oauth2") && !s.refused("oauth1"):
			s.bad(key, "is missing", key+` = { env = "NAME" } or { file = "path" }; or oauth2 = true after heed login`)
		}
	}
}

func checkSchedule(s section, t botTable) {
	var set []string
	for _, key := range []string{"every", "cron", "run"} {
		if !s.absent(key) {
			set = append(set, key)
		}
	}
	const hint = `one of every = "1h", cron = "0 * * * *", run = "service"`
	switch {
	case len(set) == 0:
		s.bad("", "nothing says when its script runs", hint)
	case len(set) > 1:
		s.bad(set[1], "stands beside "+set[0], "a script runs in one way: "+hint)
	}
	if s.has("every") && !s.refused("every") && (t.Every < everyMin || t.Every > everyMax) {
		s.bad("every", fmt.Sprintf("%s; must be from %s to %s", spell(t.Every), spell(everyMin), spell(everyMax)), "")
	}
	if s.has("run") && !s.refused("run") && t.Run != "service" {
		s.bad("run", fmt.Sprintf("%q is not \"service\"", oneLine(t.Run)), hint)
	}
	if s.has("cron") && !s.refused("cron") {
		if what, hint := badCron(t.Cron); what != "" {
			s.bad("cron", what, hint)
		}
	}
}

func badCron(spec string) (what, hint string) {
	const form = `five fields: minute hour day month weekday, like "0 * * * *"`
	if strings.HasPrefix(strings.TrimSpace(spec), "@every") {
		return "@every is not for cron", `write every = "1h" instead`
	}
	if len(spec) > 200 {
		return "is longer than 200 characters", form
	}
	schedule, err := cron.ParseStandard(spec)
	if err != nil {
		return "is no schedule: " + oneLine(err.Error()), form
	}
	// Any instant will do: a date that never comes, never comes after this one either.
	if schedule.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return "names a time that never comes", form
	}
	return "", ""
}

func checkCommand(s section, command []string) {
	if s.refused("command") {
		return
	}
	const form = `like command = ["python3", "tides.py"]`
	switch {
	case s.absent("command"):
		s.bad("command", "is missing", form)
		return
	case len(command) == 0 || command[0] == "":
		s.bad("command", "is empty", form)
		return
	case len(command) > maxCommand:
		s.bad("command", fmt.Sprintf("%d words; at most %d", len(command), maxCommand), "")
		return
	}
	for i, word := range command {
		if len(word) > maxValue || strings.ContainsRune(word, 0) {
			s.l.report(s.src, append(s.child("command"), "["+strconv.Itoa(i)+"]"),
				fmt.Sprintf("holds a NUL or more than %d bytes", maxValue), "", false)
			return
		}
	}
	if !strings.ContainsRune(command[0], filepath.Separator) {
		return // a name is looked for in PATH when it is run
	}
	at := append(s.child("command"), "[0]")
	switch info, err := os.Stat(s.src.resolve(command[0])); {
	case err != nil:
		s.l.report(s.src, at, fmt.Sprintf("%q is not there", oneLine(command[0])), "a path starts at the folder of this file", false)
	case !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0:
		s.l.report(s.src, at, fmt.Sprintf("%q cannot be run", oneLine(command[0])), "run chmod +x on it, or name its interpreter first", false)
	}
}

func checkEnv(s section, env map[string]string) {
	if len(env) > maxEnv {
		s.bad("env", fmt.Sprintf("%d variables; at most %d", len(env), maxEnv), "")
		return
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		at := append(s.child("env"), name)
		bad := func(what, hint string) { s.l.report(s.src, at, what, hint, false) }
		switch {
		case !envName.MatchString(name):
			bad("is no name of an environment variable", "letters, digits and _")
		case strings.HasPrefix(strings.ToUpper(name), "HEED_"):
			bad("names beginning with HEED_ are heed's own", "choose another name")
		case secretName.MatchString(name):
			bad("a secret may not stand in the file", "put it in a file in the bot's state folder (HEED_STATE_DIR), which only this bot reads")
		case len(env[name]) > maxValue || strings.ContainsRune(env[name], 0):
			bad(fmt.Sprintf("holds a NUL or more than %d bytes", maxValue), "")
		}
	}
}
