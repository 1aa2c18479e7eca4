package platform

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"heed/runner"
)

// authority signs certificates that the machine of these tests believes.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

var believed authority

// TestMain makes the tests' own authority the only one of this process: what X's
// certificate must be is not a setting.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "heed-roots-")
	if err == nil {
		believed, err = newAuthority()
	}
	file := filepath.Join(dir, "roots.pem")
	if err == nil {
		err = errors.Join(os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: believed.cert.Raw}), 0o600),
			os.Setenv("SSL_CERT_FILE", file), os.Setenv("SSL_CERT_DIR", dir))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func newAuthority() (authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return authority{}, err
	}
	is := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "tests"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, is, is, &key.PublicKey, key)
	if err != nil {
		return authority{}, err
	}
	cert, err := x509.ParseCertificate(der)
	return authority{key, cert}, err
}

// issues makes a certificate for this machine's address, changed as told.
func (a authority) issues(t *testing.T, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	is := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "x"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	if change != nil {
		change(is)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, is, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// TestHostileTLS: where no connection was agreed on, nothing was sent, and it may be
// tried again; once it was, an answer that does not come is unknown.
func TestHostileTLS(t *testing.T) {
	good := believed.issues(t, nil)
	stranger, err := newAuthority()
	if err != nil {
		t.Fatal(err)
	}
	with := func(c tls.Certificate, change ...func(*tls.Config)) *tls.Config {
		conf := &tls.Config{Certificates: []tls.Certificate{c}}
		for _, f := range change {
			f(conf)
		}
		return conf
	}
	old := func(v uint16) func(*tls.Config) {
		return func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, v }
	}
	honest := fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head(201), len(created), created)
	const no, perhaps = runner.Refused, runner.Uncertain
	rows := []struct {
		name string
		conf *tls.Config
		say  string
		want runner.Outcome
		code string
	}{
		{"a good certificate", with(good), honest, runner.Landed, ""},
		{"one that has expired", with(believed.issues(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })), honest, no, "x.unreachable"},
		{"one that is not yet good", with(believed.issues(t, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) })), honest, no, "x.unreachable"},
		{"one for another host", with(believed.issues(t, func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"api.x.com.evil.example"} })), honest, no, "x.unreachable"},
		{"one for another address", with(believed.issues(t, func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 2)} })), honest, no, "x.unreachable"},
		{"one for programs that call", with(believed.issues(t, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} })), honest, no, "x.unreachable"},
		{"one of an unknown authority", with(stranger.issues(t, nil)), honest, no, "x.unreachable"},
		{"one that signs itself", with(tls.Certificate{Certificate: [][]byte{stranger.cert.Raw}, PrivateKey: stranger.key}), honest, no, "x.unreachable"},
		{"TLS 1.0 only", with(good, old(tls.VersionTLS10)), honest, no, "x.unreachable"},
		{"TLS 1.1 only", with(good, old(tls.VersionTLS11)), honest, no, "x.unreachable"},
		{"a server that knows no such name", with(good, func(c *tls.Config) {
			c.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return nil, errors.New("no such name") }
		}), honest, no, "x.unreachable"},
		{"HTTP/2 only", with(good, func(c *tls.Config) { c.NextProtos = []string{"h2"} }), "\x00\x00\x08\x07\x00\x00\x00\x00\x00" + strings.Repeat("\x00", 8), perhaps, "x.no_answer"},
		{"a certificate wanted of heed, TLS 1.3", with(good, func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert }), honest, perhaps, "x.no_answer"},
		{"a certificate wanted of heed, TLS 1.2", with(good, func(c *tls.Config) { c.ClientAuth, c.MaxVersion = tls.RequireAnyClientCert, tls.VersionTLS12 }), honest, no, "x.unreachable"},
		{"agreed, then nothing", with(good), "", perhaps, "x.no_answer"},
		{"agreed, and half an answer", with(good), honest[:len(honest)-5], perhaps, "x.unreadable"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			l := tls.NewListener(listenTCP(t), row.conf)
			h := serveAttack(t, l, "https", attack{answer: says(row.say)})
			got, _ := doBounded(t, newX(t, h.url), h)
			if got.Outcome != row.want || got.Code != row.code || (row.want == no) == got.RetryAt.IsZero() {
				t.Errorf("%+v, want %s %s", got, row.want, row.code)
			}
			if row.want == no && h.posts.Load() != 0 {
				t.Error("the post reached a server that is not X's")
			}
			if _, err := newX(t, h.url).Profile(t.Context(), "tides"); err == nil {
				t.Error("a profile was read")
			} else {
				tellsNothing(t, err.Error())
			}
		})
	}
	t.Attr("answers", strconv.Itoa(len(rows)))
}

// TestHandshakesThatAreNone: what answers is no TLS at all, or never comes to an end.
func TestHandshakesThatAreNone(t *testing.T) {
	rows := map[string]func(net.Conn, string){
		"nothing":                     says(""),
		"a reset":                     resets(""),
		"plain HTTP":                  says("HTTP/1.1 400 Bad Request\r\n\r\n"),
		"noise":                       says("\x16\x03\x03\xff\xff" + strings.Repeat("\xff", 1<<16)),
		"an alert":                    says("\x15\x03\x01\x00\x02\x02\x28"),
		"warnings without end":        pours("", "\x15\x03\x01\x00\x02\x01\x00"),
		"empty records without end":   pours("", "\x16\x03\x03\x00\x00"),
		"a message of 16 MiB":         pours("\x16\x03\x03\x40\x00\x02\xff\xff\xff", "x"),
		"a certificate without end":   pours("\x16\x03\x03\x00\x04\x0b\xff\xff\xff", "\x16\x03\x03\x00\x01x"),
		"a hello that does not go on": holds("\x16\x03\x03\x00\x7a\x02"),
		"one that only listens": func(c net.Conn, _ string) {
			_ = c.SetDeadline(time.Now().Add(time.Second))
			_, _ = io.Copy(io.Discard, c)
		},
	}
	for name, answer := range rows {
		t.Run(name, func(t *testing.T) {
			h := serveAttack(t, listenTCP(t), "https", attack{answer: answer, unread: true})
			x := newX(t, h.url, func(o *Options) { o.Timeout = time.Second / 2 })
			if got, _ := doBounded(t, x, h); got.Outcome != runner.Refused || got.Code != "x.unreachable" || got.RetryAt.IsZero() {
				t.Errorf("%+v", got)
			}
		})
	}
	t.Attr("answers", strconv.Itoa(len(rows)))
}
