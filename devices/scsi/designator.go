package scsi

import (
	"encoding/hex"
	"strings"
)

// WorldWideName reads the Device Identification page (83h), SPC-5 7.7.6, and returns the name of the logical unit (not
// of the port or the target) in the form that Linux uses: "naa.…", "eui.…", "uuid.…" or "t10.…". The strongest kind wins.
// It is "" where the page has no such designator.
//
// Linux's own "wwid" attribute is not used: the same drive was "t10.ATA …" on 4.16 and "naa.…" on 6.17.
func WorldWideName(page []byte) (string, error) {
	b, err := pageBody(page, PageDesignators)
	if err != nil {
		return "", err
	}
	best, name := 0, ""
	for len(b) > 0 {
		if len(b) < 4 || 4+int(b[3]) > len(b) {
			return "", errInquiry
		}
		set, kind, id := b[0]&0xf, b[1]&0x3f, b[4:4+int(b[3])]
		b = b[4+len(id):]
		// Bits 5:4 are the association: 0 is the logical unit, and the mask above makes all others miss.
		if rank, s := designator(set, kind, id); rank > best {
			best, name = rank, s
		}
	}
	return name, nil
}

// designator gives the rank of one designator (0: of no use) and its name. Kinds are those of SPC-5 table 441.
func designator(set, kind uint8, id []byte) (rank int, name string) {
	if strings.Trim(string(id), "\x00 ") == "" {
		return 0, "" // cheap bridges send zeros, all of them the same
	}
	binary := set == 1
	switch {
	case kind == 3 && binary && (len(id) == 8 || len(id) == 16):
		return 5, "naa." + hex.EncodeToString(id)
	case kind == 2 && binary && (len(id) == 8 || len(id) == 12 || len(id) == 16):
		return 4, "eui." + hex.EncodeToString(id)
	case kind == 0xa && binary && len(id) == 18:
		return 3, "uuid." + hex.EncodeToString(id[2:])
	case kind == 8 && set == 3: // SCSI name string, UTF-8, "naa.5000…" or "eui.…" in it
		s := strings.ToLower(text(id))
		if strings.HasPrefix(s, "naa.") || strings.HasPrefix(s, "eui.") {
			return 2, s
		}
	case kind == 1 && (set == 2 || set == 3):
		return 1, "t10." + text(id)
	}
	return 0, ""
}
