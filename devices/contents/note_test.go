package contents

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"rasure/cmd/message"
)

// TestSentence sends notes from a child to its parent.
func TestSentence(t *testing.T) {
	for name, c := range map[string]struct {
		text   message.Text
		marked string
	}{
		"plain":          {message.Of("the backup GPT is missing"), "⟦the backup GPT is missing⟧"},
		"numbers":        {message.Of("%d of %d", 1, uint64(math.MaxUint64)), "⟦1 of 18446744073709551615⟧"},
		"nested":         {message.Of("%s: names not read: %v", Volume{Index: 5}.where(), errDamaged), "⟦⟦partition 5⟧: names not read: ⟦the file system is damaged⟧⟧"},
		"wrapped":        {message.Of("%s: %v", "x", message.Errorf("%w: %v", errDamaged, "index")), "⟦⟨x⟩: ⟦⟦the file system is damaged⟧: ⟨index⟩⟧⟧"},
		"percent in arg": {message.Of("label %s", "%d%s"), "⟦label ⟨%d%s⟩⟧"},
	} {
		b, err := json.Marshal(sentenceOf(c.text))
		if err != nil {
			t.Fatal(err)
		}
		var s sentence
		if err := json.Unmarshal(b, &s); err != nil {
			t.Fatal(err)
		}
		if got := s.message(); got.String() != c.text.String() || got.In(message.Marked) != c.marked {
			t.Errorf("%s: got %q, %q", name, got, got.In(message.Marked))
		}
	}
}

// TestSentence_Hostile takes what only a hostile child sends. Nothing of it reaches package fmt as a format.
func TestSentence_Hostile(t *testing.T) {
	for name, line := range map[string]string{
		"width":           `{"format":"%999999999d","args":[{"number":1}]}`,
		"missing":         `{"format":"%s %s","args":[{"text":"a"}]}`,
		"extra":           `{"format":"x","args":[{"text":"a"}]}`,
		"wrong verb":      `{"format":"%d","args":[{"text":"a"}]}`,
		"no value":        `{"format":"%d","args":[{}]}`,
		"not a number":    `{"format":"%d","args":[{"number":1e99}]}`,
		"negative":        `{"format":"%d","args":[{"number":-99999999999999999999}]}`,
		"escape":          `{"format":"\u001b[2J"}`,
		"trailing verb":   `{"format":"100%"}`,
		"long":            `{"format":"` + strings.Repeat("x", 1000) + `"}`,
		"long argument":   `{"format":"%s","args":[{"text":"` + strings.Repeat("x", 1000) + `"}]}`,
		"deep":            strings.Repeat(`{"format":"%s","args":[{"sentence":`, 100) + `{"format":"x"}` + strings.Repeat(`}]}`, 100),
		"nested and long": `{"format":"%s%s%s","args":[` + strings.Repeat(`{"sentence":{"format":"`+strings.Repeat("y", 200)+`"}},`, 2) + `{"text":"z"}]}`,
	} {
		var s sentence
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			continue // refused earlier
		}
		got := s.message()
		if english := got.String(); len(english) > maxNote || strings.Contains(english, "%!") {
			t.Errorf("%s: %q", name, english)
		}
		if name != "long argument" && got.Format != "%s" {
			t.Errorf("%s: the format %q was used", name, got.Format)
		}
	}
}
