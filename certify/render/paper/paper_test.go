//go:build !js

package paper_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"image"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rasure/certify/render/paper"
)

const wqy = "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"

// face is the font of Debian's fonts-wqy-microhei; the test is skipped where that is not installed.
func face(t testing.TB) *paper.Face {
	t.Helper()
	data, err := os.ReadFile(wqy)
	if err != nil {
		t.Skip("fonts-wqy-microhei is not installed: ", err)
	}
	f, err := paper.ParseFace(data)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// tool skips the test where a program is missing.
func tool(t testing.TB, name, pkg string) {
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is missing (%s)", name, pkg)
	}
}

func document(blocks ...paper.Block) paper.Document {
	return paper.Document{Title: "A page", Lang: "en", Date: time.Unix(1e9, 0), Size: paper.A4, Sheets: []paper.Sheet{{
		Head: paper.Head{Owner: []string{"Archive"}, Title: "Certificate", Right: []string{"2026-11-30"}}, Blocks: blocks,
		Foot: paper.Foot{QR: "rasure a.example 1 00", Lines: []string{"a reading aid"}, Page: func(n, of int) string { return strings.Repeat("p", n) + "/" + strings.Repeat("q", of) }},
	}}}
}

func pdf(t testing.TB, d paper.Document, f *paper.Face) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := paper.PDF(&b, d, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// text is what pdftotext finds in a PDF.
func text(t *testing.T, data []byte) string {
	t.Helper()
	tool(t, "pdftotext", "poppler-utils")
	c := exec.Command("pdftotext", "-layout", "-", "-")
	c.Stdin = bytes.NewReader(data)
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// scan reads all bar codes of the pages of a PDF.
func scan(t *testing.T, data []byte) string {
	t.Helper()
	tool(t, "pdftoppm", "poppler-utils")
	tool(t, "zbarimg", "zbar-tools")
	dir := t.TempDir()
	c := exec.Command("pdftoppm", "-r", "200", "-png", "-", filepath.Join(dir, "page"))
	c.Stdin = bytes.NewReader(data)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	pages, _ := filepath.Glob(filepath.Join(dir, "*.png"))
	out, _ := exec.Command("zbarimg", append([]string{"-q"}, pages...)...).Output()
	return string(out)
}

func TestPDF(t *testing.T) {
	t.Parallel()
	verdict := paper.Verdict{Mark: paper.Cross, Word: "NOT ERASED", Detail: []string{"failed"}, Bars: "WD-WCC4N0123456", Under: "WD-WCC4N0123456"}
	t.Run("the same document has the same bytes", func(t *testing.T) {
		a, b := pdf(t, document(verdict), nil), pdf(t, document(verdict), nil)
		if !bytes.Equal(a, b) {
			t.Error("the bytes differ")
		}
		f := face(t)
		chinese := document(paper.Text{Title: "说明", Paragraphs: []string{"本页仅供阅读"}}, verdict)
		if !bytes.Equal(pdf(t, chinese, f), pdf(t, chinese, f)) {
			t.Error("the bytes differ with a font")
		}
	})
	t.Run("the bar codes are read back from the page", func(t *testing.T) {
		got := scan(t, pdf(t, document(verdict), nil))
		for _, want := range []string{"QR-Code:rasure a.example 1 00", "CODE-128:WD-WCC4N0123456"} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is missing in %q", want, got)
			}
		}
	})
	t.Run("Chinese needs a font", func(t *testing.T) {
		if err := paper.PDF(io.Discard, document(paper.Text{Paragraphs: []string{"绝密"}}), nil); !errors.Is(err, paper.ErrNoFace) {
			t.Error(err)
		}
	})
	t.Run("a character that the font lacks is named", func(t *testing.T) {
		f, missing := face(t), new(paper.MissingError)
		err := paper.PDF(io.Discard, document(paper.Text{Paragraphs: []string{"王𬀩"}}), f)
		if !errors.As(err, &missing) || !strings.Contains(err.Error(), "𬀩") || !strings.Contains(err.Error(), "U+2C029") {
			t.Error(err)
		}
	})
	t.Run("Chinese text comes back", func(t *testing.T) {
		f := face(t)
		got := text(t, pdf(t, document(paper.Fields{Title: "载体信息", Pairs: []paper.Pair{{Label: "密级", Value: "机密★20年"}}}), f))
		for _, want := range []string{"载体信息", "密级", "机密★20年"} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is missing in %q", want, got)
			}
		}
	})
	t.Run("a long table repeats its head, and pages are numbered", func(t *testing.T) {
		table := paper.Table{Columns: []paper.Column{{Head: "SERIAL", Weight: 1}, {Head: "SIZE", Weight: 1, Right: true}}}
		for range 150 {
			table.Rows = append(table.Rows, paper.Row{Cells: []string{"row", "1"}})
		}
		got := text(t, pdf(t, document(table), nil))
		pages := strings.Count(got, "SERIAL")
		if pages < 2 || strings.Count(got, "row") != 150 || !strings.Contains(got, strings.Repeat("p", pages)+"/"+strings.Repeat("q", pages)) {
			t.Errorf("%d heads, %d rows: %s", pages, strings.Count(got, "row"), got)
		}
	})
	t.Run("a sheet that must fit shrinks", func(t *testing.T) {
		d := document(paper.Text{Paragraphs: make([]string, 0)})
		for range 62 {
			d.Sheets[0].Blocks = append(d.Sheets[0].Blocks, paper.Text{Paragraphs: []string{"line"}})
		}
		if got := text(t, pdf(t, d, nil)); strings.Count(got, "\f") != 2 {
			t.Fatalf("%d pages without Fit", strings.Count(got, "\f"))
		}
		d.Sheets[0].Fit = true
		if got := text(t, pdf(t, d, nil)); strings.Count(got, "\f") != 1 || strings.Count(got, "line") != 62 {
			t.Errorf("%d pages, %d lines", strings.Count(got, "\f"), strings.Count(got, "line"))
		}
	})
}

