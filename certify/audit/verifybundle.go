package audit

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"rasure/certify"
	"rasure/certify/enrol"
	"rasure/certify/people"
	"rasure/certify/statement"
	"rasure/certify/tpm"
	"rasure/logs"
)

// VerifiedBundle says what was checked of a bundle, and what it says.
type VerifiedBundle struct {
	Verified
	Root       string      `json:"root"`
	Rosters    []Roster    `json:"rosters"`
	Statements []Statement `json:"statements"`
	Evidence   []string    `json:"evidence"`         // files that are what was signed for
	Missing    []string    `json:"missing_evidence"` // files that a statement names and that are not in the bundle
	Policy     string      `json:"policy"`           // "good", "missing", or "none" if the certificate names none
	Annex      string      `json:"annex,omitempty"`  // "good" or "missing"; "" if the certificate has none
	Unchecked  []string    `json:"unchecked"`        // files that are for reading only
	Fixed      []int64     `json:"fixed"`            // entries that the counter's attestation fixed when they were appended
	Besides    []Besides   `json:"besides"`          // what the entries say of each other
	Enrolments []*Enrolled `json:"enrolments"`       // of the station
	Boot       *Booted     `json:"boot,omitempty"`   // in which the certificate was added; nil if that is not shown
}

// Trusted is what a verifier of a bundle has obtained independently of it, besides the pin of the station.
type Trusted struct {
	Roots []people.Signer // of the first roster, as the office gave them; nil if they are not compared
	TPMs  *enrol.Trust    // vendors of TPMs, to which the certificates of enrolments must lead; nil if they are not compared
}

const (
	maxBundleFile    = 1 << 20 // bytes, of everything but evidence; no statement, proof or checkpoint is longer
	maxBundleEntries = 100_000
)

// VerifyBundle checks a bundle by itself: that the station with this key signed its statements, that they are in the log of its
// checkpoint, that people were allowed to sign theirs by the rosters in it, that the certificate is consistent and refers to its
// begin, and that the evidence is what was signed for. It runs nothing that came with the bundle.
//
// trusted is what the verifier has besides the pin.
func VerifyBundle(bundle fs.FS, by Pin, trusted Trusted) (*VerifiedBundle, error) {
	b := &opened{tpmRoots: trusted.TPMs, fsys: bundle, pub: by.Key, key: certify.NewKey(by.Key), entries: map[int64][]byte{}, heads: map[int64]logs.Checkpoint{}, attested: map[int64]tpm.Attestation{}}
	v := &VerifiedBundle{Rosters: []Roster{}, Statements: []Statement{}, Evidence: []string{}, Missing: []string{}, Unchecked: []string{}, Fixed: []int64{}, Enrolments: []*Enrolled{}}
	for _, step := range []func(*VerifiedBundle, Pin) error{b.readEntries, b.readHead, b.proveEntries, b.checkStatements, b.checkCertificate, b.booted, b.checkEvidence, b.checkAnnex, b.checkOthers} {
		if err := step(v, by); err != nil {
			return nil, err
		}
	}
	if err := checkRoots(&b.rosters, trusted.Roots); err != nil {
		return nil, err
	}
	b.claimEnrolled(v, trusted.Roots != nil || pinnedBy(by, b.checked[0], &b.rosters))
	v.Rosters, v.Besides = rostersOf(&b.rosters), besidesOf(b.checked, v.Index, v.LogSize)
	return v, nil
}

// opened is a bundle that is being verified.
type opened struct {
	tpmRoots   *enrol.Trust
	fsys       fs.FS
	pub        *ecdsa.PublicKey
	key        *certify.Key
	entries    map[int64][]byte
	order      []int64
	rosters    people.Rosters
	checked    map[int64]certify.Entry
	id         logs.Identity
	head       certify.Station
	first      [32]byte                  // SHA-256 of the text of entry 0
	heads      map[int64]logs.Checkpoint // of the log when an entry was its last
	attested   map[int64]tpm.Attestation // when an entry was added
	checkpoint []byte
}

// read reads a small file of the bundle.
func (b *opened) read(name string) ([]byte, error) {
	f, err := b.fsys.Open(name)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, failf("the bundle has no file %s", name)
		}
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxBundleFile+1))
	if err == nil && len(data) > maxBundleFile {
		err = failf("%s is longer than %d bytes", name, maxBundleFile)
	}
	return data, err
}

func (b *opened) readEntries(*VerifiedBundle, Pin) error {
	list, err := fs.ReadDir(b.fsys, "entries")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(list) == 0 || len(list) > maxBundleEntries {
		return failf("this is not a bundle: it has %d log entries", len(list))
	}
	for _, f := range list {
		i, err := strconv.ParseInt(f.Name(), 10, 64)
		if err != nil || entryName(i) != "entries/"+f.Name() {
			return failf("entries/%s is not named like an entry", visible(f.Name()))
		}
		if b.entries[i], err = b.read(entryName(i)); err != nil {
			return err
		}
		b.order = append(b.order, i)
	}
	slices.Sort(b.order)
	return nil
}

