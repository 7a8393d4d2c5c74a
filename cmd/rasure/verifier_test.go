package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rasure/cmd/internal/verifier"
	"rasure/cmd/message"
	"rasure/devices/firmware"
)

// The verifier of the page answers as the command does: the same status, and the same lines for what is good.
func TestVerifierOfThePage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	compare := func(name, keyFlag string, files ...verifier.File) {
		t.Helper()
		paths := []string{}
		for _, f := range files {
			paths = append(paths, filepath.Join(dir, f.Name))
			if err := os.WriteFile(paths[len(paths)-1], f.Data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		code, out, errs := command(t.Context(), firmware.Live, dir, "verify", paths[1], keyFlag, paths[0])
		a := verifier.Check(files, now(), message.English, nil)
		if len(a) != 1 || int(a[0].Status) != code {
			t.Errorf("%s: the command has the exit status %d, the page %+v\n%s", name, code, a, errs)
			return
		}
		said := ""
		for _, l := range a[0].Lines.Texts {
			said += l.String()
		}
		if out != said {
			t.Errorf("%s: the command says\n%s\nand the page\n%s", name, out, said)
		}
		for _, p := range paths {
			os.Remove(p)
		}
	}
	read := func(path string) []byte {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	card := verifier.File{Name: "station.card", Data: read(sampleDir + "/station.card")}
	good, proof := read(sampleDir+"/erased.cert"), read(sampleDir+"/erased.tlog-proof")
	for i := range 40 { // every 40th byte of certificate and proof is changed
		at := 1 + i*len(good)/40
		bad := bytes.Clone(good)
		bad[at%len(bad)] ^= 1
		compare("a changed certificate", "--station", card, verifier.File{Name: "x.cert", Data: bad}, verifier.File{Name: "x.tlog-proof", Data: proof})
		broken := bytes.Clone(proof)
		broken[(1+i*len(proof)/40)%len(proof)] ^= 1
		compare("a changed proof", "--station", card, verifier.File{Name: "x.cert", Data: good}, verifier.File{Name: "x.tlog-proof", Data: broken})
	}
	compare("a good certificate", "--station", card, verifier.File{Name: "x.cert", Data: good}, verifier.File{Name: "x.tlog-proof", Data: proof})
	compare("a certificate without a proof", "--station", card, verifier.File{Name: "x.cert", Data: good})
	key := verifier.File{Name: "station.pem", Data: read("../../certify/testdata/v1/station.pem")}
	n := 0
	for _, pattern := range []string{"../../certify/testdata/v1/*.certificate", "../../certify/testdata/v1/refused/*", "../../certify/testdata/v2/certificate.*", "../../certify/testdata/v2/refused/certificate*"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range paths {
			n++
			compare(p, "--key", key, verifier.File{Name: strings.ReplaceAll(filepath.Base(p), ".", "-") + ".cert", Data: read(p)})
		}
	}
	if n < 20 {
		t.Errorf("only %d vectors", n)
	}
}