// TestHostile prints text that tries to be something else.
func TestHostile(t *testing.T) {
	t.Parallel()
	const evil = "<script>alert(1)</script>\"'&\x1b[2J\u202egood"
	d := document(paper.Verdict{Word: evil, Detail: []string{evil}, Bars: "x", Under: evil}, paper.Fields{Title: evil, Pairs: []paper.Pair{{Label: evil, Value: evil}}},
		paper.Text{Title: evil, Paragraphs: []string{evil}}, paper.Table{Title: evil, Columns: []paper.Column{{Head: evil, Weight: 1}}, Rows: []paper.Row{{Cells: []string{evil}}}, Totals: []string{evil}},
		paper.Signatures{Title: evil, Columns: []paper.Column{{Head: evil, Weight: 1}}, Rows: []paper.Row{{Cells: []string{evil}}}, Seal: evil},
		paper.Graph{Title: evil, Unit: evil, Legend: evil, Series: []paper.Series{{evil, []int64{1, 2}}}, Marks: []paper.Span{{0, 1}}}, paper.Blank{Title: evil, Height: 3})
	d.Title, d.Lang, d.Sheets[0].Head.Owner, d.Sheets[0].Head.Right, d.Sheets[0].Head.Title, d.Sheets[0].Foot.Lines = evil, evil, []string{evil}, []string{evil}, evil, []string{evil}
	label := paper.LabelsA4
	label.All = []paper.Label{{Number: evil, Class: evil, Word: evil, Date: evil, Serial: evil, QR: "x"}}
	d.Sheets = append(d.Sheets, paper.Sheet{Labels: &label})
	var page bytes.Buffer
	if err := paper.HTML(&page, d); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script", "\x1b", "\u202e"} {
		if strings.Contains(page.String(), bad) {
			t.Errorf("HTML has %q", bad)
		}
	}
	if n := strings.Count(page.String(), "&lt;script&gt;"); n < 20 {
		t.Errorf("HTML has the text %d times", n)
	}
	if n := strings.Count(page.String(), `href="`) + strings.Count(page.String(), `src="http`) + strings.Count(page.String(), "url("); n > 0 {
		t.Errorf("HTML loads %d other files", n)
	}
	if got := text(t, pdf(t, d, nil)); strings.ContainsAny(got, "\x1b\u202e") || !strings.Contains(got, `\x1b[2J\u202egood`) {
		t.Errorf("PDF: %q", got)
	}
}

