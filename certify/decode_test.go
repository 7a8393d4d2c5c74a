package certify_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
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

// Every statement of version 1 is read in one pass and by encoding/json, and as the same. The station statement is not: it has a PEM block,
// whose newlines are escaped.
func TestDecodeVersion1(t *testing.T) {
	t.Parallel()
	for name, text := range golden(t) {
		body, want := bodies[kindOf(name)](), bodies[kindOf(name)]()
		if got := certify.DecodeCanonical(text, body); got != !strings.Contains(text, `\`) {
			t.Errorf("%s: read in one pass: %v", name, got)
		} else if err := certify.DecodeStrict(text, want); err != nil || got && !reflect.DeepEqual(body, want) {
			t.Errorf("%s is read as\n%+v, not as\n%+v, %v", name, body, want, err)
		}
	}
}

// What is not exactly as Sign writes it is not read in one pass; encoding/json and the check of keys decide.
func TestDecode(t *testing.T) {
	t.Parallel()
	good := golden(t)["testdata/v1/2.certificate"]
	for name, c := range map[string]struct {
		old, new string
		ok       bool
	}{
		"escape":                  {`"outcome": "v`, `"outcome": "\u0076`, true},
		"fields in another order": {`  "started": "2026-01-02T03:04:05Z",` + "\n" + `  "ended": "2026-01-02T03:04:08Z",`, `  "ended": "2026-01-02T03:04:08Z",` + "\n" + `  "started": "2026-01-02T03:04:05Z",`, true},
		"no newline":              {"\n}\n", "\n}", true},
		"space":                   {`"outcome": `, `"outcome":  `, true},
		"another indentation":     {`  "outcome": `, `   "outcome": `, true},
		"unknown field":           {"{\n", "{\n  \"approved\": true,\n", false},
		"unknown last field":      {"\n}\n", ",\n  \"approved\": true\n}\n", false},
		"field twice":             {`  "outcome": "verified",` + "\n", `  "outcome": "verified",` + "\n" + `  "outcome": "verified",` + "\n", false},
		"field twice, apart":      {"{\n", "{\n  \"outcome\": \"failed\",\n", false},
		"field of a part twice":   {`"serial": "001CC0EC",`, `"serial": "001CC0EC", "serial": "OTHER",`, false},
		"field in another case":   {`"outcome"`, `"Outcome"`, false},
		"field in two cases":      {"{\n", "{\n  \"OUTCOME\": \"failed\",\n", false},
		"long s for s":            {`"passes"`, `"paſſes"`, false},
		"escaped name twice":      {"{\n", "{\n  \"outc\\u006fme\": \"failed\",\n", false},
		"missing field":           {`  "evidence": [],` + "\n", "", false},
		"missing field of a part": {`"wwn": "",`, "", false},
		"counter of a TPM":        {`"host": {`, `"counter": {"nv_index": 1, "base": 2}, "host": {`, true},
		"policy of a bound key":   {`"host": {`, `"counter": {"nv_index": 1, "base": 2, "auth_policy": ""}, "host": {`, false},
		"second value":            {"\n}\n", "\n}\n{}\n", false},
		"comma too many":          {"\n}\n", ",\n}\n", false},
		"comma too few":           {`"verified",`, `"verified"`, false},
		"control character":       {`"outcome": "v`, "\"outcome\": \"\x01v", false},
		"null for a list":         {`"evidence": []`, `"evidence": null`, false},
		"null for a part":         {`"plan": {`, `"plan": null, "plan": {`, false},
		"list without a bracket":  {`"evidence": []`, "\"evidence\": \n  ]", false},
		"list without elements":   {`"evidence": []`, "\"evidence\": [\n  ]", true},
		"number with a zero":      {`"size_bytes": `, `"size_bytes": 0`, false},
		"number out of range":     {`"size_bytes": `, `"size_bytes": 99999999999999999999`, false},
		"fraction":                {`"retries": 0`, `"retries": 0.0`, false},
		"negative unsigned":       {`"major": `, `"major": -`, false},
		"no time":                 {`"started": "20`, `"started": "30-`, false},
		"time of another zone":    {`"started": "2026-01-02T03:04:05Z"`, `"started": "2026-01-02T03:04:05+00:00"`, false},
		"time with a fraction":    {`"started": "2026-01-02T03:04:05Z"`, `"started": "2026-01-02T03:04:05.5Z"`, false},
		"number for a string":     {`"outcome": "verified"`, `"outcome": 1`, false},
		"bool in another case":    {`"removable": `, `"removable": T`, false},
		"brace only":              {good, "{", false},
		"nothing":                 {good, "", false},
		"object without fields":   {good, "{}\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(good, c.old, c.new, 1)
			if text == good {
				t.Fatal("nothing to change")
			}
			if certify.DecodeCanonical(text, new(certify.Certificate)) {
				t.Error("it is read in one pass")
			}
			if err := certify.DecodeStrict(text, new(certify.Certificate)); (err == nil) != c.ok {
				t.Errorf("encoding/json and the check of keys: %v", err)
			}
		})
	}
	if early := regexp.MustCompile(`(?m)^ *"serial_confirmed": .*\n`).ReplaceAllString(golden(t)["testdata/0.1.0/02.certificate"], ""); !certify.DecodeCanonical(early, new(certify.Certificate)) {
		t.Error("a certificate from before serial_confirmed is not read")
	}
}

// What is read in one pass is read by encoding/json too, and as the same.
func FuzzDecodeCanonical(f *testing.F) {
	for name, text := range golden(f) {
		f.Add(string(kindOf(name)), text)
	}
	f.Fuzz(func(t *testing.T, kind, text string) {
		empty, ok := bodies[certify.Kind(kind)]
		if !ok {
			return
		}
		body, want := empty(), empty()
		if !certify.DecodeCanonical(text, body) {
			return
		}
		if err := certify.DecodeStrict(text, want); err != nil || !reflect.DeepEqual(body, want) {
			t.Errorf("%q is read as\n%+v, and encoding/json reads\n%+v, %v", text, body, want, err)
		}
	})
}
