package verifier

import (
	"bytes"
	"io/fs"
	"path"
	"sort"
	"strings"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/cmd/internal/archive"
	"rasure/cmd/message"
)

// sorted are files by what they are.
type sorted struct {
	keys         []File // station cards and public keys that were given by themselves
	certificates []File
	proofs       []File
	bundles      []bundle
	logs         []directory
	others       []File
}

// bundle is a packed bundle, or the directory of one.
type bundle struct {
	name string
	open func() (fs.FS, error)
}

// directory is a directory with everything below it.
type directory struct {
	name  string
	files map[string][]byte // by names below it
}

// sortOut decides what each file is. A log and a bundle are directories: a key in them is part of what is verified, and vouches for nothing.
func sortOut(files []File) *sorted {
	s := &sorted{}
	inside := map[string]bool{}
	for _, root := range rootsOf(files) {
		d := directory{root.dir, map[string][]byte{}}
		for _, f := range files {
			if name, ok := below(root.dir, f.Name); ok && fs.ValidPath(name) {
				d.files[name], inside[f.Name] = f.Data, true
			}
		}
		if root.log {
			s.logs = append(s.logs, d)
		} else {
			s.bundles = append(s.bundles, bundle{d.name, func() (fs.FS, error) { return archive.Of(d.files), nil }})
		}
	}
	for _, f := range files {
		switch {
		case inside[f.Name]:
		case archive.Named(f.Name):
			s.bundles = append(s.bundles, bundle{f.Name, func() (fs.FS, error) {
				return archive.Open(f.Name, bytes.NewReader(f.Data), int64(len(f.Data)))
			}})
		case certify.IsStation(certify.KindOf(f.Data)), audit.IsPublicKey(f.Data):
			s.keys = append(s.keys, f)
		case bytes.HasPrefix(f.Data, []byte("c2sp.org/tlog-proof")), strings.HasSuffix(f.Name, ".tlog-proof"):
			s.proofs = append(s.proofs, f)
		case strings.HasPrefix(string(certify.KindOf(f.Data)), "rasure/certificate/"), strings.HasSuffix(f.Name, ".cert"):
			s.certificates = append(s.certificates, f)
		default:
			s.others = append(s.others, f)
		}
	}
	return s
}

type root struct {
	dir string
	log bool
}

// rootsOf finds the directories of logs and bundles.
func rootsOf(files []File) (all []root) {
	has := map[string]bool{}
	for _, f := range files {
		has[f.Name] = true
		for dir := path.Dir(f.Name); ; dir = path.Dir(dir) {
			has[dir+"/"] = true
			if dir == "." || dir == "/" {
				break
			}
		}
	}
	for name := range has {
		dir, isDir := strings.CutSuffix(name, "/")
		switch {
		case !isDir:
		case has[path.Join(dir, "certificate.cert")] && has[path.Join(dir, "entries")+"/"]:
			all = append(all, root{dir, false})
		case has[path.Join(dir, "checkpoint")] && has[path.Join(dir, "tile")+"/"]:
			all = append(all, root{dir, true})
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].dir < all[j].dir })
	return all
}

// below returns a name as seen from a directory.
func below(dir, name string) (string, bool) {
	if dir == "." {
		return name, true
	}
	return strings.CutPrefix(name, dir+"/")
}

// pin is the one card or key among the files.
func (s *sorted) pin() (audit.Pin, error) {
	switch len(s.keys) {
	case 0:
		return audit.Pin{}, message.New("the station card or the station's public key is missing: it is what everything is verified against. Get it from the office, not with the certificate")
	case 1:
	default:
		names := []string{}
		for _, k := range s.keys {
			names = append(names, k.Name)
		}
		return audit.Pin{}, message.Errorf("there are %d station cards and keys, and it is not clear which one counts: %s", len(names), strings.Join(names, ", "))
	}
	k := s.keys[0]
	if audit.IsPublicKey(k.Data) {
		pub, err := certify.ParsePublicKey(k.Data)
		if err != nil {
			return audit.Pin{}, message.Errorf("%s: %w", k.Name, err)
		}
		return audit.Pin{Key: pub}, nil
	}
	pin, err := audit.ParseCard(k.Data)
	if err != nil {
		return audit.Pin{}, message.Errorf("%s: %w", k.Name, err)
	}
	return pin, nil
}

// proofOf finds the proof of a certificate: of the same name, or the only one of an only certificate.
func (s *sorted) proofOf(cert File) []byte {
	want := strings.TrimSuffix(cert.Name, ".cert") + ".tlog-proof"
	for _, p := range s.proofs {
		if p.Name == want {
			return p.Data
		}
	}
	if len(s.proofs) == 1 && len(s.certificates) == 1 {
		return s.proofs[0].Data
	}
	return nil
}

// nothing says that there is nothing to verify, and what the files are instead.
func (s *sorted) nothing() error {
	for _, f := range s.others {
		if what := audit.WhatIs(f.Data); !what.IsZero() {
			return message.Errorf("there is nothing to verify: %s is %s. Give a certificate (.cert) with its proof (.tlog-proof), a bundle, or the directory of a log", f.Name, what)
		}
	}
	return message.New("there is nothing to verify: give a certificate (.cert) with its proof (.tlog-proof), a bundle, or the directory of a log")
}
