package activity

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"regexp"

	"heed/runner"
)

// The headers under which X signs a delivery: with the consumer secret, and with the
// client secret of OAuth 2.0.
const (
	headerConsumer = "X-Twitter-Webhooks-Signature"
	headerClient   = "X-Twitter-Webhooks-Signature-Oauth2"
)

// sign is how X signs a delivery, and how a challenge is answered.
func sign(secret runner.Secret, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// signed says whether either of X's signatures is right for a body. The comparisons take
// the same time whatever they find.
func (s *Source) signed(h http.Header, body []byte) bool {
	right := false
	for name, secret := range s.secrets() {
		if got := h.Get(name); got != "" && secret != "" {
			right = hmac.Equal([]byte(got), []byte(sign(secret, body))) || right
		}
	}
	return right
}

func (s *Source) secrets() map[string]runner.Secret {
	return map[string]runner.Secret{headerConsumer: s.o.ConsumerSecret, headerClient: s.o.ClientSecret}
}

// claimsSignature says whether a delivery bears anything that could be checked: without
// it not a byte of the body is read.
func (s *Source) claimsSignature(h http.Header) bool {
	for name, secret := range s.secrets() {
		if got := h.Get(name); secret != "" && len(got) == len("sha256=")+base64.StdEncoding.EncodedLen(sha256.Size) {
			return true
		}
	}
	return false
}

// challenge is what X's challenges look like. Nothing else is signed: an answer to a
// challenge that is itself an event would be that event's signature, for anybody who asks.
var challenge = regexp.MustCompile(`^[A-Za-z0-9+/=_.-]{1,256}$`)
