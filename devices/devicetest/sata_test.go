package devicetest_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"syscall"
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/devices/scsi"
)

// These tests speak in bytes, so that a mistake in a codec is not made twice.

const (
	cmdIdentify  = "85 08 0e 00 00 00 01 00 00 00 00 00 00 00 ec 00"
	cmdSet       = "85 0a 26 00 00 00 01 00 00 00 00 00 00 40 f1 00"
	cmdUnlock    = "85 0a 26 00 00 00 01 00 00 00 00 00 00 40 f2 00"
	cmdPrepare   = "85 06 20 00 00 00 00 00 00 00 00 00 00 40 f3 00"
	cmdErase     = "85 0a 26 00 00 00 01 00 00 00 00 00 00 40 f4 00"
	cmdFreeze    = "85 06 20 00 00 00 00 00 00 00 00 00 00 40 f5 00"
	cmdDisable   = "85 0a 26 00 00 00 01 00 00 00 00 00 00 40 f6 00"
	cmdStatus    = "85 07 20 00 00 00 00 00 00 00 00 00 00 40 b4 00"
	cmdClear     = "85 07 20 00 00 00 01 00 00 00 00 00 00 40 b4 00"
	cmdBlock     = "85 07 20 00 12 00 00 42 72 00 45 00 6b 40 b4 00"
	cmdBlockOpen = "85 07 20 00 12 00 10 42 72 00 45 00 6b 40 b4 00" // failure mode 1
	cmdCrypto    = "85 07 20 00 11 00 00 43 70 00 79 00 72 40 b4 00"
	cmdNative    = "85 07 20 00 00 00 00 00 00 00 00 00 00 40 27 00"
	cmdSetMax    = "85 07 20 00 00 00 01 00 ff 00 2f 00 00 40 37 00" // LBA 2FFFh
	cmdOverlay   = "85 08 0e 00 c2 00 01 00 00 00 00 00 00 40 b1 00"
	cmdRestore   = "85 06 20 00 c0 00 00 00 00 00 00 00 00 40 b1 00"
)

type satUnderTest struct {
	*testing.T
	*devicetest.SATA
	drive *devicetest.Drive
}

const satSize = 4 << 20

func newSATA(t *testing.T, lie devicetest.Lie) satUnderTest {
	d := devicetest.NewDrive(satSize, 512)
	d.Poke(bytes.Repeat([]byte{0xaa}, satSize), 0)
	return satUnderTest{t, devicetest.NewSATA(d, devices.Disk{Identity: devices.Identity{Serial: "S1", Model: "M", WWN: "naa.5000c50011112222"}}, lie), d}
}

// send gives the reply to a command of bytes, and the data.
func (s satUnderTest) send(cdb string, password string, mode byte) (scsi.Reply, []byte) {
	s.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(cdb, " ", ""))
	if err != nil {
		s.Fatal(err)
	}
	c := scsi.Command{CDB: b}
	switch b[1] >> 1 {
	case 4:
		c.Direction, c.Data = scsi.In, make([]byte, 512)
	case 5:
		c.Direction, c.Data = scsi.Out, make([]byte, 512)
		c.Data[0] = mode
		copy(c.Data[2:], password)
	}
	r, err := s.Do(context.Background(), c)
	if err != nil {
		s.Fatalf("%s: %v", cdb, err)
	}
	return r, c.Data
}

// word reads a word of IDENTIFY DEVICE.
func (s satUnderTest) word(n int) uint16 {
	s.Helper()
	_, b := s.send(cmdIdentify, "", 0)
	return uint16(b[2*n]) | uint16(b[2*n+1])<<8
}

func (s satUnderTest) takes(cdb, password string) {
	s.Helper()
	if r, _ := s.send(cdb, password, 0); len(r.Sense) > 0 && (r.Sense[0] != 0x72 || r.Sense[21]&1 != 0) {
		s.Errorf("%s refused: % x", cdb, r.Sense)
	}
}

func (s satUnderTest) aborts(cdb, password string) {
	s.Helper()
	r, _ := s.send(cdb, password, 0)
	if want := []byte{0xf0, 0, 0x0b, 4, 0x51}; len(r.Sense) < 5 || !bytes.Equal(r.Sense[:5], want) {
		s.Errorf("%s: % x, want aborted", cdb, r.Sense)
	}
}

// left counts the bytes that still are what they were.
func (s satUnderTest) left() int {
	b := make([]byte, satSize)
	s.drive.Peek(b, 0)
	return bytes.Count(b, []byte{0xaa})
}

func (s satUnderTest) readable() bool {
	_, err := s.drive.ReadAt(devicetest.Aligned(512, 0), 0)
	return err == nil
}

