package audit

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/certify/tpm"
	"rasure/logs"
)

// addEventLog packs the event log of a boot statement, if the station kept it in a file and that is at hand.
func (b *Bundle) addEventLog(boot *statement.Boot, evidence fs.FS) error {
	if boot == nil || boot.EventHash.IsZero() || evidence == nil {
		return nil
	}
	name := EventLogFile(boot.EventHash)
	if slices.ContainsFunc(b.Files, func(f BundleFile) bool { return path.Base(f.Name) == name }) { // of an earlier start of the same machine, byte for byte
		return nil
	}
	file, err := findEvidence(evidence, certify.File{Name: name, SHA256: boot.EventHash.String()})
	if file != nil {
		b.Files = append(b.Files, *file)
	}
	return err
}

// checkBoot refuses a boot statement of the bundle that the key's TPM has not quoted.
func (b *opened) checkBoot(e certify.Entry, index int64) error {
	body := bootIn(e)
	if body == nil {
		return nil
	}
	if err := checkBoot(b.pub, policyOf(b.head), body); err != nil {
		return failf("the boot statement, entry %d: %w", index, err)
	}
	return nil
}

// booted says under which software the certificate was added: that of the boot statement that it names, if the TPM attested both with the same counts, and was
// not cleared between them.
func (b *opened) booted(v *VerifiedBundle, _ Pin) error {
	cert := b.checked[v.Index].Statement
	if cert == nil {
		return nil
	}
	ref := cert.Station().Software.Boot
	if ref == nil {
		return nil
	}
	e, ok := b.checked[ref.Index]
	body := bootIn(e)
	if !ok || body == nil || e.TextSHA256() != [32]byte(ref.SHA256) {
		return failf("the boot statement that the certificate names, entry %d, is not in the bundle", ref.Index)
	}
	same := func(a tpm.Attestation, ok bool) bool {
		return ok && int64(a.ResetCount) == body.Resets && int64(a.RestartCount) == body.Restarts
	}
	then, ok1 := b.attested[ref.Index]
	now, ok2 := b.attested[v.Index]
	cleared := slices.ContainsFunc(b.id.Steps, func(s logs.Step) bool { return s.Size > ref.Index && s.Size <= v.Index+1 })
	if !same(then, ok1) || !same(now, ok2) || cleared {
		return nil
	}
	evidence, err := fs.Sub(b.fsys, strings.TrimSuffix(EvidenceDir, "/"))
	if err != nil {
		return err
	}
	if v.Boot, err = bootedOf(ref.Index, body, evidence, nil); err != nil {
		return err
	}
	v.Boot.Entries = []Span{{v.Index, v.Index}}
	if v.Boot.EventLog == EventLogChanged {
		return failf("the event log, file %s, is not the one that was signed for", v.Boot.File)
	}
	return nil
}
