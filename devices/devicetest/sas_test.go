package devicetest_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"strings"
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/devices/scsi"
)

// sasDo sends bytes to a SAS drive and returns the first 18 of what it says: data of a command that has some, else sense data.
func sasDo(t *testing.T, s *devicetest.SAS, cdb string) string {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(cdb, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	c := scsi.Command{CDB: b}
	if b[0] == 0x03 || b[0] == 0xa3 {
		c.Direction, c.Data = scsi.In, make([]byte, 18)
	}
	r, err := s.Do(context.Background(), c)
	if err != nil {
		return err.Error()
	}
	said := r.Sense
	if c.Data != nil && r.Status == 0 {
		said = c.Data
	}
	if len(said) == 0 {
		return ""
	}
	return hex.EncodeToString(said[2:3]) + "/" + hex.EncodeToString(said[12:14]) + "/" + hex.EncodeToString(said[15:18])
}

// TestSAS_Sanitize: a SCSI drive sanitizes as the standard says.
func TestSAS_Sanitize(t *testing.T) {
	t.Parallel()
	const ready, ask, block, exit = "00 00 00 00 00 00", "03 00 00 00 12 00", "48 82 00 00 00 00 00 00 00 00", "48 9f 00 00 00 00 00 00 00 00"
	d := devicetest.NewDrive(1<<20, 512)
	d.Poke(bytes.Repeat([]byte{0xaa}, 1<<20), 0)
	s := devicetest.NewSAS(d, devices.Disk{}, devicetest.Honest)
	for i, c := range []struct{ cdb, want string }{
		{ready, "06/2900/000000"}, {ready, ""}, {ask, "00/0000/000000"},
		{"48 81 00 00 00 00 00 00 00 00", "05/2600/000000"}, // overwriting without a pattern
		{"48 84 00 00 00 00 00 00 00 00", "05/2400/000000"}, // no such action
		{exit, "05/2400/000000"},                            // nothing has failed
		{block, ""}, {ready, "02/041b/800000"}, {block, "02/041b/800000"},
		{ask, "02/041b/805555"}, {ask, "02/041b/80aaaa"}, {ask, "00/0000/000000"}, {ready, ""},
	} {
		if got := sasDo(t, s, c.cdb); got != c.want {
			t.Errorf("%d: %s gives %s, want %s", i, c.cdb, got, c.want)
		}
	}
	got := make([]byte, 1<<20)
	if d.Peek(got, 0); bytes.Contains(got, []byte{0xaa}) {
		t.Error("it did not erase")
	}

	for lie, c := range map[devicetest.Lie]struct{ last, exit string }{
		devicetest.Fails:     {"03/3103/000000", "05/2400/000000"},
		devicetest.FailsOpen: {"03/3103/000000", ""},
		devicetest.EndsEarly: {"03/3103/000000", "05/2400/000000"},
		devicetest.Stuck:     {"02/041b/80028f", "02/041b/80028f"},
	} {
		s := devicetest.NewSAS(devicetest.NewDrive(1<<20, 512), devices.Disk{}, lie)
		sasDo(t, s, ready)
		sasDo(t, s, block)
		sasDo(t, s, ask)
		sasDo(t, s, ask)
		if got := sasDo(t, s, ask); got != c.last {
			t.Errorf("%s: %s, want %s", lie, got, c.last)
		}
		if got := sasDo(t, s, exit); got != c.exit {
			t.Errorf("%s: leaving gives %q, want %q", lie, got, c.exit)
		}
	}
}

// TestBlocks: a simulated disk is read and written by command bytes.
func TestBlocks(t *testing.T) {
	t.Parallel()
	d := devicetest.NewDrive(1<<20, 512) // 800h blocks
	s := devicetest.NewSAS(d, devices.Disk{}, devicetest.Honest)
	sasDo(t, s, "00 00 00 00 00 00")
	move := func(cdb string, b []byte, way scsi.Direction) []byte {
		t.Helper()
		c, _ := hex.DecodeString(strings.ReplaceAll(cdb, " ", ""))
		r, err := s.Do(context.Background(), scsi.Command{CDB: c, Direction: way, Data: b})
		if err != nil {
			t.Fatal(err)
		}
		return r.Sense
	}
	block := bytes.Repeat([]byte("secret78"), 64)
	got := make([]byte, 512)
	for write, read := range map[string]string{
		"2a 00 00 00 07 ff 00 00 01 00":                   "88 00 00 00 00 00 00 00 07 ff 00 00 00 01 00 00",
		"8a 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00": "28 00 00 00 00 00 00 00 01 00",
	} {
		if sense := move(write, block, scsi.Out); sense != nil {
			t.Errorf("%s: % x", write, sense)
		}
		if sense := move(read, got, scsi.In); sense != nil || !bytes.Equal(got, block) {
			t.Errorf("%s: % x, read %q", read, sense, got[:8])
		}
	}
	for cdb, asc := range map[string]byte{
		"28 00 00 00 08 00 00 00 01 00":                   0x21, // behind the end
		"88 00 ff ff ff ff ff ff ff ff 00 00 00 01 00 00": 0x21,
		"28 00 00 00 00 00 00 00 02 00":                   0x24, // two blocks into a buffer of one
	} {
		if sense := move(cdb, got, scsi.In); len(sense) < 13 || sense[12] != asc {
			t.Errorf("%s: % x, want %02x", cdb, sense, asc)
		}
	}
	if sense := move("25 00 00 00 00 00 00 00 00 00", got[:8], scsi.In); sense != nil || hex.EncodeToString(got[:8]) != "000007ff00000200" {
		t.Errorf("capacity: % x, % x", sense, got[:8])
	}
}
