package certify_test

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"rasure/certify"
)

// bodies makes an empty statement of each kind.
var bodies = map[certify.Kind]func() any{
	certify.KindStation:     func() any { return new(certify.StationStatement) },
	certify.KindBegin:       func() any { return new(certify.Begin) },
	certify.KindCertificate: func() any { return new(certify.Certificate) },
	certify.KindPreparation: func() any { return new(certify.Preparation) },
}

// byJSON reads as encoding/json does, whose word counts.
func byJSON(text string, body any) error {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(body); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// golden returns the JSON of what version 1 has signed, by file name.
func golden(t testing.TB) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, pattern := range []string{"testdata/v1/[0-9].*", "testdata/v1/purge/[0-9].*", "testdata/0.1.0/[0-9]*.*"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, name := range files {
			signed, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			_, all[name], _ = strings.Cut(certify.TextOf(signed), "\n")
		}
	}
	return all
}

func kindOf(file string) certify.Kind {
	return certify.Kind("rasure/" + strings.TrimPrefix(filepath.Ext(file), ".") + "/v1")
}

// The station statement has a PEM block, whose newlines are escaped.
func TestWhatVersion1SignedIsReadAsWrittenUnlessItHasEscapes(t *testing.T) {
	t.Parallel()
	for name, text := range golden(t) {
		body, want := bodies[kindOf(name)](), bodies[kindOf(name)]()
		if got := certify.AsWritten(text, body); got != !strings.Contains(text, `\`) {
			t.Errorf("%s: read as written: %v", name, got)
		} else if err := byJSON(text, want); err != nil || got && !reflect.DeepEqual(body, want) {
			t.Errorf("%s reads as\n%+v, not as\n%+v, %v", name, body, want, err)
		}
	}
}

func TestWhatIsNotAsWrittenIsLeftToEncodingJSON(t *testing.T) {
	t.Parallel()
	good := golden(t)["testdata/v1/2.certificate"]
	for name, change := range map[string][2]string{
		"an unknown field":         {"{\n", "{\n  \"approved\": true,\n"},
		"an unknown last field":    {"\n}\n", ",\n  \"approved\": true\n}\n"},
		"a field twice":            {`  "outcome": "verified",` + "\n", `  "outcome": "verified",` + "\n" + `  "outcome": "verified",` + "\n"},
		"a field in another case":  {`"outcome"`, `"Outcome"`},
		"fields in another order":  {"{\n", "{\n  \"outcome\": \"verified\",\n"},
		"no newline":               {"\n}\n", "\n}"},
		"a second value":           {"\n}\n", "\n}\n{}\n"},
		"a space":                  {`"outcome": `, `"outcome":  `},
		"another indentation":      {`  "outcome": `, `   "outcome": `},
		"a comma too many":         {"\n}\n", ",\n}\n"},
		"a comma too few":          {`"verified",`, `"verified"`},
		"an escape":                {`"outcome": "v`, `"outcome": "\u0076`},
		"a control character":      {`"outcome": "v`, "\"outcome\": \"\x01v"},
		"invalid UTF-8":            {`"outcome": "v`, "\"outcome\": \"\xffv"},
		"null for a list":          {`"evidence": []`, `"evidence": null`},
		"a list without a bracket": {`"evidence": []`, "\"evidence\": \n  ]"},
		"a list without elements":  {`"evidence": []`, "\"evidence\": [\n  ]"},
		"a number with a zero":     {`"size_bytes": `, `"size_bytes": 0`},
		"a number out of range":    {`"size_bytes": `, `"size_bytes": 99999999999999999999`},
		"a fraction":               {`"retries": 0`, `"retries": 0.0`},
		"a negative unsigned":      {`"major": `, `"major": -`},
		"no time":                  {`"started": "20`, `"started": "30-`},
		"a number for a string":    {`"outcome": "verified"`, `"outcome": 1`},
		"a bool in another case":   {`"removable": `, `"removable": T`},
		"nothing but a brace":      {good, "{"},
		"nothing":                  {good, ""},
		"an object without fields": {good, "{}\n"},
	} {
		text := strings.Replace(good, change[0], change[1], 1)
		if text == good {
			t.Errorf("%s: nothing to change", name)
		}
		if certify.AsWritten(text, new(certify.Certificate)) {
			t.Errorf("with %s it is read as written", name)
		}
	}
	if older := strings.Replace(good, `  "evidence": [],`+"\n", "", 1); older == good || !certify.AsWritten(older, new(certify.Certificate)) {
		t.Error("a statement from before a field is not read as written")
	}
}

func FuzzWhatIsReadAsWritten(f *testing.F) {
	for name, text := range golden(f) {
		f.Add(string(kindOf(name)), text)
	}
	f.Fuzz(func(t *testing.T, kind, text string) {
		empty, ok := bodies[certify.Kind(kind)]
		if !ok {
			return
		}
		body, want := empty(), empty()
		if !certify.AsWritten(text, body) {
			return
		}
		if err := byJSON(text, want); err != nil || !reflect.DeepEqual(body, want) {
			t.Errorf("%q is read as\n%+v, and encoding/json says\n%+v, %v", text, body, want, err)
		}
	})
}
