package contents_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"rasure/devices/contents"
)

// captured gives the bytes that Read looks at of an image that the format's own tool made; all else is zeros, and the
// end of the image is not there.
func captured(t testing.TB, name string) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name+".img.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sized is an image whose rest is zeros.
type sized []byte

func (s sized) ReadAt(p []byte, off int64) (int, error) {
	clear(p)
	if off < int64(len(s)) {
		copy(p, s[off:])
	}
	return len(p), nil
}

// TestSignatures_Tools: file systems of other tools are recognised.
func TestSignatures_Tools(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		capture          string
		size             int64
		name, label, uid string // as util-linux blkid 2.38 printed them; pvs for lvm2
		entries, more    int
	}{
		{"exfat", 8 << 20, "exfat", "Stick秘", "FB6F-7CC0", 0, 0},                                // exfatprogs 1.2.0
		{"ntfs", 2 << 20, "ntfs", "WinDisk", "6F0BB30D09624CB6", 12, 51},                        // ntfs-3g 2022.10.3; ntfsls shows 63
		{"xfs", 320 << 20, "xfs", "xlabel", "518c5a28-65f5-47da-b01e-3b239e124fc6", 0, 0},       // xfsprogs 6.1.0
		{"btrfs", 160 << 20, "btrfs", "blabel", "4e2e6873-248a-4127-b3cb-6dbbf1df0874", 0, 0},   // btrfs-progs 6.2
		{"f2fs", 64 << 20, "f2fs", "flabel", "a750f089-267a-48a7-802d-72c6614f6f81", 0, 0},      // f2fs-tools 1.15.0
		{"udf", 8 << 20, "udf", "", "", 0, 0},                                                   // udftools 2.3
		{"iso9660-joliet", 378880, "iso9660", "ISOLBL", "", 3, 0},                               // genisoimage 1.1.11
		{"luks1", 20 << 20, "luks1", "", "840209a2-30a9-45e3-b93b-b94318ce107c", 0, 0},          // cryptsetup
		{"luks2", 20 << 20, "luks2", "lux", "0ab63603-0bdf-40cb-ba09-ca052bf0b03f", 0, 0},       // cryptsetup
		{"lvm2", 8 << 20, "lvm2", "", "ahc5pE-SrJj-mkRl-0BHW-Jfjq-GOZz-0B39Sx", 0, 0},           // lvm2
		{"swap", 8 << 20, "swap", "swp", "8a66f006-fdc6-4c94-9a9c-cb64f8de90f2", 0, 0},          // util-linux
		{"nilfs2", 140 << 20, "nilfs2", "nlabel", "6567a51f-6981-4463-a630-448e9a860867", 0, 0}, // nilfs-tools 2.2.9
		{"gfs2", 160 << 20, "gfs2", "clus:fs", "885ae74d-b48c-4300-92a9-05849b454a94", 0, 0},    // gfs2-utils 3.5.0
		{"ocfs2", 300 << 20, "ocfs2", "olabel", "7511047e-6624-49c0-8066-24a573959040", 0, 0},   // ocfs2-tools 1.8.7
		{"reiser4", 64 << 20, "reiser4", "r4", "4caf968a-9e18-48d0-aa28-9d0a5a5980a8", 0, 0},    // reiser4progs 1.2.2
		{"reiserfs", 64 << 20, "reiserfs", "rl", "17503601-e812-430e-a066-51587d7c3062", 0, 0},  // reiserfsprogs 3.6.27
		{"udf-label", 8 << 20, "udf", "UDF 秘密", "6b0d16e585a4f04a", 0, 0},                       // udftools 2.3
		{"hfs", 4 << 20, "hfs", "Mac Disk", "", 0, 0},                                           // hfsutils 3.2.6
		{"jfs", 32 << 20, "jfs", "jl", "3af06161-313e-4bcf-88ca-df14346867a3", 0, 0},            // jfsutils 1.1.15
		{"minix", 4 << 20, "minix", "", "", 0, 0},                                               // util-linux
		{"minix3", 4 << 20, "minix", "", "", 0, 0},                                              // util-linux
		{"bfs", 4 << 20, "bfs", "", "", 0, 0},                                                   // util-linux
		{"cramfs", 1 << 20, "cramfs", "clabel", "", 0, 0},                                       // util-linux
		{"romfs", 1 << 20, "romfs", "rlabel", "", 0, 0},                                         // genromfs 0.5.7
		{"ubi", 256 << 10, "ubi", "", "", 0, 0},                                                 // mtd-utils 2.1.5; blkid 2.38 does not know it
		{"ubifs", 1650688, "ubifs", "", "e6e3c701-c5ea-4a5d-9cc5-8431fde13ba4", 0, 0},           // mtd-utils 2.1.5
	} {
		s, err := contents.Read(sized(captured(t, c.capture)), c.size, 512)
		w := s.Whole
		if err != nil || w == nil || w.FileSystem != c.name || w.Label != c.label || w.UUID != c.uid || len(w.Entries) != c.entries || w.More != c.more ||
			s.Table != contents.None || len(s.Notes) != 0 {
			t.Errorf("%s: Read = %+v %+v, %v", c.capture, s, w, err)
		}
	}
}

