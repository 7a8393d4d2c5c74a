package draft

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"rasure/certify/people"
	"rasure/certify/statement"
	"rasure/cmd/message"
	_ "rasure/cmd/message/zh"
)

// stock is a log with media that are all different.
func stock(n int, particulars bool) *playedLog {
	l := &playedLog{head: statement.Head{Origin: "office.example", First: statement.Hash{1}, Size: 1000, Root: statement.Hash{2}}, media: map[string]statement.Medium{}, texts: map[int64]string{}}
	for i := range n {
		m := statement.Medium{Number: fmt.Sprintf("密-2026/%06d", i), Classification: "confidential", Type: "magnetic", Serial: fmt.Sprintf("WD-WCC4N%012d", i),
			Registration: statement.Ref{Index: int64(i), SHA256: statement.Hash{3}}}
		if particulars {
			m.Model, m.Maker, m.Size, m.Asset = "WDC WD40EFRX-68N32N0", "Western Digital", 4000787030016, fmt.Sprintf("PC-%06d", i)
		}
		l.media[m.Number] = m
	}
	return l
}

func begun(t *testing.T, kind string, log Log) Draft {
	t.Helper()
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Skip(err)
	}
	d, err := commandOf(t, statement.KindOf("rasure/"+kind+"/v2")).Begin(log, nil, shanghai)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// words sets fields, each "FLAG WORD...".
func set(t *testing.T, d Draft, all ...string) {
	t.Helper()
	for _, words := range all {
		flag, rest, _ := strings.Cut(words, " ")
		if err := d.Set(flag, strings.Split(rest, "|")); err != nil {
			t.Fatalf("%s: %v", words, err)
		}
	}
}

func textOf(t *testing.T, d Draft, signers ...string) statement.Body {
	t.Helper()
	if err := d.SetSigners(signers); err != nil {
		t.Fatal(err)
	}
	text, err := d.Text()
	if err != nil {
		t.Fatal(err)
	}
	s, err := statement.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	return s.Body
}

