package audit

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"rasure/certify"
	"rasure/certify/people"
	"rasure/logs"
)

// office is a log with a roster, a certified job, and statements about it and about other things.
type office struct {
	*testLog
	root, li, wu person
	cert         []byte
	ref          certify.EntryRef // of the certificate
}

func newOffice(t testing.TB) *office {
	o := &office{testLog: newLog(t), root: newPerson(t, "root", "rasure-roster"), li: newPerson(t, "李雷@office", "rasure-witness,rasure-validate"),
		wu: newPerson(t, "wu@office", "rasure-custodian,rasure-approve")}
	draft, err := people.NewRoster(nil, start, 1, []people.Signer{o.root.line}, []people.Signer{o.li.line, o.wu.line})
	check(t, err)
	o.add(o.root.sign(t, draft, people.Root))              // 1
	o.cert = o.begin(start, func(c *certify.Certificate) { // 2
		c.Evidence = []certify.File{{Name: "photo.jpg", SHA256: hexSum([]byte("a photograph")), Size: 12}, {Name: "film.mp4", SHA256: hexSum(nil)}}
	})
	o.ref = o.add(o.cert) // 3
	return o
}

// say adds a statement. The register may object to it; its form and its signature are good.
func (o *office) say(p person, as people.Role, kind certify.Kind, d certify.Declaration) certify.EntryRef {
	o.Helper()
	o.jobs++
	id, err := certify.NewID(start, strings.NewReader(fmt.Sprintf("%010d", o.jobs)))
	check(o, err)
	d.ID, d.At, d.Signs = id, start.Add(time.Hour), []certify.RequiredSigner{{Role: string(as), Name: p.line.Principal}}
	text, err := certify.DeclarationText(kind, d)
	check(o, err)
	return o.add(p.sign(o, text, as))
}

func TestBundle(t *testing.T) {
	o := newOffice(t)
	evidence := fstest.MapFS{"photo.jpg": {Data: []byte("a photograph")}}
	until := start.AddDate(0, 1, 0)
	witness := o.say(o.li, people.Witness, certify.KindWitness, certify.Declaration{Entry: &o.ref, Saw: "it"})                                          // 4
	o.say(o.wu, people.Approver, certify.KindApproval, certify.Declaration{Media: []string{"M-2"}, Purpose: "inside", Technician: "li", Until: &until}) // 5: another medium
	o.say(o.li, people.Validator, certify.KindValidation, certify.Declaration{Entry: &witness, Decision: "accept", Reason: "seen"})                     // 6
	o.add(o.begin(start, nil))                                                                                                                          // 7, 8: another job
	r := o.audit()
	b, err := r.Bundle(o.cert, o.pin(), evidence)
	check(t, err)
	files := unpack(t, b)
	got := []int64{}
	for _, s := range b.Statements {
		got = append(got, s.Index)
	}
	if want := []int64{0, 1, 2, 3, 4, 6}; !slices.Equal(got, want) {
		t.Errorf("entries %v, want %v", got, want)
	}
	if !slices.Equal(b.Missing, []string{"film.mp4"}) {
		t.Errorf("missing %v", b.Missing)
	}
	roots := []people.Signer{o.root.line}
	v, err := VerifyBundle(files, o.pin(), Trusted{Roots: roots})
	check(t, err)
	if v.Index != 3 || v.LogSize != 9 || v.Root != r.Root || v.Proof != "good" || !slices.Equal(v.Evidence, []string{"photo.jpg"}) || !slices.Equal(v.Missing, b.Missing) ||
		!slices.Equal(v.Unchecked, []string{bundleSums, bundleText, bundlePage}) {
		t.Errorf("%+v", v)
	}
	if s := v.Statements[4]; len(s.Signed) != 1 || s.Signed[0].Name != "李雷@office" || s.Signed[0].Roster != 1 {
		t.Errorf("statement %+v", s)
	}

	for name := range files {
		if slices.Contains(v.Unchecked, name) {
			continue
		}
		t.Run("changed "+name, func(t *testing.T) {
			for _, at := range []int{0, len(files[name].Data) / 2, len(files[name].Data) - 2} {
				changed := maps.Clone(files)
				data := slices.Clone(files[name].Data)
				data[at] ^= 1
				changed[name] = &fstest.MapFile{Data: data}
				refuse(t, changed, o, nil)
			}
		})
		t.Run("without "+name, func(t *testing.T) {
			changed := maps.Clone(files)
			delete(changed, name)
			switch v, err := VerifyBundle(changed, o.pin(), Trusted{}); {
			case name == entryName(4) || name == entryName(6): // that a statement is left out cannot be seen
			case name == EvidenceDir+"photo.jpg":
				if err != nil || len(v.Missing) != 2 {
					t.Errorf("%v, %+v", err, v)
				}
			case err == nil:
				t.Error("verifies")
			}
		})
	}
	t.Run("other roots", func(t *testing.T) { refuse(t, files, o, []people.Signer{o.li.line}) })
	t.Run("other key", func(t *testing.T) {
		if _, err := VerifyBundle(files, newLog(t).pin(), Trusted{}); err == nil {
			t.Error("verifies")
		}
	})
	t.Run("bundle of 0.1", func(t *testing.T) {
		old := maps.Clone(files)
		script := "set -eu\n"
		for _, i := range got {
			lines := strings.Split(string(files[proofName(i)].Data), "\n")
			script += "included " + entryName(i)
			for _, h := range lines[2:slices.Index(lines, "")] {
				script += " left " + h
			}
			script += "\n"
			delete(old, proofName(i))
		}
		old[bundleText] = &fstest.MapFile{Data: []byte(script)}
		if _, err := VerifyBundle(old, o.pin(), Trusted{Roots: roots}); err != nil {
			t.Error(err)
		}
		old[bundleText] = &fstest.MapFile{Data: []byte(strings.Replace(script, "left "+script[strings.Index(script, "left ")+5:][:8], "left AAAAAAAA", 1))}
		refuse(t, old, o, nil)
	})
	t.Run("signed by a person who may not", func(t *testing.T) {
		o.say(o.wu, people.Witness, certify.KindWitness, certify.Declaration{Entry: &o.ref, Saw: "it"})
		_, err := o.audit().Bundle(o.cert, o.pin(), evidence)
		if err == nil || !strings.Contains(err.Error(), "wu@office may not sign as witness") {
			t.Errorf("error is %v", err)
		}
	})
	t.Run("not in the log", func(t *testing.T) {
		if _, err := o.audit().Bundle(o.begin(start, nil), o.pin(), evidence); err == nil || !strings.Contains(err.Error(), "not in the log") {
			t.Errorf("error is %v", err)
		}
	})
}

