package issue_test

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"rasure/certify"
	"rasure/certify/issue"
	"rasure/certify/statement"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
	"rasure/wipe/scheme"
)

func byStation(t testing.TB, pub *ecdsa.PublicKey) statement.ByStation {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(nil)
	return statement.ByStation{ID: "01JGJQ7M8R0000000000000001", Log: statement.Head{Origin: stationName, First: sum, Size: 3, Root: sum},
		Station: statement.Station{Name: stationName, Key: sha256.Sum256(der), Assurance: certify.Software}, Org: statement.Org{Organisation: "the archive"},
		Clock: statement.Clock{At: when}, Software: statement.Software{Name: "rasure", Version: "0", SHA256: sum, Go: "go1.26.8", Attested: "none"}}
}

// jobOf2 is a job of version 2 that ended with this report; the passes get the keys that they must have.
func jobOf2(t testing.TB, r *wipe.Report, pub *ecdsa.PublicKey) (issue.Facts, issue.Job) {
	t.Helper()
	f := facts(t, pub)
	f.DirectIO = issue.DirectIO(devices.DirectYes)
	j := issue.Job{ByStation: byStation(t, pub), Work: issue.WorkOf(r.Disk, f, r.Plan), Begin: statement.Ref{Index: 1, SHA256: sha256.Sum256(nil)},
		Confirmation: &statement.Confirmation{Typed: "serial", Seconds: 3}, Seed: sha256.Sum256([]byte("seed")),
		Anchor:   &statement.Anchor{Size: 2, Root: sha256.Sum256(nil), Line: make([]byte, 64)},
		Sessions: []statement.Session{{Started: when, Ended: when.Add(3 * time.Second), Elapsed: 3000}}}
	j.Operator = statement.Operator{Account: "zhang", By: "login"}
	j.Anchor.SHA256 = j.Anchor.Sum(stationName)
	keys, err := certify.NewPassKeys(j.Seed, j.Anchor.SHA256, j.Job)
	if err != nil {
		t.Fatal(err)
	}
	drawn := [32]byte{}
	for i := range r.Passes {
		if r.Passes[i].Pattern == "random" {
			drawn = keys.Pass(i + 1)
		}
		if strings.HasPrefix(r.Passes[i].Pattern, "random") {
			r.Passes[i].Key = hex.EncodeToString(drawn[:])
		}
	}
	if fw := r.Firmware; fw != nil {
		key := keys.Markers(1)
		fw.Markers.Key = hex.EncodeToString(key[:])
	}
	return f, j
}

// sealed2 is the certificate of a report in version 2, opened.
func sealed2(t testing.TB, r wipe.Report, edit func(*issue.Facts, *issue.Job)) (*statement.Certificate, *certify.Certificate, []byte) {
	t.Helper()
	s, pub := signer(t)
	f, j := jobOf2(t, &r, pub)
	if edit != nil {
		edit(&f, &j)
	}
	signed, _, err := issue.Seal2(r, f, j, "x.extents", s)
	if err != nil {
		t.Fatal(err)
	}
	e, err := certify.CheckEntry(signed, pub)
	if err != nil || e.Contradiction() != nil {
		t.Fatal(err, e.Contradiction())
	}
	return e.Statement.Body.(*statement.Certificate), e.Certificate, signed
}