// TestSATA_Security: security has the states of the standard.
func TestSATA_Security(t *testing.T) {
	t.Parallel()
	s := newSATA(t, devicetest.Honest)
	state := func(want uint16) {
		t.Helper()
		if got := s.word(128); got != want {
			t.Errorf("word 128 is %04x, want %04x", got, want)
		}
	}
	state(0x0021) // SEC1
	s.aborts(cmdErase, "x")
	s.takes(cmdSet, "x")
	state(0x0023)           // SEC5
	s.aborts(cmdErase, "x") // not prepared
	s.PowerCycle()
	state(0x0027) // SEC4
	if s.readable() {
		t.Error("a locked drive is read")
	}
	s.aborts(cmdNative, "")
	s.aborts(cmdBlock, "") // nor is a locked drive sanitized
	s.aborts(cmdDisable, "x")
	s.aborts(cmdSet, "y")
	for range 5 {
		s.aborts(cmdUnlock, "y")
	}
	state(0x0037)
	s.aborts(cmdUnlock, "x") // the count has expired
	s.PowerCycle()
	s.takes(cmdUnlock, "x")
	state(0x0023)
	s.aborts(cmdDisable, "y")
	s.takes(cmdFreeze, "")
	state(0x002b) // SEC6
	s.aborts(cmdDisable, "x")
	s.aborts(cmdPrepare, "")
	s.PowerCycle()
	s.takes(cmdPrepare, "")
	s.takes(cmdErase, "x") // a locked drive can be erased
	state(0x0021)
	if n := s.left(); n != 0 || !s.readable() {
		t.Errorf("%d bytes are left, readable %v", n, s.readable())
	}
	s.takes(cmdPrepare, "")
	s.word(128) // another command between
	s.takes(cmdSet, "x")
	s.aborts(cmdErase, "x")
	s.takes(cmdDisable, "x")
	state(0x0021)
}

// status is the answer to SANITIZE STATUS EXT: count and LBA, or -1 and the reason.
func (s satUnderTest) status(cdb string) (count int, lba uint16) {
	s.Helper()
	r, _ := s.send(cdb, "", 0)
	if r.Sense[0] != 0x72 {
		return -1, uint16(r.Sense[9])
	}
	return int(r.Sense[12])<<8 | int(r.Sense[13]), uint16(r.Sense[17])<<8 | uint16(r.Sense[15])
}

// TestSATA_Sanitize: sanitize has the states of the standard.
func TestSATA_Sanitize(t *testing.T) {
	t.Parallel()
	s := newSATA(t, devicetest.Honest)
	expect := func(cdb string, count int, lba uint16) {
		t.Helper()
		if c, l := s.status(cdb); c != count || l != lba {
			t.Errorf("%s: count %x, LBA %x, want %x, %x", cdb, c, l, count, lba)
		}
	}
	expect(cmdStatus, 0, 0xffff)
	s.aborts("85 07 20 00 12 00 00 42 72 00 45 00 6c 40 b4 00", "") // "BkEl"
	s.aborts("85 07 20 00 13 00 00 42 72 00 45 00 6b 40 b4 00", "") // no such feature
	expect(cmdBlock, 0x4000, 0)
	if s.readable() {
		t.Error("it is read while it sanitizes")
	}
	s.aborts(cmdNative, "")
	s.aborts(cmdBlock, "")
	expect(cmdStatus, 0x4000, 0x5555)
	s.PowerCycle() // it continues by itself
	if s.left() != satSize {
		t.Error("it has erased before it says so")
	}
	expect(cmdStatus, 0x4000, 0xaaaa)
	expect(cmdStatus, 0x8000, 0xffff)
	if n := s.left(); n != 0 || !s.readable() {
		t.Errorf("%d bytes are left, readable %v", n, s.readable())
	}
	expect(cmdCrypto, 0x4000, 0) // and the success from before is forgotten
}

// TestSATA_SanitizeFailed: a failed sanitize holds the drive as the command said.
func TestSATA_SanitizeFailed(t *testing.T) {
	t.Parallel()
	for cmd, open := range map[string]bool{cmdBlock: false, cmdBlockOpen: true} {
		s := newSATA(t, devicetest.Fails)
		s.takes(cmd, "")
		for range 2 {
			s.status(cmdStatus)
		}
		if c, reason := s.status(cmdStatus); c != -1 || reason != 1 || s.readable() {
			t.Errorf("count %x, reason %d, readable %v", c, reason, s.readable())
		}
		s.PowerCycle()
		s.aborts(cmdNative, "")
		if c, _ := s.status(cmdClear); (c == 0) != open || s.readable() != open {
			t.Errorf("failure mode %v: count %x, readable %v", open, c, s.readable())
		}
	}
}

// TestSATA_Hidden: hidden sectors come back.
func TestSATA_Hidden(t *testing.T) {
	t.Parallel()
	s := newSATA(t, devicetest.Honest) // 2000h sectors
	s.Hide(0x1000, 0x800, false)
	s.drive.Poke([]byte("hidden"), 0x2fff*512)
	if r, _ := s.send(cmdNative, "", 0); r.Sense[15] != 0xff || r.Sense[17] != 0x2f {
		t.Errorf("native maximum: % x", r.Sense)
	}
	if _, b := s.send(cmdOverlay, "", 0); b[6] != 0xff || b[7] != 0x37 {
		t.Errorf("overlay: % x", b[:10])
	}
	s.aborts(cmdRestore, "") // while the area is set
	s.aborts(cmdSetMax, "")  // not straight after READ NATIVE MAX ADDRESS EXT
	s.takes(cmdNative, "")
	s.takes(cmdSetMax, "")
	s.takes(cmdNative, "")
	s.aborts(cmdSetMax, "") // once in a power cycle
	got := devicetest.Aligned(512, 0)
	if _, err := s.drive.ReadAt(got, 0x2fff*512); err != nil || string(got[:6]) != "hidden" {
		t.Errorf("read %q, %v", got[:6], err)
	}
	s.takes(cmdRestore, "")
	if st, _ := s.drive.State(); st.Size != 0x3800*512 {
		t.Errorf("size %d", st.Size)
	}
	frozen := newSATA(t, devicetest.OverlayFrozen)
	frozen.aborts(cmdOverlay, "")
	frozen.aborts(cmdRestore, "")
}

