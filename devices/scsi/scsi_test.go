package scsi_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"rasure/devices/scsi"
)

func fromHex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// Captured from QEMU 7.2 disks under Linux 6.1.192, except the sense data, which libata 6.12 returned to hdparm.
var (
	vpd80SATA  = fromHex("00 80 00 14 53 41 54 41 30 30 30 31 20 20 20 20 20 20 20 20 20 20 20 20")
	vpd83SAS   = fromHex("00 83 00 15 02 00 00 05 53 41 53 30 31 01 03 00 08 50 00 c5 00 11 11 22 22")
	vpd83UAS   = fromHex("00 83 00 0d 02 00 00 09 55 41 53 44 49 53 4b 30 31")
	vpdB1      = append(fromHex("00 b1 00 3c 1c 20"), make([]byte, 58)...)
	inquiryUAS = fromHex("00 00 05 12 1f 00 00 12 4c 41 42 20 20 20 20 20 55 41 53 44 49 53 4b 20 20 20 20 20 20 20 20 20 32 2e 35 2b")
)

// TestParseSense: both formats are read.
func TestParseSense(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]scsi.Sense{
		"72 01 00 1d 00 00 00 0e 09 0c 00 00 00 00 00 00 00 00 00 00 40 50": {Key: 1, ASCQ: 0x1d},
		"f0 00 0b 04 41 40 01 0a 00 00 00 00 00 00 00 00 00 00":             {Key: 0xb},
		"70 00 05 00 00 00 00 0a 00 00 00 00 24 01 00 00 00 00":             {Key: 5, ASC: 0x24, ASCQ: 1},
		"71 00 03 00 00 00 00 0a 00 00 00 00 31 03 00 00 00 00":             {Key: 3, ASC: 0x31, ASCQ: 3, Deferred: true},
		"73 02 04 1b 00 00 00 00":                                           {Key: 2, ASC: 4, ASCQ: 0x1b, Deferred: true},
		"70 00 05 00 00 00 00 04 00 00 00 00 24 01":                         {Key: 5}, // says that it ends before ASC
		"70 00 05 00 00 00 00 0a 00 00 00 00":                               {Key: 5}, // was cut before ASC
	} {
		if got, err := scsi.ParseSense(fromHex(in)); err != nil || got != want {
			t.Errorf("ParseSense(%s) = %+v, %v, want %+v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "70", "72 01 00 1d 00 00 00", "00 00 00 00 00 00 00 00", "7f 00 00 00 00 00 00 00"} {
		if got, err := scsi.ParseSense(fromHex(in)); err == nil {
			t.Errorf("ParseSense(%s) = %+v", in, got)
		}
	}
}

// TestReplyErr: only status GOOD is a success.
func TestReplyErr(t *testing.T) {
	t.Parallel()
	if err := (scsi.Reply{}).Err(0x12); err != nil {
		t.Error(err)
	}
	var e *scsi.SenseError
	err := scsi.Reply{Status: 2, Sense: fromHex("70 00 05 00 00 00 00 0a 00 00 00 00 20 00 00 00 00 00")}.Err(0x48)
	if !errors.As(err, &e) || *e != (scsi.SenseError{Opcode: 0x48, Status: 2, Key: 5, ASC: 0x20}) {
		t.Errorf("got %v", err)
	}
	err = scsi.Reply{Status: scsi.StatusReservationConflict}.Err(0x2a)
	if !errors.As(err, &e) || e.Status != 0x18 || e.Key != 0 {
		t.Errorf("got %v", err)
	}
}

func TestUnitSerial(t *testing.T) {
	t.Parallel()
	if s, err := scsi.UnitSerial(vpd80SATA); err != nil || s != "SATA0001" {
		t.Errorf("got %q, %v", s, err)
	}
	for _, bad := range [][]byte{nil, vpd80SATA[:3], vpd80SATA[:23], vpd83SAS} { // short, cut, another page
		if s, err := scsi.UnitSerial(bad); err == nil {
			t.Errorf("UnitSerial(% x) = %q", bad, s)
		}
	}
}

// TestWorldWideName: the strongest name of the unit itself wins.
func TestWorldWideName(t *testing.T) {
	t.Parallel()
	page := func(designators string) []byte {
		b := fromHex(designators)
		return append([]byte{0, 0x83, 0, byte(len(b))}, b...)
	}
	const (
		naa    = "01 03 00 08 50 00 c5 00 11 11 22 22 "
		port   = "01 93 00 08 50 00 c5 00 11 11 22 23 " // association 1
		eui    = "01 02 00 08 00 26 b7 28 3b 12 b3 15 "
		t10    = "02 01 00 0c 41 54 41 20 20 20 20 20 41 42 43 20 "
		zero   = "01 03 00 08 00 00 00 00 00 00 00 00 "
		name   = "03 08 00 14 6e 61 61 2e 35 30 30 30 43 35 30 30 31 31 31 31 32 32 32 32 "
		uuid   = "01 0a 00 12 10 00 3f 1b 2c 44 aa aa 4b bb 8c cc 01 23 45 67 89 ab "
		vendor = "02 00 00 05 53 41 53 30 31 "
	)
	for in, want := range map[string]string{
		vendor: "", port: "", zero: "", naa: "naa.5000c50011112222", t10 + eui: "eui.0026b7283b12b315",
		eui + naa + t10: "naa.5000c50011112222", port + t10: "t10.ATA     ABC", zero + t10: "t10.ATA     ABC",
		name: "naa.5000c50011112222", uuid + t10: "uuid.3f1b2c44aaaa4bbb8ccc0123456789ab", "": "",
	} {
		if got, err := scsi.WorldWideName(page(in)); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", in, got, err, want)
		}
	}
	if got, err := scsi.WorldWideName(vpd83UAS); err != nil || got != "" {
		t.Errorf("got %q, %v", got, err)
	}
	for _, bad := range []string{"01 03 00 09 50 00 c5 00 11 11 22 22", "01 03 00"} {
		if got, err := scsi.WorldWideName(page(bad)); err == nil {
			t.Errorf("%s: got %q", bad, got)
		}
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	if rate, err := scsi.RotationRate(vpdB1); err != nil || rate != 7200 {
		t.Errorf("got %d, %v", rate, err)
	}
}

// answers is a transport that gives one answer and keeps the command.
type answers struct {
	data  []byte
	reply scsi.Reply
	got   scsi.Command
}

func (a *answers) Do(_ context.Context, c scsi.Command) (scsi.Reply, error) {
	a.got = c
	r := a.reply
	r.Residual += len(c.Data) - copy(c.Data, a.data)
	return r, nil
}

// TestInquire_Length: INQUIRY requests no more than old bridges accept.
func TestInquire_Length(t *testing.T) {
	t.Parallel()
	a := &answers{data: inquiryUAS}
	i, err := scsi.Inquire(context.Background(), a)
	if err != nil || i.Vendor != "LAB" || i.Product != "UASDISK" || i.Revision != "2.5+" || i.Type != 0 || i.Removable {
		t.Errorf("got %+v, %v", i, err)
	}
	if want := fromHex("12 00 00 00 24 00"); !bytes.Equal(a.got.CDB, want) || a.got.Direction != scsi.In {
		t.Errorf("sent % x, want % x", a.got.CDB, want)
	}
	a.data = inquiryUAS[:20]
	if i, err := scsi.Inquire(context.Background(), a); err == nil {
		t.Errorf("half an answer was taken for %+v", i)
	}
}

// TestVPD_OtherPage: a page is accepted only if it is the requested one.
func TestVPD_OtherPage(t *testing.T) {
	t.Parallel()
	a := &answers{data: vpd80SATA}
	b, err := scsi.VPD(context.Background(), a, 0x80)
	if err != nil || !bytes.Equal(b, vpd80SATA) {
		t.Errorf("got % x, %v", b, err)
	}
	if want := fromHex("12 01 80 00 fc 00"); !bytes.Equal(a.got.CDB, want) {
		t.Errorf("sent % x, want % x", a.got.CDB, want)
	}
	if _, err := scsi.VPD(context.Background(), a, 0x83); err == nil { // some bridges answer whatever they have
		t.Error("page 80h was taken for page 83h")
	}
	if _, err := scsi.VPD(context.Background(), &answers{data: vpd80SATA[:9]}, 0x80); err == nil {
		t.Error("a page that was cut was taken")
	}
	if _, err := scsi.VPD(context.Background(), &answers{data: vpd80SATA, reply: scsi.Reply{Residual: 9999}}, 0x80); err == nil {
		t.Error("a residual larger than the buffer was taken")
	}
}

func FuzzParseSense(f *testing.F) {
	f.Add(fromHex("72 01 00 1d 00 00 00 0e 09 0c 01 00 00 00 00 ff 00 ff 00 01 40 50"))
	f.Add(fromHex("f0 00 0b 04 41 40 01 0a 80 9f 86 01 00 00 00 00 00 00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := scsi.ParseSense(b)
		if s.Key > 0xf || err != nil && s != (scsi.Sense{}) {
			t.Errorf("ParseSense(% x) = %+v, %v", b, s, err)
		}
	})
}

func FuzzPages(f *testing.F) {
	for _, b := range [][]byte{vpd80SATA, vpd83SAS, vpd83UAS, vpdB1, inquiryUAS} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := scsi.UnitSerial(b); err == nil && len(s) > len(b)-4 {
			t.Errorf("UnitSerial(% x) = %q", b, s)
		}
		if s, err := scsi.WorldWideName(b); err == nil && s != "" && !strings.Contains(s, ".") {
			t.Errorf("WorldWideName(% x) = %q", b, s)
		}
		if id, err := scsi.ATAIdentify(b); err == nil && len(id) != 512 {
			t.Errorf("ATAIdentify(% x) has %d bytes", b, len(id))
		}
		scsi.ParseInquiry(b)
		scsi.RotationRate(b)
	})
}
