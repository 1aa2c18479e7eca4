package sandbox

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"
)

const (
	hookTime  = 10 * time.Second // X's patience with a webhook
	crcTime   = 3 * time.Second  // shorter: the world stands still meanwhile
	maxHooks  = 5                // of an app
	hookQueue = 10_000
)

// webhook is an address that an app wants its events to be told.
type webhook struct {
	id, app, url string
	valid        bool
	at           time.Time
	queue        [][]byte
	busy         bool
}

// hookPauses are the waits before a delivery that failed is tried again.
var hookPauses = []time.Duration{time.Second, 5 * time.Second, 30 * time.Second}

// hookClient follows nothing: a redirect is a failed delivery.
var hookClient = &http.Client{Timeout: hookTime,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{DisableKeepAlives: true}}

// ClientSecret is the OAuth 2.0 client secret of an app, with which deliveries are signed
// beside the consumer secret.
func (w *World) ClientSecret(appID string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if a := w.st.Apps[appID]; a != nil {
		return a.clientSecret()
	}
	return ""
}

func (a *App) clientSecret() string {
	return "sandbox-client-" + hookSign(a.ConsumerSecret, []byte("client"))[7:]
}

func hookSign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func (w *World) webhook(app, id string) *webhook {
	for _, h := range w.activity.hooks {
		if h.app == app && h.id == id {
			return h
		}
	}
	return nil
}

func (h *webhook) view() map[string]any {
	return map[string]any{"id": h.id, "url": h.url, "valid": h.valid, "created_at": stamp(h.at)}
}

func (w *World) createWebhook(c *call) answer {
	if no := c.appAlone(); no != nil {
		return no.answer()
	}
	f, no := c.object("url")
	h := &webhook{app: c.app.ID, at: c.now}
	if no == nil {
		no = first(f.required("url"), f.text("url", &h.url))
	}
	mine := 0
	for _, o := range w.activity.hooks {
		if o.app == c.app.ID {
			mine++
		}
	}
	switch {
	case no != nil:
	case !hookAddress(h.url):
		no = f.bad("url", "must be https, without a port")
	case slices.ContainsFunc(w.activity.hooks, func(o *webhook) bool { return o.app == c.app.ID && o.url == h.url }):
		no = withMessage("DuplicateUrlFailed: a webhook with this URL exists already.")
	case mine >= maxHooks:
		no = refuse(403, "WebhookLimitExceeded")
	case !crc(h.url, c.app):
		no = withMessage("CrcValidationFailed")
	}
	if no != nil {
		return no.answer()
	}
	h.id, h.valid = w.newID(c.now), true
	w.activity.hooks = append(w.activity.hooks, h)
	a := jsonAnswer(200, h.view()) // bare, unlike all other answers of X
	a.landed = true
	return a
}

// hookAddress wants what X wants; this sandbox also calls programs on this machine.
func hookAddress(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || len(raw) > 200 {
		return false
	}
	return u.Scheme == "https" && u.Port() == "" || u.Scheme == "http" && loopback(u.Host)
}

// crc asks a webhook to prove that it knows the app's secret.
func crc(address string, a *App) bool {
	token := base64.RawURLEncoding.EncodeToString([]byte(hookSign(a.ConsumerSecret, []byte(address))))
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	q := u.Query()
	q.Set("crc_token", token)
	u.RawQuery = q.Encode()
	ctx, cancel := context.WithTimeout(context.Background(), crcTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return false
	}
	res, err := hookClient.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = res.Body.Close() }() // read as far as it is wanted
	var out struct {
		Token string `json:"response_token"`
	}
	err = json.NewDecoder(io.LimitReader(res.Body, 4096)).Decode(&out)
	return err == nil && res.StatusCode == 200 &&
		(out.Token == hookSign(a.ConsumerSecret, []byte(token)) || out.Token == hookSign(a.clientSecret(), []byte(token)))
}

func (w *World) getWebhooks(c *call) answer {
	if no := c.appAlone(); no != nil {
		return no.answer()
	}
	// Every member is told whatever is chosen: X's schema wants all four.
	for _, name := range c.list("webhook_config.fields") {
		if !slices.Contains([]string{"created_at", "id", "url", "valid"}, name) {
			return invalid("webhook_config.fields", name, "The `webhook_config.fields` query parameter value ["+name+"] is not one of [created_at,id,url,valid]").answer()
		}
	}
	list := []map[string]any{}
	for _, h := range w.activity.hooks {
		if h.app == c.app.ID {
			list = append(list, h.view())
		}
	}
	body := map[string]any{"meta": map[string]any{"result_count": len(list)}}
	if len(list) > 0 {
		body["data"] = list
	}
	return jsonAnswer(200, body)
}

func (w *World) checkWebhook(c *call) answer {
	if no := c.appAlone(); no != nil {
		return no.answer()
	}
	h := w.webhook(c.app.ID, c.path["id"])
	if h == nil {
		return notFound("webhook", "webhook_id", c.path["id"]).answer()
	}
	if h.valid = crc(h.url, c.app); !h.valid {
		return withMessage("CrcValidationFailed").answer()
	}
	return data(true, map[string]any{"attempted": true})
}

func (w *World) deleteWebhook(c *call) answer {
	if no := c.appAlone(); no != nil {
		return no.answer()
	}
	if w.webhook(c.app.ID, c.path["id"]) == nil {
		return notFound("webhook", "webhook_id", c.path["id"]).answer()
	}
	w.activity.hooks = slices.DeleteFunc(w.activity.hooks, func(h *webhook) bool { return h.app == c.app.ID && h.id == c.path["id"] })
	return data(true, map[string]any{"deleted": true})
}

// InvalidateWebhooks marks every webhook as one that failed its challenge: nothing is
// delivered to it until it is checked again.
func (w *World) InvalidateWebhooks() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, h := range w.activity.hooks {
		h.valid = false
	}
}

// post queues a delivery; each webhook gets its own one after the other.
func (w *World) post(h *webhook, body []byte) {
	if !h.valid || len(h.queue) >= hookQueue {
		return
	}
	h.queue = append(h.queue, body)
	if !h.busy {
		h.busy = true
		go w.drain(h)
	}
}

// drain delivers what waits for a webhook, and ends when nothing does.
func (w *World) drain(h *webhook) {
	for {
		w.mu.Lock()
		if len(h.queue) == 0 {
			h.busy = false
			w.mu.Unlock()
			return
		}
		body := h.queue[0]
		h.queue = h.queue[1:]
		a := w.st.Apps[h.app]
		secret, client := a.ConsumerSecret, a.clientSecret()
		w.mu.Unlock()
		for try := 0; !deliver(h.url, body, secret, client) && try < len(hookPauses); try++ {
			time.Sleep(hookPauses[try])
		}
	}
}

func deliver(address string, body []byte, secret, client string) bool {
	req, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return false
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("x-twitter-webhooks-signature", hookSign(secret, body))
	req.Header.Set("X-Twitter-Webhooks-Signature-OAuth2", hookSign(client, body))
	res, err := hookClient.Do(req)
	if err != nil {
		return false
	}
	_ = res.Body.Close() // only the status counts
	return res.StatusCode/100 == 2
}
