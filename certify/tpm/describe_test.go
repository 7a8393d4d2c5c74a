package tpm_test

import (
	"bytes"
	"testing"

	"rasure/certify/tpm"
	"rasure/certify/tpm/tpmtest"
)

func TestSoftwareIsCalledEmulated(t *testing.T) {
	t.Parallel()
	d, err := open(t, tpmtest.Start(t)).Describe()
	if err != nil || d.Manufacturer != "IBM" || d.Vendor != "SW   TPM" || d.Firmware == "" || len(d.EKCertificates) != 2 || d.Assurance != tpm.Emulated {
		t.Errorf("%+v, %v", d, err)
	}
}

// The recorded answers of an emulated TPM, with other words in them.
func TestAnythingThatHintsAtSoftwareMakesATPMEmulated(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		manufacturer, vendor, certificate string // 4, 8 and 5 bytes
		want                              string
	}{
		{"IFX\x00", "SLB9672\x00", "model", tpm.Unverified},
		{"IFX\x00", "SLB9672\x00", "swtpm", tpm.Emulated},
		{"IFX\x00", "SW   TPM", "model", tpm.Emulated},
		{"IBM\x00", "SLB9672\x00", "model", tpm.Emulated},
		{"MSFT", "xCG fTPM", "model", tpm.Emulated},
		{"INTC", "xCG fTPM", "model", tpm.Emulated},
		{"VMW\x00", "VMware\x00\x00", "model", tpm.Emulated},
		{"\x1b[2J", "\x1b]0;\x07\x00ab", "model", tpm.Unverified},
	} {
		answers := exchange(t, "describe")
		for i, a := range answers {
			for _, swap := range [][2]string{{"IBM\x00", c.manufacturer}, {"SW  ", c.vendor[:4]}, {" TPM", c.vendor[4:]}, {"swtpm", c.certificate}} {
				a = bytes.ReplaceAll(a, []byte(swap[0]), []byte(swap[1]))
			}
			answers[i] = a
		}
		d, err := replay(answers).Describe()
		if err != nil || d.Assurance != c.want || len(d.EKCertificates) != 2 {
			t.Errorf("%q %q with a certificate for %q: %q, %v, want %q", c.manufacturer, c.vendor, c.certificate, d.Assurance, err, c.want)
		}
		if i := bytes.IndexFunc([]byte(d.Manufacturer+d.Vendor), func(r rune) bool { return r < ' ' || r > '~' }); i >= 0 {
			t.Errorf("control characters in %q %q", d.Manufacturer, d.Vendor)
		}
	}
}
