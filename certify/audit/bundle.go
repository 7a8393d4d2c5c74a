package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"rasure/certify"
	"rasure/certify/register"
	"rasure/certify/render"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// Names in a bundle.
const (
	bundleCertificate = "certificate.cert"
	bundlePage        = "certificate.txt" // for reading: nothing vouches for it
	bundleKey         = "station.pem"
	bundleCheckpoint  = "checkpoint"
	bundlePolicy      = "policy.toml"
	bundleAnnex       = "certificate.annex" // of the certificate: names of the customer, which the log does not have
	bundleSums        = "SHA256SUMS"
	bundleText        = "VERIFY.txt" // for reading, too
	EvidenceDir       = "evidence/"  // what is in it is not held in memory
)

func entryName(i int64) string { return fmt.Sprintf("entries/%06d", i) }
func proofName(i int64) string { return fmt.Sprintf("proofs/%06d.tlog-proof", i) }

// Bundle is a certificate with everything that proves it: the entries that it refers to or that people state about it and its medium,
// each with its proof, and the evidence that they name.
type Bundle struct {
	Files      []BundleFile // sorted by name
	Missing    []string     // evidence that a statement names and that was not there
	NoPolicy   string       // SHA-256 of the policy that the certificate names, if it was not at hand
	Ended      time.Time    // of the job
	Index      int64        // of the certificate in the log
	Statements []Statement
	Besides    []Besides
	Private    bool // it has an annex, which is not for everybody
	Unsigned   int  // witness signatures that the rules demand and that are missing

	origin *Origin
}

// BundleFile is one file of a bundle. Evidence is not held in memory: Open reads it again, and the last Read fails if it is not
// what was signed for.
type BundleFile struct {
	Name string
	Size int64
	Open func() (io.ReadCloser, error)
}

// Bundle collects what proves a certificate of the audited log. evidence is the directory with the files that statements name;
// policies are the policies at hand, of which the one that the certificate names is packed.
func (r *Report) Bundle(signed []byte, by Pin, evidence fs.FS, policies ...[]byte) (*Bundle, error) {
	cert, err := OpenCertificate(signed, by)
	if err != nil {
		return nil, err
	}
	pem, err := certify.MarshalPublicKey(by.Key)
	if err != nil {
		return nil, err
	}
	log, rosters := r.State.Log, &r.State.Rosters
	index, chosen, err := choose(log.Entries(0), signed, rosters.Indices(), slices.Concat(r.recounts(), r.State.enrolmentIndices(), r.Retired.indices()))
	if err != nil {
		return nil, verdictOf(err)
	}
	if signed, err = log.Entry(index); err != nil { // the statement of the log, whose signature may be written in another way
		return nil, verdictOf(err)
	}
	b := &Bundle{Ended: cert.Ended, Index: index}
	files := map[string][]byte{bundleCertificate: signed, bundleKey: pem, bundleCheckpoint: log.Signed()}
	var named []certify.File
	read := map[int64]certify.Entry{}
	for _, i := range chosen {
		entry, err := log.Entry(i)
		if err != nil {
			return nil, verdictOf(err)
		}
		if files[proofName(i)], err = log.Prove(i); err != nil {
			return nil, verdictOf(err)
		}
		record, err := r.recordOf(i)
		if err != nil {
			return nil, err
		}
		if record != nil {
			files[recordName(i)] = record
		}
		s, err := statementOf(rosters, i, entry)
		if err != nil {
			return nil, err
		}
		files[entryName(i)] = entry
		if read[i], err = checkEntry(r.State.key, entry); err != nil {
			return nil, failf("entry %d: %w", i, err)
		}
		b.Statements = append(b.Statements, s)
		named = append(named, concernsOf(entry, nil).Evidence...)
		if err := b.addEventLog(bootIn(read[i]), r.evidence); err != nil {
			return nil, err
		}
	}
	b.Besides, b.Unsigned = besidesOf(read, index, r.Entries), r.State.Register.MissingWitnesses(index)
	if files[bundlePage], err = page(*cert, signed); err != nil {
		return nil, err
	}
	b.origin = r.Origin(index)
	files[bundlePage] = append(files[bundlePage], b.said()...)
	if cert.Policy != nil {
		b.NoPolicy = cert.Policy.SHA256
		for _, text := range append(policies, register.DefaultText()) {
			if hexSum(text) == b.NoPolicy {
				files[bundlePolicy], b.NoPolicy = text, ""
				break
			}
		}
	}
	return b, b.finish(files, named, evidence, r)
}

// AddAnnex packs the annex of the certificate, which it refuses if it is another one. The certificate has its SHA-256, so that the list of
// sums does not.
func (b *Bundle) AddAnnex(text []byte) error {
	at := slices.IndexFunc(b.Files, func(f BundleFile) bool { return f.Name == bundleCertificate })
	f, err := b.Files[at].Open()
	if err != nil {
		return err
	}
	defer f.Close()
	signed, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	s, err := statement.Read(certify.TextOf(signed))
	if err != nil {
		return failf("the certificate has no annex")
	}
	if _, err := statement.ReadAnnex(string(text), s.Annex()); err != nil {
		return &Failure{err}
	}
	b.Private = true
	b.Files = slices.Insert(b.Files, at, BundleFile{bundleAnnex, int64(len(text)), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }})
	return nil
}

