package station

import (
	"path/filepath"
	"testing"
	"testing/fstest"

	"rasure/certify"
	"rasure/certify/tpm/tpmtest"
)

// A station that nobody names is called as its machine, unless that has a name that any machine may have.
func TestInitName(t *testing.T) {
	for name, ok := range map[string]bool{"station7.archive.example": true, "bench-3": true, "": false, "localhost": false, "Debian": false, "(none)": false} {
		host := fstest.MapFS{"proc/sys/kernel/hostname": {Data: []byte(name + "\n")}}
		dir := filepath.Join(t.TempDir(), "state")
		s, err := Init(t.Context(), dir, InitOptions{Key: KeySoftware}, Options{Root: host})
		if (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
		if err == nil {
			if s.Name() != name {
				t.Errorf("%q: the station is called %q", name, s.Name())
			}
			s.Close()
		}
	}
}

// Where a TPM answers, the key is in it; a TPM that is there and does not answer is an error, not a reason for a weaker key.
func TestInitAuto(t *testing.T) {
	for name, c := range map[string]struct{ tpm, assurance string }{
		"none":       {"unix:" + filepath.Join(t.TempDir(), "nothing"), certify.Software},
		"no device":  {"/dev/tpmrm-nothing", certify.Software},
		"answers":    {tpmtest.Start(t), certify.TPMEmulated},
		"no address": {"tpm", ""},
	} {
		s, err := Init(t.Context(), filepath.Join(t.TempDir(), "state"), InitOptions{Name: "auto.example", Key: KeyAuto, TPM: c.tpm}, Options{Root: machine})
		if (err == nil) != (c.assurance != "") {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			if s.Assurance() != c.assurance {
				t.Errorf("%s: %s, want %s", name, s.Assurance(), c.assurance)
			}
			s.Close()
		}
	}
}

func TestAbout(t *testing.T) {
	s, err := Init(t.Context(), filepath.Join(t.TempDir(), "state"), InitOptions{Name: "about.example", Key: KeyTPM, TPM: tpmtest.Start(t)}, Options{Root: machine})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	a, err := s.About()
	if err != nil {
		t.Fatal(err)
	}
	if a.Name != "about.example" || a.Entries != 1 || a.LogVersion != 2 || a.Counter == nil || a.Counter.Value != a.Counter.Base+1 || a.FreeBytes <= 0 {
		t.Errorf("%+v, counter %+v", a, a.Counter)
	}
}