// readHead reads the station statement, which says what the checkpoint must carry.
func (b *opened) readHead(v *VerifiedBundle, by Pin) error {
	first, ok := b.entries[0]
	if !ok {
		return failf("the bundle has no file %s", entryName(0))
	}
	e, id, err := openFirst(first, b.key, by)
	if err != nil {
		return err
	}
	b.head, b.first, b.id = e.Station.Station, e.TextSHA256(), id
	b.readRecounts()
	b.key = keyOf(b.id, by.Key)
	if b.checkpoint, err = b.read(bundleCheckpoint); err != nil {
		return err
	}
	cp, counter, err := logs.OpenCheckpoint(b.id, b.checkpoint)
	if err != nil {
		return &Failure{err}
	}
	if want := b.id.BaseAt(cp.Size) + uint64(cp.Size); b.head.Counter != nil && counter != want {
		return failf("the TPM counted %d at %d entries, not %d", counter, cp.Size, want)
	}
	v.LogSize, v.Root, v.Counter = cp.Size, cp.Root.String(), counter
	return nil
}

// proveEntries checks that each entry is in the log of the checkpoint.
func (b *opened) proveEntries(v *VerifiedBundle, _ Pin) error {
	old, err := b.oldProofs()
	if err != nil {
		return err
	}
	for _, i := range b.order {
		proof, err := b.read(proofName(i))
		if old != nil {
			proof, err = old[i], nil
		}
		if err != nil {
			return err
		}
		in, err := logs.Verify(b.id, b.entries[i], proof)
		if err != nil {
			return failf("entry %d: %w", i, err)
		}
		if in.Index != i || in.Checkpoint.Size != v.LogSize || in.Checkpoint.Root.String() != v.Root {
			return failf("entry %d: the proof is of entry %d, or by another checkpoint", i, in.Index)
		}
		b.heads[i] = in.Head
		if err := b.checkRecord(v, in); err != nil {
			return err
		}
	}
	return nil
}

// oldProofs makes proofs of what a bundle by rasure 0.1 has in their place: the hashes on the lines "included" of its VERIFY.txt,
// which are read and never run. It returns nil for a bundle with proofs.
func (b *opened) oldProofs() (map[int64][]byte, error) {
	if _, err := fs.Stat(b.fsys, proofName(0)); !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	text, err := b.read(bundleText)
	if err != nil {
		return nil, err
	}
	proofs := map[int64][]byte{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) < 2 || words[0] != "included" {
			continue
		}
		i, err := strconv.ParseInt(strings.TrimPrefix(words[1], "entries/"), 10, 64)
		if err != nil {
			continue
		}
		proof := proofHeader + "\nindex " + strconv.FormatInt(i, 10) + "\n"
		for k := 3; k < len(words); k += 2 {
			proof += words[k] + "\n"
		}
		proofs[i] = append([]byte(proof+"\n"), b.checkpoint...)
	}
	return proofs, lines.Err()
}

// checkStatements verifies every signature, in the order of the log.
func (b *opened) checkStatements(v *VerifiedBundle, _ Pin) error {
	b.checked = map[int64]certify.Entry{}
	for _, i := range b.order {
		e, err := b.key.CheckEntry(b.entries[i])
		if err != nil {
			return failf("entry %d: %w", i, err)
		}
		b.checked[i] = e
		if err := b.checkHead(e, i); err != nil {
			return err
		}
		if certify.IsRoster(e.Kind) {
			if err := b.rosters.Add(i, b.entries[i], nil); err != nil {
				return failf("entry %d: %w", i, err)
			}
		}
		s, err := statementOf(&b.rosters, i, b.entries[i])
		if err != nil {
			return err
		}
		if err := b.checkRecount(e, i, s.Signed); err != nil {
			return err
		}
		if err := b.checkEnrolment(v, e, i, s.Signed); err != nil {
			return err
		}
		if err := b.checkBoot(e, i); err != nil {
			return err
		}
		v.Statements = append(v.Statements, s)
	}
	return nil
}

