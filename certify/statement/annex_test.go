package statement

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAnnex(t *testing.T) {
	t.Parallel()
	annex := &Annex{sum("salt"), []AnnexField{{"customer", "某公司"}, {"receiver.name", "孙八"}}}
	text, hash, err := AnnexText(annex)
	if err != nil || hash != sum(text) {
		t.Fatalf("%v, %v", hash, err)
	}
	file := filepath.Join(dir, "annex")
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if vector, err := os.ReadFile(file); err != nil || string(vector) != text {
		t.Errorf("the vector is another text, %v", err)
	}
	if got, err := ReadAnnex(text, hash); err != nil || got.Salt != annex.Salt || len(got.Fields) != 2 || got.Fields[1] != annex.Fields[1] {
		t.Errorf("read %+v, %v", got, err)
	}
	if _, err := ReadAnnex(text, sum("x")); err == nil {
		t.Error("the annex of another statement is taken")
	}
	spelt := strings.Replace(text, `"fields": `, `"fields":`, 1)
	if _, err := ReadAnnex(spelt, sum(spelt)); err == nil {
		t.Error("an annex of another form is taken")
	}
	twice := strings.Replace(text, "receiver.name", "customer", 1)
	if _, err := ReadAnnex(twice, sum(twice)); err == nil {
		t.Error("an annex with a field twice is taken")
	}
	if _, _, err := AnnexText(&Annex{Fields: annex.Fields}); err == nil {
		t.Error("an annex without salt is written")
	}
}

func TestFresh(t *testing.T) {
	t.Parallel()
	f := &Fresh{head(40), strings.Repeat("0a", 16), when}
	text, err := FreshText(f)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ReadFresh(text); err != nil || *got != *f {
		t.Errorf("read %+v, %v", got, err)
	}
	for name, f := range map[string]*Fresh{
		"short":     {head(40), strings.Repeat("0a", 15), when},
		"odd":       {head(40), strings.Repeat("0a", 16) + "0", when},
		"capitals":  {head(40), strings.Repeat("0A", 16), when},
		"no head":   {Head{Origin: origin}, f.Nonce, when},
		"half head": {Head{Origin: origin, Size: 1}, f.Nonce, when},
	} {
		if text, err := FreshText(f); err == nil {
			t.Errorf("%s is written: %s", name, text)
		}
	}
	if _, err := ReadFresh(strings.Replace(text, `"nonce": "0a`, `"nonce": "0A`, 1)); err == nil {
		t.Error("capitals are read")
	}
	if _, err := ReadFresh(text + "\n"); err == nil {
		t.Error("another spelling is read")
	}
	if _, err := Read(text); err == nil {
		t.Error("a live proof is read as a statement")
	}
}

// An act of 150 media has place for three signatures of the longest keys, and 151 media are refused before anybody signs.
func TestLongestAct(t *testing.T) {
	t.Parallel()
	a := acts()["approval.least"].(*Approval)
	a.Media = nil
	for i := range 150 {
		m := medium("SM-2026-" + string(rune('A'+i/26)) + string(rune('A'+i%26)))
		m.Serial, m.Registration.Index = "WD-WCC4N7000000", 39
		a.Media = append(a.Media, m)
	}
	text, err := Write(a)
	if err != nil || len(text) > MaxText {
		t.Fatalf("%d bytes, %v", len(text), err)
	}
	const rsa4096 = 4 * (4 + 33 + 4 + 550 + 64 + 4 + 524) / 3 // an SSHSIG blob with key and signature, in base64
	if n := MaxText + 3*(rsa4096+30); n > 65535 {
		t.Errorf("the longest text and three signatures have %d bytes", n)
	}
	a.Media = append(a.Media, medium("A-1"))
	if _, err := Write(a); err == nil {
		t.Error("151 media are written")
	}
	a.Media = a.Media[:150]
	for i := range a.Media {
		a.Media[i].Model = strings.Repeat("x", 100)
	}
	if _, err := Write(a); err == nil {
		t.Error("a text that is too long is written")
	}
}