func TestSeal2(t *testing.T) {
	t.Parallel()
	r := report(t)
	r.Passes[0].Writing, r.Passes[0].Verifying, r.Passes[0].Elapsed = 1100, 700, 1850
	r.ClockChange = -3600
	r.Plan.Warnings = []message.Text{message.Of("the drive is worn"), message.Of("it is warm")}
	if w := issue.WorkOf(r.Disk, issue.Facts{}, r.Plan); w.Plan.Caution != "" {
		t.Errorf("a begin states the warning %q, which nobody sees before a mere overwriting", w.Plan.Caution)
	}
	r.Plan.Frees = &devices.Method{}
	c, old, _ := sealed2(t, r, nil)
	if p := c.Passes[0]; p.Writing != 1100 || p.Verifying != 700 || p.Elapsed != 1850 || c.Elapsed() != 3000 {
		t.Errorf("times %+v", p)
	}
	if c.Plan.Caution != "the drive is worn; it is warm" || c.Plan.Standard != "NIST SP 800-88 Rev. 2" || c.Identified != "serial" || c.Disk.Direct != "yes" || c.Operator.By != "login" {
		t.Errorf("%+v", c.Work)
	}
	if len(c.Steps) != 1 || c.Steps[0].Milliseconds != -3600_000 || len(c.Exceptions) != 2 || c.Exceptions[1].Code != "clock-changed" || old.Outcome != "verified" {
		t.Errorf("%s, steps %+v, exceptions %+v", old.Outcome, c.Steps, c.Exceptions)
	}
	if len(c.Limits) != 1 || c.Limits[0] != "addressable-blocks-only" {
		t.Errorf("limits %q", c.Limits)
	}
	for name, v := range map[string]struct {
		before, after *int64
		want          string
	}{
		"one block was replaced":   {new(int64(7)), new(int64(8)), "the drive replaced 1 block while the job ran: what was on it before may still be in the drive"},
		"none was":                 {new(int64(7)), new(int64(7)), ""},
		"the drive counts fewer":   {new(int64(7)), new(int64(6)), ""},
		"it is not known for both": {nil, new(int64(8)), ""},
		"it is not known any more": {new(int64(7)), nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, old, _ := sealed2(t, report(t), func(_ *issue.Facts, j *issue.Job) {
				j.Health = &statement.Healths{Before: &statement.Health{Verdict: "worn", Source: "scsi-pages", Reallocated: v.before}, After: &statement.Health{Verdict: "worn", Source: "scsi-pages", Reallocated: v.after}}
			})
			got := ""
			for _, e := range c.Exceptions {
				if e.Code == "replaced-while-erased" {
					got = e.Detail
				}
			}
			if got != v.want || old.Outcome != "verified" {
				t.Errorf("%s: %q, want %q", old.Outcome, got, v.want)
			}
		})
	}
	t.Run("image", func(t *testing.T) {
		r := report(t)
		r.Disk = devices.Disk{Name: "disk.img", Path: "/x/disk.img", Size: 1 << 20, Bus: devices.File, Protocol: devices.ProtocolNone, Medium: devices.Image, LogicalBlock: 512, PhysicalBlock: 512}
		c, _, _ := sealed2(t, r, func(f *issue.Facts, j *issue.Job) { f.DirectIO = issue.DirectIO(devices.DirectUnknown) })
		if c.Identified != "image" || c.Disk.Hidden != "not-applicable" || c.Disk.Direct != "unknown" || c.Disk.SerialSource != "" {
			t.Errorf("%+v", c.Work)
		}
	})
	t.Run("purge", func(t *testing.T) {
		c, old, _ := sealed2(t, purged(t), nil)
		if c.Level != "purge" || c.Firmware.After.Phase != "done" || string(c.Firmware.After.Raw) != "\xff\xff\x01\x01\x02\x00\x00\x00" || c.Limits[0] != "spare-blocks-by-the-drives-word" || len(old.Hidden) != 1 {
			t.Errorf("%s, %+v", c.Level, c.Firmware)
		}
	})
	t.Run("begun in version 1, by rasure 0.1.0", func(t *testing.T) { // it measured speeds, and no times
		c, _, _ := sealed2(t, report(t), func(f *issue.Facts, j *issue.Job) { j.Seed, j.Anchor, j.Confirmation = statement.Hash{}, nil, nil })
		if p := c.Passes[0]; p.Writing != 1048 || p.Verifying != 524 || p.Elapsed != 1572 {
			t.Errorf("times %+v", p)
		}
		if len(c.Exceptions) != 2 || c.Exceptions[1].Code != statement.CodeKeyNotAnchored || c.Outcome != "verified" {
			t.Errorf("%s, %+v", c.Outcome, c.Exceptions)
		}
	})
	t.Run("words that no statement may have", func(t *testing.T) {
		r := report(t)
		r.Disk.Model = "a\u3164b"
		r.Exceptions = []wipe.Exception{{Code: "known-trouble", Detail: strings.Repeat("好", 400)}}
		c, _, _ := sealed2(t, r, nil)
		if c.Disk.Model != `a\u3164b` || len(c.Exceptions[0].Detail) > 1000 || !strings.HasSuffix(c.Exceptions[0].Detail, "好...") {
			t.Errorf("%q, %q", c.Disk.Model, c.Exceptions[0].Detail)
		}
	})
	t.Run("more exceptions than a statement lists", func(t *testing.T) {
		r := report(t)
		r.Outcome = wipe.CompletedWithExceptions
		for i := range 150 {
			r.Exceptions = append(r.Exceptions, wipe.Exception{Code: "opened-by-others", Detail: strconv.Itoa(i)})
		}
		r.Exceptions = append(r.Exceptions, wipe.Exception{Code: "interrupted", Detail: "x"})
		c, _, _ := sealed2(t, r, nil)
		seen := map[string]int{}
		for _, e := range c.Exceptions {
			seen[e.Code]++
		}
		if fmt.Sprint(seen) != "map[hidden-areas-not-examined:1 interrupted:1 opened-by-others:98]" {
			t.Errorf("%v", seen)
		}
	})
	t.Run("contradiction", func(t *testing.T) {
		s, pub := signer(t)
		r, n := report(t), 0
		f, j := jobOf2(t, &r, pub)
		r.Passes[0].Key = strings.Repeat("0f", 32) // not of this seed
		var found *certify.Contradiction
		if _, _, err := issue.Seal2(r, f, j, "", counting{s, &n}); !errors.As(err, &found) || found.Rule != "keys" || n != 0 {
			t.Errorf("%d signatures, %v", n, err)
		}
	})
}

