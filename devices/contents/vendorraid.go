package contents

import (
	"encoding/binary"

	"rasure/cmd/message"
)

// firmwareRAID finds members of arrays that a controller's firmware makes; their metadata is at the end of the disk. Of those without a
// public specification the layouts are as libblkid 2.40 reads them.
func (d disk) firmwareRAID() (v Volume, _ message.Text) {
	v.FileSystem = d.vendorRAID()
	return v, message.Text{}
}

func (d disk) vendorRAID() string {
	end := d.size / 512
	last := d.at((end-1)*512, 512)
	switch {
	case last == nil:
		return ""
	case d.is((end-2)*512, "Intel Raid ISM Cfg Sig. "):
		return "intel-raid"
	case string(last[:4]) == "\xde\x11\xde\x11", string(last[:4]) == "\x11\xde\x11\xde":
		return "ddf-raid" // SNIA DDF 2.0, 5.5.1
	case string(last[:4]) == "\x37\xfc\x4d\x1e" && string(last[256:260]) == "DPTM":
		return "adaptec-raid"
	case string(last[:6]) == "$XIDE$":
		return "lsi-raid"
	case string(last[:2]) == "JM" && last[48] <= 5 && sum16(last[:128]) <= 1:
		return "jmicron-raid"
	case le32(last[0x60:]) == 0x2f000000 && last[0x116] < 8 && sum16(last[:0x140]) == 0:
		return "silicon-raid"
	case le16(last) == 0xaa55 && last[2] <= 2 && sum8(last[:50]) == last[50]:
		return "via-raid"
	case d.nvidiaRAID(end):
		return "nvidia-raid"
	case d.highpointRAID(end):
		return "highpoint-raid"
	case d.promiseRAID(end):
		return "promise-raid"
	}
	return ""
}

// nvidiaRAID looks for a block of 30 words whose sum, the sum itself included, is what it says.
func (d disk) nvidiaRAID(end int64) bool {
	const words = 30
	b := d.at((end-2)*512, words*4)
	if b == nil || string(b[:8]) != "NVIDIA  " || le32(b[8:]) != words {
		return false
	}
	sum := uint32(0)
	for i := 0; i < len(b); i += 4 {
		sum += le32(b[i:])
	}
	return sum == 0
}

// highpointRAID looks for both kinds: of the HPT 37x near the begin of the disk, of the HPT 45x near its end. The last byte of the magic
// says whether the array is whole.
func (d disk) highpointRAID(end int64) bool {
	const old = 9*512 + 32
	return d.is(old, "\xf0\x16\x78\x5a") || d.is(old, "\xfd\x16\x78\x5a") ||
		d.is((end-11)*512, "\xf3\x16\x78\x5a") || d.is((end-11)*512, "\xfd\x16\x78\x5a")
}

// promiseRAID looks where the drivers of the FastTrak controllers look: the place depends on the geometry that the BIOS made up.
func (d disk) promiseRAID(end int64) bool {
	for _, back := range []int64{63, 255, 256, 16, 399, 591, 675, 735, 911, 974, 991, 951, 3087} {
		if d.is((end-back)*512, "Promise Technology, Inc.") {
			return true
		}
	}
	return false
}

func sum16(b []byte) (sum uint16) {
	for ; len(b) >= 2; b = b[2:] {
		sum += binary.LittleEndian.Uint16(b)
	}
	return sum
}

func sum8(b []byte) (sum byte) {
	for _, c := range b {
		sum += c
	}
	return sum
}