// checkCertificate checks the certificate that the bundle is about, and its begin.
func (b *opened) checkCertificate(v *VerifiedBundle, by Pin) error {
	signed, err := b.read(bundleCertificate)
	if err != nil {
		return err
	}
	index := int64(-1)
	for _, i := range b.order {
		if bytes.Equal(b.entries[i], signed) {
			index = i
		}
	}
	if index < 0 {
		return failf("%s is not among the entries of the bundle", bundleCertificate)
	}
	if err := b.checkNotBehindEnd(index); err != nil {
		return err
	}
	size, root, counter := v.LogSize, v.Root, v.Counter
	if v.Verified, err = VerifyCertificate(signed, nil, by); err != nil {
		return err
	}
	v.NotShown = slices.DeleteFunc(v.NotShown, func(u Unshown) bool { return u == InLog || u == BeginIs }) // proven above, and compared below
	v.NotShown, v.First = append(v.NotShown, Tail), hexOf(b.first)
	v.Proof, v.Index, v.LogSize, v.Root, v.Counter = "good", index, size, root, counter
	cert := v.Certificate
	if err := b.checked[index].Contradiction(); err != nil { // by the counter of this log
		return failf("the certificate contradicts itself: %w", err)
	}
	if !cert.Station.SameAs(b.station(v, b.checked[index])) {
		return failf("the certificate is of another station than entry 0, or of another assurance than its enrolment gives it")
	}
	begin, ok := b.checked[cert.Begin.Index]
	switch {
	case !ok || begin.Begin == nil || b.checked[index].ReferTo(begin, cert.Begin.Index) != cert.Begin || cert.Begin.Index >= index:
		return failf("the begin that the certificate refers to, entry %d, is not in the bundle", cert.Begin.Index)
	case begin.Begin.ID != cert.ID || !begin.Begin.Disk.SameDisk(cert.Disk):
		return failf("the begin of the certificate, entry %d, is of another job or disk", cert.Begin.Index)
	}
	if rule, why := b.checked[index].CheckBegin(begin, cert.Begin.Index); rule != "" {
		return failf("%v", why)
	}
	if err := b.checkCutOver(index); err != nil {
		return err
	}
	return b.checkHeads(b.checked[index], cert.Begin.Index)
}

// checkCutOver demands the statement that began version 2 before a certificate of that version: without it the certificate does not count.
func (b *opened) checkCutOver(cert int64) error {
	if b.checked[cert].Statement == nil || b.checked[0].Statement != nil {
		return nil
	}
	for _, i := range b.order {
		if e := b.checked[i]; i < cert && e.CutsOver() && e.Statement.Body.(*statement.StationStatement).Replaces.SHA256 == b.first {
			return nil
		}
	}
	return failf("the certificate is of version 2, and the bundle has no statement that begins version 2 in its log")
}

func (b *opened) checkEvidence(v *VerifiedBundle, _ Pin) error {
	dir, err := fs.Sub(b.fsys, strings.TrimSuffix(EvidenceDir, "/"))
	if err != nil {
		return err
	}
	for _, i := range b.order {
		for _, f := range concernsOf(b.entries[i], nil).Evidence {
			found, err := findEvidence(dir, f)
			switch {
			case err != nil:
				return err
			case found != nil:
				v.Evidence = append(v.Evidence, f.Name)
			default:
				v.Missing = append(v.Missing, f.Name)
			}
		}
	}
	for _, list := range []*[]string{&v.Evidence, &v.Missing} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return nil
}

// checkAnnex compares the annex of the certificate with the SHA-256 that it states.
func (b *opened) checkAnnex(v *VerifiedBundle, _ Pin) error {
	s := b.checked[v.Index].Statement
	if s == nil || s.Annex().IsZero() {
		return nil
	}
	v.Annex = "missing"
	if _, err := fs.Stat(b.fsys, bundleAnnex); err != nil {
		return nil
	}
	text, err := b.read(bundleAnnex)
	if err != nil {
		return err
	}
	if _, err := statement.ReadAnnex(string(text), s.Annex()); err != nil {
		return failf("%s of the bundle: %w", bundleAnnex, err)
	}
	v.Annex = "good"
	return nil
}

// checkOthers compares the key and the policy of the bundle and names the files that prove nothing.
func (b *opened) checkOthers(v *VerifiedBundle, by Pin) error {
	pem, err := b.read(bundleKey)
	if err != nil {
		return err
	}
	if pub, err := certify.ParsePublicKey(pem); err != nil || !pub.Equal(by.Key) {
		return failf("%s of the bundle is not the key that was given", bundleKey)
	}
	v.Policy = "none"
	if p := v.Certificate.Policy; p != nil {
		v.Policy = "missing"
		if _, err := fs.Stat(b.fsys, bundlePolicy); err == nil {
			text, err := b.read(bundlePolicy)
			if err != nil {
				return err
			}
			if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != p.SHA256 {
				return failf("%s of the bundle is not the policy that the certificate names", bundlePolicy)
			}
			v.Policy = "good"
		}
	}
	checked := map[string]bool{bundleCertificate: true, bundleKey: true, bundleCheckpoint: true, bundlePolicy: v.Policy == "good", bundleAnnex: v.Annex == "good"}
	for _, i := range b.order {
		checked[entryName(i)], checked[proofName(i)] = true, true
	}
	for _, i := range v.Fixed {
		checked[recordName(i)] = true
	}
	for _, name := range v.Evidence {
		checked[EvidenceDir+name] = true
	}
	if v.Boot != nil && v.Boot.EventLog == EventLogKept {
		checked[EvidenceDir+v.Boot.File] = true
	}
	return fs.WalkDir(b.fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !checked[name] {
			v.Unchecked = append(v.Unchecked, name)
		}
		return err
	})
}
