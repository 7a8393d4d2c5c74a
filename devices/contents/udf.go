package contents

import (
	"encoding/binary"
	"encoding/hex"
	"strings"

	"rasure/cmd/message"
)

// udf finds UDF by its volume recognition sequence (ECMA-167, 2/8), and reads its label and UUID where an anchor is found.
func (d disk) udf() (v Volume, _ message.Text) {
	if !d.is(32769, "BEA01") {
		return v, message.Text{}
	}
	v.FileSystem = "udf"
	for block := int64(512); block <= 4096; block *= 2 { // the block size stands in what the anchor leads to
		const anchor = 256
		b := d.at(anchor*block, 32)
		if b == nil || le16(b) != 2 || le32(b[12:]) != anchor {
			continue
		}
		d.udfDescriptors(&v, int64(le32(b[20:]))*block, block)
		return v, message.Text{}
	}
	return v, message.Text{}
}

// udfDescriptors reads the volume descriptor sequence (ECMA-167, 3/8.4): label and UUID as libblkid makes them.
func (d disk) udfDescriptors(v *Volume, at, block int64) {
	const primary, logical, terminator, most = 1, 6, 8, 64
	for range most {
		b := d.at(at, 512)
		if b == nil {
			return
		}
		switch le16(b) {
		case primary: // 3/10.1: volume set identifier
			v.UUID = udfUUID(dstring(b[72:200]))
		case logical: // 3/10.6: logical volume identifier
			v.Label = text([]byte(dstring(b[84:212])), maxText)
		case 0, terminator:
			return
		}
		at += block
	}
}

// dstring reads a text of OSTA compressed Unicode with its length in the last byte (OSTA UDF 2.60, 2.1.3).
func dstring(b []byte) string {
	n := int(b[len(b)-1])
	if n < 1 || n > len(b)-1 {
		return ""
	}
	switch b[0] {
	case 8:
		return latin1(b[1:n])
	case 16:
		return wide(b[1:n], binary.BigEndian, len(b))
	}
	return ""
}

func latin1(b []byte) string {
	r := make([]rune, 0, len(b))
	for _, c := range b {
		r = append(r, rune(c))
	}
	return string(r)
}

// udfUUID takes the 16 hexadecimal digits that a volume set identifier should begin with. Of one that has fewer, bytes are written as such.
func udfUUID(set string) string {
	digits := len(set) - len(strings.TrimLeft(strings.ToLower(set), "0123456789abcdef"))
	switch {
	case len(set) < 8:
		return ""
	case digits >= 16:
		return strings.ToLower(set[:16])
	case digits >= 8 && len(set) >= 12:
		return strings.ToLower(set[:8]) + hex.EncodeToString([]byte(set[8:12]))
	}
	return hex.EncodeToString([]byte(set[:8]))
}
