package format_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/diskfs/go-diskfs/backend"
	"github.com/diskfs/go-diskfs/filesystem/fat32"
	"github.com/diskfs/go-diskfs/partition/gpt"

	"rasure/devices/format"
)

const (
	mib = 1 << 20
	gib = 1 << 30
)

// disks are those that get a file system. cluster is what Windows would choose, in bytes.
var disks = []struct {
	name          string
	size          int64
	block, expect int
}{
	{"smallest", 35*mib + 33*512, 512, 512},
	{"64 MiB", 64 * mib, 512, 512},
	{"300 MiB", 300 * mib, 512, 4 << 10},
	{"300 MiB and some", 300*mib + 512*1001, 512, 4 << 10},
	{"4 GiB", 4 * gib, 512, 4 << 10},
	{"40 GiB", 40 * gib, 512, 32 << 10},
	{"300 GiB", 300 * gib, 512, 32 << 10}, // more sectors in a FAT than 16 bits count
	{"smallest of 4096", 259*mib + 5*4096, 4096, 4 << 10},
	{"300 MiB of 4096", 300 * mib, 4096, 4 << 10},
	{"a broken last block of 4096", 300*mib + 4096*7 + 512, 4096, 4 << 10},
	{"12 GiB of 4096", 12 * gib, 4096, 8 << 10},
	{"40 GiB of 4096", 40 * gib, 4096, 32 << 10},
}

func made() format.Options {
	return format.Options{Label: "RE-USE 7", Now: func() time.Time { return time.Date(2026, 11, 23, 17, 4, 42, 0, time.UTC) }}
}

// run lays a file system on a fresh medium.
func run(t *testing.T, size int64, block int) (*medium, []format.Extent) {
	t.Helper()
	m := newMedium(size, block)
	written, err := format.FAT32(m, size, block, made())
	if err != nil {
		t.Fatal(err)
	}
	return m, written
}

// tool runs a tool of others and returns what it said; without it the test is skipped.
func tool(t *testing.T, command ...string) string {
	t.Helper()
	path, err := exec.LookPath(command[0])
	if err != nil {
		if path, err = exec.LookPath("/usr/sbin/" + command[0]); err != nil {
			t.Skipf("%s is not installed", command[0])
		}
	}
	c := exec.Command(path, command[1:]...)
	c.Env = append(os.Environ(), "LC_ALL=C", "MTOOLSRC=/dev/null")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", command, err, out)
	}
	return string(out)
}

// partition reads the table as go-diskfs sees it and returns where its one partition begins and ends, in bytes.
func partition(t *testing.T, f backend.File, size int64, block int) (start, end int64) {
	t.Helper()
	table, err := gpt.Read(f, block, block)
	if err != nil {
		t.Fatal(err)
	}
	// Its look at the protective MBR is right for blocks of 512 bytes only: it wants the signature at the block's end.
	if table.RecoveredFromBackup || table.ProtectiveMBR != (block == 512) || len(table.Partitions) != 1 {
		t.Fatalf("table = %+v", table)
	}
	b := int64(block)
	if err := table.Verify(f, uint64(size/b*b)); err != nil {
		t.Error(err)
	}
	p := table.Partitions[0]
	if p.Type != gpt.MicrosoftBasicData {
		t.Errorf("partition type = %s", p.Type)
	}
	return int64(p.Start) * b, int64(p.End+1) * b
}

func TestFAT32_Fsck(t *testing.T) {
	t.Parallel()
	for _, d := range disks {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			m, _ := run(t, d.size, d.block)
			start, end := partition(t, newDiskfs(m), d.size, d.block)
			out := tool(t, "fsck.vfat", "-n", "-v", m.file(t, start, end, d.size <= 64*mib))
			clean(t, out)
			for _, want := range []string{
				fmt.Sprintf("%d bytes per logical sector\n", d.block),
				fmt.Sprintf("%d bytes per cluster\n", d.expect),
				fmt.Sprintf("%d hidden sectors\n", start/m.block),
				fmt.Sprintf("%d sectors total\n", (end-start)/m.block),
				"2 FATs, 32 bit entries\n",
			} {
				if !strings.Contains(out, " "+want) {
					t.Errorf("no %q in:\n%s", want, out)
				}
			}
		})
	}
}

// clean allows only the lines of fsck.vfat -v that describe; anything else is a finding.
func clean(t *testing.T, out string) {
	t.Helper()
	start := strings.Index(out, "sectors total\n")
	if start < 0 {
		t.Fatalf("fsck said:\n%s", out)
	}
	for _, l := range strings.Split(strings.TrimSpace(out[start+len("sectors total\n"):]), "\n") {
		switch { // the label counts as a file
		case l == "Checking for unused clusters.", l == "Checking free cluster summary.", strings.Contains(l, ": 1 files, 1/"):
		default:
			t.Errorf("fsck found: %s", l)
		}
	}
}

