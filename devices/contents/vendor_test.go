package contents_test

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rasure/devices/contents"
)

var le, be = binary.LittleEndian, binary.BigEndian

// built are images made by hand of formats whose tools are not at hand, and what blkid of util-linux calls them.
var built = map[string]struct {
	blkid string // "" where blkid 2.38 does not know it
	make  func(b, last []byte)
}{
	"intel-raid":   {"isw_raid_member", nil},
	"adaptec-raid": {"adaptec_raid_member", func(b, last []byte) { copy(last, "\x37\xfc\x4d\x1e"); copy(last[256:], "DPTM") }},
	"lsi-raid":     {"lsi_mega_raid_member", func(b, last []byte) { copy(last, "$XIDE$") }},
	"jmicron-raid": {"jmicron_raid_member", func(b, last []byte) {
		copy(last, "JM\x01\x00")
		le.PutUint16(last[4:], 1+^uint16(0x4d4a+1))
	}},
	"silicon-raid": {"silicon_medley_raid_member", func(b, last []byte) {
		le.PutUint32(last[0x60:], 0x2f000000)
		le.PutUint16(last[0x13e:], 0xd100)
	}},
	"via-raid": {"via_raid_member", func(b, last []byte) { copy(last, "\x55\xaa\x01"); last[50] = 0 }},
	"nvidia-raid": {"nvidia_raid_member", func(b, last []byte) {
		nv := b[len(b)-1024:]
		copy(nv, "NVIDIA  ")
		le.PutUint32(nv[8:], 30)
		le.PutUint32(nv[12:], -(le.Uint32([]byte("NVID")) + le.Uint32([]byte("IA  ")) + 30))
	}},
	"highpoint-raid":     {"hpt37x_raid_member", func(b, last []byte) { copy(b[9*512+32:], "\xf0\x16\x78\x5a") }},
	"highpoint-raid 45x": {"hpt45x_raid_member", func(b, last []byte) { copy(b[len(b)-11*512:], "\xf3\x16\x78\x5a") }},
	"promise-raid":       {"promise_fasttrack_raid_member", func(b, last []byte) { copy(b[len(b)-399*512:], "Promise Technology, Inc.") }},
	"drbd":               {"drbd", func(b, last []byte) { copy(b[len(b)-4096+60:], "\x83\x74\x02\x6b"); b[len(b)-4096+84+2] = 0x10 }},
	"nss":                {"nss", func(b, last []byte) { copy(b[4096:], "SPB5") }},
	"vxfs":               {"vxfs", func(b, last []byte) { copy(b[1024:], "\xf5\xfc\x01\xa5") }},
	"zonefs":             {"", func(b, last []byte) { copy(b, "SFOZ") }}, // blkid also wants a checksum
	"corestorage":        {"", func(b, last []byte) { b[8], b[10] = 1, 0x10; copy(b[88:], "CS") }},
	"dasd":               {"", func(b, last []byte) { copy(b[512:], "\xe5\xd6\xd3\xf1") }},
	"hpfs": {"hpfs", func(b, last []byte) {
		copy(b[8192:], "\x49\xe8\x95\xf9")
		copy(b[8192+512:], "\x49\x18\x91\xf9")
	}},
}

// builtImage is the image of that name, of 4 MiB.
func builtImage(name string) []byte {
	b := make([]byte, 4<<20)
	if name == "intel-raid" {
		copy(b[len(b)-1024:], "Intel Raid ISM Cfg Sig. 1.3.00")
		return b
	}
	built[name].make(b, b[len(b)-512:])
	return b
}