func page(c certify.Certificate, signed []byte) ([]byte, error) {
	var text bytes.Buffer
	err := render.Signed(&text, message.English, time.UTC, c, signed)
	return text.Bytes(), err
}

// finish adds the evidence, the sums and the text that explains the bundle.
func (b *Bundle) finish(files map[string][]byte, named []certify.File, evidence fs.FS, r *Report) error {
	sums := map[string]string{}
	for _, f := range b.Files { // event logs, whose names have it
		sums[f.Name] = strings.TrimSuffix(strings.TrimPrefix(f.Name, EvidenceDir+"boot-"), ".eventlog")
	}
	for name, data := range files {
		sums[name] = hexSum(data)
	}
	slices.SortFunc(named, func(x, y certify.File) int { return strings.Compare(x.Name+x.SHA256, y.Name+y.SHA256) })
	for _, f := range slices.Compact(named) {
		file, err := findEvidence(evidence, f)
		if err != nil {
			return err
		}
		if file == nil {
			b.Missing = append(b.Missing, f.Name)
			continue
		}
		b.Files, sums[file.Name] = append(b.Files, *file), f.SHA256
	}
	list := ""
	for _, name := range sortedKeys(sums) {
		list += sums[name] + "  " + name + "\n"
	}
	files[bundleSums] = []byte(list)
	files[bundleText] = []byte(b.text(r))
	for name, data := range files {
		b.Files = append(b.Files, BundleFile{name, int64(len(data)), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }})
	}
	slices.SortFunc(b.Files, func(x, y BundleFile) int { return strings.Compare(x.Name, y.Name) })
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	names := []string{}
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func hexSum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// text is VERIFY.txt. It is for reading and never run: the person who packed a bundle could write anything into it.
func (b *Bundle) text(r *Report) string {
	var t strings.Builder
	line := func(format string, args ...any) { t.WriteString(message.Of(format, args...).String() + "\n") }
	line("This bundle proves one certificate of erasure, entry %d of the log of station %s.", b.Index, r.Station)
	line("This text is for reading; it proves nothing. Check the bundle with rasure:\n")
	line("    rasure verify BUNDLE.tar.zst --station CARD\n")
	line("Without rasure, use openssl, ssh-keygen and the script verify-bundle.sh of rasure's documentation. Do not run a\nscript that came with a bundle.\n")
	line("Obtain the station card independently of this bundle, and the roots of the first roster, if there is one. The card is the first\nentry of the station's log; %s must be the same. With station.pem alone, any log of that key verifies.", entryName(0))
	line("A bundle cannot show that the station was honest, nor that its log was not cut back or rewritten later.\n")
	line("log: %d entries, root %s", r.Entries, r.Root)
	switch r.CounterBy {
	case TPM:
		line("counter: %d, by the TPM that an authority has enrolled", r.Counter)
	case Emulator:
		line("counter: %d, by a program that emulates a TPM: it can be turned back", r.Counter)
	case OwnWord:
		line("counter: %d, by the key's own word: nobody has shown that it is in a TPM", r.Counter)
	}
	for _, s := range b.Statements {
		line("\n%s  %s", entryName(s.Index), s.Kind)
		for _, p := range s.Signed {
			line("    signed as %s by %s, whom %s allows it", p.Role, p.Name, entryName(p.Roster))
		}
	}
	t.WriteString(b.said())
	for _, name := range b.Missing {
		line("\nMISSING: a statement names the evidence file %s, which was not there when this bundle was made.", visible(name))
	}
	return t.String()
}

// said is what was stated about the certificate or its medium besides, in words.
func (b *Bundle) said() string {
	var t strings.Builder
	line := func(format string, args ...any) { t.WriteString(message.Of(format, args...).String() + "\n") }
	said := func(title message.Text, all []message.Text) {
		line("\n%s\n", title)
		for _, text := range all {
			line("    %s", text)
		}
	}
	if b.origin.Enrolled != nil || b.origin.Bound != "" {
		said(message.Of("Who has shown that the key is in a TPM:"), b.origin.Key(time.UTC))
	}
	if b.origin.Boot != nil {
		said(message.Of("Under which software the certificate was added:"), b.origin.Software())
	}
	if len(b.Besides) > 0 {
		line("\nWhat the log says besides, when this bundle was made:\n")
	}
	for _, l := range b.Besides {
		line("%s  %s", entryName(l.Index), visible(l.Detail.String()))
	}
	if b.Unsigned > 0 {
		line("\nWITNESSES: %d signature(s) that the rules of the office demand are missing.", b.Unsigned)
	}
	return t.String()
}

// visible replaces what could change the meaning of a line of text.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || !isGraphic(r) {
			return '?'
		}
		return r
	}, s)
}