// An act about 150 media can be signed by three persons with the longest keys, and one about 151 is refused when it is drafted.
func TestMostMedia(t *testing.T) {
	t.Parallel()
	log := stock(151, true)
	numbers := []string{}
	for n := range log.media {
		numbers = append(numbers, n)
	}
	approve := func(numbers []string) (string, error) {
		d := begun(t, "approval", log)
		set(t, d, "purpose destroy", "technician wang", "until 2099-01-01")
		if err := errors.Join(d.Set(Numbers, numbers), d.SetSigners([]string{"li", "he", "lan"})); err != nil {
			return "", err
		}
		return d.Text()
	}
	text, err := approve(numbers[:150])
	if err != nil {
		t.Fatal(err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 4096)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	sig, err := people.Sign([]byte(text), people.Approver, signer)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := people.Attach([]byte(text), sig)
	if err != nil {
		t.Fatal(err)
	}
	if whole := len(text) + 3*(len(signed)-len(text)); whole > 65535 {
		t.Errorf("with three signatures it has %d bytes", whole)
	}
	if !strings.Contains(text, `"serial": `) || strings.Contains(text, `"model": `) {
		t.Error("150 media are not stated by what must be stated of them")
	}
	if text, err := approve(numbers[:20]); err != nil || !strings.Contains(text, `"model": `) {
		t.Errorf("20 media are not stated in full, %v", err)
	}
	if _, err := approve(numbers); err == nil {
		t.Error("151 media are taken")
	}
}

func TestFillIn(t *testing.T) {
	t.Parallel()
	numbers := "密-2026/000000|密-2026/000001"
	t.Run("a day ends at 24:00 of the station's zone", func(t *testing.T) {
		d := begun(t, "approval", stock(2, true))
		set(t, d, "media "+numbers, "purpose inside", "technician wang", "until 2099-01-31", "begins 2027-01-01")
		a := textOf(t, d, "li").(*statement.Approval)
		if !a.Until.Equal(time.Date(2099, 1, 31, 16, 0, 0, 0, time.UTC)) || !a.From.Equal(time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC)) || a.Offset != 480 {
			t.Errorf("from %v until %v, offset %d", a.From, a.Until, a.Offset)
		}
		if a.Media[1].Serial != "WD-WCC4N000000000001" || a.Log.Size != 1000 {
			t.Errorf("%+v", a)
		}
	})
	t.Run("the old classification is that of the media", func(t *testing.T) {
		d := begun(t, "reclassify", stock(2, true))
		set(t, d, "media "+numbers, "new-classification 非密", "basis x")
		if r := textOf(t, d, "approve=li", "secrecy=wu,head of the office").(*statement.Reclassify); r.From != "confidential" || r.To != "none" || r.Signers[1].Title != "head of the office" {
			t.Errorf("%+v", r)
		}
	})
	t.Run("the finding gets its identity", func(t *testing.T) {
		d := begun(t, "closure", stock(0, true))
		set(t, d, "finding late,7,C-1", "measure x", "by wu", "until 2099-01-01")
		if c := textOf(t, d, "approve=li", "secrecy=wu").(*statement.Closure); c.Finding.SHA256 != statement.FindingID("late", 7, "C-1") {
			t.Errorf("%+v", c.Finding)
		}
	})
	t.Run("a value that is corrected is looked up", func(t *testing.T) {
		log := stock(1, true)
		log.values = map[string]string{"model": "WDC WD40EFRX-68N32N0", "serial": "WD-WCC4N000000000000", "source": "采购"}
		log.targets = []statement.Target{{Index: 3, Kind: "rasure/registration/v2", Number: "密-2026/000000", At: time.Unix(1.7e9, 0).UTC()}}
		d := begun(t, "correction", log)
		set(t, d, "entry 0", "reason x", "model WD50", "serial S-2", "change source=二处")
		c := textOf(t, d, "custodian=zhao", "approve=li").(*statement.Correction)
		want := []statement.Change{{Field: "model", Old: "WDC WD40EFRX-68N32N0", New: "WD50"}, {Field: "serial", Old: "WD-WCC4N000000000000", New: "S-2"}, {Field: "source", Old: "采购", New: "二处"}}
		if !slices.Equal(c.Changes, want) {
			t.Errorf("%+v", c.Changes)
		}
	})
	t.Run("a value of another act is looked up in its text", func(t *testing.T) {
		log := stock(1, true)
		log.targets = []statement.Target{{Index: 3, Kind: "rasure/witness/v2", At: time.Unix(1.7e9, 0).UTC()}}
		log.texts[3] = vectorsOfActs(t)["witness.full"]
		d := begun(t, "correction", log)
		set(t, d, "entry 0", "reason x", "change place=库房")
		c := textOf(t, d, "custodian=zhao", "approve=li").(*statement.Correction)
		if len(c.Changes) != 1 || c.Changes[0].Old != "销毁中心" {
			t.Errorf("%+v", c.Changes)
		}
		if err := d.Set("change", []string{"at=x"}); err == nil || !strings.Contains(err.Error(), "cannot be corrected") {
			t.Errorf("the time: %v", err)
		}
	})
	t.Run("who signed takes it back", func(t *testing.T) {
		log := stock(0, true)
		log.targets = []statement.Target{{Index: 3, Kind: "rasure/transfer/v2", At: time.Unix(1.7e9, 0).UTC()}}
		log.texts[3] = vectorsOfActs(t)["transfer.full"]
		d := begun(t, "void", log)
		set(t, d, "entry 0", "reason x")
		if v := textOf(t, d).(*statement.Void); len(v.Signers) != 3 || v.Signers[0].Person != "局长" {
			t.Errorf("%+v", v.Signers)
		}
	})
	t.Run("a list is named with its rows", func(t *testing.T) {
		file, err := os.ReadFile("../../../certify/testdata/v2/list.full")
		if err != nil {
			t.Fatal(err)
		}
		text, _, _ := strings.Cut(string(file), "\n\n")
		log := stock(0, true)
		log.targets = []statement.Target{{Index: 3, Kind: "rasure/list/v2", SHA256: statement.Hash{9}, At: time.Unix(1.7e9, 0).UTC()}}
		log.texts[3] = text + "\n"
		d := begun(t, "registration", log)
		set(t, d, "lists 0", "custodian zhao", "source x")
		r := textOf(t, d).(*statement.Registration)
		if len(r.Lists) != 1 || r.Lists[0].Index != 3 || r.Lists[0].Rows < 1 || len(d.Missing()) > 0 {
			t.Errorf("%+v, missing %v", r.Lists, d.Missing())
		}
	})
	t.Run("a hash is that of a file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "report")
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		d := begun(t, "audit", stock(0, true))
		set(t, d, "first-entry 0", "policy-sha256 @"+path, "findings-sha256 "+strings.Repeat("ab", 32), "open 1", "closed 0")
		a := textOf(t, d, "liu").(*statement.Audit)
		if a.Policy != sha256.Sum256([]byte("x")) || a.Audited != a.Log {
			t.Errorf("%+v", a)
		}
	})
	t.Run("a policy is that of a file, without empty lines", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "policy.toml")
		policy := "name = \"o\"\nsource = \"s\"\ninventory_days = 1\nwitness_days = 1\nsecondary_days = 1\nlate_days = 1\n\n[[rule]]\n\tid = \"a\"\nlevel = \"clear\"\n"
		for _, c := range []struct{ more, want string }{{"", ""}, {"why = \"\"\"a\n\nb\"\"\"\n", "says something else"}, {"unknown = 1\n", "unknown key"}} {
			if err := os.WriteFile(path, []byte(policy+c.more), 0o600); err != nil {
				t.Fatal(err)
			}
			d := begun(t, "policy", stock(0, true))
			err := d.Set(Numbers, []string{path})
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%q: %v", c.more, err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			p := textOf(t, d, "approve=li", "secrecy=wu").(*statement.Policy)
			if p.Name != "o" || p.Source != "s" || len(p.Lines) != 9 || p.Lines[7] != `id = "a"` {
				t.Errorf("%+v", p)
			}
		}
	})
}

func TestActRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, flag, words, want string }{
		{"approval", Numbers, "X-1", "not registered"},
		{"approval", "seal", "1", "has no such field"},
		{"approval", "purpose", "inside|outside", "only once"},
		{"approval", "until", "tomorrow", "not a day or a time"},
		{"approval", "copies", "two", "not a whole number"},
		{"found", "sealed", "perhaps", "neither true nor false"},
		{"found", "loss", "x", "not the index"},
		{"found", "loss", "7", "no such entry"},
		{"report", "receivers", "the bureau", "not ORGANISATION,TIME,REFERENCE"},
		{"closure", "finding", "late", "not RULE,INDEX,MEDIUM"},
		{"correction", "change", "serial", "not FIELD=RIGHT VALUE"},
		{"correction", "change", "serial=1", "name the entry first"},
		{"audit", "policy-sha256", "AB", "not a SHA-256"},
		{"enrolment", "ek-certificate", "?", "not base64"},
		{"handover", "remarks", "", "it is empty"},
	} {
		if err := begun(t, c.kind, stock(0, true)).Set(c.flag, strings.Split(c.words, "|")); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s %q: %v, not %s", c.kind, c.flag, c.words, err, c.want)
		}
	}
	for object, want := range map[string]string{
		`{"log":{}}`: "filled in by rasure", `{"says":"x"}`: "filled in by rasure", `{"colour":"red"}`: "no field colour", `{"media":[{"number":"密-2026/000000"}]}`: "not a value",
		`{"until":{"x":1}}`: "not a value", `{"technician":true}`: "not a value", `{"technician":null}`: "not a value", `{} {}`: "bytes follow", `[]`: "",
	} {
		if err := begun(t, "approval", stock(1, true)).Merge([]byte(object)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, not %s", object, err, want)
		}
	}
	if _, err := commandOf(t, statement.KindOf("rasure/found/v2")).Begin(nil, nil, time.UTC); err == nil || !strings.Contains(err.Error(), "only a log of version 2") {
		t.Errorf("in a log of version 1: %v", err)
	}
}

// What a list of words shows can be typed, in both languages.
func TestShownWordsAreTaken(t *testing.T) {
	t.Parallel()
	n := 0
	for _, k := range statement.Kinds {
		for _, f := range statement.FieldsOf(reflect.TypeOf(k.New()).Elem()) {
			for _, code := range f.Words {
				for _, l := range []message.Language{message.English, message.Chinese} {
					if got := codeOf(f, shownAs(f.Words, code).In(l)); got != code {
						t.Errorf("%s, %s: %q is shown as %q, which is taken as %q", k.Name(), f.Path, code, shownAs(f.Words, code).In(l), got)
					}
					n++
				}
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d words", n)
	}
}
