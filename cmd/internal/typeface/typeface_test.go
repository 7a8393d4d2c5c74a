package typeface

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"rasure/certify/render/paper"
	"rasure/cmd/internal/fault"
)

func TestFind(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "font")
	if err := os.WriteFile(name, []byte("OTTO outlines that no glyf table has"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Find(name); fault.Code(err) != fault.BadUsage {
		t.Errorf("%v: exit status %d", err, fault.Code(err))
	}
	if _, err := Find(name + "x"); err == nil {
		t.Error("a font that is not there was found")
	}
	if _, err := Find(""); err != nil { // there may be none
		t.Error(err)
	}
}

// TestExplain holds that each error of a font comes with what to do.
func TestExplain(t *testing.T) {
	t.Parallel()
	chinese := paper.Document{Size: paper.A4, Sheets: []paper.Sheet{{Blocks: []paper.Block{paper.Text{Paragraphs: []string{"绝密"}}}}}}
	for _, err := range []error{paper.PDF(io.Discard, chinese, nil), &paper.MissingError{Rune: '骉'}} {
		if hint := (fault.Hint{}); err == nil || !errors.As(Explain(err), &hint) || hint.Text.IsZero() {
			t.Errorf("%v: no hint", err)
		}
	}
	if Explain(nil) != nil {
		t.Error("no error became one")
	}
}
