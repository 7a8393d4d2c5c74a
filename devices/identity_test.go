package devices_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
)

// usbUnit is a logical unit of a USB device on port 2-N.
type usbUnit struct {
	name, model string
	size        int64 // sectors
}

// usbDevice is an archive of one USB device with its units.
func usbDevice(port int, serial string, units ...usbUnit) string {
	device := fmt.Sprintf("sys/devices/pci0000:00/0000:00:14.0/usb2/2-%d", port)
	unit := fmt.Sprintf("2-%d/2-%d:1.0/host%d/target%d:0:0/%d:0:0:", port, port, port, port, port)
	var s strings.Builder
	fmt.Fprintf(&s, "-- %s/ --\nidVendor 058f\nidProduct 6366\nproduct Mass Storage\nspeed 480\nserial %s\n", device, serial)
	fmt.Fprintf(&s, "-- %s/2-%d:1.0/ --\nbInterfaceProtocol 50\ndriver -> ../../../../../../bus/usb/drivers/usb-storage\n", device, port)
	fmt.Fprintf(&s, "-- %s/2-%d:1.0/host%d/scsi_host/host%d/proc_name --\nusb-storage\n", device, port, port, port)
	for i, u := range units {
		at := fmt.Sprintf("sys/devices/pci0000:00/0000:00:14.0/usb2/%s%d", unit, i)
		fmt.Fprintf(&s, "-- sys/block/%s -> ../devices/pci0000:00/0000:00:14.0/usb2/%s%d/block/%s --\n", u.name, unit, i, u.name)
		fmt.Fprintf(&s, "-- %s/ --\nvendor Generic-\nmodel %s\nrev 1.00\ntype 0\nscsi_level 6\nstate running\n", at, u.model)
		fmt.Fprintf(&s, "-- %s/block/%s/ --\ndev 8:%d\nsize %d\nremovable 1\nro 0\nhidden 0\ndiskseq %d\nqueue/logical_block_size 512\nqueue/rotational 1\nqueue/zoned none\nholders/\ndevice -> ../../../%d:0:0:%d\n",
			at, u.name, 16*(port*8+i), u.size, port*8+i+1, port, i)
	}
	return s.String()
}

const quiet = "-- proc/1/mountinfo --\n22 1 0:5 / / rw - tmpfs tmpfs rw\n-- proc/1/ --\ncomm init\nns/mnt -> mnt:[4026531841]\nfd/\n-- proc/swaps --\nFilename Type Size Used Priority\n"

func stick(port int, serial string) string {
	return usbDevice(port, serial, usbUnit{fmt.Sprintf("sd%c", 'a'+port), "Flash Disk", 7864320})
}

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	for serial, want := range map[string]devices.Doubt{
		"000000000000": devices.Placeholder, "0000000000000001": devices.Placeholder, "FFFFFFFF": devices.Placeholder, "123456789012": devices.Placeholder,
		"0123456789ABCDEF": devices.Placeholder, "123456789abc": devices.Placeholder, "\x01\x02\x03": devices.Placeholder, "\ufffd\ufffd": devices.Placeholder,
		"none": devices.Placeholder, "N/A": devices.Placeholder, "To be filled by O.E.M.": devices.Placeholder, "Default string": devices.Placeholder,
		"ABCDEF": devices.Placeholder, "\u20ac\u20ac\u20ac": devices.Placeholder,
		"2": "", "0042": "", "QM00001": "", "USBSTICK01": "", "000000000903": "", "4C530001230519105412": "", "12345678X": "",
		"": "",
	} {
		d := find(t, fromText(t, stick(1, serial)+quiet), "sdb")
		if d.Doubt != want {
			t.Errorf("serial number %q: doubt %q, want %q", serial, d.Doubt, want)
		}
		by, own := devices.BySerial, d.Serial
		if want != "" || serial == "" {
			by, own = devices.ByPort, ""
		}
		if d.IdentifiedBy() != by || d.OwnSerial() != own {
			t.Errorf("serial number %q: identified by %q, its own number is %q", serial, d.IdentifiedBy(), d.OwnSerial())
		}
	}
	raw, err := os.ReadFile("testdata/hosts/desktop.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if d := find(t, fromText(t, string(raw)), "sdb"); d.IdentifiedBy() != devices.BySerial {
		t.Errorf("a SATA disk with a serial number is identified by %q", d.IdentifiedBy())
	}
}

// The number of a card reader or a dock is no number of what is in it, also where only one slot is full.
func TestBorrowedSerial(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		units []usbUnit
		disk  string
		want  devices.Doubt
	}{
		{"reader of two slots, one card", []usbUnit{{"sda", "SD/MMC", 0}, {"sdb", "MS/MS-Pro", 62333952}}, "sdb", devices.Borrowed},
		{"reader of one slot", []usbUnit{{"sda", "USB3.0 CRW -SD", 62333952}}, "sda", devices.Borrowed},
		{"dock of two bays", []usbUnit{{"sda", "USB3.0 DISK00", 7814037168}, {"sdb", "USB3.0 DISK01", 15628053168}}, "sda", devices.Borrowed},
		{"stick", []usbUnit{{"sda", "Flash Disk", 7864320}}, "sda", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := fromText(t, usbDevice(3, "058F63666485", c.units...)+quiet)
			d := find(t, h, c.disk)
			if d.Doubt != c.want {
				t.Errorf("doubt %q, want %q", d.Doubt, c.want)
			}
			if got := hazards(t, h, c.disk); len(got) != 0 {
				t.Errorf("it is refused: %q", got)
			}
		})
	}
}

