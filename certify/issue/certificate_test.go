package issue_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
	"rasure/certify/issue"
	"rasure/devices"
	"rasure/wipe"
	"rasure/wipe/scheme"
)

// manyBad is a report with n extents that could not be written.
func manyBad(t testing.TB, n int) wipe.Report {
	r := report(t)
	r.Outcome = wipe.CompletedWithExceptions
	r.Disk.Size = 1 << 60
	p := &r.Passes[0]
	for i := range n {
		p.Unwritten = append(p.Unwritten, wipe.Extent{Offset: int64(i) * 1_000_000_000_000, Length: 512})
	}
	p.UnwrittenTotal = wipe.Total{Extents: n, Bytes: int64(n) * 512}
	p.Written = r.Disk.Size - p.UnwrittenTotal.Bytes
	p.Verified = p.Written
	return r
}

// counting is a signer that counts what it is asked to sign.
type counting struct {
	note.Signer
	n *int
}

func (c counting) Sign(text []byte) ([]byte, error) {
	*c.n++
	return c.Signer.Sign(text)
}

func TestSealListsWhatFits(t *testing.T) {
	t.Parallel()
	longest, err := scheme.Named("gutmann-35")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, 256, 257, 1000, 20000} {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			s, pub := signer(t)
			r, signatures := manyBad(t, n), 0
			bad := r.Passes[0]
			r.Passes = nil
			r.Plan.Scheme = longest
			for _, p := range longest.Passes {
				bad.Pattern, bad.Key, bad.Verify, bad.Verified = string(p.Pattern), "", wipe.None, 0
				if strings.HasPrefix(bad.Pattern, "random") {
					bad.Key = strings.Repeat("0f", 32)
				}
				if p.Verify {
					bad.Verify, bad.Verified = wipe.Full, bad.Written
				}
				r.Passes = append(r.Passes, bad)
			}
			signed, evidence, err := issue.Seal(r, facts(t, pub), "x.extents", counting{s, &signatures})
			if err != nil {
				t.Fatal(err)
			}
			if signatures != 1 {
				t.Errorf("%d signatures were made", signatures)
			}
			c, err := open(signed, pub)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Passes[0]; got.UnwrittenCount != int64(n) || got.UnwrittenBytes != int64(n)*512 {
				t.Errorf("counted %d, %d bytes", got.UnwrittenCount, got.UnwrittenBytes)
			}
			shown := len(c.Passes[0].Unwritten)
			if (shown < n) != (evidence != nil) {
				t.Errorf("%d shown, evidence of %d bytes", shown, len(evidence))
			}
			if evidence == nil {
				return
			}
			sum := sha256.Sum256(evidence)
			if len(c.Evidence) != 1 || c.Evidence[0].SHA256 != hex.EncodeToString(sum[:]) || c.Evidence[0].Size != int64(len(evidence)) {
				t.Errorf("evidence %+v", c.Evidence)
			}
			if lines := strings.Count(string(evidence), "\n"); lines != n*len(c.Passes) {
				t.Errorf("%d lines of evidence", lines)
			}
		})
	}
}

func TestSealRefusesAContradiction(t *testing.T) {
	t.Parallel()
	s, pub := signer(t)
	r, n := report(t), 0
	r.Passes[0].Verified -= 512
	var found *certify.Contradiction
	if _, _, err := issue.Seal(r, facts(t, pub), "", counting{s, &n}); !errors.As(err, &found) || n != 0 {
		t.Errorf("%d signatures, %v", n, err)
	}
}

// Every code that package wipe gives to an exception is in the table of what it limits.
func TestCodesOfReports(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../wipe/*.go")
	if err != nil {
		t.Fatal(err)
	}
	known, n := certify.Codes(), 0
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^\tCode\w+ += "([a-z-]+)"`).FindAllStringSubmatch(string(text), -1) {
			if n++; !slices.Contains(known, m[1]) {
				t.Errorf("%s has the code %s, which certify does not know", name, m[1])
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d codes found", n)
	}
}

func TestLevelNeedsVerified(t *testing.T) {
	t.Parallel()
	for _, o := range []wipe.Outcome{wipe.CompletedWithExceptions, wipe.Failed, wipe.Interrupted, wipe.Unknown} {
		r := report(t)
		r.Outcome = o
		if c, _ := issue.New(r, issue.Facts{}, ""); c.Level != "none" || c.Verified() {
			t.Errorf("outcome %s: level %q, verified %v", o, c.Level, c.Verified())
		}
	}
}

func TestHiddenAreasNotExamined(t *testing.T) {
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

func TestNoNullsNoFloats(t *testing.T) {
	t.Parallel()
	r := report(t)
	r.Passes, r.Outcome = nil, wipe.Failed
	signed, _ := sealed(t, r)
	if strings.Contains(string(signed), "null") {
		t.Errorf("null in %s", signed)
	}
	signed, _ = sealed(t, report(t))
	if m := regexp.MustCompile(`: -?[0-9]+[.eE]`).FindString(string(signed)); m != "" {
		t.Errorf("float %s in %s", m, signed)
	}
}