// Whatever went wrong in the longest job, there is a certificate, and it is signed once.
func TestSeal2ListsWhatFits(t *testing.T) {
	t.Parallel()
	longest, err := scheme.Named("gutmann-35")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 257, 20000} {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			s, pub := signer(t)
			r, signatures := manyBad(t, n), 0
			bad := r.Passes[0]
			r.Disk.Size = 1 << 52 // integers of version 2 are below 2^53
			for i := range bad.Unwritten {
				bad.Unwritten[i].Offset /= 10
			}
			bad.Written = r.Disk.Size - bad.UnwrittenTotal.Bytes
			r.Passes, r.Plan.Scheme = nil, longest
			bad.Elapsed, bad.Writing, bad.Verifying = 9e11, 4e11, 4e11
			for _, p := range longest.Passes {
				bad.Pattern, bad.Key, bad.Verify, bad.Verified = string(p.Pattern), "", wipe.None, 0
				if p.Verify {
					bad.Verify, bad.Verified = wipe.Full, bad.Written
				}
				r.Passes = append(r.Passes, bad)
			}
			for i := range 100 {
				r.Exceptions = append(r.Exceptions, wipe.Exception{Code: "opened-by-others", Detail: strings.Repeat("x", 900) + strconv.Itoa(i)})
			}
			f, j := jobOf2(t, &r, pub)
			j.Sessions = nil
			for range 32 {
				flushed := int64(1 << 51)
				j.Sessions = append(j.Sessions, statement.Session{Boot: sha256.Sum256(nil), Started: when, Ended: when, Elapsed: 1e12, Reason: "terminal-lost", Pass: 35, Flushed: &flushed})
			}
			signed, evidence, err := issue.Seal2(r, f, j, "x.extents", counting{s, &signatures})
			if err != nil {
				t.Fatal(err)
			}
			e, err := certify.CheckEntry(signed, pub)
			if err != nil || e.Contradiction() != nil || signatures != 1 {
				t.Fatalf("%v, %v, %d signatures", err, e.Contradiction(), signatures)
			}
			if p := e.Certificate.Passes[0]; p.UnwrittenCount != int64(n) || (int64(len(p.Unwritten)) < p.UnwrittenCount) != (evidence != nil) {
				t.Errorf("%d listed of %d, evidence of %d bytes", len(p.Unwritten), p.UnwrittenCount, len(evidence))
			}
		})
	}
}

