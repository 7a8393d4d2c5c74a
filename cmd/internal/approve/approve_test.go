package approve

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"strings"
	"testing"

	"rasure/certify/audit"
	"rasure/certify/boot"
	"rasure/certify/tpm"
)

func image() *boot.Prediction {
	p := &boot.Prediction{Image: boot.Digest{1}, Kernel: boot.Digest{2}, PCR11: boot.Digest{3}}
	p.PCR4.Off, p.PCR4.On = boot.Digest{4}, boot.Digest{5}
	return p
}

func TestApprove(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	starts := func(o Options) (all []tpm.Started) {
		t.Helper()
		o.Image, o.Version = image(), 7
		text, err := Approve(key, o)
		if err == nil {
			all, err = tpm.ReadApprovals(text)
		}
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if all := starts(Options{}); len(all) != 2 || all[0].Start != "direct" || all[0].PCR4 != (boot.Digest{4}) || all[1].PCR4 != (boot.Digest{5}) || all[1].PCR11 != (boot.Digest{3}) || all[0].Version != 7 {
		t.Errorf("%+v", all)
	}
	if shim, err := os.ReadFile("/usr/lib/systemd/boot/efi/linuxx64.efi.stub"); err == nil {
		if all := starts(Options{Shim: shim}); len(all) != 2 || all[0].Start != "shim" || all[0].PCR4 == all[1].PCR4 || all[0].PCR4 == (boot.Digest{4}) {
			t.Errorf("%+v", all)
		}
	}
	seen := func() *audit.OneBoot {
		return &audit.OneBoot{PCR4: boot.Digest{9}, PCR11: boot.Digest{3}, Programs: []boot.Digest{{8}, {1}, {2}}}
	}
	if all := starts(Options{Seen: seen(), Programs: []boot.Digest{{8}}}); len(all) != 1 || all[0].Start != "seen" || all[0].PCR4 != (boot.Digest{9}) {
		t.Errorf("%+v", all)
	}
	for name, c := range map[string]struct {
		edit func(o *Options)
		says string
	}{
		"no version":         {func(o *Options) { o.Version = 0 }, "--version"},
		"too high a version": {func(o *Options) { o.Version = 1 << 60 }, "too high"},
		"shim and seen":      {func(o *Options) { o.Shim = []byte{} }, "exclude"},
		"shim is no program": {func(o *Options) { o.Seen, o.Shim = nil, []byte("x") }, "no UEFI program"},
		"another image":      {func(o *Options) { o.Seen.PCR11[0]++ }, "another image"},
		"image not started":  {func(o *Options) { o.Seen.Programs = o.Seen.Programs[:1] }, "another image"},
		"nothing started":    {func(o *Options) { o.Seen.Programs = nil }, "another image"},
		"another ran last":   {func(o *Options) { o.Seen.Programs = []boot.Digest{{1}, {2}, {8}} }, "another image"},
		"the image alone":    {func(o *Options) { o.Seen.Programs = []boot.Digest{{1}} }, ""},
		"not named":          {func(o *Options) { o.Seen.Programs = []boot.Digest{{8}, {7}, {1}} }, "0700"},
		"the kernel first":   {func(o *Options) { o.Seen.Programs = []boot.Digest{{2}, {1}, {2}} }, "0200"},
		"other command line": {func(o *Options) { o.Seen.PCR12[0]++ }, "another command line"},
		"a system extension": {func(o *Options) { o.Seen.PCR13[0]++ }, "a system extension"},
	} {
		o := Options{Image: image(), Version: 1, Seen: seen(), Programs: []boot.Digest{{8}}}
		c.edit(&o)
		if _, err := Approve(key, o); (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseKey(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for kind, der := range map[string][]byte{"EC PRIVATE KEY": ec, "PRIVATE KEY": pkcs8} {
		if got, err := ParseKey(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})); err != nil || !got.Equal(key) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	for _, text := range []string{"", "text", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: ec}))} {
		if _, err := ParseKey([]byte(text)); err == nil {
			t.Errorf("%q is a key", text)
		}
	}
}
