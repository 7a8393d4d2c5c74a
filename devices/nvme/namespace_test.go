package nvme_test

import (
	"context"
	"encoding/binary"
	"slices"
	"testing"

	"rasure/devices/nvme"
)

// qemu is what QEMU 7.2 says of a namespace of 8 MiB; the fields that are zero are left out.
func qemu() []byte {
	b := make([]byte, 4096)
	for i := range 3 {
		binary.LittleEndian.PutUint64(b[8*i:], 16384)
	}
	b[24], b[25], b[27], b[28], b[33] = 0x04, 7, 0x03, 0x1f, 0x09
	for i, f := range [][2]byte{{0, 9}, {8, 9}, {16, 9}, {64, 9}, {0, 12}, {8, 12}, {16, 12}, {64, 12}} {
		b[128+4*i], b[128+4*i+2] = f[0], f[1]
	}
	return b
}

func TestParseNamespace(t *testing.T) {
	t.Parallel()
	b := qemu()
	n, err := nvme.ParseNamespace(b)
	if want := (nvme.Namespace{Size: 16384, Capacity: 16384, Used: 16384, Block: 512, Formatting: -1, Deallocated: 1}); err != nil || n != want {
		t.Errorf("got %+v, %v", n, err)
	}
	b[26], b[29], b[30], b[32], b[99] = 0x16, 0x0a, 1, 0x80|37, 1 // format 6: 4096 bytes with 16 of metadata, in line
	n, err = nvme.ParseNamespace(b)
	want := nvme.Namespace{Size: 16384, Capacity: 16384, Used: 16384, Format: 6, Block: 4096, Metadata: 16, Extended: true, Protection: 2,
		ProtectionTop: true, Shared: true, Formatting: 37, Deallocated: 1, Protected: true}
	if err != nil || n != want {
		t.Errorf("got %+v, %v", n, err)
	}
	b[26] = 0x6f // format 63: the upper two bits stand apart
	if n, _ = nvme.ParseNamespace(b); n.Format != 63 || n.Block != 0 {
		t.Errorf("got %+v", n)
	}
}

func TestActiveNamespaces(t *testing.T) {
	t.Parallel()
	a := &answers{data: make([]byte, 4096)}
	binary.LittleEndian.PutUint32(a.data, 1)
	binary.LittleEndian.PutUint32(a.data[4:], 7)
	for cns, f := range map[uint32]func(context.Context, nvme.Transport) ([]uint32, error){2: nvme.ActiveNamespaces, 0x10: nvme.AllocatedNamespaces} {
		got, err := f(context.Background(), a)
		if err != nil || !slices.Equal(got, []uint32{1, 7}) {
			t.Errorf("got %v, %v", got, err)
		}
		if a.got.Opcode != 6 || a.got.NSID != 0 || a.got.CDW != [6]uint32{cns} {
			t.Errorf("sent %+v", a.got)
		}
	}
	binary.LittleEndian.PutUint32(a.data[12:], 9) // after the end
	if got, err := nvme.ParseNamespaceList(a.data); err == nil {
		t.Errorf("a list with a hole is read as %v", got)
	}
}

func FuzzParseNamespace(f *testing.F) {
	f.Add(qemu())
	f.Add(make([]byte, 4096))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := nvme.ParseNamespace(b)
		if (err == nil) != (len(b) == 4096) || n.Format > 63 || n.Block < 0 || n.Block&(n.Block-1) != 0 {
			t.Errorf("%d bytes: %+v, %v", len(b), n, err)
		}
		if ids, err := nvme.ParseNamespaceList(b); err == nil && !slices.IsSorted(ids) {
			t.Errorf("%v is out of order", ids)
		}
		nvme.Format(1, n, nvme.EraseUser) // whatever the drive says, a command can be made
	})
}
