package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"heed/guards"
)

// Changes says in words what a new configuration changes in a running heed.
type Changes struct {
	Applied      []string // take effect at once
	NeedsRestart []string // keep their old value until heed is started again
}

// None says whether nothing changes.
func (c Changes) None() bool { return len(c.Applied)+len(c.NeedsRestart) == 0 }

func (c *Changes) note(restart bool, key, was, is string) {
	if was == is {
		return
	}
	line := fmt.Sprintf("%s: %s -> %s", key, shown(was), shown(is))
	if restart {
		c.NeedsRestart = append(c.NeedsRestart, line)
	} else {
		c.Applied = append(c.Applied, line)
	}
}

func shown(v string) string {
	if v == "" {
		return `""`
	}
	return oneLine(v)
}

// Compare tells what of a new configuration takes effect in a running heed and what
// waits for a restart: what opens files, ports and connections, and what an account
// signs with.
func Compare(old, now *Config) Changes {
	var c Changes
	house(&c, old, now)
	was, is := botsOf(old), botsOf(now)
	for _, name := range slices.Sorted(maps.Keys(merge(was, is))) {
		a, hadIt := was[name]
		b, hasIt := is[name]
		switch {
		case !hadIt:
			c.Applied = append(c.Applied, fmt.Sprintf("bots.%s: added, %s", name, b.Mode))
		case !hasIt:
			c.Applied = append(c.Applied, fmt.Sprintf("bots.%s: removed", name))
		default:
			compareBots(&c, "bots."+name+".", a, b)
		}
	}
	return c
}

func house(c *Changes, a, b *Config) {
	const now, later = false, true
	c.note(now, "operator.name", a.Operator.Name, b.Operator.Name)
	c.note(now, "operator.handle", a.Operator.Handle, b.Operator.Handle)
	c.note(now, "operator.privacy_url", a.Operator.PrivacyURL, b.Operator.PrivacyURL)
	c.note(now, "x.environment", string(a.X.Environment), string(b.X.Environment))
	c.note(now, "x.tier", string(a.X.Tier), string(b.X.Tier))
	c.note(now, "x.use_case", a.X.UseCase, b.X.UseCase)
	c.note(now, "x.poll", spell(a.X.Poll), spell(b.X.Poll))
	c.note(now, "x.inbound_per_day", fmt.Sprint(a.X.InboundPerDay), fmt.Sprint(b.X.InboundPerDay))
	c.note(now, "opt_out.help", fmt.Sprint(a.OptOut.Help), fmt.Sprint(b.OptOut.Help))
	c.note(now, "opt_out.confirm", fmt.Sprint(a.OptOut.Confirm), fmt.Sprint(b.OptOut.Confirm))
	c.note(now, "opt_out.extra_keywords", list(a.OptOut.ExtraKeywords), list(b.OptOut.ExtraKeywords))
	c.note(later, "x.events", string(a.X.Events), string(b.X.Events))
	c.note(later, "x.webhook_listen", a.X.WebhookListen, b.X.WebhookListen)
	c.note(later, "x.webhook_url", a.X.WebhookURL, b.X.WebhookURL)
	c.note(later, "x.api_url", a.X.APIURL, b.X.APIURL)
	c.note(later, "x.consumer_key", a.X.ConsumerKey.String(), b.X.ConsumerKey.String())
	c.note(later, "x.consumer_secret", a.X.ConsumerSecret.String(), b.X.ConsumerSecret.String())
	c.note(later, "x.client_id", a.X.ClientID, b.X.ClientID)
	c.note(later, "x.client_secret", a.X.ClientSecret.String(), b.X.ClientSecret.String())
	c.note(later, "nats.url", a.NATS.URL, b.NATS.URL)
	c.note(later, "nats.listen", a.NATS.Listen, b.NATS.Listen)
	c.note(later, "nats.dir", a.NATS.Dir, b.NATS.Dir)
	c.note(later, "nats.sync", a.NATS.Sync, b.NATS.Sync)
	c.note(later, "nats.creds", a.NATS.Creds.String(), b.NATS.Creds.String())
	c.note(later, "ledger.path", a.Ledger.Path, b.Ledger.Path)
	c.note(later, "ledger.retention", spell(a.Ledger.Retention), spell(b.Ledger.Retention))
	c.note(later, "web.listen", a.Web.Listen, b.Web.Listen)
	c.note(later, "sandbox.people", a.Sandbox.People, b.Sandbox.People)
}

