package verifier_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rasure/cmd/internal/verifier"
	"rasure/cmd/message"
	_ "rasure/cmd/message/zh"
	"rasure/logs"
)

const sample = "../../rasure/testdata/sample/"

// read reads files, with the names that they have on the page.
func read(t *testing.T, paths ...string) (all []verifier.File) {
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, verifier.File{Name: filepath.Base(p), Data: data})
	}
	return all
}

func tree(t *testing.T, dir, as string) (all []verifier.File) {
	if err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f := read(t, p)[0]
		rest, err := filepath.Rel(dir, p)
		f.Name = as + "/" + filepath.ToSlash(rest)
		all = append(all, f)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func check(files []verifier.File) []verifier.Answer {
	return verifier.Check(files, time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), message.English, nil)
}

func TestCertificate(t *testing.T) {
	t.Parallel()
	good := read(t, sample+"station.card", sample+"erased.cert", sample+"erased.tlog-proof")
	a := check(good)
	if len(a) != 1 || a[0].Status != verifier.Good || a[0].Err != nil || a[0].Code == "" || !bytes.Contains(a[0].Page, []byte("ZC1234QT")) {
		t.Fatalf("%+v", a)
	}
	said := ""
	for _, l := range a[0].Lines.Texts {
		said += l.String()
	}
	if !strings.Contains(said, "signature  good: by the station of the card") || !strings.Contains(said, "proof      good: entry") {
		t.Errorf("%s", said)
	}
	if a := check(good[:2]); a[0].Status != verifier.Good || a[0].Code != "" {
		t.Errorf("a certificate without its proof: %+v", a)
	}
	for _, c := range []struct {
		name  string
		files []verifier.File
		want  verifier.Status
		says  string
	}{
		{"no card", good[1:], verifier.Unreadable, "the station card or the station's public key is missing"},
		{"two cards", append(read(t, "../../../certify/testdata/v1/station.pem"), good...), verifier.Unreadable, "2 station cards and keys"},
		{"only a card", good[:1], verifier.Unreadable, "there is nothing to verify"},
		{"another station", append(read(t, "../../../certify/testdata/v1/station.pem"), good[1:]...), verifier.Bad, ""},
		{"the proof of another", []verifier.File{good[0], good[1], {Name: "erased.tlog-proof", Data: read(t, sample+"not-erased.tlog-proof")[0].Data}}, verifier.Bad, "not proven"},
		{"one byte changed", []verifier.File{good[0], {Name: "erased.cert", Data: bytes.Replace(good[1].Data, []byte("ZC1234QT"), []byte("ZC1234QX"), 1)}, good[2]}, verifier.Bad, ""},
		{"a damaged card", []verifier.File{{Name: "station.card", Data: good[0].Data[:len(good[0].Data)-9]}, good[1]}, verifier.Unreadable, "station.card"},
		{"not a bundle", []verifier.File{good[0], {Name: "a.tar.zst", Data: []byte("x")}}, verifier.Bad, ""},
		{"not a zip", []verifier.File{good[0], {Name: "a.zip", Data: []byte("x")}}, verifier.Bad, ""},
	} {
		a := check(c.files)
		if len(a) != 1 || a[0].Status != c.want || a[0].Err == nil || !strings.Contains(a[0].Err.Error(), c.says) || a[0].Page != nil || len(a[0].Lines.Texts) > 0 || a[0].Code != "" {
			t.Errorf("%s: %+v", c.name, a)
		}
	}
}

// The keys in a directory that is verified do not vouch for it.
func TestLog(t *testing.T) {
	t.Parallel()
	const vectors = "../../../certify/testdata/v2/log"
	files := tree(t, vectors, "copy/log")
	card, err := logs.ReadEntry(os.DirFS(vectors), 0)
	if err != nil {
		t.Fatal(err)
	}
	key := verifier.File{Name: "copy/log/station.card", Data: card}
	if a := check(append(files, key)); a[0].Status != verifier.Unreadable {
		t.Errorf("a key that came with the log is believed: %+v", a)
	}
	key.Name = "station.card"
	steps := 0
	a := verifier.Check(append(files, key), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), message.Chinese, func(done, all int) {
		if steps++; done > all || all != len(files) {
			t.Errorf("%d of %d files, of %d", done, all, len(files))
		}
	})
	if len(a) != 1 || a[0].Name != "copy/log" || len(a[0].Lines.Texts) < 5 || steps == 0 {
		t.Errorf("%d steps, %+v", steps, a)
	}
	damaged := append([]verifier.File{key}, files...)
	for i, f := range damaged {
		if strings.HasPrefix(f.Name, "copy/log/tile/entries/") {
			damaged[i].Data = bytes.Replace(f.Data, []byte("2026"), []byte("2025"), 1)
		}
	}
	if a := check(damaged); len(a) != 1 || a[0].Status != verifier.Bad || len(a[0].Lines.Texts) > 0 {
		t.Errorf("a damaged log: %+v", a)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	a := check(read(t, sample+"station.card", sample+"erased.cert", sample+"erased.tlog-proof"))
	is := strings.Fields(a[0].Code)
	for _, c := range []struct {
		scanned string
		same    bool
		says    string
	}{
		{a[0].Code, true, "names this certificate"},
		{" " + strings.Join(is, "  ") + "\n", true, "names this certificate"},
		{strings.Join(is[:3], " ") + " " + strings.Repeat("0", 64), false, "one of them is not genuine"},
		{"rasure other.example 3 " + is[3], false, "another certificate: entry 3 of other.example"},
		{"https://example.com", false, "not the code of a printed page"},
		{"", false, "not the code of a printed page"},
	} {
		if same, says := verifier.Compare(c.scanned, a); same != c.same || !strings.Contains(says.String(), c.says) {
			t.Errorf("%q: %v, %s", c.scanned, same, says)
		}
	}
	if same, _ := verifier.Compare(a[0].Code, nil); same {
		t.Error("a code is compared with nothing, and is equal")
	}
}
