package devices_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
)

// pci is a PCI device, as sysfs has it.
func pci(address, class, vendor, driver, more string) string {
	s := fmt.Sprintf("-- sys/bus/pci/devices/%s/ --\nclass %s\nvendor %s\n%s", address, class, vendor, more)
	if driver != "" {
		s += "driver -> ../../../bus/pci/drivers/" + driver + "\n"
	}
	return s
}

func TestUnseen(t *testing.T) {
	t.Parallel()
	const proc = "-- proc/self/ns/pid -> pid:[4026531836] --\n"
	scsi := func(state, more string) string {
		return "-- sys/bus/scsi/devices/0:0:5:0/ --\nvendor SEAGATE\nmodel ST4000\ntype 0\nstate " + state + "\n" + more
	}
	for _, c := range []struct{ name, machine, want string }{
		// Of real machines: a Dell R820 (megaraid_sas), a POWER8 (ipr), a server with Intel VMD, a DGX A100.
		{"Dell PERC H710", pci("0000:03:00.0", "0x010400", "0x1000", "megaraid_sas", "") + pci("0000:00:1f.2", "0x010601", "0x8086", "ahci", "") + pci("0000:48:00.0", "0x010802", "0x144d", "nvme", ""),
			"raid-controller 0000:03:00.0: 0000:03:00.0 is a RAID controller (megaraid_sas)"},
		{"IBM ipr", pci("0001:08:00.0", "0x010400", "0x1014", "ipr", ""), "raid-controller 0001:08:00.0: 0001:08:00.0 is a RAID controller (ipr)"},
		{"Intel VMD", pci("0000:c9:00.5", "0x010400", "0x8086", "vmd", "") + pci("10002:01:00.0", "0x010802", "0x1179", "nvme", ""), ""},
		{"Intel VMD without a driver", pci("0000:c9:00.5", "0x010400", "0x8086", "", ""), "no-driver 0000:c9:00.5: the RAID controller 0000:c9:00.5 of Intel has no driver"},
		{"PCIe switches and SAS adapters", pci("0000:13:00.0", "0x018000", "0x1000", "", "") + pci("0000:48:00.0", "0x010700", "0x1000", "mpt3sas", ""), ""},
		{"Intel RST, AHCI", pci("0000:00:17.0", "0x010400", "0x8086", "ahci", "remapped_nvme 0\n"), ""},
		{"Intel RST hides two", pci("0000:00:17.0", "0x010400", "0x8086", "ahci", "remapped_nvme 2\n"), "remapped-nvme 0000:00:17.0: 2 NVMe drives are hidden behind the SATA controller"},
		{"smartpqi", pci("0000:5c:00.0", "0x010400", "0x9005", "smartpqi", ""), "raid-controller 0000:5c:00.0: 0000:5c:00.0 is a RAID controller (smartpqi)"},
		{"NVMe given to a virtual machine", pci("0000:01:00.0", "0x010802", "0x144d", "vfio-pci", ""), "no-driver 0000:01:00.0: the storage controller 0000:01:00.0 is reserved for a virtual machine"},
		{"SAS without a driver", pci("0000:01:00.0", "0x010700", "0x1000", "", ""), "no-driver 0000:01:00.0: the storage controller 0000:01:00.0 has no driver"},
		{"not storage", pci("0000:02:00.0", "0x030000", "0x8086", "", "") + pci("x", "", "", "", ""), ""},
		{"offline drive", scsi("offline", ""), "no-block-device 0:0:5:0: the drive 0:0:5:0 (SEAGATE ST4000) is offline"},
		{"member of a volume", scsi("running", ""), "no-block-device 0:0:5:0: the drive 0:0:5:0 (SEAGATE ST4000) is attached and has no block device"},
		{"drive with a block device", scsi("running", "block/sdz/size 8\n"), ""},
		{"enclosure", strings.Replace(scsi("running", ""), "type 0", "type 13", 1), ""},
		{"hostile model", strings.Replace(scsi("running", ""), "ST4000", "\x1b[2J", 1), `no-block-device 0:0:5:0: the drive 0:0:5:0 (SEAGATE \x1b[2J) is attached`},
		{"dead NVMe", "-- sys/class/nvme/nvme1/ --\nmodel SAMSUNG\nstate dead\ntransport pcie\n", "dead-controller nvme1: the NVMe drive nvme1 (SAMSUNG) is dead"},
		{"NVMe without a namespace", "-- sys/class/nvme/nvme1/ --\nmodel SAMSUNG\nstate live\ntransport pcie\n", "dead-controller nvme1: the NVMe drive nvme1 (SAMSUNG) has no namespace"},
		{"NVMe", "-- sys/class/nvme/nvme1/ --\nmodel SAMSUNG\nstate live\ntransport pcie\nnvme1n1/size 8\n", ""},
		{"multipath NVMe", "-- sys/class/nvme/nvme1/ --\nmodel SAMSUNG\nstate live\ntransport pcie\nnvme0c1n1/size 8\n", ""},
		{"container", "-- proc/self/ns/pid -> pid:[4026532000] --\n", "processes-unseen : rasure runs in a PID namespace of its own"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := c.machine
			if !strings.Contains(text, "proc/self") {
				text += proc
			}
			all, err := fromText(t, text).Unseen()
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, u := range all {
				got += fmt.Sprintf("%s %s: %s\n", u.Kind, u.Name, u.Detail)
				if u.Hint.IsZero() {
					t.Errorf("%s has no hint", u.Kind)
				}
			}
			if c.want == "" && got != "" || !strings.HasPrefix(got, c.want) || strings.Count(got, "\n") > 1 {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A drive with blocks of 520 bytes has no size in sysfs.
func TestNoCapacity(t *testing.T) {
	t.Parallel()
	h := machine(t, "storage", "-- sys/devices/pci0000:00/0000:00:02.0/0000:02:00.0/host1/target1:0:5/1:0:5:0/block/sdg/size --\n0\n")
	all, err := h.Hazards(find(t, h, "sdg"))
	i := slices.IndexFunc(all, func(z devices.Hazard) bool { return z.Kind == devices.NoMedium })
	if err != nil || i < 0 || !strings.Contains(all[i].Detail.String(), "520 or 528 bytes") || !strings.Contains(all[i].Hint().String(), "rasure format sdg --to 512") {
		t.Errorf("%v, %v", all, err)
	}
	d := find(t, h, "sdg")
	drive := devicetest.NewDrive(0, 512)
	drive.SetState(devices.State{Number: d.Number, Seq: d.Seq})
	devicetest.NewSAS(drive, d, devicetest.Honest)
	devicetest.Attach(h, d.Path, func(bool) (devices.Port, error) { return drive.Open(), nil })
	var refused *devices.RefusedError
	if _, err := h.Claim(t.Context(), d, devices.ClaimOptions{AllowVolume: true}); !errors.As(err, &refused) || refused.Hazards[0].Kind != devices.NoMedium {
		t.Errorf("claimed to be erased: %v", err)
	}
	if target, err := h.Claim(t.Context(), d, devices.ClaimOptions{AllowBlocks: true}); err != nil {
		t.Errorf("to be formatted: %v", err)
	} else {
		target.Close()
	}
}

// A volume is claimed only by who says that a volume will do, and any other hazard of it still refuses.
func TestClaimVolume(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, more, disk string }{
		{"RAID volume", "", "sdf"}, {"Fibre Channel", "", "sdh"}, {"iSCSI", "", "sdi"},
	} {
		h := machine(t, "storage", c.more)
		d := find(t, h, c.disk)
		devicetest.Plug(t, h, c.disk)
		if !d.Volume {
			t.Fatalf("%s is no volume", c.name)
		}
		_, err := h.Claim(context.Background(), d, devices.ClaimOptions{})
		var refused *devices.RefusedError
		if !errors.As(err, &refused) || refused.Hazards[0].Kind != devices.NotPhysical || !strings.Contains(refused.Hazards[0].Hint().String(), "--allow-volume") {
			t.Errorf("%s without the flag: %v", c.name, err)
		}
		target, err := h.Claim(context.Background(), d, devices.ClaimOptions{AllowVolume: true})
		if err != nil {
			t.Errorf("%s with the flag: %v", c.name, err)
		} else {
			target.Close()
		}
	}
	h := machine(t, "storage", "-- sys/devices/pci0000:00/0000:00:02.0/0000:02:00.0/host1/target1:2:0/1:2:0:0/block/sdf/ro --\n1\n")
	devicetest.Plug(t, h, "sdf")
	var refused *devices.RefusedError
	_, err := h.Claim(context.Background(), find(t, h, "sdf"), devices.ClaimOptions{AllowVolume: true})
	if !errors.As(err, &refused) || len(refused.Hazards) != 1 || refused.Hazards[0].Kind != devices.ReadOnly {
		t.Errorf("a volume that is read-only: %v", err)
	}
}