func TestUnknownOutcome2(t *testing.T) {
	t.Parallel()
	s, pub := signer(t)
	r := report(t)
	_, j := jobOf2(t, &r, pub)
	old := certify.Begin{ID: j.Job, Operator: "wang", Disk: issue.DiskOf(r.Disk, issue.Facts{}), Plan: issue.PlanOf(r.Plan)}
	for name, edit := range map[string]func(){
		"of version 2": func() {},
		"of version 1": func() {
			j.Work, j.Confirmation, j.Operator = issue.WorkOfVersion1(&old), nil, statement.Operator{Account: "wang", By: "unknown"}
			j.Operator = statement.Operator{Account: "wang", By: "unknown"}
		},
	} {
		edit()
		j.Seed, j.Anchor = statement.Hash{}, nil
		signed, err := certify.SignStatement(issue.UnknownOutcome2(j, when, "gone"), s)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		e, err := certify.CheckEntry(signed, pub)
		if err != nil || e.Contradiction() != nil || e.Certificate.Outcome != "unknown" || len(e.Certificate.Exceptions) != 2 {
			t.Errorf("%s: %v, %v, %+v", name, err, e.Contradiction(), e.Certificate)
		}
	}
}

func TestIsBegin(t *testing.T) {
	t.Parallel()
	s, pub := signer(t)
	r := report(t)
	f, j := jobOf2(t, &r, pub)
	f.Register = &certify.MediumRef{Number: "A-1", Class: certify.Secret, Purpose: "inside", Approval: &certify.EntryRef{Index: 2, SHA256: "x"}}
	ref := statement.Ref{Index: 2, SHA256: sha256.Sum256(nil)}
	j.Medium = &statement.MediumUse{Number: "A-1", Registration: ref, Purpose: "inside", Approval: &ref}
	b := &statement.Begin{ByStation: j.ByStation, Work: j.Work, Confirmation: *j.Confirmation, Seed: sha256.Sum256(j.Seed[:])}
	signed, err := certify.SignStatement(b, s)
	if err != nil {
		t.Fatal(err)
	}
	e, err := certify.CheckEntry(signed, pub)
	if err != nil || !issue.IsBegin(e, f, r.Disk, r.Plan) {
		t.Fatalf("%v", err)
	}
	for name, is := range map[string]func(f *issue.Facts, d *devices.Disk, p *wipe.Plan){
		"another job":    func(f *issue.Facts, _ *devices.Disk, _ *wipe.Plan) { f.ID = "01JGJQ7M8R0000000000000009" },
		"another serial": func(_ *issue.Facts, d *devices.Disk, _ *wipe.Plan) { d.Serial = "S2" },
		"another level":  func(_ *issue.Facts, _ *devices.Disk, p *wipe.Plan) { p.Level = wipe.Purge },
		"another medium": func(f *issue.Facts, _ *devices.Disk, _ *wipe.Plan) {
			m := *f.Register
			m.Number = "A-2"
			f.Register = &m
		},
		"no medium": func(f *issue.Facts, _ *devices.Disk, _ *wipe.Plan) { f.Register = nil },
		"another purpose": func(f *issue.Facts, _ *devices.Disk, _ *wipe.Plan) {
			m := *f.Register
			m.Purpose = "outside"
			f.Register = &m
		},
		"no approval": func(f *issue.Facts, _ *devices.Disk, _ *wipe.Plan) {
			m := *f.Register
			m.Approval = nil
			f.Register = &m
		},
		"another approval": func(f *issue.Facts, _ *devices.Disk, _ *wipe.Plan) {
			m := *f.Register
			m.Approval = &certify.EntryRef{Index: 3}
			f.Register = &m
		},
	} {
		f, d, p := f, r.Disk, r.Plan
		if is(&f, &d, &p); issue.IsBegin(e, f, d, p) {
			t.Errorf("%s is taken", name)
		}
	}
}
