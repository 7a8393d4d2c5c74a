package forms_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/render/forms"
	"rasure/certify/render/paper"
	"rasure/certify/statement"
	"rasure/cmd/message"
	_ "rasure/cmd/message/zh"
)

// vector is a certificate of the vectors of version 2, as if it had been proven.
func vector(t testing.TB, name string) forms.Certificate {
	t.Helper()
	signed, err := os.ReadFile("../../testdata/v2/" + name)
	if err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile("../../testdata/v2/key.pem")
	if err != nil {
		t.Fatal(err)
	}
	key, err := certify.ParsePublicKey(pem)
	if err != nil {
		t.Fatal(err)
	}
	e, err := certify.CheckEntry(signed, key)
	if err != nil || e.Certificate == nil {
		t.Fatal(err)
	}
	c := e.Certificate
	return forms.Certificate{Signed: signed, Verified: audit.Verified{Station: c.Station.Name, Assurance: c.Station.Assurance, KeySHA256: c.Station.KeySHA256, Index: 21, LogSize: 30, Root: "cm9vdA==", Certificate: c}}
}

func options(languages ...message.Language) forms.Options {
	return forms.Options{Languages: languages, Size: paper.A4, Zone: time.UTC}
}

var readFace = sync.OnceValues(func() (*paper.Face, error) {
	data, err := os.ReadFile("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
	if err != nil {
		return nil, err
	}
	return paper.ParseFace(data)
})

func face(t testing.TB) *paper.Face {
	t.Helper()
	f, err := readFace()
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("fonts-wqy-microhei is not installed")
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func pdf(t testing.TB, d paper.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := paper.PDF(&b, d, face(t)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func html(t testing.TB, d paper.Document) string {
	t.Helper()
	var b bytes.Buffer
	if err := paper.HTML(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// pages are the texts of the pages of a PDF.
func pages(t *testing.T, data []byte) []string {
	t.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("pdftotext is missing (poppler-utils)")
	}
	c := exec.Command("pdftotext", "-layout", "-", "-")
	c.Stdin = bytes.NewReader(data)
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\f"), "\f")
}

var vectors = []string{"certificate.full", "certificate.least", "certificate.failed", "certificate.sampled", "certificate.two-passes", "certificate.complement", "certificate.begun-in-v1"}

// TestCertificateIsOnOnePage prints each vector in each language: the first sheet is one page, also with both languages and with people.
func TestCertificateIsOnOnePage(t *testing.T) {
	t.Parallel()
	for _, name := range vectors {
		for _, languages := range [][]message.Language{{message.English}, {message.Chinese}, {message.Chinese, message.English}} {
			for _, size := range []paper.Size{paper.A4, paper.Letter} {
				if size == paper.Letter && len(languages) == 1 {
					continue // two languages need more space
				}
				c := vector(t, name)
				c.Annex = []statement.AnnexField{{Path: "customer", Value: "Example Ltd"}, {Path: "contact", Value: "never printed without a label"}, {Path: "secret", Value: "not for a page"}}
				c.Log = &forms.Record{}
				for i := range 3 {
					c.Log.People = append(c.Log.People, forms.Person{Role: "witness", Name: fmt.Sprint("witness ", i), Says: message.Of("saw:"), Words: "all of it, from the begin to the end", At: time.Unix(1e9, 0), Key: "SHA256:" + strings.Repeat("k", 43), Entry: 22})
				}
				o := options(languages...)
				o.Size = size
				all := pages(t, pdf(t, forms.Certificates([]forms.Certificate{c}, o)))
				sum := fmt.Sprintf("%x", certify.TextSHA256(c.Signed))
				for i, want := range []string{sum, "Example Ltd", "witness 2"} {
					if !strings.Contains(all[0], want) {
						t.Errorf("%s %v: the first page of %d lacks %q", name, languages, len(all), want)
					}
					if i == 0 && !strings.Contains(all[len(all)-1], want) {
						t.Errorf("%s %v: the last page of %d lacks %q", name, languages, len(all), want)
					}
				}
				if strings.Contains(strings.Join(all, ""), "not for a page") {
					t.Errorf("%s: a field of the annex that no page has is printed", name)
				}
			}
		}
	}
}

// TestOrigin prints who has shown that the key is in a TPM, and under which software the certificate was added; nothing of it where neither a log nor a bundle
// was read.
func TestOrigin(t *testing.T) {
	t.Parallel()
	c := vector(t, "certificate.full")
	if c.Certificate.Station.Counter == nil {
		t.Fatal("the vector has no counter")
	}
	text := func(languages ...message.Language) string {
		return html(t, forms.Certificates([]forms.Certificate{c}, options(languages...)))
	}
	if page := text(message.English); !strings.Contains(page, "neither the log nor the bundle was read") || strings.Contains(page, "bureau") {
		t.Error("without a log the page does not say that none was read")
	}
	root := strings.Repeat("ab", 32)
	enrolled := &audit.Enrolled{Index: 2, At: time.Unix(1.7e9, 0), By: []string{"bureau"}, Assurance: certify.TPMVerified, Manufacturer: "IFX", Model: "SLB9670", Firmware: "id:0785", Roots: []string{root}, Until: "2031-01-01"}
	boot := &audit.Booted{Index: 3, Resets: 7, PCRs: map[string]string{"4": root, "11": root}, Programs: []string{strings.Repeat("cd", 32)}, Image: "b.efi", Unexplained: []int64{4}}
	c.Assurance = certify.TPMVerified
	for name, k := range map[string]struct {
		origin audit.Origin
		says   []string
		not    []string
	}{
		"enrolled": {audit.Origin{CounterBy: audit.TPM, Bound: root, Enrolled: enrolled, Boot: boot}, []string{"the key is bound to the policy " + root + ", by the TPM", "the event log does not explain PCR 4", "who approves these boots was not compared", "in a TPM, as an authority has shown (log entry 2, annex)", "entry 2: bureau verified the TPM on 2023-11-1", "TPM IFX SLB9670, firmware id:0785",
			"leads to the root " + root + ", by the word of the authority", "assurance tpm-verified from entry 3 on; attested from entry 0 on", "entry 3, boot statement, by the TPM: reset count 7", "the image b.efi", strings.Repeat("cd", 32)}, []string{"own word"}},
		"on its own word": {audit.Origin{CounterBy: audit.OwnWord, Enrolled: enrolled}, []string{"only an enrolment in the log can show it", "who the authority is rests on the log&#39;s own word", "no boot statement covers this entry"}, []string{"as an authority has shown"}},
		"not enrolled":    {audit.Origin{CounterBy: audit.OwnWord}, []string{"no enrolment: nobody has shown that the key is in a TPM"}, []string{"as an authority has shown", "bureau", "bound to", "explain"}},
	} {
		c.Origin = &k.origin
		page := text(message.English)
		for _, want := range k.says {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page lacks %q", name, want)
			}
		}
		for _, not := range k.not {
			if strings.Contains(page, not) {
				t.Errorf("%s: the page has %q", name, not)
			}
		}
	}
	c.Origin = &audit.Origin{CounterBy: audit.TPM, Bound: root, Enrolled: enrolled, Boot: boot}
	if page := text(message.Chinese); !strings.Contains(page, "第 2 条：bureau 已核实该 TPM") || !strings.Contains(page, "第 3 条，启动声明，由 TPM 给出") || !strings.Contains(page, "密钥绑定于策略 "+root+"，由 TPM 给出") || !strings.Contains(page, "事件日志不能解释 PCR 4") {
		t.Error("the Chinese page does not say it")
	}
	if all := pages(t, pdf(t, forms.Certificates([]forms.Certificate{c}, options(message.Chinese, message.English)))); !strings.Contains(all[0], "as an authority has shown") || !strings.Contains(all[len(all)-1], "bureau") {
		t.Errorf("%d pages of both languages lack it", len(all))
	}
}

// TestOnlyVerifiedIsGreen holds that no other outcome has a check, the colour of it, or the title of a certificate of erasure.
func TestOnlyVerifiedIsGreen(t *testing.T) {
	t.Parallel()
	for _, outcome := range []string{"verified", "completed-with-exceptions", "failed", "interrupted", "unknown", "of a later version"} {
		c := vector(t, "certificate.least")
		copied := *c.Certificate
		copied.Outcome = outcome
		c.Certificate = &copied
		page := html(t, forms.Certificates([]forms.Certificate{c}, options(message.English)))
		label := html(t, forms.Labels([]forms.Certificate{c}, false, options(message.English)))
		_, body, _ := strings.Cut(page, "</head>")
		_, sticker, _ := strings.Cut(label, "</head>")
		verified := outcome == "verified"
		for what, has := range map[string]bool{
			"a check":           regexp.MustCompile(`(class="|mark |verdict )check"`).MatchString(body + sticker),
			"the word ERASED":   regexp.MustCompile(`>ERASED<`).MatchString(body + sticker),
			"title certificate": strings.Contains(body, "<h1>Certificate of erasure"),
		} {
			if has != verified {
				t.Errorf("%s: %s: %v", outcome, what, has)
			}
		}
		if not := strings.Contains(body, ">NOT ERASED") && strings.Contains(sticker, ">NOT ERASED"); not == verified {
			t.Errorf("%s: NOT ERASED: %v", outcome, not)
		}
	}
}

// TestCertificateSaysAll holds that what the certificate has is on its pages.
func TestCertificateSaysAll(t *testing.T) {
	t.Parallel()
	c := vector(t, "certificate.full")
	page := html(t, forms.Certificates([]forms.Certificate{c}, options(message.English)))
	for _, want := range []string{"市档案局 保密办", "二号楼", "WD-0001", "Western Digital", "1.0 MB (1048576 B)", "the bay bay 3", "ata-sanitize-block", "2026-02-03 12:05:06 +08:00 (04:05Z)", "3.5s",
		"before: worn, after: not known", "clock-changed: the clock was set back by an hour", "That the drive&#39;s own erase reached them rests on the drive&#39;s word", "another unit", "张三", "李四", "PC-0412", "2026-11", "box 4",
		"writing, pass 1", "reading back, pass 1", "41000", "log s7.archive.example, entry 21; then of 30 entries, root", "cm9vdA==", "the log was not read", "smart.bin", "hex 5000", "by the operator scanned"} {
		if want == "by the operator scanned" {
			want = "the operator scanned its number in the register, 2 s after the question"
		}
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(page, "密-2026/017") {
		t.Error("the number of the register is printed without --internal")
	}
	o := options(message.English)
	o.Internal = true
	if page := html(t, forms.Certificates([]forms.Certificate{c}, o)); !strings.Contains(page, "密-2026/017") {
		t.Error("the number of the register is missing with --internal")
	}
}

// TestSize holds the size of a page.
func TestSize(t *testing.T) {
	t.Parallel()
	c := vector(t, "certificate.least")
	face(t)
	var english bytes.Buffer
	o := options(message.English)
	if err := paper.PDF(&english, forms.Certificates([]forms.Certificate{c}, o), nil); err == nil && english.Len() > 40_000 {
		t.Errorf("English: %d bytes", english.Len())
	}
	for _, languages := range [][]message.Language{{message.Chinese}, {message.Chinese, message.English}} {
		if n := len(pdf(t, forms.Certificates([]forms.Certificate{c}, options(languages...)))); n > 80_000 {
			t.Errorf("%v: %d bytes", languages, n)
		}
	}
}

func BenchmarkCertificate(b *testing.B) {
	for _, l := range []message.Language{message.English, message.Chinese} {
		b.Run(string(l), func(b *testing.B) {
			c, f := vector(b, "certificate.full"), face(b)
			n := 0
			for b.Loop() {
				var w bytes.Buffer
				if err := paper.PDF(&w, forms.Certificates([]forms.Certificate{c}, options(l)), f); err != nil {
					b.Fatal(err)
				}
				n = w.Len()
			}
			b.ReportMetric(float64(n), "bytes")
		})
	}
}

// BenchmarkThousand prints 1,000 certificates into one PDF.
func BenchmarkThousand(b *testing.B) {
	c, f := vector(b, "certificate.full"), face(b)
	all := make([]forms.Certificate, 500) // two pages each
	for i := range all {
		all[i] = c
	}
	for b.Loop() {
		var w bytes.Buffer
		if err := paper.PDF(&w, forms.Certificates(all, options(message.Chinese)), f); err != nil {
			b.Fatal(err)
		}
	}
}

// TestLook writes pages of the vectors, which have more than a practice office can, into the directory RASURE_LOOK, to be looked at.
func TestLook(t *testing.T) {
	dir := os.Getenv("RASURE_LOOK")
	if dir == "" {
		t.Skip("RASURE_LOOK names no directory: make look")
	}
	for _, name := range vectors {
		c := vector(t, name)
		d := forms.Certificates([]forms.Certificate{c}, options(message.Chinese, message.English))
		for ext, data := range map[string][]byte{".pdf": pdf(t, d), ".html": []byte(html(t, d))} {
			if err := os.WriteFile(filepath.Join(dir, name+ext), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
