package scsi_test

import (
	"context"
	"fmt"
	"testing"

	"rasure/devices/devicetest"
	"rasure/devices/scsi"
)

// lister answers READ DEFECT DATA; what is nil it does not know.
type lister struct {
	long, short   []byte
	sense         []byte // with it
	asked         []byte // operation codes
	wrongResidual bool
}

func (l *lister) Do(_ context.Context, c scsi.Command) (scsi.Reply, error) {
	l.asked = append(l.asked, c.CDB[0])
	b := map[byte][]byte{0xb7: l.long, 0x37: l.short}[c.CDB[0]]
	if b == nil {
		return scsi.Reply{Status: 2, Residual: len(c.Data), Sense: []byte{0x70, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x20, 0}}, nil
	}
	r := scsi.Reply{Residual: len(c.Data) - copy(c.Data, b)}
	if l.wrongResidual {
		r.Residual = 0
	}
	if l.sense != nil {
		r.Status, r.Sense = 2, l.sense
	}
	return r, nil
}

func TestGrownDefects(t *testing.T) {
	t.Parallel()
	c := devicetest.Capture(t, "scsi-defects")
	refused := fromHex("70 00 05 00 00 00 00 0a 00 00 00 00 24 00")
	notFound := fromHex("70 00 03 00 00 00 00 0a 00 00 00 00 1c 02")
	const malformed = "malformed defect list"
	for name, v := range map[string]struct {
		drive lister
		want  string
	}{
		"captured, empty":                               {lister{short: c["10-g2"]}, "{0 true 0}"},
		"captured, empty, in another format":            {lister{short: c["10-g6"], sense: c["10-g6-sense"]}, "{0 true 0}"},
		"captured, empty, in the maker's format":        {lister{short: c["10-g2-other"], sense: c["10-g2-other-sense"]}, "{0 true 0}"},
		"captured, in the maker's format":               {lister{short: c["10-g3"]}, "{280 false 0}"},
		"captured, in the maker's format, by (12)":      {lister{long: c["12-g5"]}, "{408 false 0}"},
		"captured, the primary list":                    {lister{short: c["10-p1"], sense: c["10-p1-sense"]}, malformed},
		"captured, the primary list by (12)":            {lister{long: c["12-p4"]}, malformed},
		"captured, nothing was sent":                    {lister{long: c["12-none"]}, malformed},
		"nothing was sent, and the residual is missing": {lister{long: []byte{}, wrongResidual: true}, malformed},
		"three sectors":                                 {lister{long: fromHex("00 0d 00 07 00 00 00 18 00 00 00 00 00 00 00 b6")}, "{24 true 3}"},
		"three short blocks":                            {lister{long: fromHex("00 08 00 00 00 00 00 0c 00 00 00 00 00 00 00 b6")}, "{12 true 3}"},
		"more than a list of (10) can have":             {lister{long: fromHex("00 0c 00 00 00 08 00 00 00 00 00 00 00 00 00 b6")}, "{524288 true 65536}"},
		"as many as a list of (10) can have":            {lister{short: fromHex("00 0d ff f8 00 00 00 00 00 00 00 b6")}, "{65528 false 8191}"},
		"as many short blocks":                          {lister{short: fromHex("00 08 ff fc 00 00 00 b6")}, "{65532 false 16383}"},
		"one fewer":                                     {lister{short: fromHex("00 0d ff f0 00 00 00 00 00 00 00 b6")}, "{65520 true 8190}"},
		"both lists":                                    {lister{long: fromHex("00 1d 00 00 00 00 00 08 00 00 00 00 00 00 00 b6")}, malformed},
		"half an entry":                                 {lister{long: fromHex("00 0d 00 00 00 00 00 0c 00 00 00 00 00 00 00 b6")}, malformed},
		"it is said to be empty, and an entry follows":  {lister{long: fromHex("00 0d 00 00 00 00 00 00 00 00 00 00 00 00 00 b6")}, malformed},
		"empty, and the residual is missing":            {lister{long: fromHex("00 0d 00 00 00 00 00 00"), wrongResidual: true}, "{0 true 0}"},
		"the reserved format":                           {lister{long: fromHex("00 0f 00 00 00 00 00 08 00 00 00 00 00 00 00 b6")}, malformed},
		"cut":                                           {lister{long: fromHex("00 0d 00 00 00 00 00")}, malformed},
		"the drive has no such list":                    {lister{long: []byte{}, sense: refused}, "drive refused command b7h: sense 5/24/00"},
		"the drive cannot read its list":                {lister{long: fromHex("00 0d 00 00 00 00 00 00"), sense: notFound}, "drive refused command b7h: sense 3/1c/02"},
		"the drive knows neither command":               {lister{}, "drive refused command 37h: sense 5/20/00"},
	} {
		d, err := scsi.GrownDefects(t.Context(), &v.drive)
		got := fmt.Sprint(d)
		if err != nil {
			got = err.Error()
		}
		if got != v.want {
			t.Errorf("%s: got %s, want %s", name, got, v.want)
		}
		if len(v.drive.asked) > 2 || v.drive.long != nil && len(v.drive.asked) != 1 {
			t.Errorf("%s: asked %x", name, v.drive.asked)
		}
	}
}

// FuzzGrownDefects: no answer is taken for a list that it cannot be.
func FuzzGrownDefects(f *testing.F) {
	for _, b := range devicetest.Capture(f, "scsi-defects") {
		f.Add(b, true)
		f.Add(b, false)
	}
	f.Fuzz(func(t *testing.T, b []byte, long bool) {
		l := lister{short: append([]byte{}, b...)}
		if long {
			l.long = l.short
		}
		d, err := scsi.GrownDefects(t.Context(), &l)
		if err == nil && (d.Bytes < 0 || d.Bytes > 1<<32 || d.Entries > d.Bytes/4 || d.Counted && d.Bytes > 0 && d.Entries == 0) {
			t.Errorf("%+v", d)
		}
	})
}
