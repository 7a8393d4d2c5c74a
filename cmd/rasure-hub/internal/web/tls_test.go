package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"rasure/cmd/rasure-hub/internal/hub"
	"rasure/cmd/rasure-hub/internal/hubtest"
	"rasure/cmd/rasure-hub/internal/web"
)

// certificate writes a certificate with a serial number and its key. Each has another time, as a file has that is written a second later.
func certificate(t *testing.T, cert, key string, serial int64) *x509.CertPool {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	hubtest.Check(t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(serial), DNSNames: []string{"hub.example"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &k.PublicKey, k)
	hubtest.Check(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(k)
	hubtest.Check(t, err)
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: private}} {
		hubtest.Check(t, os.WriteFile(path, pem.EncodeToMemory(block), 0o600))
		at := time.Unix(1_800_000_000+serial, 0)
		hubtest.Check(t, os.Chtimes(path, at, at))
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return pool
}

func TestTLS(t *testing.T) {
	t.Parallel()
	dir := hubtest.Scratch(t)
	cert, key := filepath.Join(dir, "hub.crt"), filepath.Join(dir, "hub.pem")
	if err := web.UseTLS(&http.Server{}, cert, key, nil); err == nil {
		t.Error("a hub starts without the files of its certificate")
	}
	roots := certificate(t, cert, key, 1)
	h := hubtest.Open(t, hub.Options{Dir: hubtest.NewDir(t)})
	var warned atomic.Int64
	s := web.New(h).HTTP()
	hubtest.Check(t, web.UseTLS(s, cert, key, func(error) { warned.Add(1) }))
	address := listeningTLS(t, s)
	dial := func(change func(*tls.Config)) (serial int64, err error) {
		o := &tls.Config{RootCAs: roots, ServerName: "hub.example"}
		if change != nil {
			change(o)
		}
		c, err := tls.Dial("tcp", address, o)
		if err != nil {
			return 0, err
		}
		defer c.Close()
		return c.ConnectionState().PeerCertificates[0].SerialNumber.Int64(), nil
	}
	want := func(what string, number, warnings int64) {
		t.Helper()
		if got, err := dial(nil); err != nil || got != number || warned.Load() != warnings {
			t.Errorf("%s: certificate %d, %v, %d warnings; want %d and %d", what, got, err, warned.Load(), number, warnings)
		}
	}
	want("the first", 1, 0)
	if _, err := dial(func(o *tls.Config) { o.MinVersion, o.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }); err == nil {
		t.Error("TLS 1.1 is served")
	}
	if _, err := dial(func(o *tls.Config) { o.ServerName = "other.example" }); err == nil {
		t.Error("the certificate is good for another name")
	}
	if w, err := http.Get("http://" + address + "/status"); err != nil || w.StatusCode != http.StatusBadRequest {
		t.Errorf("without TLS: %v, %v", w, err)
	}
	first := roots
	roots = certificate(t, cert, key, 2)
	want("a new pair", 2, 0)
	second, err := os.ReadFile(cert)
	hubtest.Check(t, err)
	hubtest.Check(t, os.WriteFile(cert, []byte("half a file"), 0o600))
	want("a certificate that is not whole", 2, 1)
	want("the same again", 2, 1)
	hubtest.Check(t, os.WriteFile(cert, second, 0o600))
	want("whole again", 2, 1)
	roots = first
	if _, err := dial(nil); err == nil {
		t.Error("the old certificate is still shown")
	}
}

func listeningTLS(t *testing.T, s *http.Server) string {
	t.Helper()
	l := listen(t)
	ended := make(chan error, 1)
	go func() { ended <- s.ServeTLS(web.Listen(l), "", "") }()
	t.Cleanup(func() { s.Close(); <-ended })
	return fmt.Sprint(l.Addr())
}
