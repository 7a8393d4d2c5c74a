// Package paper writes pages as HTML, PDF, XLSX and CSV.
//
// A [Document] says what is on its sheets; the writers decide where. They add nothing of their own: no date, no random identifier. The same
// document, with the same font, gives the same bytes.
//
// All texts are shown as data. A control character, or one that turns the writing direction, comes out as an escape; HTML is escaped; a
// spreadsheet gets no formulas.
package paper

import (
	"time"

	"rasure/cmd/message"
)

// Document is what is printed into one file.
type Document struct {
	Title  string
	Lang   string    // of the text, as in HTML: "zh-CN", "en"
	Date   time.Time // that a PDF has as its date
	Size   Size
	Sheets []Sheet
}

// Size is the size of the paper, in millimetres.
type Size struct{ Width, Height, Margin float64 }

// The sizes that offices print on.
var (
	A4     = Size{210, 297, 13}
	Letter = Size{215.9, 279.4, 13}
)

// Landscape turns the paper.
func (s Size) Landscape() Size { return Size{s.Height, s.Width, s.Margin} }

// Sheet is a run of pages that starts on a new one.
type Sheet struct {
	Head   Head // on the first page
	Blocks []Block
	Foot   Foot // on every page

	Continues bool // the pages are counted with those of the sheet before
	Fit       bool // the type shrinks, to not less than 70 %, if all is on one page then
	Dense     bool // there is much text: HTML begins with smaller type
	Labels    *Labels
}

// Head is the top of a sheet.
type Head struct {
	Logo  []byte // as [ReadLogo] returns it; nil for none
	Owner []string
	Title string
	Right []string // beside the title: number, date
}

// Foot is the bottom of every page.
type Foot struct {
	QR    string // "" for none
	Lines []string
	Page  func(page, of int) string // nil for no numbers
}

// Block is a part of a sheet: a [Verdict], [Fields], [Text], [Table], [Signatures], [Graph].
type Block interface{ block() }

// Mark is a shape that has the meaning of the words beside it.
type Mark int

// The shapes. Only a check can be green.
const (
	Check Mark = iota
	Cross
	Wait // keep apart
)

// Verdict is a framed line of large type.
type Verdict struct {
	Mark   Mark
	Word   string
	Detail []string
	Bars   string // Code 128 at the right; "" for none
	Under  string // the bars
}

// Fields are labels with values, two pairs a row. An empty value is left out.
type Fields struct {
	Title string
	Pairs []Pair
}

// Pair is a label and its value. A wide one has a row of its own.
type Pair struct {
	Label, Value string
	Wide         bool
}

// Text is paragraphs.
type Text struct {
	Title      string
	Paragraphs []string
	Small      bool
}

// Table has a head, which each page repeats.
type Table struct {
	Title   string
	Columns []Column
	Rows    []Row
	Totals  []string // lines below it
	Ruled   bool     // every cell has a frame, as on a form
}

// Column is the head of a column. Weight is its share of the width, in any unit.
type Column struct {
	Head   string
	Weight float64
	Right  bool // numbers
}

// Row is one line of a table. Strong rows are printed bold.
type Row struct {
	Cells  []string
	Strong bool
}

// Signatures are rows in which people sign with a pen.
type Signatures struct {
	Title   string
	Columns []Column
	Rows    []Row
	Seal    string // caption of the space for a seal; "" for none
}

// Graph draws values over the length of a disk.
type Graph struct {
	Title  string
	Unit   string
	Series []Series
	Marks  []Span // extents that are marked
	Legend string // of the marks
}

// Series is one line of a graph, its points at equal distances.
type Series struct {
	Name   string
	Values []int64
}

// Span is a part of the disk, 0 to 1.
type Span struct{ From, To float64 }

// Blank is space for handwriting, with a frame.
type Blank struct {
	Title  string
	Height float64 // millimetres
}

func (Verdict) block()    {}
func (Fields) block()     {}
func (Text) block()       {}
func (Table) block()      {}
func (Signatures) block() {}
func (Graph) block()      {}
func (Blank) block()      {}

// visible is a text as a page shows it.
func visible(s string) string { return message.Printable(s, true) }
