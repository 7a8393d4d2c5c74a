package devices_test

import (
	"context"
	"os"
	"path/filepath"
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

// remove gives the files in sysfs that pull a disk out: one for each way to it.
func remove(t *testing.T, d devices.Disk) []string {
	at := "/sys/block/" + d.Name + "/device/"
	switch d.Bus {
	case devices.NVMe:
		ways, err := filepath.Glob(at + "nvme[0-9]*/device/remove") // of a subsystem
		if err != nil {
			t.Fatal(err)
		}
		if len(ways) == 0 {
			ways = []string{at + "device/remove"}
		}
		return ways
	case devices.Virtio:
		if d.Protocol == devices.ProtocolNone {
			return []string{at + "../remove"}
		}
	case devices.SD, devices.MMC:
		return nil
	}
	return []string{at + "delete"}
}

func TestLaboratoryPort(t *testing.T) {
	laboratory(t)
	h := devices.Live()
	disks, err := h.Disks()
	if err != nil || len(disks) < 9 {
		t.Fatal(len(disks), err)
	}
	for _, d := range disks {
		if strings.HasPrefix(d.Serial, "LAB") || d.Medium == devices.Image { // LABSTATE is mounted, LABOUT carries the answer
			continue
		}
		t.Run(string(d.Bus)+" "+d.Serial, func(t *testing.T) {
			devicetest.TestPort(t, func(t *testing.T) devices.Port {
				p, err := h.Open(d.Path, true)
				if err != nil {
					t.Fatal(err)
				}
				return p
			})
		})
	}
}

func TestLaboratoryClaim(t *testing.T) {
	laboratory(t)
	h := devices.Live()
	disks, err := h.Disks()
	if err != nil || len(disks) < 9 {
		t.Fatal(len(disks), err)
	}
	for _, d := range disks {
		if strings.HasPrefix(d.Serial, "LAB") || d.Medium == devices.Image {
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
			reports := d.SerialSource == devices.SerialATA || d.SerialSource == devices.SerialSCSI || d.SerialSource == devices.SerialNVMe
			if target.Confirmed() != reports || reports && id.Serial != d.Serial {
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
			ways := remove(t, d)
			if len(ways) == 0 {
				return
			}
			for _, way := range ways {
				if err := os.WriteFile(way, []byte("1"), 0); err != nil {
					t.Fatal(err)
				}
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

// TestLaboratoryZones tests disks with host-managed zones, and /dev/nullb0 if it is there.
func TestLaboratoryZones(t *testing.T) {
	laboratory(t)
	h := devices.Live()
	disks, err := h.Disks()
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{}
	for _, d := range disks {
		if d.Queue.Zoned == devices.HostManaged {
			paths = append(paths, d.Path)
		}
	}
	if _, err := os.Stat("/dev/nullb0"); err == nil {
		paths = append(paths, "/dev/nullb0")
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			devicetest.TestZonedPort(t, func(t *testing.T) devices.Port {
				p, err := h.Open(path, true)
				if err != nil {
					t.Fatal(err)
				}
				return p
			})
		})
	}
}
