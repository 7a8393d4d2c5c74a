package nfc

import (
	"strings"
	"testing"
	"time"

	"rasure/certify/statement"
)

func TestStrings(t *testing.T) {
	t.Parallel()
	const typed, normal = "Rene\u0301 \uf900", "Ren\u00e9 \u8c48" // two code points for é; an ideograph that is there twice
	due := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	h := &statement.Handover{From: typed, Receiver: &statement.Outside{Organisation: typed}, Media: []statement.Medium{{Number: typed}}, Escorts: []string{typed, "王五"}, Due: &due}
	h.Signers = []statement.Signer{{Person: typed}}
	h.Remarks = typed
	Strings(h)
	for _, got := range []string{h.From, h.Receiver.Organisation, h.Media[0].Number, h.Escorts[0], h.Signers[0].Person, h.Remarks} {
		if got != normal {
			t.Errorf("%+q", got)
		}
	}
	if h.Escorts[1] != "王五" || !h.Due.Equal(due) {
		t.Error("what is normal changed")
	}
}

// The sayings are constants: what is drafted with them does not change.
func TestSayingsAreNormal(t *testing.T) {
	t.Parallel()
	for _, k := range statement.Kinds {
		for _, s := range k.Says {
			v := &statement.Loss{}
			v.Says = s.String()
			Strings(v)
			if v.Says != s.String() || strings.ContainsAny(s.Chinese, ",:;.!") {
				t.Errorf("%s: %+q", k.Name(), s.Chinese)
			}
		}
	}
}
