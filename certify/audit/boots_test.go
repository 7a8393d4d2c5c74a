package audit

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"rasure/certify"
	"rasure/certify/boot"
	"rasure/certify/register"
	"rasure/certify/statement"
	"rasure/certify/tpm/tpmtest"
)

// program is what a firmware of these tests starts.
func program(name string) []tpmtest.Measured {
	return []tpmtest.Measured{{PCR: 4, Type: boot.EventApplication, SHA256: sha256.Sum256([]byte(name))}, {PCR: 11, Type: boot.EventIPL, SHA256: sha256.Sum256([]byte("content"))}}
}

// boot2 is a boot statement of a machine that has measured these events.
func (l *testLog) boot2(events []tpmtest.Measured, edit func(*statement.Boot)) *statement.Boot {
	l.Helper()
	raw := tpmtest.EventLog(events...)
	read, err := boot.ReadLog(raw)
	check(l, err)
	values, all, pcrs := read.Replay(), sha256.New(), []int{4, 11, 12, 13}
	b := &statement.Boot{ByStation: l.byStation(l.headNow()), Resets: int64(l.played.Resets), Restarts: int64(l.played.Restarts), Firmware: fmt.Sprintf("%016x", l.played.Firmware),
		Events: raw, Host: statement.Host{Name: "s7", Kernel: "6.1.0"}}
	for _, i := range pcrs {
		b.PCRs = append(b.PCRs, statement.PCR{Index: int64(i), SHA256: statement.Hash(values[i])})
		all.Write(values[i][:])
	}
	b.Quote = l.played.Quote(statement.BootNonce(b.Log), pcrs, [32]byte(all.Sum(nil)))
	if edit != nil {
		edit(b)
	}
	return b
}

// keptBoot is a boot statement of image A without its event log, which the station kept as a file of that name.
func (l *testLog) keptBoot() (signed []byte, name string, kept []byte) {
	l.Helper()
	signed = l.signNew(l.boot2(program("image A"), func(b *statement.Boot) {
		kept, b.Events, b.EventHash = b.Events, nil, sha256.Sum256(b.Events)
	}))
	return signed, EventLogFile(sha256.Sum256(kept)), kept
}

