package web

import (
	"crypto/tls"
	"net/http"
	"os"
	"sync"
	"time"
)

// UseTLS has a server show the certificate in a file, with TLS 1.2 or newer. When the files change, new connections get the new certificate; while the new
// files are no pair, they get the old one, and warn is called once for each change.
func UseTLS(s *http.Server, certFile, keyFile string, warn func(error)) error {
	p := &pair{cert: certFile, key: keyFile, warn: warn}
	if err := p.load(); err != nil {
		return err
	}
	if s.TLSConfig == nil {
		s.TLSConfig = &tls.Config{}
	}
	s.TLSConfig.MinVersion = tls.VersionTLS12
	s.TLSConfig.GetCertificate = p.get
	return nil
}

// pair is a certificate with its key, as its files are now.
type pair struct {
	cert, key string
	warn      func(error)

	mu     sync.Mutex // guards what follows
	loaded *tls.Certificate
	seen   [2]stamp // of the files that were looked at last
}

// stamp shows that a file was replaced.
type stamp struct {
	at   time.Time
	size int64
}

func (p *pair) stamps() (s [2]stamp) {
	for i, name := range []string{p.cert, p.key} {
		if info, err := os.Stat(name); err == nil {
			s[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return s
}

func (p *pair) load() error {
	p.seen = p.stamps() // before the files are read: what changes meanwhile is seen the next time
	c, err := tls.LoadX509KeyPair(p.cert, p.key)
	if err == nil {
		p.loaded = &c
	}
	return err
}

func (p *pair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stamps() != p.seen {
		if err := p.load(); err != nil {
			p.warn(err)
		}
	}
	return p.loaded, nil
}
