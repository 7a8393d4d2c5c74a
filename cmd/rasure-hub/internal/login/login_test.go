package login

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

func TestReader(t *testing.T) {
	t.Parallel()
	proxied := `proxies = ["192.0.2.7", "10.1.0.0/16"]` + "\n" + `header = "x-forwarded-user"` + "\n"
	for name, c := range map[string]struct {
		settings, peer, host string
		header               [][2]string
		want                 string
		ok                   bool
	}{
		"this machine":                       {"", "127.0.0.1:1", "localhost:8080", nil, "", true},
		"this machine, IPv6":                 {"", "[::1]:1", "[::1]:8080", nil, "", true},
		"this machine, mapped":               {"", "[::ffff:127.0.0.1]:1", "127.0.0.1", nil, "", true},
		"a name that points here":            {"", "127.0.0.1:1", "evil.example:8080", nil, "", false},
		"a proxy here that no setting names": {"", "127.0.0.1:1", "localhost", [][2]string{{"X-Forwarded-For", "192.0.2.1"}}, "", false},
		"another machine":                    {"", "192.0.2.1:1", "localhost", nil, "", false},
		"no address":                         {"", "@", "localhost", nil, "", false},
		"a proxy":                            {proxied, "192.0.2.7:1", "hub.example", [][2]string{{"X-Forwarded-User", "Li Na"}}, "Li Na", true},
		"a proxy of the network":             {proxied, "10.1.200.3:1", "hub.example", [][2]string{{"X-Forwarded-User", "Li Na"}}, "Li Na", true},
		"a proxy without the header":         {proxied, "192.0.2.7:1", "hub.example", nil, "", false},
		"an empty header":                    {proxied, "192.0.2.7:1", "hub.example", [][2]string{{"X-Forwarded-User", " "}}, "", false},
		"two headers":                        {proxied, "192.0.2.7:1", "hub.example", [][2]string{{"X-Forwarded-User", "Li Na"}, {"X-Forwarded-User", "root"}}, "", false},
		"a header of anybody":                {proxied, "10.2.0.1:1", "hub.example", [][2]string{{"X-Forwarded-User", "Li Na"}}, "", false},
		"this machine, with logins":          {proxied, "127.0.0.1:1", "localhost", nil, "", false},
		"a name of the list":                 {proxied + `names = ["Li Na"]`, "192.0.2.7:1", "hub.example", [][2]string{{"X-Forwarded-User", "Li Na"}}, "Li Na", true},
		"a name that is not in the list":     {proxied + `names = ["Li Na"]`, "192.0.2.7:1", "hub.example", [][2]string{{"X-Forwarded-User", "Wang Wei"}}, "Wang Wei", false},
		"an empty list":                      {proxied + `names = []`, "192.0.2.7:1", "hub.example", [][2]string{{"X-Forwarded-User", "Wang Wei"}}, "Wang Wei", false},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := parse("", c.settings)
			if err != nil {
				t.Fatal(err)
			}
			q := httptest.NewRequest("GET", "/", nil)
			q.RemoteAddr, q.Host = c.peer, c.host
			for _, h := range c.header {
				q.Header.Add(h[0], h[1])
			}
			if got, ok := r.Reader(q); got != c.want || ok != c.ok {
				t.Errorf("Reader = %q, %v; want %q, %v", got, ok, c.want, c.ok)
			}
		})
	}
}

func TestClientCertificate(t *testing.T) {
	t.Parallel()
	r := &Rules{Authorities: x509.NewCertPool(), names: []string{"Li Na"}}
	of := func(name string) *tls.ConnectionState {
		c := &x509.Certificate{Subject: pkix.Name{CommonName: name}}
		return &tls.ConnectionState{PeerCertificates: []*x509.Certificate{c}, VerifiedChains: [][]*x509.Certificate{{c}}}
	}
	unverified := of("Li Na")
	unverified.VerifiedChains = nil
	for name, c := range map[string]struct {
		state *tls.ConnectionState
		ok    bool
	}{"in the list": {of("Li Na"), true}, "not in it": {of("Wang Wei"), false}, "without a name": {of(""), false}, "not verified": {unverified, false}, "no TLS": {nil, false}} {
		q := httptest.NewRequest("GET", "/", nil)
		q.RemoteAddr, q.Host, q.TLS = "127.0.0.1:1", "localhost", c.state
		if _, ok := r.Reader(q); ok != c.ok {
			t.Errorf("%s: %v", name, ok)
		}
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if r, err := Read(dir); err != nil || r.Authorities != nil {
		t.Errorf("without a file: %+v, %v", r, err)
	}
	for _, text := range []string{"nonsense", `nosuch = 1`, `header = "X-User"`, `proxies = ["192.0.2.1"]`, "proxies = [\"proxy.example\"]\nheader = \"X-User\"",
		`client_ca = "missing.pem"`, `client_ca = "readers.toml"`, `names = ["Li Na"]`} {
		if err := os.WriteFile(filepath.Join(dir, File), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(dir); err == nil {
			t.Errorf("%s: taken", text)
		}
	}
}
