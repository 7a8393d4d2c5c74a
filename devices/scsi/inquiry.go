package scsi

import (
	"context"
	"encoding/binary"
	"strings"

	"rasure/cmd/message"
)

// Inquiry is the standard INQUIRY data, SPC-5 6.7.2. Strings are trimmed but otherwise as the drive sent them: hostile.
type Inquiry struct {
	Type                      uint8 // peripheral device type: 0 disk, 14h host managed zoned disk
	Removable                 bool  // the medium can be taken out
	Version                   uint8 // 5 SPC-3, 6 SPC-4, 7 SPC-5
	Vendor, Product, Revision string
}

// Vital product data pages, SPC-5 7.7 and SBC-4 6.6.
const (
	PageSupported       = 0x00
	PageUnitSerial      = 0x80
	PageDesignators     = 0x83
	PageATAInformation  = 0x89 // SAT-5 12.4.2
	PageCharacteristics = 0xb1 // SBC-4 6.6.2
)

var errInquiry = message.New("malformed inquiry data")

const opInquiry = 0x12

// Inquire asks the drive for its standard inquiry data.
func Inquire(ctx context.Context, t Transport) (Inquiry, error) {
	// At most 36 bytes: some bridges hang on a longer allocation length.
	b, err := inquire(ctx, t, 0, 0, 36)
	if err != nil {
		return Inquiry{}, err
	}
	return ParseInquiry(b)
}

// ParseInquiry reads standard inquiry data, of which at least 36 bytes must be there.
func ParseInquiry(b []byte) (Inquiry, error) {
	if len(b) < 36 || b[0]>>5 != 0 { // peripheral qualifier: 0 a device is there
		return Inquiry{}, errInquiry
	}
	return Inquiry{
		Type: b[0] & 0x1f, Removable: b[1]&0x80 != 0, Version: b[2],
		Vendor: text(b[8:16]), Product: text(b[16:32]), Revision: text(b[32:36]),
	}, nil
}

// VPD asks the drive for a page of vital product data and returns the whole page, header included. The drive must have
// answered with the same page; some bridges answer every page request with their standard data.
func VPD(ctx context.Context, t Transport, page uint8) ([]byte, error) {
	size := 252 // below 256 for bridges that look at one byte of the length only
	if page == PageATAInformation {
		size = 572 // SAT-5 12.4.2
	}
	b, err := inquire(ctx, t, 1, page, size)
	if err != nil {
		return nil, err
	}
	_, err = pageBody(b, page)
	return b, err
}

func inquire(ctx context.Context, t Transport, evpd, page uint8, size int) ([]byte, error) {
	data := make([]byte, size)
	cdb := []byte{opInquiry, evpd, page, byte(size >> 8), byte(size), 0}
	r, err := t.Do(ctx, Command{CDB: cdb, Direction: In, Data: data})
	if err != nil {
		return nil, err
	}
	if err := r.Err(opInquiry); err != nil {
		return nil, err
	}
	if r.Residual < 0 || r.Residual > size {
		return nil, errInquiry
	}
	return data[:size-r.Residual], nil
}

// UnitSerial reads the Unit Serial Number page (80h), SPC-5 7.7.19; "" if the drive reports none.
func UnitSerial(page []byte) (string, error) {
	b, err := pageBody(page, PageUnitSerial)
	return text(b), err
}

// ATAIdentify returns the 512 bytes of IDENTIFY DEVICE data in the ATA Information page (89h), SAT-5 12.4.2. It is a
// copy from when the drive was found: good for names and numbers, never for a state that can change.
func ATAIdentify(page []byte) ([]byte, error) {
	b, err := pageBody(page, PageATAInformation)
	if err != nil || len(b) < 568 || b[52] != 0xec { // ECh IDENTIFY DEVICE; A1h would be an optical drive
		return nil, errInquiry
	}
	return b[56:568], nil
}

// RotationRate reads the Block Device Characteristics page (B1h), SBC-4 6.6.2: 0 not reported, 1 no rotation,
// 0401h to FFFEh revolutions a minute.
func RotationRate(page []byte) (uint16, error) {
	b, err := pageBody(page, PageCharacteristics)
	if err != nil || len(b) < 2 {
		return 0, errInquiry
	}
	return binary.BigEndian.Uint16(b), nil
}

// UnreadableAfter reads from the same page whether reads fail, until the block is written, after a block erase (WABEREQ) and after a
// cryptographic erase (WACEREQ): 2 and 3 are an error there, SBC-4 6.6.2.
func UnreadableAfter(page []byte) (block, crypto bool) {
	b, err := pageBody(page, PageCharacteristics)
	if err != nil || len(b) < 4 {
		return false, false
	}
	return b[3]>>6 >= 2, b[3]>>4&3 >= 2
}

// pageBody checks the four bytes of a page's header and returns what they say follows.
func pageBody(b []byte, page uint8) ([]byte, error) {
	if len(b) < 4 || b[1] != page {
		return nil, errInquiry
	}
	n := int(binary.BigEndian.Uint16(b[2:]))
	if n > len(b)-4 {
		return nil, errInquiry
	}
	return b[4 : 4+n], nil
}

// text trims the padding that drives put on either side: spaces, and zero bytes where they should have put spaces.
func text(b []byte) string { return strings.Trim(string(b), " \x00") }
