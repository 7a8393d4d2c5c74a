package audit

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"rasure/certify/people"
	"rasure/certify/statement"
	"rasure/logs"
)

// A bundle has what people of version 2 state about a certificate and its medium, and whom the roster allows it.
func TestBundleOfActs(t *testing.T) {
	t.Parallel()
	o := newOffice2(t)                                   // 0, 1
	o.say(o.registration("S-1", "confidential", nil))    // 2
	o.say(o.registration("S-2", "none", nil))            // 3: another medium
	o.say(o.enact("rules", 1))                           // 4: its begin names it
	o.say(o.approval("inside", "S-1"))                   // 5
	cert := o.wipe("S-1")                                // 6, 7
	photo := statement.File{Name: "photo.jpg", Size: 12} // of a witness
	w := &statement.Witness{Act: o.act("witness sun"), Target: o.target(cert), Present: "all", Saw: "it"}
	w.Evidence = []statement.File{photo}
	o.say(w) // 8
	signed, err := o.log.Entry(cert)
	check(t, err)
	r := o.audit()
	b, err := r.Bundle(signed, o.cardPin(), fstest.MapFS{})
	check(t, err)
	got := []int64{}
	for _, s := range b.Statements {
		got = append(got, s.Index)
	}
	if want := []int64{0, 1, 2, 4, 5, 6, 7, 8}; !slices.Equal(got, want) || !slices.Equal(b.Missing, []string{"photo.jpg"}) {
		t.Errorf("entries %v, want %v; missing %v", got, want, b.Missing)
	}
	v, err := VerifyBundle(unpack(t, b), o.cardPin(), Trusted{Roots: []people.Signer{o.people["chief"].line, o.people["deputy"].line}})
	check(t, err)
	last := v.Statements[len(v.Statements)-1]
	if len(last.Signed) != 1 || last.Signed[0].Name != "sun" || last.Signed[0].Role != "witness" || last.Signed[0].Roster != 1 || !last.Signed[0].At.Equal(w.At) {
		t.Errorf("%+v", last)
	}

	for name, edit := range map[string]func(*statement.Witness){
		"of another log": func(w *statement.Witness) { w.Log.First[0]++ },
		"of a fork":      func(w *statement.Witness) { w.Log.Root[0]++ },
	} {
		other := *o
		other.testLog = o.copyLog()
		w := &statement.Witness{Act: other.act("witness zhou"), Target: other.target(cert), Present: "all", Saw: "it"}
		s, err := logs.ReadSnapshot(other.files(), other.id)
		check(t, err)
		head, err := s.Head(8)
		check(t, err)
		w.Log.Size, w.Log.Root = 8, statement.Hash(head.Root) // its certificate was the last entry
		edit(w)
		other.add(other.sign2(w))
		b, err := other.audit().Bundle(signed, o.cardPin(), fstest.MapFS{})
		check(t, err)
		if _, err := VerifyBundle(unpack(t, b), o.cardPin(), Trusted{}); err == nil || !strings.Contains(err.Error(), "made for another log") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBundleAnnex packs the annex of a certificate, does without it, and refuses another one.
func TestBundleAnnex(t *testing.T) {
	t.Parallel()
	o := newOffice2(t)
	text, sum, err := statement.AnnexText(&statement.Annex{Salt: statement.Hash{1}, Fields: []statement.AnnexField{{Path: "customer", Value: "某公司"}}})
	check(t, err)
	o.say(o.registration("S-1", "none", nil))
	o.annex = sum
	signed, err := o.log.Entry(o.wipe("S-1"))
	check(t, err)
	b, err := o.audit().Bundle(signed, o.cardPin(), fstest.MapFS{})
	check(t, err)
	if v, err := VerifyBundle(unpack(t, b), o.cardPin(), Trusted{}); err != nil || v.Annex != "missing" || b.Private {
		t.Errorf("without it: %+v, %v", v, err)
	}
	other := strings.Replace(text, "某", "别", 1)
	if err := b.AddAnnex([]byte(other)); err == nil {
		t.Error("another annex is packed")
	}
	check(t, b.AddAnnex([]byte(text)))
	files := unpack(t, b)
	if v, err := VerifyBundle(files, o.cardPin(), Trusted{}); err != nil || v.Annex != "good" || !b.Private || slices.Contains(v.Unchecked, bundleAnnex) {
		t.Errorf("%+v, %v", v, err)
	}
	files[bundleAnnex].Data = []byte(other)
	if _, err := VerifyBundle(files, o.cardPin(), Trusted{}); err == nil || !strings.Contains(err.Error(), "certificate.annex of the bundle: this is not the annex of the statement") {
		t.Errorf("another annex: %v", err)
	}
}