func TestSpreadsheets(t *testing.T) {
	t.Parallel()
	table := paper.Table{Title: "a/b:c", Columns: []paper.Column{{Head: "密级", Weight: 1}, {Head: "n", Weight: 1}}, Rows: []paper.Row{{Cells: []string{"=cmd|' /C calc'!A0", "00123"}}, {Cells: []string{"<b>&\x1b", "a\nb"}, Strong: true}}}
	t.Run("csv", func(t *testing.T) {
		var b bytes.Buffer
		if err := paper.CSV(&b, table); err != nil {
			t.Fatal(err)
		}
		rest, ok := bytes.CutPrefix(b.Bytes(), []byte("\xef\xbb\xbf"))
		rows, err := csv.NewReader(bytes.NewReader(rest)).ReadAll()
		if !ok || err != nil || len(rows) != 3 || rows[0][0] != "密级" || rows[1][0] != "'=cmd|' /C calc'!A0" || rows[1][1] != "00123" || rows[2][0] != `<b>&\x1b` {
			t.Errorf("%v %q %v", ok, rows, err)
		}
	})
	t.Run("xlsx", func(t *testing.T) {
		var b, again bytes.Buffer
		if err := errors.Join(paper.XLSX(&b, table, table), paper.XLSX(&again, table, table)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Error("the bytes differ")
		}
		z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatal(err)
		}
		f, err := z.Open("xl/worksheets/sheet2.xml")
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(f)
		for _, want := range []string{`<c t="inlineStr" s="0"><is><t xml:space="preserve">=cmd|&#39; /C calc&#39;!A0</t>`, `00123`, `&lt;b&gt;&amp;\x1b`} {
			if !strings.Contains(string(got), want) {
				t.Errorf("%q is missing in %s", want, got)
			}
		}
		if strings.Contains(string(got), "<f>") {
			t.Error("a cell is a formula")
		}
	})
}

func TestReadLogo(t *testing.T) {
	t.Parallel()
	var wide bytes.Buffer
	if err := png.Encode(&wide, image.NewGray16(image.Rect(0, 0, 30, 10))); err != nil { // 16 bits a pixel, which package fpdf refuses
		t.Fatal(err)
	}
	logo, err := paper.ReadLogo(wide.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	d := document()
	d.Sheets[0].Head.Logo = logo
	if got := pdf(t, d, nil); !bytes.Contains(got, []byte("/Subtype /Image")) {
		t.Error("the PDF has no image")
	}
	for name, bad := range map[string][]byte{"text": []byte("logo"), "nothing": nil, "half of it": wide.Bytes()[:wide.Len()/2]} {
		if _, err := paper.ReadLogo(bad); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	var long bytes.Buffer
	if err := png.Encode(&long, image.NewGray(image.Rect(0, 0, 5000, 1))); err != nil {
		t.Fatal(err)
	}
	if _, err := paper.ReadLogo(long.Bytes()); err == nil || !strings.Contains(err.Error(), "5000 x 1 pixels") {
		t.Error(err)
	}
}

// FuzzParseFace gives a font that a stranger made.
func FuzzParseFace(f *testing.F) {
	f.Add([]byte("ttcf\x00\x01\x00\x00\x00\x00\x00\x01\x00\x00\x00\x10"))
	f.Add([]byte("\x00\x01\x00\x00\x00\x02"))
	f.Fuzz(func(t *testing.T, data []byte) { paper.ParseFace(data) })
}

func BenchmarkTable(b *testing.B) {
	f := face(b)
	t := paper.Table{Ruled: true, Columns: make([]paper.Column, 12)}
	for i := range t.Columns {
		t.Columns[i] = paper.Column{Head: "列", Weight: 1}
	}
	for range 10_000 {
		t.Rows = append(t.Rows, paper.Row{Cells: strings.Split("密-2026/017 机密★20年 固态硬盘 三星 S1 1.0 张三 2026 二号楼 - - -", " ")})
	}
	for b.Loop() {
		if err := paper.PDF(io.Discard, document(t), f); err != nil {
			b.Fatal(err)
		}
	}
}