// TestRead_Windows: names of NTFS and exFAT are read.
func TestRead_Windows(t *testing.T) {
	t.Parallel()
	s, _ := contents.Read(sized(captured(t, "ntfs")), 2<<20, 512)
	if e := s.Whole.Entries; e[0] != "Aaa.doc" || e[2] != "a file with a long name number 10.txt" {
		t.Errorf("ntfs: %q", e)
	}
	n := captured(t, "ntfs")
	name := []byte("\x07\x00A\x00a\x00a\x00.\x00d\x00o\x00c\x00") // length, namespace (POSIX), name
	for i := bytes.Index(n, name); i >= 0; i = bytes.Index(n, name) {
		n[i+1] = 2 // the short name of something
	}
	if s, _ = contents.Read(sized(n), 2<<20, 512); s.Whole.Entries[0] != "a file with a long name number 1.txt" || s.Whole.More != 50 {
		t.Errorf("ntfs with a short name: %+v", s.Whole)
	}

	b := captured(t, "exfat")
	cluster := int64(512) << b[109]
	root := 512*int64(binary.LittleEndian.Uint32(b[88:])) + int64(binary.LittleEndian.Uint32(b[96:])-2)*cluster
	b = append(b, make([]byte, 1<<20)...)
	e := b[root:]
	for e[0] != 0 {
		e = e[32:]
	}
	for _, name := range []string{"Bilder", "ein langer Name mit mehr als 15 Zeichen.txt"} {
		u := utf16.Encode([]rune(name))
		e[0] = 0x85
		if name == "Bilder" {
			e[4] = 0x10
		}
		e[32], e[32+3] = 0xc0, byte(len(u))
		for e = e[64:]; len(u) > 0; e = e[32:] {
			e[0] = 0xc1
			for i, c := range u[:min(len(u), 15)] {
				binary.LittleEndian.PutUint16(e[2+2*i:], c)
			}
			u = u[min(len(u), 15):]
		}
	}
	s, _ = contents.Read(sized(b), 8<<20, 512)
	if want := []string{"Bilder/", "ein langer Name mit mehr als 15 Zeichen.txt"}; !slices.Equal(s.Whole.Entries, want) {
		t.Errorf("exfat: %q, want %q", s.Whole.Entries, want)
	}
}

// TestASignatureIsRecognisedWhereItBelongs is for formats whose tools are not at hand: it shows that the place is the
// one in the table of the source named there, not that the source is right.
func TestSignatures(t *testing.T) {
	t.Parallel()
	const size = 16 << 20
	raid := func(minor string) string {
		return "\xfc\x4e\x2b\xa9\x01\x00\x00\x00" + strings.Repeat("\x00", 8) + "0123456789abcdef" + "host:array\x00"
	}
	for _, c := range []struct {
		name, label string
		at          int64
		magic       string
		super       int64 // super_offset of md 1.x, sectors
	}{
		{"md", "host:array", 0, raid("1.1"), 0},
		{"md", "host:array", 4096, raid("1.2"), 8},
		{"md", "host:array", size - 8192, raid("1.0"), (size - 8192) / 512},
		{"md", "", size - 65536, "\xfc\x4e\x2b\xa9\x00\x00\x00\x00\x5a\x00\x00\x00", 0},
		{"md", "", size - 65536, "\xa9\x2b\x4e\xfc\x00\x00\x00\x00\x00\x00\x00\x5a", 0},
		{"intel-raid", "", size - 1024, "Intel Raid ISM Cfg Sig. 1.3.00", 0},
		{"ddf-raid", "", size - 512, "\xde\x11\xde\x11", 0},
		{"zfs", "", 128<<10 + 7*1024, "\x0c\xb1\xba\x00\x00\x00\x00\x00", 0},
		{"zfs", "", size - 128<<10, "\x00\x00\x00\x00\x00\xba\xb1\x0c", 0},
		{"bitlocker", "", 3, "-FVE-FS-", 0},
		{"bcachefs", "", 4096 + 24, "\xc6\x85\x73\xf6\x66\xce\x90\xa9\xd9\x6a\x60\xcf\x80\x3d\xf7\xef", 0},
		{"apfs", "", 32, "NXSB", 0},
		{"hfs+", "", 1024, "H+\x00\x04", 0},
		{"vmfs", "", 2 << 20, "\x5e\xf1\xab\x2f", 0},
		{"jfs", "", 32768, "JFS1", 0},
		{"swap", "", 65536 - 10, "SWAPSPACE2", 0},
	} {
		b := make([]byte, size)
		copy(b[c.at:], c.magic)
		if c.super > 0 {
			binary.LittleEndian.PutUint64(b[c.at+144:], uint64(c.super))
		}
		s := read(t, b, 512)
		if s.Whole == nil || s.Whole.FileSystem != c.name || s.Whole.Label != c.label {
			t.Errorf("%s at %d: Read = %+v %+v", c.name, c.at, s, s.Whole)
		}
		b[c.at] ^= 1
		if s := read(t, b, 512); s.Whole != nil {
			t.Errorf("%s at %d with a flipped bit: Read = %+v", c.name, c.at, s.Whole)
		}
	}
}