func TestFAT32_Sgdisk(t *testing.T) {
	t.Parallel()
	for _, d := range disks {
		if d.block != 512 { // in a file, sgdisk knows no other blocks; those are tested on loop devices
			continue
		}
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			m, _ := run(t, d.size, d.block)
			sgdisk(t, m.file(t, 0, d.size, d.size <= 64*mib))
		})
	}
}

func sgdisk(t *testing.T, path string) {
	t.Helper()
	out := tool(t, "sgdisk", "-v", path)
	if !strings.Contains(out, "No problems found.") || strings.Contains(out, "aution") || strings.Contains(out, "arning") {
		t.Errorf("sgdisk found:\n%s", out)
	}
}

// TestFAT32_Files: files can be written and read.
func TestFAT32_Files(t *testing.T) {
	t.Parallel()
	for _, d := range disks {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			m, _ := run(t, d.size, d.block)
			start, end := partition(t, newDiskfs(m), d.size, d.block)
			path := m.file(t, 0, d.size, d.size <= 64*mib)
			in := filepath.Join(t.TempDir(), "a long name.bin")
			want := bytes.Repeat([]byte("who erased this?"), 100_000)
			if err := os.WriteFile(in, want, 0o600); err != nil {
				t.Fatal(err)
			}
			img := fmt.Sprintf("%s@@%d", path, start)
			tool(t, "mcopy", "-i", img, in, "::")
			out := in + ".out"
			tool(t, "mcopy", "-i", img, "::a long name.bin", out)
			if got, err := os.ReadFile(out); err != nil || !bytes.Equal(got, want) {
				t.Errorf("mcopy gave back %d bytes, err %v; want the %d that went in", len(got), err, len(want))
			}
			if got := tool(t, "mlabel", "-s", "-i", img, "::"); !strings.Contains(got, "Volume label is RE-USE 7") {
				t.Errorf("mlabel: %s", got)
			}
			if d.size > gib {
				return
			}
			// What mcopy wrote fits to what is there: fsck again, on the partition.
			part := filepath.Join(t.TempDir(), "part")
			tool(t, "dd", "if="+path, "of="+part, "bs=1M", "conv=sparse", "status=none",
				fmt.Sprintf("skip=%d", start/mib), fmt.Sprintf("count=%d", (end-start)/mib))
			tool(t, "fsck.vfat", "-n", part)
		})
	}
}

func TestFAT32_GoDiskfs(t *testing.T) {
	t.Parallel()
	for _, d := range disks {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			m, _ := run(t, d.size, d.block)
			start, end := partition(t, newDiskfs(m), d.size, d.block)
			f, err := fat32.Read(readOnly{newDiskfs(m)}, end-start, start, m.block)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimSpace(f.Label()); got != "RE-USE 7" {
				t.Errorf("label = %q", got)
			}
			entries, err := f.ReadDir(".")
			if err != nil || len(entries) != 0 {
				t.Errorf("root directory = %v, %v, want it empty", entries, err)
			}
		})
	}
}

type readOnly struct{ diskfs }

func (readOnly) Sys() (*os.File, error)                  { return nil, errors.ErrUnsupported }
func (readOnly) Writable() (backend.WritableFile, error) { return nil, errors.ErrUnsupported }
func (readOnly) Path() string                            { return "" }

// TestExtents: the extents are exactly what changed.
func TestExtents(t *testing.T) {
	t.Parallel()
	for _, d := range disks {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			m, written := run(t, d.size, d.block)
			if got := m.changed(); !slices.Equal(got, written) {
				t.Errorf("changed %v\nwritten %v", got, written)
			}
			before, err := format.Extents(format.FAT, d.size, d.block)
			if err != nil || !slices.Equal(before, written) {
				t.Errorf("Extents = %v, %v\nwritten %v", before, err, written)
			}
		})
	}
}

// The whole image, byte for byte, not only the blocks that the medium remembers.
func TestExtents_Outside(t *testing.T) {
	t.Parallel()
	m, written := run(t, 64*mib, 512)
	image, err := os.ReadFile(m.file(t, 0, m.size, true))
	if err != nil {
		t.Fatal(err)
	}
	was := make([]byte, len(image))
	pattern(was, 0)
	for off := int64(0); off < m.size; off += 512 {
		inside := slices.ContainsFunc(written, func(e format.Extent) bool { return e.Offset <= off && off < e.Offset+e.Length })
		if same := bytes.Equal(image[off:off+512], was[off:off+512]); same == inside {
			t.Fatalf("block at %d: unchanged %v, in the extents %v", off, same, inside)
		}
	}
}

