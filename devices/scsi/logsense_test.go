package scsi_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"rasure/devices/devicetest"
	"rasure/devices/scsi"
)

// show dereferences what may not be reported.
func show[T any](p *T) string {
	if p == nil {
		return "-"
	}
	return fmt.Sprint(*p)
}

// The values are those that sg_logs 1.46 prints for the same bytes.
func TestLogPages_Captures(t *testing.T) {
	t.Parallel()
	sas, savvio := devicetest.Capture(t, "scsi-sas"), devicetest.Capture(t, "scsi-st300mm0006")
	errorsOf := func(b []byte, page uint8) string {
		c, err := scsi.ParseErrorCounters(b, page)
		return fmt.Sprint(show(c.Corrected), " ", show(c.Bytes), " ", show(c.Uncorrected), " ", err)
	}
	nonMedium, err1 := scsi.ParseNonMedium(sas["06"])
	now, reference, err2 := scsi.ParseTemperature(sas["0d"])
	cycles, err3 := scsi.ParseStartStop(sas["0e"])
	scan, err4 := scsi.ParseBackground(sas["15"])
	ie, err5 := scsi.ParseInformational(sas["2f"])
	ieb, err6 := scsi.ParseInformational(sas["2f-b"])
	pages, err7 := scsi.SupportedLogs(sas["00"])
	if err := errors.Join(err1, err2, err3, err4, err5, err6, err7); err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		errorsOf(savvio["02"], 2): "0 20233417674752 0 <nil>", errorsOf(savvio["03"], 3): "2848169391 68674406166528 0 <nil>",
		errorsOf(sas["03"], 3):            "0 397282602009600 0 <nil>",
		"non-medium " + show(nonMedium):   "non-medium 580",
		show(now) + " " + show(reference): "23 70",
		"cycles " + show(cycles):          "cycles 1363",
		fmt.Sprint(scan):                  "{988971 1}", // 16482 hours, and the second of five entries waits to be reassigned
		fmt.Sprint(ie.ASC, ie.ASCQ, " ", show(ie.Celsius), ie.Predicted(), ie.Warned()): "0 0 25false false",
		show(ieb.Celsius):        "28",
		fmt.Sprintf("%x", pages): "00020305060d0e0f101115181a2f303137",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestLogPages_Hostile(t *testing.T) {
	t.Parallel()
	sas := devicetest.Capture(t, "scsi-sas")
	cut := func(b []byte) []byte { return b[:len(b)-1] }
	long := bytes.Clone(sas["06"])
	long[7] = 200 // the parameter is longer than the page
	for name, err := range map[string]error{
		"cut":              second(scsi.ParseNonMedium(cut(sas["06"]))),
		"another page":     second(scsi.ParseNonMedium(sas["0e"])),
		"no header":        second(scsi.ParseNonMedium(sas["06"][:3])),
		"long parameter":   second(scsi.ParseNonMedium(long)),
		"a page's subpage": second(scsi.SupportedLogs(sas["00-subpages"])),
		"empty 2f":         second(scsi.ParseInformational([]byte{0x2f, 0, 0, 0})),
		"empty 15":         second(scsi.ParseBackground([]byte{0x15, 0, 0, 0})),
	} {
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	b := sas["15"][:len(sas["15"])-30] // the allocation was too short for the last two entries
	if g, err := scsi.ParseBackground(b); err != nil || g.PowerOnMinutes != 988971 || g.Pending != 1 {
		t.Errorf("a page whose end is missing: got %+v, %v", g, err)
	}
	if e, err := scsi.ParseEndurance([]byte{0x11, 0, 0, 8, 0, 1, 3, 4, 0, 0, 0, 97}); err != nil || show(e) != "97" {
		t.Error(show(e), err)
	}
	if e, err := scsi.ParseEndurance([]byte{0x11, 0, 0, 0}); err != nil || e != nil {
		t.Error(show(e), err)
	}
	for ascq, warned := range map[byte]bool{1: false, 2: true} { // 0Bh/01h is the temperature
		i, err := scsi.ParseInformational([]byte{0x2f, 0, 0, 8, 0, 0, 3, 4, 0x0b, ascq, 30, 0})
		if err != nil || i.Warned() != warned {
			t.Error(ascq, i, err)
		}
	}
	if i, err := scsi.ParseInformational([]byte{0x2f, 0, 0, 8, 0, 0, 3, 4, 0x5d, 0x10, 255, 0}); err != nil || !i.Predicted() || i.Celsius != nil {
		t.Error(i, err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestParseTestResult(t *testing.T) {
	t.Parallel()
	page := func(set func(e []byte)) []byte {
		b := make([]byte, 4+20*20)
		b[0], b[2], b[3] = 0x10, byte((len(b)-4)>>8), byte(len(b)-4)
		for i := range 20 {
			b[4+20*i+1], b[4+20*i+2], b[4+20*i+3] = byte(i+1), 3, 16
		}
		set(b[8:24])
		return b
	}
	if _, ok, err := scsi.ParseTestResult(page(func([]byte) {})); ok || err != nil {
		t.Error("a log without a result has one", err)
	}
	r, ok, err := scsi.ParseTestResult(page(func(e []byte) { e[0], e[2], e[3] = 2<<5|7, 0x12, 0x34; binary.BigEndian.PutUint64(e[4:], 99) }))
	if err != nil || !ok || r != (scsi.TestResult{Test: scsi.ExtendedTest, Status: 7, Hours: 0x1234, LBA: 99}) || !r.Status.Failed() {
		t.Errorf("got %+v %v %v", r, ok, err)
	}
	if _, _, err := scsi.ParseTestResult([]byte{0x10, 0, 0, 0}); err == nil {
		t.Error("a page without entries was accepted")
	}
}

// one answers every command with this reply and data.
type one struct {
	reply scsi.Reply
	data  []byte
	got   scsi.Command
}

func (o *one) Do(_ context.Context, c scsi.Command) (scsi.Reply, error) {
	o.got = c
	r := o.reply
	r.Residual = len(c.Data) - copy(c.Data, o.data)
	return r, nil
}

func TestLogSense(t *testing.T) {
	t.Parallel()
	o := &one{data: []byte{0x06, 0, 0, 8, 0, 0, 2, 4, 0, 0, 2, 0x44, 0xff, 0xff}} // what comes behind the page is no part of it
	b, err := scsi.LogSense(context.Background(), o, 0x06)
	if err != nil || len(b) != 12 || fmt.Sprintf("%x", o.got.CDB) != "4d004600000000400000" {
		t.Errorf("got % x, %v, sent %x", b, err, o.got.CDB)
	}
	o.data = nil
	if _, err := scsi.LogSense(context.Background(), o, 6); err == nil {
		t.Error("no data at all was accepted")
	}
	o.reply.Status = 2
	if err := scsi.StartSelfTest(context.Background(), o, scsi.ExtendedTest); err == nil || fmt.Sprintf("%x", o.got.CDB) != "1d4000000000" {
		t.Errorf("%v, sent %x", err, o.got.CDB)
	}
}

func FuzzLogPages(f *testing.F) {
	for _, b := range devicetest.Capture(f, "scsi-sas") {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		scsi.SupportedLogs(b)
		for _, page := range []uint8{2, 3, 5} {
			scsi.ParseErrorCounters(b, page)
		}
		scsi.ParseNonMedium(b)
		scsi.ParseTemperature(b)
		scsi.ParseStartStop(b)
		scsi.ParseEndurance(b)
		scsi.ParseInformational(b)
		if r, ok, err := scsi.ParseTestResult(b); ok && err == nil && r == (scsi.TestResult{}) {
			t.Error("a result of nothing")
		}
		if g, err := scsi.ParseBackground(b); err == nil && g.Pending > len(b)/24 {
			t.Errorf("%d blocks in %d bytes", g.Pending, len(b))
		}
	})
}
