package guards

import (
	"testing"

	"heed/bots"
)

// What is let through for the operator's privacy policy is its own host, and none whose
// name only holds it.
func TestPrivacyLinkIsOneHost(t *testing.T) {
	g := &links{Hosts: []string{"harbour.org"}, MaxLinks: 4}
	to := func(link string) edit {
		return func(in *bots.Intent, f *Facts) {
			in.Text, f.Bot.House.Operator.PrivacyURL = link, "https://law.example.com:8443/privacy"
		}
	}
	for _, tr := range []trial{
		{"its host passes, whatever the port", bots.Post, to("https://law.example.com/privacy"), Allow, ""},
		{"a host that ends alike does not", bots.Post, to("https://evil-law.example.com"), Deny, "links.host"},
		{"nor one under it", bots.Post, to("https://a.law.example.com"), Deny, "links.host"},
		{"nor one that begins alike", bots.Post, to("https://law.example.com.evil.org"), Deny, "links.host"},
	} {
		t.Run(tr.says, func(t *testing.T) { judgeOne(t, g, tr) })
	}
}