// Two sticks of one serial number are identified each by its port. Where it is not certain that they are two disks, both are refused.
func TestSharedSerial(t *testing.T) {
	t.Parallel()
	h := fromText(t, stick(1, "AA00000000000489")+stick(2, "aa00000000000489")+stick(3, "OTHER00489")+quiet)
	all, err := h.Disks()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []devices.Doubt{devices.Shared, devices.Shared, ""} {
		if all[i].Doubt != want || find(t, h, all[i].Name).Doubt != want {
			t.Errorf("%s: doubt %q, when found %q, want %q", all[i].Name, all[i].Doubt, find(t, h, all[i].Name).Doubt, want)
		}
		if got := hazards(t, h, all[i].Name); len(got) != 0 {
			t.Errorf("%s is refused: %q", all[i].Name, got)
		}
	}
	if all[0].OwnSerial() != "AA00000000000489" || all[0].IdentifiedBy() != devices.ByPort {
		t.Errorf("%q, %q", all[0].OwnSerial(), all[0].IdentifiedBy())
	}
	var many *devices.AmbiguousError
	if _, err := h.Find("AA00000000000489"); !errors.As(err, &many) {
		t.Errorf("Find() = %v", err)
	}
	if d := find(t, h, "USB 2-2"); d.Name != "sdc" {
		t.Errorf("on port usb 2-2 is %s", d.Name)
	}

	before := find(t, fromText(t, stick(1, "AA00000000000489")+quiet), "sdb") // it was chosen by its number while there was one of it
	got, err := h.Hazards(before)
	if err != nil || len(got) != 1 || got[0].Kind != devices.Duplicate {
		t.Errorf("a second stick of the number has arrived: %v, %v", got, err)
	}

	// a hypervisor may show one disk twice
	virtual := "-- sys/devices/pci0000:00/0000:00:0%d.0/virtio%d/block/vd%c/serial --\nVBLK1\n"
	h = machine(t, "virtual-server", fmt.Sprintf(virtual, 2, 1, 'a')+fmt.Sprintf(virtual, 3, 2, 'b'))
	if all, err = h.Disks(); err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		got, err := h.Hazards(d)
		if !slices.ContainsFunc(got, func(z devices.Hazard) bool { return z.Kind == devices.Duplicate }) || err != nil {
			t.Errorf("%s, one of two virtual disks of one number: %v, %v", d.Name, got, err)
		}
	}
}

func TestSamePort(t *testing.T) {
	t.Parallel()
	h := fromText(t, usbDevice(1, "", usbUnit{"sda", "Flash Disk", 8})+
		strings.ReplaceAll(strings.ReplaceAll(usbDevice(1, "", usbUnit{"sdb", "Flash Disk", 16}), "host1", "host9"), "8:128", "8:16")+quiet)
	if got, want := hazards(t, h, "sda"), []string{"duplicate-identity: sda and sdb are on the same port, usb 2-1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A disk that is identified by its port is claimed only there, and only while it was not pulled: another stick in the socket has
// another disk sequence.
func TestClaimByPort(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, after, want string }{
		{"unchanged", "", ""},
		{"another stick in the socket", "diskseq 99\n", "disk sequence"},
		{"the kernel counts no sequence", "diskseq 0\n", "no-serial"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := fromText(t, stick(1, "")+quiet)
			d := find(t, h, "sdb")
			devicetest.Plug(t, h, "sdb")
			if c.after != "" {
				h2 := fromText(t, stick(1, "")+"-- sys/devices/pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host1/target1:0:0/1:0:0:0/block/sdb/ --\n"+c.after+quiet)
				h.Root = h2.Root
				if c.want == "no-serial" {
					d = find(t, h, "sdb")
				}
			}
			target, err := h.Claim(context.Background(), d, devices.ClaimOptions{})
			var refused *devices.RefusedError
			var changed *devices.ChangedError
			switch {
			case c.want == "" && err != nil, c.want == "disk sequence" && !errors.As(err, &changed),
				c.want == "no-serial" && (!errors.As(err, &refused) || refused.Hazards[0].Kind != devices.NoSerial):
				t.Errorf("Claim() = %v", err)
			}
			if err == nil {
				target.Close()
			}
		})
	}
	h := fromText(t, stick(1, "")+quiet)
	d := find(t, h, "sdb")
	devicetest.Plug(t, h, "sdb")
	d.Port = "usb 2-7"
	var changed *devices.ChangedError
	if _, err := h.Claim(context.Background(), d, devices.ClaimOptions{}); !errors.As(err, &changed) || changed.What != "port" {
		t.Errorf("on another port: %v", err)
	}
}
