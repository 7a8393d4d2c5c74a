package contents

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// text makes a string of bytes of a disk: up to the first NUL, without invalid UTF-8 and outer spaces, at most limit bytes. Where it
// was cut, the last three are dots.
func text(b []byte, limit int) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	s := strings.TrimSpace(strings.ToValidUTF8(string(b), ""))
	if len(s) <= limit {
		return s
	}
	cut := limit - len("...")
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "..."
}

// wide is text for UTF-16, which GPT names, F2FS and exFAT labels are in. Unpaired surrogates become U+FFFD.
func wide(b []byte, order binary.ByteOrder, limit int) string {
	var u []uint16
	for ; len(b) >= 2; b = b[2:] {
		c := order.Uint16(b)
		if c == 0 {
			break
		}
		u = append(u, c)
	}
	return text([]byte(string(utf16.Decode(u))), limit)
}

// uuid prints 16 bytes in the order of RFC 9562.
func uuid(b []byte) string {
	h := hex.EncodeToString(b[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// guid prints 16 bytes as UEFI orders them: the first three fields little-endian (UEFI 2.10, appendix A).
func guid(b []byte) string {
	return strings.ToUpper(fmt.Sprintf("%08x-%04x-%04x-%x-%x", le32(b), le16(b[4:]), le16(b[6:]), b[8:10], b[10:16]))
}

func le16(b []byte) uint16 { return binary.LittleEndian.Uint16(b) }
func le32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
func le64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }
