package devices_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"rasure/devices"
	"rasure/devices/devicetest"
)

// laboratory skips a test that writes to every disk of the machine unless the machine is a virtual one made for that.
func laboratory(t *testing.T) {
	t.Helper()
	if os.Getenv("RASURE_LABORATORY") != "yes, erase every disk of this machine" {
		t.Skip("only in a virtual machine that is made for it")
	}
}

// remove is what pulls a disk out, by the file in sysfs that does it.
func remove(d devices.Disk) string {
	switch d.Bus {
	case devices.NVMe:
		return "/sys/class/nvme/" + strings.TrimSuffix(d.Name, "n1") + "/device/remove"
	case devices.Virtio:
		if d.Protocol == devices.ProtocolNone {
			return "/sys/block/" + d.Name + "/device/../remove"
		}
	case devices.SD, devices.MMC:
		return ""
	}
	return "/sys/block/" + d.Name + "/device/delete"
}

func TestLaboratoryEveryDriveIsClaimedConfirmedAndLostWhenPulled(t *testing.T) {
	laboratory(t)
	h := devices.Live()
	disks, err := h.Disks()
	if err != nil || len(disks) < 9 {
		t.Fatal(len(disks), err)
	}
	for _, d := range disks {
		if d.Serial == "LABOUT" || d.Medium == devices.Image {
			continue
		}
		t.Run(string(d.Bus)+" "+d.Serial, func(t *testing.T) {
			target, err := claim(h, d)
			if err != nil {
				t.Fatal(err)
			}
			defer target.Close()
			id, err := target.Identify(context.Background())
			t.Logf("%s; confirmed %v; %+v, %v", line(d), target.Confirmed(), id, err)
			told := d.SerialSource == devices.SerialATA || d.SerialSource == devices.SerialSCSI || d.SerialSource == devices.SerialNVMe
			if target.Confirmed() != told || told && id.Serial != d.Serial {
				t.Errorf("confirmed: %v", target.Confirmed())
			}
			block := devicetest.Aligned(4096, 0x5a)
			if _, err := target.WriteAt(block, d.Size-4096); err != nil {
				t.Error(err)
			}
			if err := target.Sync(); err != nil {
				t.Error(err)
			}
			if err := target.Check(); err != nil {
				t.Fatal(err)
			}
			file := remove(d)
			if file == "" {
				return
			}
			if err := os.WriteFile(file, []byte("1"), 0); err != nil {
				t.Fatal(err)
			}
			time.Sleep(500 * time.Millisecond)
			err = target.Check()
			t.Logf("pulled: Check() = %v", err)
			if !devices.Lost(err) {
				t.Error("it is not lost")
			}
			_, werr := target.WriteAt(block, 0)
			_, rerr := target.ReadAt(block, 0)
			t.Logf("pulled: WriteAt() = %v, ReadAt() = %v, Sync() = %v", werr, rerr, target.Sync())
			if !devices.Lost(werr) || !devices.Lost(rerr) {
				t.Error("reading or writing does not tell")
			}
		})
	}
}
