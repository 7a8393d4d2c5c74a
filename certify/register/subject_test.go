package register_test

import (
	"testing"

	"rasure/certify"
	"rasure/certify/register"
	"rasure/certify/statement"
)

// A begin of version 2 states number, asset and registration of its medium as the register has them. It states no classification.
func TestSubjectOfVersion2(t *testing.T) {
	o := newOffice(t, "")
	registered := o.good(o.act(certify.KindRegistration, "custodian zhao", certify.Declaration{Media: []string{"TS-9"}, Class: certify.Unclassified, Type: "magnetic", Serial: "S-9",
		Asset: "PC-7", Custodian: "zhao", Source: "office 3"}))
	use, err := o.r.UseOf(&certify.MediumRef{Number: "TS-9"})
	if err != nil || use.Asset != "PC-7" || use.Registration.Index != registered.Index || use.Approval != nil {
		t.Fatalf("%+v, %v", use, err)
	}
	begin := func(edit func(*statement.MediumUse)) register.Entry {
		use := *use
		edit(&use)
		b := &certify.Begin{ID: "01JE0000000000000000000009", Station: o.station(), Operator: "wang", Disk: o.disk("S-9"), Started: o.clock,
			Plan: certify.Plan{Scheme: "clear-random", Level: "clear", Verify: "full"}, Register: &certify.MediumRef{Number: "TS-9"}}
		return register.Entry{Index: o.r.Size(), Entry: certify.Entry{Kind: "rasure/begin/v2", Begin: b,
			Statement: &statement.Statement{Body: &statement.Begin{Work: statement.Work{Medium: &use}}}}}
	}
	if all := o.r.Check(begin(func(*statement.MediumUse) {})); len(all) != 0 {
		t.Errorf("as the register has it: %+v", all)
	}
	o.refused("subject", begin(func(u *statement.MediumUse) { u.Asset = "PC-8" }))
	o.refused("subject", begin(func(u *statement.MediumUse) { u.Registration.Index-- }))
	o.refused("subject", begin(func(u *statement.MediumUse) { u.Registration.SHA256[0]++ }))
	corrected := o.good(o.act(certify.KindCorrection, "custodian zhao approve li", certify.Declaration{Entry: registered, Reason: "misread", Model: "WD40"}))
	o.refused("subject", begin(func(*statement.MediumUse) {}))
	if use, err = o.r.UseOf(&certify.MediumRef{Number: "TS-9"}); err != nil || use.Registration.Index != corrected.Index {
		t.Errorf("after a correction %+v, %v", use, err)
	}
	if all := o.r.Check(begin(func(*statement.MediumUse) {})); len(all) != 0 {
		t.Errorf("as the correction has it: %+v", all)
	}
}

// What an act of version 2 must state of a medium and of an entry.
func TestSubjects(t *testing.T) {
	o := newOffice(t, "")
	registered := o.good(o.register("S-1", certify.Secret, "magnetic", "WD-1", "zhao"))
	approved := o.good(o.approve("inside", "S-1"))
	w := o.wish("S-1", "WD-1", "purge")
	allowed := o.allowed(w)
	cert := o.wipe("01JE0000000000000000000009", w, allowed)
	m, err := o.r.SubjectOf("S-1")
	if err != nil {
		t.Fatal(err)
	}
	ref, err := o.r.TextRef(registered.Index)
	if err != nil {
		t.Fatal(err)
	}
	if want := (statement.Medium{Number: "S-1", Classification: "secret", Type: "magnetic", Serial: "WD-1", Registration: ref}); m != want {
		t.Errorf("medium %+v", m)
	}
	if ref.SHA256 == (statement.Hash{}) || m.Registration.Index != registered.Index {
		t.Errorf("reference %+v", ref)
	}
	use, err := o.r.UseOf(allowed)
	if err != nil || use.Purpose != "inside" || use.Approval == nil || use.Approval.Index != approved.Index || use.Approval.SHA256 == (statement.Hash{}) {
		t.Errorf("use %+v, %v", use, err)
	}
	if use, err := o.r.UseOf(nil); use != nil || err != nil {
		t.Errorf("of no medium %+v, %v", use, err)
	}
	target, err := o.r.TargetOf(cert.Index)
	if err != nil {
		t.Fatal(err)
	}
	want := statement.Target{Index: cert.Index, SHA256: target.SHA256, Kind: "rasure/certificate/v1", Job: "01JE0000000000000000000009", Number: "S-1", Serial: "WD-1", Outcome: "verified", Level: "purge", At: o.clock}
	if target != want || target.SHA256 == (statement.Hash{}) {
		t.Errorf("certificate %+v", target)
	}
	if target, err = o.r.TargetOf(registered.Index); err != nil || target.Number != "S-1" || target.Serial != "WD-1" || target.Job != "" || target.Outcome != "" {
		t.Errorf("registration %+v, %v", target, err)
	}
	for _, index := range []int64{-1, o.r.Size()} {
		if _, err := o.r.TargetOf(index); err == nil {
			t.Errorf("entry %d", index)
		}
	}
	if _, err := o.r.SubjectOf("S-2"); err == nil {
		t.Error("a medium that nobody registered")
	}
	roster, err := certify.CheckEntry([]byte("rasure/roster/v1\n{}\n\n"), &o.key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	o.add(register.Entry{Index: o.r.Size(), Entry: roster})
	if _, err := o.r.TargetOf(o.r.Size() - 1); err == nil {
		t.Error("a roster of version 1 has no time that is known here")
	}
}

// Version 1 took characters that no statement of version 2 can have: it leaves such a text out.
func TestSubjectThatCannotBeSaid(t *testing.T) {
	o := newOffice(t, "")
	o.good(o.register("S-1", certify.Secret, "magnetic", "WD\U000E0100", "zhao"))
	if m, err := o.r.SubjectOf("S-1"); err != nil || m.Serial != "" {
		t.Errorf("%+v, %v", m, err)
	}
	if target, err := o.r.TargetOf(0); err != nil || target.Serial != "" {
		t.Errorf("%+v, %v", target, err)
	}
}
