package devices_test

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/devices/nvme"
	"rasure/devices/scsi"
)

// plugged is a drive in memory that answers SCSI and NVMe commands as a test wants.
type plugged struct {
	*devicetest.Drive
	scsi scsi.Transport
	nvme nvme.Transport
}

func (p plugged) SCSI() scsi.Transport { return p.scsi }
func (p plugged) NVMe() nvme.Transport { return p.nvme }

// pages answers INQUIRY: the standard data under -1, vital product data under their page numbers.
type pages map[int][]byte

func (p pages) Do(_ context.Context, c scsi.Command) (scsi.Reply, error) {
	page := -1
	if c.CDB[1]&1 == 1 {
		page = int(c.CDB[2])
	}
	b, ok := p[page]
	if c.CDB[0] != 0x12 || !ok {
		return scsi.Reply{Status: 2, Sense: []byte{0x70, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x24, 0, 0, 0, 0, 0}}, nil
	}
	return scsi.Reply{Residual: len(c.Data) - copy(c.Data, b)}, nil
}

// controller answers Identify Controller.
type controller []byte

func (c controller) Admin(_ context.Context, cmd nvme.Command) (uint32, error) {
	if cmd.Opcode != 6 || cmd.CDW[0] != 1 {
		return 0, &nvme.StatusError{Opcode: cmd.Opcode, Status: 2}
	}
	copy(cmd.Data, c)
	return 0, nil
}

// plug puts a drive behind a disk, with transports.
func plug(t *testing.T, h *devices.Host, name string, s scsi.Transport, n nvme.Transport) *devicetest.Drive {
	t.Helper()
	drive := devicetest.Plug(t, h, name)
	devicetest.Attach(h, find(t, h, name).Path, func(bool) (devices.Port, error) {
		return plugged{drive.Open(), s, n}, nil
	})
	return drive
}

const satadir = "sys/devices/pci0000:00/0000:00:1f.2/ata2/host1/target1:0:0/1:0:0:0/"

// attributes are the pages of a fixture's disk, as its drive would answer them.
func attributes(t *testing.T, h *devices.Host, dir string) pages {
	t.Helper()
	p := pages{-1: append([]byte{0, 0, 6, 2, 31, 0, 0, 0}, fmt.Sprintf("%-8s%-16s%-4s", "ATA", "WDC WD800JD-00MS", "3E04")...)}
	for page, name := range map[int]string{0x80: "vpd_pg80", 0x83: "vpd_pg83", 0x89: "vpd_pg89"} {
		b, err := h.Root.(*devicetest.Files).ReadFile(dir + name)
		if err != nil {
			t.Fatal(err)
		}
		p[page] = b
	}
	return p
}

func claim(h *devices.Host, d devices.Disk) (*devices.Target, error) {
	return h.Claim(context.Background(), d, devices.ClaimOptions{})
}

func TestClaim(t *testing.T) {
	t.Run("drive reports the same serial", claimSameSerial)
	t.Run("drive reports another serial", claimAnotherSerial)
	t.Run("drive reports another world wide name", claimAnotherWWN)
	t.Run("drive does not answer", claimNoAnswer)
	t.Run("NVMe drive is asked for its serial", claimNVMe)
	t.Run("USB stick is asked only for what it reported", claimUSBStick)
	t.Run("opened node is another disk", claimAnotherNode)
	t.Run("sysfs has changed since", claimChangedSysfs)
	t.Run("disk with a hazard is never opened", claimHazard)
	t.Run("hazard comes up while the disk is opened", claimLateHazard)
	t.Run("busy without a visible reason", claimBusy)
	t.Run("open for a moment or by another rasure", claimRetry)
	t.Run("image needs to be allowed", claimImage)
	t.Run("cancelled", claimCancelled)
}

func claimSameSerial(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", "")
	plug(t, h, "sdb", attributes(t, h, satadir), nil)
	target, err := claim(h, find(t, h, "sdb"))
	if err != nil {
		t.Fatal(err)
	}
	id, err := target.Identify(context.Background())
	if err != nil || id.Serial != "WD-WMAM9XE78956" || !target.Confirmed() {
		t.Errorf("Identify() = %+v, %v; confirmed %v", id, err, target.Confirmed())
	}
	if err := target.Check(); err != nil {
		t.Errorf("Check() = %v", err)
	}
}

func claimAnotherSerial(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", "")
	p := attributes(t, h, satadir)
	p[0x89][60+20+1] ^= 2 // first character of the serial number, word 10; and the checksum with it
	p[0x89][60+511] -= 2
	drive := plug(t, h, "sdb", p, nil)
	_, err := claim(h, find(t, h, "sdb"))
	var changed *devices.ChangedError
	if !errors.As(err, &changed) || changed.What != "serial number" {
		t.Errorf("Claim() = %v", err)
	}
	if ops := drive.Ops(); len(ops) != 0 {
		t.Errorf("the drive was used: %v", ops)
	}
}

