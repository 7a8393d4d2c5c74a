package reformat_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/reformat"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/devices/firmware"
)

// arrayDisk is the SAS disk of the storage server, with blocks of that many bytes: the kernel knows no size of it.
type arrayDisk struct {
	*testing.T
	host     *devices.Host
	disk     devices.Disk
	sas      *devicetest.SAS
	o        reformat.Options
	asked    []string // notes with which somebody was asked to confirm
	shown    int
	rescans  []string
	onShow   func()
	refusing error // by the operator
}

func newArrayDisk(t *testing.T, block int64, lie devicetest.Lie) *arrayDisk {
	t.Helper()
	archive, err := os.ReadFile("../../../devices/testdata/hosts/storage.txtar")
	if err != nil {
		t.Fatal(err)
	}
	a := &arrayDisk{T: t, host: devicetest.FromArchive(t, archive)}
	files := a.host.Root.(*devicetest.Files)
	at, err := files.ReadLink("sys/block/sdc")
	if err != nil {
		t.Fatal(err)
	}
	files.Write("sys/block/"+at+"/size", "0\n")
	if a.disk, err = a.host.Find("sdc"); err != nil || a.disk.Size != 0 {
		t.Fatal(a.disk.Size, err)
	}
	drive := devicetest.NewDrive(16<<20, 512)
	drive.SetState(devices.State{Number: a.disk.Number, Seq: a.disk.Seq})
	a.sas = devicetest.NewSAS(drive, a.disk, lie)
	a.sas.SetBlocks(block)
	devicetest.Attach(a.host, a.disk.Path, func(bool) (devices.Port, error) { return drive.Open(), nil })
	a.host.Rescan = func(path string) error { a.rescans = append(a.rescans, path); return nil }
	a.o = reformat.Options{Journal: reformat.Journal(t.TempDir() + "/formats"), Poll: time.Nanosecond,
		Allow: func(devices.Disk) error { return nil },
		Confirm: func(_ devices.Disk, _ firmware.Format, note message.Text) error {
			a.asked = append(a.asked, note.String())
			return a.refusing
		},
		Show: func(firmware.Format) {
			if a.shown++; a.onShow != nil {
				a.onShow()
			}
		}}
	return a
}

func (a *arrayDisk) run(ctx context.Context) (reformat.Result, error) {
	return reformat.Run(ctx, a.host, a.disk, a.o)
}

// interrupt runs, and is interrupted while the drive is formatting.
func (a *arrayDisk) interrupt() {
	a.Helper()
	ctx, cancel := context.WithCancel(a.Context())
	a.onShow = cancel
	if _, err := a.run(ctx); !errors.Is(err, fault.ErrInterrupted) || a.journal() != 1 {
		a.Fatalf("%v, %d in the journal", err, a.journal())
	}
	a.onShow = nil
}

// journal is how many formats are in it.
func (a *arrayDisk) journal() int {
	all, _ := os.ReadDir(string(a.o.Journal))
	return len(all)
}

func TestFormat(t *testing.T) {
	t.Parallel()
	for _, block := range []int64{520, 524, 528} {
		for _, lie := range []devicetest.Lie{devicetest.Honest, devicetest.FormatNoSave, devicetest.FormatLost} {
			a := newArrayDisk(t, block, lie)
			r, err := a.run(t.Context())
			if err != nil || !r.Finished || r.From != int(block) || r.To != 512 || r.Size != 16<<20 || len(a.asked) != 1 || a.asked[0] != "" || a.shown == 0 {
				t.Errorf("%d, %q: %+v, %v; asked %q, shown %d", block, lie, r, err, a.asked, a.shown)
			}
			if a.journal() != 0 || a.sas.Formats() != 1 || len(a.rescans) != 1 || !strings.HasSuffix(a.rescans[0], "/rescan") {
				t.Errorf("%d, %q: %d in the journal, %d formats, %v", block, lie, a.journal(), a.sas.Formats(), a.rescans)
			}
			if r, err := a.run(t.Context()); err != nil || r.Finished || len(a.asked) != 1 || a.sas.Formats() != 1 {
				t.Errorf("once more: %+v, %v", r, err)
			}
		}
	}
}