func TestBoots(t *testing.T) {
	t.Parallel()
	o := emptyOffice2(t, newPlayed(t, certify.TPMUnverified), nil)
	first := o.add(o.signNew(o.boot2(program("image A"), nil))).Index // 1
	j := o.begin2(func(b *statement.Begin) { b.Software.Attested, b.Software.Boot = "boot", ptr(o.ref2(first)) })
	j.certificateAdded() // 3
	o.played.Resets++
	o.begin2(nil).certificateAdded()                                   // 4, 5: signed before their boot statement
	second := o.add(o.signNew(o.boot2(program("image B"), nil))).Index // 6
	o.played.Restarts++
	o.begin2(nil).certificateAdded() // 7, 8: behind a suspend, without a statement
	r := o.audit()
	if !r.Valid || len(r.Boots) != 2 {
		t.Fatalf("%v, %+v", r.Problems, r.Boots)
	}
	a, b := r.Boots[0], r.Boots[1]
	if a.Index != first || !slices.Equal(a.Entries, []Span{{0, 3}}) || !slices.Equal(a.Programs, []string{fmt.Sprintf("%x", sha256.Sum256([]byte("image A")))}) || len(a.Unexplained) > 0 {
		t.Errorf("%+v", a)
	}
	if b.Index != second || !slices.Equal(b.Entries, []Span{{4, 6}}) || b.Programs[0] != fmt.Sprintf("%x", sha256.Sum256([]byte("image B"))) {
		t.Errorf("%+v", b)
	}
	values := func(name string) (four, eleven boot.Digest) {
		read, err := boot.ReadLog(tpmtest.EventLog(program(name)...))
		check(t, err)
		all := read.Replay()
		return all[4], all[11]
	}
	approved := &boot.Prediction{}
	approved.PCR4.Off, approved.PCR11 = values("image B")
	r, err := Log(o.files(), Options{Pin: o.cardPin(), Now: start.AddDate(1, 0, 0), Images: []Image{{Name: "b.efi", Prediction: approved}}})
	if err != nil || r.Boots[0].Image != "" || r.Boots[1].Image != "b.efi" {
		t.Errorf("%+v, %v", r.Boots, err)
	}
	byShim := Image{Name: "b.efi", Prediction: &boot.Prediction{PCR11: approved.PCR11}, ByShim: []boot.Digest{{1}, approved.PCR4.Off}}
	if r, err := Log(o.files(), Options{Pin: o.cardPin(), Now: start.AddDate(1, 0, 0), Images: []Image{byShim}}); err != nil || r.Boots[0].Image != "" || r.Boots[1].Image != "b.efi" {
		t.Errorf("%+v, %v", r.Boots, err)
	}
	byShim.ByShim = byShim.ByShim[:1]
	if r, err := Log(o.files(), Options{Pin: o.cardPin(), Now: start.AddDate(1, 0, 0), Images: []Image{byShim}}); err != nil || r.Boots[1].Image != "" {
		t.Errorf("%+v, %v", r.Boots[1], err)
	}
	approved.PCR12 = boot.Digest{1} // other options
	if r, err := Log(o.files(), Options{Pin: o.cardPin(), Now: start.AddDate(1, 0, 0), Images: []Image{{Name: "b.efi", Prediction: approved}}}); err != nil || r.Boots[1].Image != "" {
		t.Errorf("%+v, %v", r.Boots[1], err)
	}

	// The TPM was cleared, and counts from the beginning: the same counts are another boot.
	o.played.Resets, o.played.Restarts = 1, 0
	o.begin2(nil).certificateAdded()
	if r := o.audit(); !r.Valid || !slices.Equal(r.Boots[0].Entries, []Span{{0, 3}}) {
		t.Errorf("%+v", r.Boots[0])
	}
	s := o.state()
	cache, err := s.Cache("test", o.signer)
	check(t, err)
	again, used, err := ReplayCached(o.files(), o.id, &o.key.PublicKey, cache, "test", register.Default(), start.AddDate(1, 0, 0))
	if err != nil || !used || !slices.Equal(again.boots, s.boots) {
		t.Errorf("from the cache: %+v, %v", again.boots, err)
	}
}

func ptr[T any](v T) *T { return &v }

func TestBootRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit func(o *office2, b *statement.Boot)
		says string // part of the problem; "" for none
	}{
		"good":             {func(*office2, *statement.Boot) {}, ""},
		"another head":     {func(o *office2, b *statement.Boot) { b.Log = o.headNow() }, "another head of the log"},
		"another PCR":      {func(_ *office2, b *statement.Boot) { b.PCRs[0].SHA256[0] ^= 1 }, "not those of the quote"},
		"a PCR left out":   {func(_ *office2, b *statement.Boot) { b.PCRs = b.PCRs[1:] }, "not those of the quote"},
		"another count":    {func(_ *office2, b *statement.Boot) { b.Resets++ }, "counts or the firmware"},
		"another firmware": {func(_ *office2, b *statement.Boot) { b.Firmware = "0000000000000001" }, "counts or the firmware"},
		"by another key": {func(o *office2, b *statement.Boot) {
			b.Quote = tpmtest.Play(o, newKey(o), nvIndex).Quote(statement.BootNonce(b.Log), []int{4}, [32]byte{})
		}, "not signed by this station"},
		"an event log of another boot": {func(_ *office2, b *statement.Boot) { b.Events = tpmtest.EventLog(program("image B")...) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := emptyOffice2(t, newPlayed(t, certify.TPMUnverified), nil)
			b := o.boot2(program("image A"), nil)
			o.begin2(nil).certificateAdded() // the head has moved on
			c.edit(o, b)
			o.add(o.signNew(b))
			r := o.audit()
			if r.Valid != (c.says == "") || c.says != "" && (r.Problems[0].Rule != BootRule || !strings.Contains(r.Problems[0].Detail.String(), c.says) || len(r.Boots) > 0) {
				t.Errorf("%v, %+v", r.Problems, r.Boots)
			}
			if name == "an event log of another boot" && (!slices.Equal(r.Boots[0].Unexplained, []int64{4}) || r.Boots[0].Unnamed || len(r.Boots[0].Programs) > 0) {
				t.Errorf("%+v", r.Boots[0])
			}
		})
	}
	o := emptyOffice2(t, newPlayed(t, certify.TPMUnverified), nil)
	o.begin2(func(b *statement.Begin) { b.Software.Attested, b.Software.Boot = "boot", ptr(o.ref2(0)) }).certificateAdded()
	if r := o.audit(); r.Valid || r.Problems[0].Rule != BootRule {
		t.Errorf("a boot statement that is none: %v", r.Problems)
	}
	o = emptyOffice2(t, newPlayed(t, certify.TPMUnverified), nil)
	first := o.add(o.signNew(o.boot2(program("image A"), nil))).Index
	o.played.Resets++
	o.add(o.signNew(o.boot2(program("image B"), nil)))
	o.begin2(func(b *statement.Begin) { b.Software.Attested, b.Software.Boot = "boot", ptr(o.ref2(first)) }).certificateAdded()
	if r := o.audit(); r.Valid || r.Problems[0].Rule != BootRule {
		t.Errorf("the boot statement of an earlier boot: %v", r.Problems)
	}
}