// TestBuilt recognises them, and not one whose magic is wrong in its first byte. Where blkid is at hand it says what it takes them for.
func TestBuilt(t *testing.T) {
	t.Parallel()
	blkid, _ := exec.LookPath("blkid")
	for name, c := range built {
		b := builtImage(name)
		kind := strings.Fields(name)[0]
		s := read(t, b, 512)
		if s.Whole == nil || s.Whole.FileSystem != kind || s.Table != contents.None {
			t.Errorf("%s: Read = %+v %+v", name, s, s.Whole)
		}
		if blkid != "" && c.blkid != "" && name != "intel-raid" {
			file := filepath.Join(t.TempDir(), "img")
			if err := os.WriteFile(file, b, 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(blkid, "-p", "-o", "value", "-s", "TYPE", file).Output()
			if got := strings.TrimSpace(string(out)); got != c.blkid {
				t.Errorf("%s: blkid calls it %q, %v; want %q", name, got, err, c.blkid)
			}
		}
		first := slices.IndexFunc(b, func(c byte) bool { return c != 0 })
		b[first] ^= 1
		if s := read(t, b, 512); s.Whole != nil {
			t.Errorf("%s with a flipped bit: Read = %+v", name, s.Whole)
		}
	}
}

// hfsPlus is a volume whose catalog has one leaf (TN1150).
func hfsPlus(name string) []byte {
	b := make([]byte, 4<<20)
	h := b[1024:]
	copy(h, "H+\x00\x04")
	be.PutUint32(h[40:], 4096)
	copy(h[104:], "\x01\x02\x03\x04\x05\x06\x07\x08")
	be.PutUint32(h[272+16:], 10) // the catalog: 8 blocks from block 10 on
	be.PutUint32(h[272+20:], 8)
	node := b[10*4096:]
	node[8] = 1 // header node
	be.PutUint32(node[14+6:], 1)
	be.PutUint32(node[14+10:], 1)
	be.PutUint16(node[14+18:], 8192)
	leaf := node[8192:]
	leaf[8] = 0xff
	be.PutUint16(leaf[10:], 1)
	be.PutUint32(leaf[16:], 1)
	be.PutUint16(leaf[20:], uint16(len(name)))
	for i, c := range name {
		be.PutUint16(leaf[22+2*i:], uint16(c))
	}
	return b
}

// TestHFSPlus reads name and UUID, also of a volume inside of an HFS, as blkid does.
func TestHFSPlus(t *testing.T) {
	t.Parallel()
	b := hfsPlus("Macintosh HD")
	wrapped := append(make([]byte, 64<<10), b...)
	copy(wrapped[1024:], "BD")
	be.PutUint32(wrapped[1024+20:], 4096)
	be.PutUint16(wrapped[1024+28:], 16)
	copy(wrapped[1024+124:], "H+")
	be.PutUint16(wrapped[1024+126:], 14)
	for name, img := range map[string][]byte{"plain": b, "wrapped": wrapped} {
		s := read(t, img, 512)
		if s.Whole == nil || s.Whole.FileSystem != "hfs+" || s.Whole.Label != "Macintosh HD" || s.Whole.UUID != "6095e009-5132-3fc5-87c2-d5a01745283e" {
			t.Errorf("%s: %+v", name, s.Whole)
		}
		if blkid, err := exec.LookPath("blkid"); err == nil {
			file := filepath.Join(t.TempDir(), "img")
			if err := os.WriteFile(file, img, 0o600); err != nil {
				t.Fatal(err)
			}
			out, _ := exec.Command(blkid, "-p", "-o", "export", file).Output()
			for _, line := range []string{"LABEL=Macintosh\\ HD", "UUID=" + s.Whole.UUID, "TYPE=hfsplus"} {
				if !strings.Contains(string(out), line+"\n") {
					t.Errorf("%s: blkid does not print %s but\n%s", name, line, out)
				}
			}
		}
	}
	for at, v := range map[int]byte{1024 + 272 + 16: 0xff, 10*4096 + 8: 0, 10*4096 + 8192 + 8: 0, 10*4096 + 8192 + 20: 0xff, 1024 + 43: 1} {
		bad := slices.Clone(b)
		bad[at] = v
		if s := read(t, bad, 512); s.Whole == nil || s.Whole.Label != "" {
			t.Errorf("byte %d is %d: %+v", at, v, s.Whole)
		}
	}
}