// What Windows looks at, read from the bytes (fatgen; UEFI 2.10, 5.2.3).
func TestFAT32_Fields(t *testing.T) {
	t.Parallel()
	le := binary.LittleEndian
	for _, d := range disks {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			m, _ := run(t, d.size, d.block)
			start, end := partition(t, newDiskfs(m), d.size, d.block)
			b, mbr := make([]byte, m.block), make([]byte, m.block)
			m.blockAt(mbr, 0)
			m.blockAt(b, start/m.block)
			if got := fmt.Sprintf("%x", mbr[446:458]); got != "00000200eeffffff01000000" {
				t.Errorf("MBR entry = %s", got)
			}
			if got, want := int64(le.Uint32(mbr[458:])), m.size/m.block-1; got != want {
				t.Errorf("MBR entry has %d blocks, want %d", got, want)
			}
			reserved, perFAT, per := int64(le.Uint16(b[14:])), int64(le.Uint32(b[36:])), int64(b[13])
			data := start + (reserved+2*perFAT)*m.block
			clusters := ((end-start)/m.block - reserved - 2*perFAT) / per
			for rule, ok := range map[string]bool{
				"the partition begins at 1 MiB":                start == mib,
				"the partition ends at a MiB":                  end%mib == 0,
				"the partition leaves less than 2 MiB":         m.size-end < 2*mib,
				"the data begin at a MiB":                      data%mib == 0,
				"the clusters are enough for FAT32":            clusters >= 65541,
				"the FAT has an entry for each":                perFAT*m.block/4 >= clusters+2,
				"the FAT has no sector too many":               (perFAT-1)*m.block/4 < clusters+2,
				"the hidden sectors are those before it":       int64(le.Uint32(b[28:])) == start/m.block,
				"the media byte is that of a partitioned disk": b[21] == 0xf8,
				"the signature is at 510":                      b[510] == 0x55 && b[511] == 0xaa,
				"FSInfo is in sector 1, the copies in 6":       le.Uint16(b[48:]) == 1 && le.Uint16(b[50:]) == 6,
				"the first FAT is empty":                       empty(m, start+reserved*m.block, 12, perFAT*m.block),
				"the second FAT is empty":                      empty(m, start+(reserved+perFAT)*m.block, 12, perFAT*m.block),
				"the root directory has only a label":          empty(m, data, 32, per*m.block),
			} {
				if !ok {
					t.Errorf("not so: %s (data %d, clusters %d, FAT %d sectors, reserved %d)", rule, data, clusters, perFAT, reserved)
				}
			}
			info, copied := make([]byte, m.block), make([]byte, m.block)
			m.blockAt(info, start/m.block+1)
			if got := int64(le.Uint32(info[488:])); got != clusters-1 {
				t.Errorf("free clusters = %d, want %d", got, clusters-1)
			}
			for n := range int64(3) {
				m.blockAt(info, start/m.block+n)
				if m.blockAt(copied, start/m.block+6+n); !bytes.Equal(info, copied) {
					t.Errorf("sector %d and its copy at %d differ", n, 6+n)
				}
			}
		})
	}
}

// empty reports whether the bytes from skip to size, counted from off, are 0.
func empty(m *medium, off, skip, size int64) bool {
	b := make([]byte, m.block)
	for at := int64(0); at < size; at += m.block {
		m.blockAt(b, (off+at)/m.block)
		if len(bytes.Trim(b[skip:], "\x00")) > 0 {
			return false
		}
		skip = 0
	}
	return true
}

// TestFAT32_LabelDate: the label has a date that FAT can hold.
func TestFAT32_LabelDate(t *testing.T) {
	t.Parallel()
	east := time.FixedZone("", 8*3600)
	for _, d := range []struct {
		now  time.Time
		want string // time and date as they stand, fatgen "Date and Time Formats"
	}{
		{time.Date(2026, 11, 23, 17, 4, 43, 0, east), "9588775d"},
		{time.Date(2107, 12, 31, 23, 59, 59, 0, time.UTC), "7dbf9fff"},
		{time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), "00002100"},
		{time.Date(1970, 1, 1, 9, 9, 9, 0, time.UTC), "00002100"},
		{time.Date(2108, 1, 1, 9, 9, 9, 0, time.UTC), "00002100"},
	} {
		m := newMedium(64*mib, 512)
		written, err := format.FAT32(m, m.size, 512, format.Options{Label: "A", Now: func() time.Time { return d.now }})
		if err != nil {
			t.Fatal(err)
		}
		root := make([]byte, 512)
		last := written[len(written)-2] // FATs and root directory, which is one sector here
		m.blockAt(root, (last.Offset+last.Length)/512-1)
		if got := fmt.Sprintf("%x", root[22:26]); string(root[:11]) != "A          " || got != d.want {
			t.Errorf("%v: label %q of %s, want %s", d.now, root[:11], got, d.want)
		}
	}
}