func compareBots(c *Changes, at string, a, b Bot) {
	const now, later = false, true
	c.note(now, at+"purpose", a.Purpose, b.Purpose)
	c.note(now, at+"mode", string(a.Mode), string(b.Mode))
	c.note(now, at+"actions", list(a.Actions), list(b.Actions))
	c.note(now, at+"ai_generated", fmt.Sprint(a.AIGenerated), fmt.Sprint(b.AIGenerated))
	c.note(now, at+"owner", string(a.Owner), string(b.Owner))
	c.note(now, at+"command", list(a.Script.Command), list(b.Script.Command))
	c.note(now, at+"folder", a.Script.Dir, b.Script.Dir)
	c.note(now, at+"schedule", schedule(a), schedule(b))
	compareLimits(c, at+"limits.", a.Script.Limits, b.Script.Limits)
	for _, name := range slices.Sorted(maps.Keys(merge(a.Script.Env, b.Script.Env))) {
		was, had := a.Script.Env[name]
		is, has := b.Script.Env[name]
		if was != is || had != has {
			// The value may be long, and is nobody's business in a log.
			c.Applied = append(c.Applied, at+"env."+name+": changed")
		}
	}
	c.note(later, at+"handle", a.Handle, b.Handle)
	c.note(later, at+"user_id", string(a.UserID), string(b.UserID))
	c.note(later, at+"access_token", a.AccessToken.String(), b.AccessToken.String())
	c.note(later, at+"access_secret", a.AccessSecret.String(), b.AccessSecret.String())
	c.note(later, at+"oauth2", fmt.Sprint(a.OAuth2), fmt.Sprint(b.OAuth2))
	c.note(later, at+"oauth1", fmt.Sprint(a.OAuth1), fmt.Sprint(b.OAuth1))
	c.note(later, at+"nats", fmt.Sprint(a.NATS), fmt.Sprint(b.NATS))
	comparePipelines(c, at+"guards.", a.Pipeline, b.Pipeline)
}

func comparePipelines(c *Changes, at string, a, b guards.Pipeline) {
	was := map[string]guards.Station{}
	for _, st := range a.Stations {
		was[st.Rule.Name] = st
	}
	for _, st := range b.Stations {
		old, ok := was[st.Rule.Name]
		if !ok {
			continue // another heed's guard: the two configurations never ran in one program
		}
		c.note(false, at+st.Rule.Name+".mode", string(old.Mode), string(st.Mode))
		before := map[string]string{}
		for _, s := range Settings(old.Guard) {
			before[s.Key] = s.Value
		}
		for _, s := range Settings(st.Guard) {
			c.note(false, at+st.Rule.Name+"."+s.Key, before[s.Key], s.Value)
		}
	}
}

func schedule(b Bot) string {
	switch s := b.Script; {
	case s.Service:
		return "service"
	case s.Cron != "":
		return "cron " + s.Cron
	default:
		return "every " + spell(s.Every)
	}
}

func list[T ~string](all []T) string {
	parts := make([]string, len(all))
	for i, s := range all {
		parts[i] = fmt.Sprintf("%q", string(s))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func botsOf(c *Config) map[string]Bot {
	m := make(map[string]Bot, len(c.Bots))
	for _, b := range c.Bots {
		m[b.Name] = b
	}
	return m
}

func merge[V any](a, b map[string]V) map[string]V {
	m := maps.Clone(a)
	if m == nil {
		m = map[string]V{}
	}
	maps.Copy(m, b)
	return m
}
