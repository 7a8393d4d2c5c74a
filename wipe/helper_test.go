package wipe_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/wipe"
	"rasure/wipe/pattern"
)

// target is a claimed memory drive: what devices.Target is to a port.
type target struct {
	*devicetest.Drive
	disk devices.Disk
	was  devices.State
}

func (t target) Disk() devices.Disk { return t.disk }

func (t target) Check() error {
	s, err := t.State()
	if err == nil && s != t.was {
		err = errors.Join(devices.ErrLost, fmt.Errorf("the state is %v and was %v", s, t.was)) // two lines, as devices.Target gives
	}
	return err
}

// newTarget is a drive of that size, full of a secret.
func newTarget(size int64, logical int) target {
	d := devicetest.NewDrive(size, logical)
	d.Poke(bytes.Repeat([]byte("top secret\n"), int(size)/11+1)[:size], 0)
	s, _ := d.State()
	return target{d, devices.Disk{Name: "sdz", Size: size, LogicalBlock: logical, PhysicalBlock: logical,
		Bus: devices.SATA, Medium: devices.Magnetic}, s}
}

// dice is a source of "random" numbers that is the same each time.
type dice struct {
	seed [8]byte
	n    uint64
	rest []byte
}

func newDice(seed uint64) *dice {
	d := &dice{}
	binary.BigEndian.PutUint64(d.seed[:], seed)
	return d
}

func (d *dice) Read(p []byte) (int, error) {
	for n := 0; n < len(p); {
		if len(d.rest) == 0 {
			h := sha256.Sum256(binary.BigEndian.AppendUint64(d.seed[:], d.n))
			d.rest, d.n = h[:], d.n+1
		}
		c := copy(p[n:], d.rest)
		n, d.rest = n+c, d.rest[c:]
	}
	return len(p), nil
}

func plan(t *testing.T, d devices.Disk, o wipe.PlanOptions) wipe.Plan {
	t.Helper()
	p, err := wipe.PlanFor(d, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func run(t *testing.T, tg wipe.Target, p wipe.Plan, o wipe.RunOptions) wipe.Report {
	t.Helper()
	r, err := wipe.Run(context.Background(), tg, p, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// codes is the codes of a report's exceptions, in order, each once.
func codes(r wipe.Report) string {
	var all []string
	for _, e := range r.Exceptions {
		if len(all) == 0 || all[len(all)-1] != e.Code {
			all = append(all, e.Code)
		}
	}
	return strings.Join(all, " ")
}

func expect(t *testing.T, r wipe.Report, o wipe.Outcome, want string) {
	t.Helper()
	if got := codes(r); r.Outcome != o || got != want {
		t.Errorf("outcome %s [%s], want %s [%s]\n%+v", r.Outcome, got, o, want, r.Exceptions)
	}
}

func parse(t *testing.T, p wipe.PassReport) pattern.Pattern {
	t.Helper()
	pat, err := pattern.Parse(p.Pattern, p.Key)
	if err != nil {
		t.Fatal(err)
	}
	return pat
}

// content fails unless the drive holds, block by block, what a pass reports, except in the extents.
func content(t *testing.T, tg target, p wipe.PassReport, but ...[]wipe.Extent) {
	t.Helper()
	pat := parse(t, p)
	b := tg.disk.LogicalBlock
	got, want := make([]byte, b), make([]byte, b)
	for off := int64(0); off < tg.disk.Size; off += int64(b) {
		tg.Peek(got, off)
		pat.FillAt(want, off)
		excused := false
		for _, list := range but {
			for _, e := range list {
				excused = excused || off >= e.Offset && off < e.Offset+e.Length
			}
		}
		if !excused && !bytes.Equal(got, want) {
			t.Fatalf("the block at %d does not hold %s, and no extent says so", off, p.Pattern)
		}
	}
}

func joinTexts(list []message.Text, sep string) string {
	var all []string
	for _, t := range list {
		all = append(all, t.String())
	}
	return strings.Join(all, sep)
}
