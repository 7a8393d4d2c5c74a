package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rasure/cmd/rasure-hub/internal/hub"
	"rasure/cmd/rasure-hub/internal/hubtest"
	"rasure/cmd/rasure-hub/internal/login"
	"rasure/cmd/rasure-hub/internal/pages"
	"rasure/cmd/rasure-hub/internal/web"
)

// issued is a client certificate by an authority, and that of the authority.
func issued(t *testing.T, name string) (client tls.Certificate, authority []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	hubtest.Check(t, err)
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	root, err := x509.CreateCertificate(rand.Reader, ca, ca, &key.PublicKey, key)
	hubtest.Check(t, err)
	leaf, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotBefore: ca.NotBefore, NotAfter: ca.NotAfter,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, ca, &key.PublicKey, key)
	hubtest.Check(t, err)
	return tls.Certificate{Certificate: [][]byte{leaf}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root})
}

// TestClientCertificates holds who reads what of a hub that asks for certificates: people need one, stations do not.
func TestClientCertificates(t *testing.T) {
	t.Parallel()
	st := hubtest.New(t, "station.example")
	dir := hubtest.NewDir(t)
	h := hubtest.Open(t, hub.Options{Dir: dir, Stations: hubtest.Roster(t, st)})
	client, authority := issued(t, "Li Na")
	other, _ := issued(t, "Li Na")
	hubtest.Check(t, os.WriteFile(filepath.Join(dir, "ca.pem"), authority, 0o644))
	hubtest.Check(t, os.WriteFile(filepath.Join(dir, login.File), []byte("client_ca = \"ca.pem\"\nnames = [\"Li Na\"]\n"), 0o644))
	rules, err := login.Read(dir)
	hubtest.Check(t, err)
	p, err := pages.New(h, pages.Options{Dir: dir, Rules: rules})
	hubtest.Check(t, err)
	server := httptest.NewUnstartedServer(web.New(h).Mount(p, p.Guard))
	rules.Configure(server.Config)
	server.TLS = server.Config.TLSConfig
	server.StartTLS()
	t.Cleanup(server.Close)
	as := func(certificates ...tls.Certificate) *http.Client {
		transport := server.Client().Transport.(*http.Transport).Clone()
		transport.TLSClientConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			if len(certificates) == 0 {
				return new(tls.Certificate), nil
			}
			return &certificates[0], nil
		}
		return &http.Client{Transport: transport}
	}
	get := func(c *http.Client, path string) (int, string) {
		r, err := c.Get(server.URL + path)
		if err != nil {
			return 0, err.Error()
		}
		defer r.Body.Close()
		text, err := io.ReadAll(r.Body)
		hubtest.Check(t, err)
		return r.StatusCode, string(text)
	}
	for _, path := range []string{"/", "/stations", "/find?kind=kind&value=station", "/status", "/alarms", "/metrics", "/style.css"} {
		if status, text := get(as(client), path); status != 200 || path == "/" && !strings.Contains(text, "Li Na") {
			t.Errorf("with a certificate %s: %d %s", path, status, text)
		}
		if status, text := get(as(), path); status != http.StatusForbidden || strings.Contains(text, "station.example") {
			t.Errorf("without a certificate %s: %d %s", path, status, text)
		}
		if status, text := get(as(other), path); status == 200 {
			t.Errorf("with a certificate of another authority %s: %d %s", path, status, text)
		}
	}
	r, err := as().Post(server.URL+"/add-checkpoint", "text/plain", strings.NewReader("old 0\n\nx\n"))
	hubtest.Check(t, err)
	r.Body.Close()
	if r.StatusCode != http.StatusNotFound {
		t.Errorf("a station without a certificate gets %s", r.Status)
	}
}
