package paper

// Labels are stickers for media, one a page or many on a sheet.
type Labels struct {
	Width, Height float64 // of one, in millimetres
	Columns, Rows int     // on a page
	Left, Top     float64 // of the first, from the edge of the paper
	StepX, StepY  float64 // from one to the next
	All           []Label
}

// Label is one sticker.
type Label struct {
	Number string // of the medium in its office; "" if it has none
	Class  string
	Word   string // ERASED, NOT ERASED
	Mark   Mark
	Date   string
	Serial string // as Code 128 where that is possible
	QR     string
}

// The label of a label printer, alone on its page, and 24 labels of 70 x 36 mm on A4.
var (
	LabelSize = Size{62, 29, 0}
	OneLabel  = Labels{Width: 62, Height: 29, Columns: 1, Rows: 1}
	LabelsA4  = Labels{Width: 70, Height: 36, Columns: 3, Rows: 8, Top: 4.5, StepX: 70, StepY: 36}
)