func claimAnotherWWN(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", "")
	p := attributes(t, h, satadir)
	p[0x83][len(p[0x83])-1] ^= 1
	plug(t, h, "sdb", p, nil)
	_, err := claim(h, find(t, h, "sdb"))
	var changed *devices.ChangedError
	if !errors.As(err, &changed) || changed.What != "world wide name" {
		t.Errorf("Claim() = %v", err)
	}
}

func claimNoAnswer(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", "")
	plug(t, h, "sdb", pages{}, nil)
	_, err := claim(h, find(t, h, "sdb"))
	var sense *scsi.SenseError
	if !errors.As(err, &sense) || sense.ASC != 0x24 {
		t.Errorf("Claim() = %v", err)
	}
}

func claimNVMe(t *testing.T) {
	t.Parallel()
	for serial, ok := range map[string]bool{"S6EUNA0R812345": true, "S6EUNA0R812346": false} {
		h := machine(t, "nvme-multipath", "")
		data := make([]byte, 4096)
		copy(data[4:], fmt.Sprintf("%-20s%-40s%-8s", serial, "SAMSUNG MZWLR3T8HBLS-00007", "MPK92B5Q"))
		plug(t, h, "nvme0n1", nil, controller(data))
		target, err := claim(h, find(t, h, "nvme0n1"))
		if (err == nil) != ok || ok && !target.Confirmed() {
			t.Errorf("%s: Claim() = %v", serial, err)
		}
	}
}

func claimUSBStick(t *testing.T) {
	t.Parallel()
	for product, ok := range map[string]bool{"DataTraveler 2.0": true, "DataTraveler 3.0": false} {
		h := machine(t, "live-stick", "-- proc/1/mountinfo --\n1 1 0:2 / / rw - rootfs rootfs rw\n")
		inquiry := append([]byte{0, 0x80, 5, 2, 31, 0, 0, 0}, fmt.Sprintf("%-8s%-16s%-4s", "Kingston", product, "1.00")...)
		plug(t, h, "sdb", pages{-1: inquiry}, nil)
		target, err := claim(h, find(t, h, "sdb"))
		if (err == nil) != ok || ok && (target.Disk().SerialSource != devices.SerialBridge || target.Confirmed()) {
			t.Errorf("%s: Claim() = %v", product, err)
		}
	}
}

// Each row is another disk in place of the one that was found.
func claimAnotherNode(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]func(*devices.State){
		"device number": func(s *devices.State) { s.Number.Minor++ },
		"disk sequence": func(s *devices.State) { s.Seq++ },
		"size":          func(s *devices.State) { s.Size -= 512 },
	} {
		h := machine(t, "desktop", "")
		drive := plug(t, h, "sdb", attributes(t, h, satadir), nil)
		state, _ := drive.State()
		change(&state)
		drive.SetState(state)
		_, err := claim(h, find(t, h, "sdb"))
		var changed *devices.ChangedError
		if !errors.As(err, &changed) || changed.What != what {
			t.Errorf("%s: Claim() = %v", what, err)
		}
		if _, err := h.OpenRead(context.Background(), find(t, h, "sdb")); !errors.As(err, &changed) {
			t.Errorf("%s: OpenRead() = %v", what, err)
		}
	}
}

// The name may go to another disk while the operator reads the question.
func claimChangedSysfs(t *testing.T) {
	t.Parallel()
	for attribute, value := range map[string]string{"block/sdb/diskseq": "77\n", "block/sdb/dev": "8:32\n", "vpd_pg89": "", "block/sdb/size": "8\n"} {
		h := machine(t, "desktop", "")
		d := find(t, h, "sdb")
		plug(t, h, "sdb", attributes(t, h, satadir), nil)
		h.Root.(*devicetest.Files).Write(satadir+attribute, value)
		_, err := claim(h, d)
		var changed *devices.ChangedError
		var refused *devices.RefusedError
		if !errors.As(err, &changed) && !errors.As(err, &refused) {
			t.Errorf("%s: Claim() = %v", attribute, err)
		}
	}
}

func claimHazard(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", "")
	devicetest.Attach(h, "/dev/sda", func(bool) (devices.Port, error) {
		t.Error("the system's disk was opened")
		return nil, syscall.EBUSY
	})
	_, err := claim(h, find(t, h, "sda"))
	var refused *devices.RefusedError
	if !errors.As(err, &refused) || refused.Hazards[0].Kind != devices.System {
		t.Errorf("Claim() = %v", err)
	}
}

func claimLateHazard(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", "")
	p := attributes(t, h, satadir)
	drive := plug(t, h, "sdb", p, nil)
	closed := false
	devicetest.Attach(h, "/dev/sdb", func(bool) (devices.Port, error) {
		h.Root.(*devicetest.Files).Write("proc/swaps", "Filename\n/dev/sdb1 partition 1 0 -2\n")
		return closing{plugged{drive.Open(), p, nil}, &closed}, nil
	})
	_, err := claim(h, find(t, h, "sdb"))
	var refused *devices.RefusedError
	if !errors.As(err, &refused) || refused.Hazards[0].Kind != devices.Swap || !closed {
		t.Errorf("Claim() = %v, closed %v", err, closed)
	}
}