// An event log that is too long for an entry is a file that the station kept. An audit replays it, and names one that is missing or was changed.
func TestKeptEventLog(t *testing.T) {
	t.Parallel()
	o := emptyOffice2(t, newPlayed(t, certify.TPMUnverified), nil)
	signed, name, kept := o.keptBoot()
	at := o.add(signed).Index
	for _, c := range []struct {
		name     string
		evidence fstest.MapFS
		is       string
		warned   string
		problem  string
	}{
		{"not at hand", nil, EventLogNotRead, "", ""},
		{"kept", fstest.MapFS{name: {Data: kept}, "film.mp4": {}}, EventLogKept, "", ""},
		{"missing", fstest.MapFS{"film.mp4": {}}, EventLogMissing, name + ", is not among the files", ""},
		{"changed", fstest.MapFS{name: {Data: append(kept[:len(kept):len(kept)], 0)}}, EventLogChanged, "", name + ", is not the one that was signed for"},
		{"a directory", fstest.MapFS{name + "/a": {}}, EventLogChanged, "", name + ", is not the one that was signed for"},
	} {
		in := Options{Pin: o.cardPin(), Now: start.AddDate(1, 0, 0)}
		if c.evidence != nil {
			in.Evidence = c.evidence
		}
		r, err := Log(o.files(), in)
		check(t, err)
		b := r.Boots[0]
		if b.Index != at || b.EventLog != c.is || b.File != name || b.NoLog != (c.is != EventLogKept) || (len(b.Programs) == 1) != (c.is == EventLogKept) || len(b.Unexplained) > 0 {
			t.Errorf("%s: %+v", c.name, b)
		}
		if r.Valid != (c.problem == "") || !r.Valid && !strings.Contains(r.Problems[0].Detail.String(), c.problem) {
			t.Errorf("%s: %v", c.name, r.Problems)
		}
		if warned := warningsOf(r); (c.warned == "") != (warned == "") || !strings.Contains(warned, c.warned) {
			t.Errorf("%s: warned %q", c.name, warned)
		}
	}

	// It is the file that was signed for, and no reader takes so long a one.
	o = emptyOffice2(t, newPlayed(t, certify.TPMUnverified), nil)
	long := make([]byte, boot.MaxLog+1)
	o.add(o.signNew(o.boot2(program("image A"), func(b *statement.Boot) { b.Events, b.EventHash = nil, sha256.Sum256(long) })))
	r, err := Log(o.files(), Options{Pin: o.cardPin(), Now: start.AddDate(1, 0, 0), Evidence: fstest.MapFS{EventLogFile(sha256.Sum256(long)): {Data: long}}})
	if err != nil || len(r.Boots[0].Unexplained) != len(r.Boots[0].PCRs) || !r.Boots[0].Unreadable || len(r.Boots[0].Programs) > 0 {
		t.Errorf("%+v, %v", r.Boots[0], err)
	}
}