// TestSATA_Lies: every lie is visible.
func TestSATA_Lies(t *testing.T) {
	t.Parallel()
	finish := func(s satUnderTest) (count int) {
		s.takes(cmdBlock, "")
		for range 6 {
			if count, _ = s.status(cmdStatus); count&0x4000 == 0 {
				break
			}
		}
		return count
	}
	for lie, want := range map[devicetest.Lie]struct{ count, left int }{
		devicetest.Honest: {0x8000, 0}, devicetest.NothingErased: {0x8000, satSize}, devicetest.ErasesPart: {0x8000, satSize / 2},
		devicetest.LeavesLast: {0x8000, 512}, devicetest.Stuck: {0x4000, satSize}, devicetest.OldSuccess: {0x8000, satSize},
		devicetest.ErasesTwice: {0x8000, 0}, devicetest.ZeroCount: {0, satSize}, devicetest.Fails: {-1, satSize / 2},
	} {
		s := newSATA(t, lie)
		if count := finish(s); count != want.count || s.left() != want.left {
			t.Errorf("%s: count %x, %d bytes left, want %x, %d", lie, count, s.left(), want.count, want.left)
		}
	}
	s := newSATA(t, devicetest.NoRegisters)
	if r, _ := s.send(cmdStatus, "", 0); r.Status != 0 || r.Sense != nil {
		t.Errorf("registers: %+v", r)
	}
	s = newSATA(t, devicetest.FixedSense)
	if r, _ := s.send(cmdStatus, "", 0); r.Sense[0] != 0xf0 || r.Sense[13] != 0x1d || r.Sense[4] != 0x50 {
		t.Errorf("fixed: % x", r.Sense)
	}
	s = newSATA(t, devicetest.StaleIdentify)
	s.takes(cmdSet, "x")
	if got := s.word(128); got != 0x0021 {
		t.Errorf("stale: word 128 is %04x", got)
	}
	s = newSATA(t, devicetest.ResetMidway)
	s.takes(cmdSet, "x")
	s.takes(cmdPrepare, "")
	if r, _ := s.send(cmdErase, "x", 0); r.Sense[2] != 6 || r.Sense[12] != 0x29 || s.word(128) != 0x0027 || s.left() != satSize/2 {
		t.Errorf("reset: % x, word 128 %04x, %d bytes left", r.Sense, s.word(128), s.left())
	}
	for lie, word := range map[devicetest.Lie]uint16{devicetest.Frozen: 0x0029, devicetest.LockedByOther: 0x0027, devicetest.Expired: 0x0037} {
		if s := newSATA(t, lie); s.word(128) != word {
			t.Errorf("%s: word 128 is %04x, want %04x", lie, s.word(128), word)
		}
	}
	s = newSATA(t, devicetest.Hangs)
	b, _ := hex.DecodeString(strings.ReplaceAll(cmdStatus, " ", ""))
	for _, want := range []error{syscall.ETIMEDOUT, syscall.ENODEV} {
		if _, err := s.Do(context.Background(), scsi.Command{CDB: b}); !errors.Is(err, want) {
			t.Errorf("hangs: %v, want %v", err, want)
		}
	}
}

// TestSATA_Translation: the translation refuses what libata refuses.
func TestSATA_Translation(t *testing.T) {
	t.Parallel()
	s := newSATA(t, devicetest.Honest)
	for _, cdb := range []string{
		"a1 08 0e 00 01 00 00 00 00 ec 00 00",             // the 12-byte form
		"85 08 0e 00 00 00 02 00 00 00 00 00 00 00 ec 00", // two blocks into a buffer of one
		"85 08 06 00 00 00 01 00 00 00 00 00 00 00 ec 00", // data in, and says out
		"85 0c 0e 00 00 00 01 00 00 00 00 00 00 00 ec 00", // DMA
	} {
		b, _ := hex.DecodeString(strings.ReplaceAll(cdb, " ", ""))
		r, err := s.Do(context.Background(), scsi.Command{CDB: b, Direction: scsi.In, Data: make([]byte, 512)})
		if err != nil || len(r.Sense) < 3 || r.Sense[2] != 5 {
			t.Errorf("%s: %+v, %v", cdb, r, err)
		}
	}
	if len(s.Sent()) != 0 {
		t.Errorf("the drive got % x", s.Sent())
	}
}