func refuse(t *testing.T, files fstest.MapFS, o *office, roots []people.Signer) {
	t.Helper()
	var f *Failure
	if _, err := VerifyBundle(files, o.pin(), Trusted{Roots: roots}); !errors.As(err, &f) {
		t.Errorf("error is %v", err)
	}
}

func TestChoose(t *testing.T) {
	p := newPerson(t, "wu@office", "rasure-custodian")
	say := func(field string, media ...string) []byte {
		return p.sign(t, act(t, "rasure/some/v1", map[string]any{field: media}), people.Custodian)
	}
	all := [][]byte{
		[]byte("rasure/station/v1\n{}\n"),
		say("media", "M-1"),
		say("media", "M-2"),
		say("media", "M-2", "M-1"),
		[]byte("rasure/certificate/v1\n{\"medium\": {\"number\": \"M-1\"}}\n"),
		[]byte("rasure/certificate/v1\n{\"medium\": {\"number\": \"M-1\"}, \"media\": [\"M-1\"]}\n"),
		say("found", "M-1"), say("missing", "M-1"), say("unexpected", "M-1"), say("remarks", "M-1"), say("media", ""),
		[]byte("rasure/certificate/v1\n{}\n"),
	}
	entries := func(yield func(logs.Entry, error) bool) {
		for i, data := range all {
			if !yield(logs.Entry{Index: int64(i), Data: data}, nil) {
				return
			}
		}
	}
	for cert, want := range map[int64][]int64{4: {0, 1, 3, 4, 5, 6, 7, 8}, 5: {0, 1, 3, 4, 5, 6, 7, 8}, 11: {0, 11}} {
		index, got, err := choose(entries, all[cert], nil, nil)
		if err != nil || index != cert || !slices.Equal(got, want) {
			t.Errorf("of entry %d: %d, %v, %v, want %v", cert, index, got, err, want)
		}
	}
}

func TestFindEvidence(t *testing.T) {
	dir := fstest.MapFS{"photo.jpg": {Data: []byte("a photograph")}, "dir/x": {}}
	sum := hexSum([]byte("a photograph"))
	for _, f := range []certify.File{{Name: "photo.jpg", SHA256: sum}, {Name: "photo.jpg", SHA256: sum, Size: 12}} {
		if found, err := findEvidence(dir, f); err != nil || found.Size != 12 {
			t.Errorf("%+v: %v, %v", f, found, err)
		}
	}
	if found, err := findEvidence(dir, certify.File{Name: "film.mp4"}); found != nil || err != nil {
		t.Errorf("of a missing file: %v, %v", found, err)
	}
	for _, f := range []certify.File{{Name: "photo.jpg", SHA256: hexSum(nil)}, {Name: "photo.jpg", SHA256: sum, Size: 11}, {Name: "dir", SHA256: sum}, {Name: "../photo.jpg"},
		{Name: "a\nb"}, {Name: ".."}, {Name: `a\b`}, {Name: ""}, {Name: "dir/x"}} {
		var failure *Failure
		if _, err := findEvidence(dir, f); !errors.As(err, &failure) {
			t.Errorf("%+v: %v", f, err)
		}
	}
}
