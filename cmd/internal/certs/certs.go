// Package certs finds certificates in the log of a station, and their files.
package certs

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strings"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/issue"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/logs"
	"rasure/wipe"
)

// Found is a certificate in a log.
type Found struct {
	Index  int64 // in the log
	Signed []byte
	*certify.Certificate
}

// Log is a log, and what verifies it.
type Log struct {
	*logs.Snapshot
	Pin audit.Pin
}

// Find returns the certificates that want accepts, in their order in the log. Only of entries that contain one of the words, in any case of
// the letters, is the signature verified and want asked; without words of all.
func (l Log) Find(ctx context.Context, words []string, want func(*certify.Certificate) bool) (all []Found, err error) {
	lower := make([][]byte, len(words))
	for i, w := range words {
		lower[i] = bytes.ToLower([]byte(w))
	}
	for e, err := range l.Entries(0) {
		if err == nil && ctx.Err() != nil {
			err = fault.ErrInterrupted
		}
		if err != nil {
			return nil, err
		}
		if !certify.IsCertificate(certify.KindOf(e.Data)) || !containsOne(bytes.ToLower(e.Data), lower) {
			continue
		}
		cert, err := audit.OpenCertificate(e.Data, l.Pin)
		if err != nil {
			return nil, message.Errorf("entry %d of the log: %w", e.Index, err)
		}
		if want(cert) {
			all = append(all, Found{e.Index, bytes.Clone(e.Data), cert})
		}
	}
	return all, nil
}

func containsOne(text []byte, words [][]byte) bool {
	for _, w := range words {
		if bytes.Contains(text, w) {
			return true
		}
	}
	return len(words) == 0
}

// Plain returns what of a text is in a statement letter for letter, however that is encoded: its longest run of letters, digits and hyphens.
// Nothing if that is short.
func Plain(text string) []string {
	longest := ""
	for _, run := range strings.FieldsFunc(text, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		if len(run) > len(longest) {
			longest = run
		}
	}
	if len(longest) < 3 {
		return nil
	}
	return []string{longest}
}

// Newest returns the newest certificate of a disk that is attached now. If the disk, or that of a certificate, has no serial number of its own, it is the
// one of which the disk has the bytes.
func (l Log) Newest(ctx context.Context, h *devices.Host, d devices.Disk) (Found, error) {
	is := issue.DiskOf(d, issue.Facts{})
	all, err := l.Find(ctx, Plain(is.Serial), func(c *certify.Certificate) bool {
		return (audit.CheckDisk(c.Disk, is) == nil || c.Disk.HasNamespace(is)) && (is.Serial != "" || is.ByPort() || c.Disk.Node.Name == is.Node.Name) // an image is known by its name
	})
	if err != nil {
		return Found{}, err
	}
	var port devices.Port
	defer func() {
		if port != nil {
			port.Close()
		}
	}()
	for _, f := range slices.Backward(all) {
		if !is.ByPort() && !f.Disk.ByPort() {
			return f, nil
		}
		if port == nil {
			if port, err = h.OpenRead(ctx, d); err != nil {
				return Found{}, err
			}
		}
		if last := f.Last(); last != nil && wipe.Recognise(ctx, port, d, last.Pattern, last.Key, 0, d.Size) {
			return f, nil
		}
	}
	hint := message.Of("if another station erased it, give its certificate with --cert and its card with --station")
	if is.ByPort() {
		return Found{}, fault.WithHint(message.Errorf("the log has no certificate whose bytes are on %s (%s)", devices.Printable(d.Name), d.Port), "%s", hint)
	}
	return Found{}, fault.WithHint(message.Errorf("the log has no certificate of %s (serial number %s)", devices.Printable(d.Name), cli.Dash(d.Serial)), "%s", hint)
}

// Attached is the disk that a certificate is about, if d is attached: d, or all namespaces of its drive if the certificate is of these.
func Attached(h *devices.Host, d devices.Disk, c *certify.Certificate) (devices.Disk, error) {
	if !c.Disk.HasNamespace(issue.DiskOf(d, issue.Facts{})) {
		return d, nil
	}
	were := []devices.Namespace{}
	for _, n := range c.Disk.Namespaces {
		were = append(were, devices.Namespace(n))
	}
	return h.Rejoin(d, were)
}

// Preparation returns the signed preparation that followed a certificate; nil if there is none.
func (l Log) Preparation(ctx context.Context, f Found) (p *certify.Preparation, signed []byte, err error) {
	for e, err := range l.Entries(f.Index) {
		if err == nil && ctx.Err() != nil {
			err = fault.ErrInterrupted
		}
		if err != nil {
			return nil, nil, err
		}
		if e.Index == f.Index || !certify.IsPreparation(certify.KindOf(e.Data)) {
			continue
		}
		if found, err := audit.OpenPreparation(e.Data, f.Signed, l.Pin.Key); err == nil { // otherwise of another certificate
			p, signed = found, bytes.Clone(e.Data)
		}
	}
	return p, signed, nil
}

// File returns the path of the certificate's file in one of the directories; "" if none has it.
func (f Found) File(dirs ...string) string {
	for _, dir := range dirs {
		names, _ := filepath.Glob(filepath.Join(quoteMeta(dir), issue.FileWord(f.Disk, f.ID)+"-*.cert"))
		for _, name := range names {
			if text, err := cli.ReadFile(name); err == nil && certify.SameStatement(text, f.Signed) {
				return name
			}
		}
	}
	return ""
}

// quoteMeta takes a directory as it is, and not as a pattern.
func quoteMeta(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}
