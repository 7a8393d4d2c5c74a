package nvme_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"rasure/devices/nvme"
)

// emulated opens the namespace that the laboratory names, exclusively, and fills its first MiB.
func emulated(t *testing.T) *os.File {
	t.Helper()
	name := os.Getenv("RASURE_LAB_NVME")
	if name == "" {
		t.Skip("only in the laboratory: .ci/lab/run RASURE firmware")
	}
	f, err := os.OpenFile(name, os.O_RDWR|unix.O_EXCL, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if _, err := f.WriteAt(bytes.Repeat([]byte{0x55}, 1<<20), 0); err != nil {
		t.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	return f
}

// remaining is how much of the first MiB is as it was, past the page cache.
func remaining(t *testing.T, f *os.File) int {
	t.Helper()
	if _, err := unix.IoctlRetInt(int(f.Fd()), unix.BLKFLSBUF); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1<<20)
	if _, err := f.ReadAt(b, 0); err != nil {
		t.Fatal(err)
	}
	return bytes.Count(b, []byte{0x55})
}

func TestLaboratoryFormat(t *testing.T) {
	f := emulated(t)
	tr, ctx := nvme.Ioctl(f), context.Background()
	nsid, err := nvme.NSID(tr)
	if err != nil || nsid != 1 || !nvme.HasIoctl(f) {
		t.Fatalf("namespace %d, %v", nsid, err)
	}
	c, err := nvme.IdentifyController(ctx, tr)
	if err != nil || !c.Format || c.Sanitize != (nvme.SanitizeCapabilities{}) || c.FormatFor.Crypto {
		t.Fatalf("%+v, %v", c, err)
	}
	n, err := nvme.IdentifyNamespace(ctx, tr, nsid)
	if err != nil || n.Block != 512 || n.Size == 0 {
		t.Fatalf("%+v, %v", n, err)
	}
	ids, err := nvme.ActiveNamespaces(ctx, tr)
	if err != nil || len(ids) != 1 || ids[0] != 1 {
		t.Errorf("namespaces %v, %v", ids, err)
	}
	e, err := nvme.ReadEffects(ctx, tr)
	t.Logf("%s: %+v; %+v; format known %v, sanitize known %v, %v", f.Name(), c, n, e.Supported(0x80), e.Supported(0x84), err)
	if _, err := tr.Admin(ctx, nvme.Format(nsid, n, nvme.EraseUser)); err != nil {
		t.Fatal(err)
	}
	if left := remaining(t, f); left != 0 {
		t.Errorf("%d bytes are left", left)
	}
}

// QEMU says that it went well, whatever SES is: that a command was answered without error is not what shows that it erased.
func TestLaboratoryFormat_Nonexistent(t *testing.T) {
	f := emulated(t)
	if _, err := nvme.Ioctl(f).Admin(context.Background(), nvme.Command{Opcode: 0x80, NSID: 1, CDW: [6]uint32{7 << 9}}); err != nil {
		t.Errorf("SES 7: %v: QEMU has changed, and this test with it", err)
	}
	t.Logf("%d bytes are left", remaining(t, f))
}

// TestLaboratorySanitize: QEMU has no sanitize.
func TestLaboratorySanitize(t *testing.T) {
	f := emulated(t)
	tr, ctx := nvme.Ioctl(f), context.Background()
	var refused *nvme.StatusError
	if _, err := tr.Admin(ctx, nvme.Sanitize{Action: nvme.SanitizeBlock}.Command()); !errors.As(err, &refused) || refused.Code() != nvme.InvalidOpcode {
		t.Errorf("sanitize: %v", err)
	}
	if s, err := nvme.ReadSanitizeStatus(ctx, tr); !errors.As(err, &refused) {
		t.Errorf("log 81h: %+v, %v", s, err)
	} else {
		t.Log(err)
	}
	if left := remaining(t, f); left != 1<<20 {
		t.Errorf("only %d bytes are left", left)
	}
}
