package issue_test

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"testing"

	"rasure/certify/issue"
	"rasure/devices"
	"rasure/wipe"
)

// manyBad is a report with n extents that could not be written.
func manyBad(t testing.TB, n int) wipe.Report {
	r := report(t)
	r.Outcome = wipe.CompletedWithExceptions
	p := &r.Passes[0]
	for i := range n {
		p.Unwritten = append(p.Unwritten, wipe.Extent{Offset: int64(i) * 1_000_000_000_000, Length: 512})
	}
	p.UnwrittenTotal = wipe.Total{Extents: n, Bytes: int64(n) * 512}
	return r
}

func TestACertificateNeverOutgrowsALogEntry(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 256, 257, 1000, 65536} {
		s, pub := signer(t)
		r := manyBad(t, n)
		for range 34 {
			r.Passes = append(r.Passes, r.Passes[0]) // as many passes as the longest scheme has
		}
		signed, evidence, err := issue.Seal(r, facts(t, pub), "x.extents", s)
		if err != nil {
			t.Fatalf("%d extents: %v", n, err)
		}
		c, err := open(signed, pub)
		if err != nil {
			t.Fatalf("%d extents: %v", n, err)
		}
		if got := c.Passes[0]; got.UnwrittenCount != int64(n) || got.UnwrittenBytes != int64(n)*512 {
			t.Errorf("%d extents: counted %d, %d bytes", n, got.UnwrittenCount, got.UnwrittenBytes)
		}
		shown := len(c.Passes[0].Unwritten)
		if (shown < n) != (evidence != nil) {
			t.Errorf("%d extents: %d shown, evidence of %d bytes", n, shown, len(evidence))
		}
		if evidence == nil {
			continue
		}
		sum := sha256.Sum256(evidence)
		if len(c.Evidence) != 1 || c.Evidence[0].SHA256 != hex.EncodeToString(sum[:]) || c.Evidence[0].Size != int64(len(evidence)) {
			t.Errorf("%d extents: evidence %+v", n, c.Evidence)
		}
		if lines := strings.Count(string(evidence), "\n"); lines != n*len(c.Passes) {
			t.Errorf("%d extents: %d lines of evidence", n, lines)
		}
	}
}

func TestTheLevelIsNotAchievedWithoutAVerifiedOutcome(t *testing.T) {
	t.Parallel()
	for _, o := range []wipe.Outcome{wipe.CompletedWithExceptions, wipe.Failed, wipe.Interrupted, wipe.Unknown} {
		r := report(t)
		r.Outcome = o
		if c, _ := issue.New(r, issue.Facts{}, ""); c.Level != "none" || c.Verified() {
			t.Errorf("outcome %s: level %q, verified %v", o, c.Level, c.Verified())
		}
	}
}

func TestHiddenAreasAreAnExceptionOfEveryRealDisk(t *testing.T) {
	t.Parallel()
	r := report(t)
	c, _ := issue.New(r, issue.Facts{}, "")
	if len(c.Exceptions) != 1 || c.Exceptions[0].Code != "hidden-areas-not-examined" {
		t.Errorf("exceptions %+v", c.Exceptions)
	}
	r.Disk.Medium = devices.Image
	if c, _ := issue.New(r, issue.Facts{}, ""); len(c.Exceptions) != 0 {
		t.Errorf("exceptions of an image %+v", c.Exceptions)
	}
}

func TestListsAreNeverNullAndNumbersNeverFloat(t *testing.T) {
	t.Parallel()
	r := report(t)
	r.Passes = nil
	signed, _ := sealed(t, r)
	if strings.Contains(string(signed), "null") {
		t.Errorf("null in %s", signed)
	}
	signed, _ = sealed(t, report(t))
	if m := regexp.MustCompile(`: -?[0-9]+[.eE]`).FindString(string(signed)); m != "" {
		t.Errorf("float %s in %s", m, signed)
	}
}