// TestZFS: the name of a pool is read.
func TestZFS(t *testing.T) {
	t.Parallel()
	b := make([]byte, 1<<20)
	copy(b[128<<10:], "\x0c\xb1\xba\x00\x00\x00\x00\x00")
	copy(b[16<<10+100:], "\x00\x00\x00\x04name\x00\x00\x00\x09\x00\x00\x00\x01\x00\x00\x00\x04tank")
	if s := read(t, b, 512); s.Whole == nil || s.Whole.Label != "tank" {
		t.Errorf("Read = %+v", s.Whole)
	}
}

// TestSwap_Hibernation: a hibernated machine is noted.
func TestSwap_Hibernation(t *testing.T) {
	t.Parallel()
	b := make([]byte, 1<<20)
	copy(b[4086:], "S1SUSPEND\x00")
	if s := read(t, b, 512); s.Whole == nil || s.Whole.FileSystem != "swap" || !noted(s, "memory of a hibernating") {
		t.Errorf("Read = %+v", s)
	}
}

// TestSignatures_Second: a second signature is noted.
func TestSignatures_Second(t *testing.T) {
	t.Parallel()
	b := slices.Concat(captured(t, "lvm2"), make([]byte, 1<<20))
	copy(b[4086:], "SWAPSPACE2")
	if s := read(t, b, 512); s.Whole.FileSystem != "lvm2" || !noted(s, "also", "swap") {
		t.Errorf("Read = %+v", s)
	}
}

// TestRead_HybridISO: an ISO image on a stick also has a table.
func TestRead_HybridISO(t *testing.T) {
	t.Parallel()
	b := slices.Concat(captured(t, "iso9660-joliet"), make([]byte, 1<<20))
	b[446+4], b[446+12], b[510], b[511] = 0x17, 100, 0x55, 0xaa
	s, err := contents.Read(bytes.NewReader(b), 378880, 512)
	if err != nil || s.Table != contents.MBR || len(s.Partitions) != 1 || s.Whole == nil || s.Whole.Label != "ISOLBL" || len(s.Whole.Entries) != 3 {
		t.Errorf("Read = %+v %+v", s, s.Whole)
	}
}

// TestBcachefs distinguishes bcache and bcachefs, which once had the same magic.
func TestBcachefs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		version    uint64
		kind, uuid string
	}{
		"bcache":       {4, "bcache", "00010203-0405-0607-0809-0a0b0c0d0e0f"},
		"old bcachefs": {13<<16 | 13, "bcachefs", "10111213-1415-1617-1819-1a1b1c1d1e1f"},
	} {
		b := make([]byte, 1<<20)
		at := b[4096:]
		binary.LittleEndian.PutUint64(at[16:], c.version)
		copy(at[24:], "\xc6\x85\x73\xf6\x4e\x1a\x45\xca\x82\x65\xf5\x7f\x48\xba\x6d\x81")
		for i := range 32 {
			at[40+i] = byte(i)
		}
		copy(at[72:], "Label")
		s := read(t, b, 512)
		if s.Whole == nil || s.Whole.FileSystem != c.kind || s.Whole.UUID != c.uuid || s.Whole.Label != "Label" || len(s.Notes) != 0 {
			t.Errorf("%s: %+v", name, s.Whole)
		}
	}
}
