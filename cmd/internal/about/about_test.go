package about_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"rasure/certify"
	"rasure/cmd/internal/about"
	"rasure/cmd/message"
)

func TestAbout(t *testing.T) {
	const bank = "sys/class/tpm/tpm0/pcr-sha256/"
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	tpm := fstest.MapFS{bank + "0": file("00\n"), bank + "4": file("AB04\n"), bank + "7": file("07\n"), bank + "11": file("11\n"), bank + "12": file("12\n"), bank + "13": file("13\n")}
	image := fstest.MapFS{"etc/rasure/image": file("rasure 0.1.0\nlibc6 2.36\x1b[2J\n")}
	incomplete := fstest.MapFS{bank + "4": file("04\n")}
	tool := certify.Tool{Version: "0.1.0", Go: "go1.26", BinarySHA256: "c0ffee"}
	page := func(t *testing.T, root fstest.MapFS) string {
		t.Helper()
		a, err := about.Read(root, tool)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(a.Lines(message.English), "\n")
	}

	t.Run("a machine without a TPM says that nothing was measured", func(t *testing.T) {
		got := page(t, image)
		for _, want := range []string{"c0ffee", "The kernel shows no TPM 2.0", "Boot image:", "  libc6 2.36"} {
			if !strings.Contains(got, want) {
				t.Errorf("the page has no %q:\n%s", want, got)
			}
		}
		if strings.ContainsRune(got, 0x1b) {
			t.Errorf("the page has a control character: %q", got)
		}
	})
	t.Run("registers are shown in their order, and no others", func(t *testing.T) {
		got := page(t, tpm)
		if want := "   4  ab04\n   7  07\n  11  11\n  12  12\n  13  13"; !strings.HasSuffix(got, want) {
			t.Errorf("the page does not end with\n%s\nbut is\n%s", want, got)
		}
	})
	t.Run("a register that cannot be read is an error", func(t *testing.T) {
		if _, err := about.Read(incomplete, tool); err == nil || !strings.Contains(err.Error(), "PCR 7") {
			t.Errorf("the error is %v, and does not name PCR 7", err)
		}
	})
}