// Nothing is sent that changes a drive which was refused.
func TestFormatRefused(t *testing.T) {
	t.Parallel()
	no := errors.New("no")
	for name, c := range map[string]struct {
		block  int64
		change func(a *arrayDisk)
		err    string
	}{
		"by the rules of the office": {520, func(a *arrayDisk) { a.o.Allow = func(devices.Disk) error { return no } }, "no"},
		"by the operator":            {520, func(a *arrayDisk) { a.refusing = no }, "no"},
		"blocks of 4096 bytes":       {4096, func(*arrayDisk) {}, "has blocks of 4096 bytes"},
		"another drive there now":    {520, func(a *arrayDisk) { a.disk.Serial += "X" }, "serial number"},
		"a volume":                   {520, func(a *arrayDisk) { a.disk.Volume = true }, "only the blocks of a claimed SCSI disk"},
		"a bridge":                   {520, func(a *arrayDisk) { a.disk.Bus = devices.USB }, "only the blocks of a claimed SCSI disk"},
	} {
		a := newArrayDisk(t, c.block, devicetest.Honest)
		c.change(a)
		if r, err := a.run(t.Context()); err == nil || !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		if a.sas.Formats() != 0 || a.journal() != 0 || len(a.rescans) != 0 {
			t.Errorf("%s: %d formats, %d in the journal", name, a.sas.Formats(), a.journal())
		}
	}
}

func TestFormatInterrupted(t *testing.T) {
	t.Parallel()
	t.Run("by Ctrl-C, and the drive continues", func(t *testing.T) {
		a := newArrayDisk(t, 520, devicetest.Honest)
		a.interrupt()
		if r, err := a.run(t.Context()); err != nil || !r.Finished || r.From != 520 || len(a.asked) != 1 || a.sas.Formats() != 1 || a.journal() != 0 {
			t.Errorf("%+v, %v; asked %q, %d formats", r, err, a.asked, a.sas.Formats())
		}
	})
	t.Run("by Ctrl-C, and the drive has ended", func(t *testing.T) {
		a := newArrayDisk(t, 520, devicetest.Honest)
		a.interrupt()
		target, err := a.host.Claim(t.Context(), a.disk, devices.ClaimOptions{AllowBlocks: true})
		if err != nil {
			t.Fatal(err)
		}
		for f := (firmware.Format{State: firmware.FormatRunning}); f.State == firmware.FormatRunning; {
			if f, err = firmware.ReadFormat(t.Context(), target.Handle()); err != nil {
				t.Fatal(err)
			}
		}
		target.Close()
		if r, err := a.run(t.Context()); err != nil || !r.Finished || r.From != 520 || a.sas.Formats() != 1 || a.journal() != 0 {
			t.Errorf("%+v, %v; %d formats", r, err, a.sas.Formats())
		}
	})
	t.Run("by a power cut", func(t *testing.T) {
		a := newArrayDisk(t, 528, devicetest.Honest)
		a.onShow = a.sas.PowerCycle
		if _, err := a.run(t.Context()); err == nil || !strings.Contains(err.Error(), "corrupt format") || a.journal() != 1 {
			t.Fatalf("%v, %d in the journal", err, a.journal())
		}
		a.onShow = nil
		r, err := a.run(t.Context())
		if err != nil || !r.Finished || r.From != 528 || len(a.asked) != 2 || !strings.Contains(a.asked[1], "was interrupted: it begins again") || a.sas.Formats() != 2 || a.journal() != 0 {
			t.Errorf("%+v, %v; asked %q, %d formats", r, err, a.asked, a.sas.Formats())
		}
	})
	t.Run("a format that somebody else began", func(t *testing.T) {
		a := newArrayDisk(t, 520, devicetest.Honest)
		a.interrupt()
		a.o.Journal = reformat.Journal(t.TempDir())
		if _, err := a.run(t.Context()); err == nil || !strings.Contains(err.Error(), "rasure has not begun that") || len(a.asked) != 1 {
			t.Errorf("%v; asked %q", err, a.asked)
		}
	})
}

// Of a drive whose format failed, what it reports now counts, and not what is in the journal.
func TestFormatAfterFailure(t *testing.T) {
	t.Parallel()
	a := newArrayDisk(t, 520, devicetest.FormatIgnored)
	if _, err := a.run(t.Context()); err == nil || a.journal() != 1 {
		t.Fatalf("%v, %d in the journal", err, a.journal())
	}
	a.sas.Lie = devicetest.Honest
	a.sas.SetBlocks(528)
	if r, err := a.run(t.Context()); err != nil || r.From != 528 || a.journal() != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// What the drive reports at the end counts, and not that it ended.
func TestFormatFailed(t *testing.T) {
	t.Parallel()
	for lie, want := range map[devicetest.Lie]string{devicetest.FormatFails: "the format failed", devicetest.FormatIgnored: "still has blocks of 520 bytes"} {
		a := newArrayDisk(t, 520, lie)
		if r, err := a.run(t.Context()); err == nil || r.Finished || !strings.Contains(err.Error(), want) || len(a.rescans) != 0 || a.journal() != 1 {
			t.Errorf("%s: %+v, %v", lie, r, err)
		}
	}
}
