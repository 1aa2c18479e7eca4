package config

import (
	"fmt"
	"net"
	"net/url"
	"slices"
)

const maxWebhook = 200 // characters; X takes no longer address

// checkEvents holds how X tells by itself. A webhook stands behind a TLS proxy of the
// operator's: heed itself listens on this machine alone.
func checkEvents(s section, x *X) {
	enum(s, "events", x.Events, ByPoll, ByStream, ByWebhook)
	for _, key := range []string{"consumer_key", "consumer_secret"} {
		if slices.Contains([]Events{ByStream, ByWebhook}, x.Events) && !x.Sandbox() && s.absent(key) {
			s.bad(key, "is missing, and X tells events to the app itself", key+` = { env = "NAME" } or { file = "path" }`)
		}
	}
	if x.Events != ByWebhook {
		if s.has("webhook_url") && !s.refused("events") {
			s.warn("webhook_url", `has no effect: x.events is not "webhook"`, "")
		}
		return
	}
	s.listen("webhook_listen", x.WebhookListen, true)
	switch _, port, err := net.SplitHostPort(x.WebhookListen); {
	case err == nil && !loopbackListen(x.WebhookListen):
		s.bad("webhook_listen", fmt.Sprintf("%q can be reached from other machines", oneLine(x.WebhookListen)), "use 127.0.0.1: the TLS proxy of webhook_url hands on to it")
	case x.WebhookListen == "":
		s.bad("webhook_listen", "is missing", `like "127.0.0.1:8481": where the TLS proxy of webhook_url hands on to`)
	case err == nil && port == "0" && !s.refused("webhook_listen"):
		s.bad("webhook_listen", "port 0 is another port at every start, and a proxy hands on to one", "")
	}
	if x.Sandbox() {
		return // the sandbox of this process calls webhook_listen itself
	}
	if s.absent("webhook_url") {
		s.bad("webhook_url", "is missing", `like "https://bots.example/x": what X calls; a TLS proxy there hands on to webhook_listen`)
		return
	}
	if what := badWebhook(x.WebhookURL, x.Local()); what != "" && !s.refused("webhook_url") {
		s.bad("webhook_url", what, `like "https://bots.example/x": https, and no port`)
	}
}

// badWebhook says what is wrong with the address that X is told to call. A stand-in on
// this machine may call this machine.
func badWebhook(raw string, local bool) string {
	u, err := url.Parse(raw)
	switch {
	case err != nil, u.Hostname() == "", u.Scheme != "https" && u.Scheme != "http":
		return "is no web address"
	case u.User != nil, u.RawQuery != "", u.Fragment != "":
		return "is more than an address: X signs what it sends, and needs no user and no ? here"
	case len(raw) > maxWebhook:
		return "is longer than X takes (200 characters)"
	case local && u.Scheme == "http" && loopback(u.Hostname()):
		return ""
	case u.Scheme != "https":
		return "is not https, and X calls nothing else"
	case u.Port() != "":
		return "has a port, and X calls none but 443"
	case loopback(u.Hostname()):
		return "is this machine, which X cannot call"
	}
	return ""
}