// A bundle shows in which boot its certificate was added, if the TPM attested both with the same counts.
func TestBundleBooted(t *testing.T) {
	t.Parallel()
	o := emptyOffice2(t, newPlayed(t, certify.TPMUnverified), nil)
	without, name, kept := o.keptBoot()
	at := o.add(without).Index
	in := Options{Pin: o.cardPin(), Now: start.AddDate(1, 0, 0), Evidence: fstest.MapFS{name: {Data: kept}}}
	named := func() []byte {
		j := o.begin2(nil)
		signed := j.certificate(func(c *statement.Certificate) { c.Software.Attested, c.Software.Boot = "boot", ptr(o.ref2(at)) })
		j.add(signed)
		return signed
	}
	packed := func(signed []byte) fstest.MapFS {
		t.Helper()
		r, err := Log(o.files(), in)
		check(t, err)
		b, err := r.Bundle(signed, o.cardPin(), fstest.MapFS{})
		check(t, err)
		return unpack(t, b)
	}
	signed := named()
	for name, c := range map[string]struct {
		edit func(fstest.MapFS)
		is   string // where the event log is; "" if no boot is shown
		says string // part of the error
	}{
		"whole":               {func(fstest.MapFS) {}, EventLogKept, ""},
		"no event log":        {func(f fstest.MapFS) { delete(f, EvidenceDir+name) }, EventLogMissing, ""},
		"another event log":   {func(f fstest.MapFS) { f[EvidenceDir+name] = &fstest.MapFile{Data: []byte("x")} }, "", "is not the one that was signed for"},
		"no attestation":      {func(f fstest.MapFS) { delete(f, recordName(at)) }, "", ""},
		"no boot statement":   {func(f fstest.MapFS) { delete(f, entryName(at)); delete(f, proofName(at)); delete(f, recordName(at)) }, "", "is not in the bundle"},
		"nothing for reading": {func(f fstest.MapFS) { delete(f, bundlePage); delete(f, bundleText); delete(f, bundleSums) }, EventLogKept, ""},
	} {
		files := packed(signed)
		if text := string(files[bundleText].Data); !strings.Contains(text, "entry 1, boot statement, by the key's own word") {
			t.Errorf("%s: VERIFY.txt does not name the boot:\n%s", name, text)
		}
		c.edit(files)
		v, err := VerifyBundle(files, o.cardPin(), Trusted{})
		if c.says != "" {
			fails(t, name, err, c.says)
			continue
		}
		check(t, err)
		if (v.Boot != nil) != (c.is != "") || v.Boot != nil && (v.Boot.EventLog != c.is || v.Boot.Index != at || len(v.Boot.Programs) == 1 != (c.is == EventLogKept)) || slices.Contains(v.Unchecked, EvidenceDir+name) {
			t.Errorf("%s: %+v, unchecked %q", name, v.Boot, v.Unchecked)
		}
	}

	// The machine was started again, and the certificate names the boot before.
	o.played.Resets++
	v, err := VerifyBundle(packed(named()), o.cardPin(), Trusted{})
	if err != nil || v.Boot != nil {
		t.Errorf("after a start: %+v, %v", v.Boot, err)
	}

	// A job goes on after a start that measured the same, byte for byte: both boot statements have one event log.
	began := at
	j := o.begin2(func(b *statement.Begin) { b.Software.Attested, b.Software.Boot = "boot", ptr(o.ref2(at)) })
	without, _, _ = o.keptBoot()
	at = o.add(without).Index
	again := j.certificate(func(c *statement.Certificate) { c.Software.Attested, c.Software.Boot = "boot", ptr(o.ref2(at)) })
	j.add(again)
	r, err := Log(o.files(), in)
	check(t, err)
	b, err := r.Bundle(again, o.cardPin(), fstest.MapFS{})
	check(t, err)
	n := 0
	for _, f := range b.Files {
		if strings.HasSuffix(f.Name, name) {
			n++
		}
	}
	if has := indexesOf(b); n != 1 || !slices.Contains(has, began) || !slices.Contains(has, at) {
		t.Errorf("the event log of entries %d and %d is %d times in a bundle of %v", began, at, n, has)
	}
}