type closing struct {
	plugged
	closed *bool
}

func (c closing) Close() error { *c.closed = true; return c.plugged.Close() }

func claimBusy(t *testing.T) {
	t.Parallel()
	for _, cause := range []error{syscall.EBUSY, syscall.EWOULDBLOCK} {
		h := machine(t, "desktop", "")
		devicetest.Attach(h, "/dev/sdb", func(bool) (devices.Port, error) { return nil, cause })
		_, err := claim(h, find(t, h, "sdb"))
		var refused *devices.RefusedError
		if !errors.As(err, &refused) || len(refused.Hazards) != 1 {
			t.Errorf("%v: Claim() = %v", cause, err)
		}
	}
}

// What udev does is over in a moment, and is waited for; what another rasure does is not.
func claimRetry(t *testing.T) {
	for command, waits := range map[string]bool{"dd": true, "rasure": false} {
		synctest.Test(t, func(t *testing.T) {
			h := machine(t, "desktop", "-- proc/9/ --\ncomm "+command+"\nns/mnt -> mnt:[4026531841]\nfd/7 -> /dev/sdb\n")
			start := time.Now()
			_, err := claim(h, find(t, h, "sdb"))
			var refused *devices.RefusedError
			if !errors.As(err, &refused) || (time.Since(start) > 0) != waits {
				t.Errorf("%s: Claim() = %v after %v", command, err, time.Since(start))
			}
		})
	}
}

func claimImage(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", "-- srv/disk.img --\n0123456789\n")
	if _, err := claim(h, find(t, h, "/srv/disk.img")); !errors.Is(err, devices.ErrImage) {
		t.Errorf("Claim() = %v", err)
	}
}

func TestCheck(t *testing.T) {
	t.Run("disk goes or is replaced", checkLost)
	t.Run("disk shrank", checkShrank)
}

func checkLost(t *testing.T) {
	t.Parallel()
	files := func(h *devices.Host) *devicetest.Files { return h.Root.(*devicetest.Files) }
	for what, happens := range map[string]func(*devices.Host, *devicetest.Drive){
		"pulled out": func(_ *devices.Host, d *devicetest.Drive) {
			s, _ := d.State()
			s.Size = 0 // all that the descriptor of a disk that was pulled out shows
			d.SetState(s)
		},
		"replaced": func(_ *devices.Host, d *devicetest.Drive) {
			s, _ := d.State()
			s.Seq++
			d.SetState(s)
		},
		"gone from sysfs":     func(h *devices.Host, _ *devicetest.Drive) { files(h).Remove("sys/block/sdb") },
		"replaced in sysfs":   func(h *devices.Host, _ *devicetest.Drive) { files(h).Write(satadir+"block/sdb/diskseq", "99\n") },
		"offline in sysfs":    func(h *devices.Host, _ *devicetest.Drive) { files(h).Write(satadir+"state", "offline\n") },
		"no state at all":     func(h *devices.Host, _ *devicetest.Drive) { files(h).Write(satadir+"state", "transport-offline\n") },
		"taken from the rack": func(h *devices.Host, _ *devicetest.Drive) { files(h).Remove(satadir[:len(satadir)-1]) },
	} {
		h := machine(t, "desktop", "")
		drive := plug(t, h, "sdb", attributes(t, h, satadir), nil)
		target, err := claim(h, find(t, h, "sdb"))
		if err != nil {
			t.Fatal(err)
		}
		happens(h, drive)
		if err := target.Check(); !devices.Lost(err) {
			t.Errorf("%s: Check() = %v", what, err)
		}
	}
}

func checkShrank(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", "")
	drive := plug(t, h, "sdb", attributes(t, h, satadir), nil)
	target, err := claim(h, find(t, h, "sdb"))
	if err != nil {
		t.Fatal(err)
	}
	s, _ := drive.State()
	s.Size -= 512
	drive.SetState(s)
	var changed *devices.ChangedError
	if err := target.Check(); devices.Lost(err) || !errors.As(err, &changed) || changed.What != "size" {
		t.Errorf("Check() = %v", err)
	}
}

func TestIdentifyUnsupported(t *testing.T) {
	t.Parallel()
	h := machine(t, "laboratory", "")
	devicetest.Plug(t, h, "vda")
	target, err := claim(h, find(t, h, "vda"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := target.Identify(context.Background()); !errors.Is(err, errors.ErrUnsupported) || target.Confirmed() {
		t.Errorf("Identify() = %v, confirmed %v", err, target.Confirmed())
	}
}

func claimCancelled(t *testing.T) {
	t.Parallel()
	h := machine(t, "laboratory", "-- proc/9/ --\ncomm dd\nns/mnt -> mnt:[1]\nfd/3 -> /dev/vda\n-- proc/9/mountinfo --\n1 1 0:2 / / rw - rootfs rootfs rw\n")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := h.Claim(ctx, find(t, h, "vda"), devices.ClaimOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Claim() = %v", err)
	}
}
