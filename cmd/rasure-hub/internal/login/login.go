// Package login decides who may read the pages of a hub and its searches. Stations need no login: what they send is signed.
//
//	# DIR/readers.toml. Without it, only this machine may read.
//	client_ca = "readers-ca.pem"             # who shows a certificate of these authorities may read
//	proxies = ["192.0.2.7", "10.1.0.0/16"]   # reverse proxies, which have people log in
//	header = "X-Forwarded-User"              # with which a proxy says who has; believed of these proxies only
//	names = ["Wang Wei", "Li Na"]            # who may read, of these people; without it: all of them
//
// Who may read may read all that the logs state, classifications among it.
package login

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"rasure/cmd/message"
	"rasure/logs/durable"
)

// File is the name of the settings in the directory of a hub.
const File = "readers.toml"

// Rules say who may read. The zero value is this machine only.
type Rules struct {
	Authorities *x509.CertPool // of client certificates; nil: none are asked for

	proxies []netip.Prefix
	header  string
	names   []string // nil: all
}

// Read reads the settings in a directory.
func Read(dir string) (*Rules, error) {
	path := filepath.Join(dir, File)
	text, err := durable.ReadFile(path, 1<<20)
	if errors.Is(err, fs.ErrNotExist) {
		return &Rules{}, nil
	}
	if err != nil {
		return nil, err
	}
	r, err := parse(dir, string(text))
	if err != nil {
		return nil, message.Errorf("%s: %w", path, err)
	}
	return r, nil
}

func parse(dir, text string) (*Rules, error) {
	var file struct {
		ClientCA string   `toml:"client_ca"`
		Proxies  []string `toml:"proxies"`
		Header   string   `toml:"header"`
		Names    []string `toml:"names"`
	}
	meta, err := toml.Decode(text, &file)
	if err != nil {
		return nil, err
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, message.Errorf("there is no setting %q", unknown[0].String())
	}
	r := &Rules{header: http.CanonicalHeaderKey(file.Header), names: file.Names}
	if (file.Header == "") != (len(file.Proxies) == 0) {
		return nil, message.New("proxies and header belong together")
	}
	for _, p := range file.Proxies {
		prefix, err := parsePrefix(p)
		if err != nil {
			return nil, message.Errorf("%q is not an address or a network such as 10.1.0.0/16", p)
		}
		r.proxies = append(r.proxies, prefix)
	}
	if file.ClientCA != "" {
		path := file.ClientCA
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		pem, err := durable.ReadFile(path, 1<<20)
		if err != nil {
			return nil, err
		}
		if r.Authorities = x509.NewCertPool(); !r.Authorities.AppendCertsFromPEM(pem) {
			return nil, message.Errorf("%s has no certificate in PEM", path)
		}
	}
	if r.names != nil && r.Authorities == nil && r.proxies == nil {
		return nil, message.New("names need client_ca, or proxies and header: nobody has a name without")
	}
	return r, nil
}

func parsePrefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err
}

// Configure has a server ask clients for certificates. Stations have none, and need none.
func (r *Rules) Configure(s *http.Server) {
	if r.Authorities == nil {
		return
	}
	if s.TLSConfig == nil {
		s.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	s.TLSConfig.ClientAuth, s.TLSConfig.ClientCAs = tls.VerifyClientCertIfGiven, r.Authorities
}

// Reader returns who sends a request, "" for somebody at this machine who need not log in, and whether that person may read.
func (r *Rules) Reader(q *http.Request) (name string, ok bool) {
	host, _, err := net.SplitHostPort(q.RemoteAddr)
	if err != nil {
		return "", false
	}
	peer, err := netip.ParseAddr(host)
	if err != nil {
		return "", false
	}
	peer = peer.Unmap()
	if r.Authorities == nil && r.proxies == nil {
		return "", peer.IsLoopback() && askedLocally(q) && !forwarded(q)
	}
	if slices.ContainsFunc(r.proxies, func(p netip.Prefix) bool { return p.Contains(peer) }) {
		if all := q.Header.Values(r.header); len(all) == 1 {
			return r.known(strings.TrimSpace(all[0]))
		}
		return "", false
	}
	if r.Authorities != nil && q.TLS != nil && len(q.TLS.VerifiedChains) > 0 {
		return r.known(q.TLS.VerifiedChains[0][0].Subject.CommonName)
	}
	return "", false
}

func (r *Rules) known(name string) (string, bool) {
	return name, name != "" && (r.names == nil || slices.Contains(r.names, name))
}

// askedLocally reports whether the request asked for this machine by its own name. A page elsewhere can have a browser here connect to it by a name that
// it lets point here (DNS rebinding).
func askedLocally(q *http.Request) bool {
	host, _, err := net.SplitHostPort(q.Host)
	if err != nil {
		host = strings.Trim(q.Host, "[]")
	}
	return IsLocal(host)
}

// IsLocal reports whether a host, without a port, is this machine under a name that nobody else can have.
func IsLocal(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.Unmap().IsLoopback()
}

// forwarded reports whether a proxy on this machine passed the request on: nothing shows that it comes from somebody here.
func forwarded(q *http.Request) bool {
	for _, h := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via"} {
		if len(q.Header.Values(h)) > 0 {
			return true
		}
	}
	return false
}
