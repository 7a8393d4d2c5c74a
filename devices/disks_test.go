package devices_test

import (
	"fmt"
	"strings"
	"testing"

	"rasure/devices"
)

// line is a disk in the words that matter for an erasure.
func line(d devices.Disk) string {
	s := fmt.Sprintf("%s %s %s %s %s %d/%d %q", d.Name, d.Bus, d.Protocol, d.Driver, d.Medium, d.Size, d.LogicalBlock, d.Model)
	if d.Serial != "" {
		s += fmt.Sprintf(" %q by %s", d.Serial, d.SerialSource)
	}
	if d.WWN != "" {
		s += " " + d.WWN
	}
	if b := d.Bridge; b != nil {
		s += fmt.Sprintf(" bridge %s:%s %q %d", b.VendorID, b.ProductID, b.Serial, b.Megabits)
	}
	return s
}

func TestDisks(t *testing.T) {
	t.Parallel()
	for host, want := range map[string][]string{
		"laboratory": {
			`mmcblk0 sd mmc sdhci-pci flash 67108864/512 "QEMU!" "deadbeef" by mmc-cid cid.aa585951454d552101deadbeef006200`,
			`nvme0n1 nvme nvme nvme flash 67108864/512 "QEMU NVMe Ctrl" "NVME0001" by nvme-identify nvme.1b36-4e564d4530303031-51454d55204e564d65204374726c-00000001`,
			`sda sata ata ahci unknown 67108864/512 "LABSATA" "SATA0001" by ata-identify naa.5000c50012345678`,
			`sdb usb scsi uas unknown 67108864/512 "UASDISK" "UASDISK01" by scsi-vpd80 bridge 46f4:0003 "27842-0000:00:02.0-2" 5000`,
			`sdc virtio scsi virtio_scsi magnetic 67108864/512 "QEMU HARDDISK" "VSCSI01" by scsi-vpd80 naa.5000c50087654321`,
			`sdd usb scsi usb-storage unknown 67108864/512 "QEMU HARDDISK" "USBSTICK01" by usb-bridge bridge 46f4:0001 "USBSTICK01" 5000`,
			`sde sas scsi mptsas magnetic 67108864/512 "QEMU HARDDISK" "SAS01" by scsi-vpd80 naa.5000c50011112222`,
			`vda virtio none virtio_blk unknown 67108864/512 "" "VBLK0001" by virtio`,
			`vdb virtio none virtio_blk unknown 67108864/512 "" "LABOUT" by virtio`,
		},
		"desktop": { // the burner is not a disk
			`sda sata ata ahci flash 240057409536/512 "KINGSTON SH103S3240G" "50026B724B09A1FF" by ata-identify naa.50026b724b09a1ff`,
			`sdb sata ata ahci unknown 80026361856/512 "WDC WD800JD-00MSA1" "WD-WMAM9XE78956" by ata-identify ` +
				`t10.ATA     WDC WD800JD-00MSA1                           WD-WMAM9XE78956`,
		},
		"laptop": { // zram and device-mapper are not disks; the disk behind the bridge reports its own serial number
			`nvme0n1 nvme nvme nvme flash 1024209543168/512 "KINGSTON SFYR2S1T0" "50026B7283B12B31" by nvme-identify eui.00000000000000000026b7283b12b315`,
			`sda usb ata uas magnetic 2000398934016/512 "ST2000LM007-1R8174" "WDZ0ABCD" by ata-identify naa.5000c500a1b2c3d4 bridge 152d:0578 "DD56419883C34" 5000`,
		},
		"nvme-multipath": { // the hidden ways are not disks
			`nvme0n1 nvme nvme nvme flash 3840755982336/512 "SAMSUNG MZWLR3T8HBLS-00007" "S6EUNA0R812345" by nvme-identify eui.36544e3052812345002538b100000001`,
			`nvme3n1 nvme nvme nvme-tcp flash 67108864/512 "Linux" "6a6cf7e6b8d7c1f2" by nvme-identify uuid.3f1b2c44-aaaa-4bbb-8ccc-0123456789ab`,
		},
		"live-stick": { // the loop device without a file is not shown
			`loop0 loop none loop image 2818572288/512 ""`,
			`sda sata ata ahci flash 4000787030016/512 "Samsung SSD 870 QVO 4TB" "S5SSNJ0R123456K" by ata-identify naa.5002538f00000001`,
			`sdb usb scsi usb-storage unknown 15504900096/512 "DataTraveler 2.0" "0019E06B9C85F9B187550012" by usb-bridge bridge 0930:6544 "0019E06B9C85F9B187550012" 480`,
		},
		"virtual-server": {
			`vda virtio none virtio_blk unknown 274877906944/512 "" "overlayblk" by virtio`,
			`vdb virtio none virtio_blk unknown 274877906944/512 ""`,
		},
	} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			disks, err := machine(t, host, "").Disks()
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range disks {
				got = append(got, line(d))
			}
			if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
				t.Errorf("got\n%s\nwant\n%s", g, w)
			}
		})
	}
}

func TestDisksDetail(t *testing.T) {
	t.Run("SATA disk behind a SAS adapter", disksSATABehindSAS)
	t.Run("boot areas of an eMMC are disks", disksBootAreas)
	t.Run("size of a disk with 4096-byte blocks", disksSize4096)
	t.Run("unreadable disk is named and others are listed", disksUnreadable)
	t.Run("strings of a drive are printable", disksPrintable)
	t.Run("natural order", disksOrder)
}

func disksSATABehindSAS(t *testing.T) {
	t.Parallel()
	h := machine(t, "storage", "")
	for name, want := range map[string]string{"sda": "sas ata magnetic", "sdc": "sas scsi magnetic", "sdg": "scsi scsi magnetic"} {
		d := find(t, h, name)
		if got := fmt.Sprint(d.Bus, " ", d.Protocol, " ", d.Medium); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

func disksBootAreas(t *testing.T) {
	t.Parallel()
	h := machine(t, "bench", "")
	for _, name := range []string{"mmcblk0", "mmcblk0boot0", "mmcblk0boot1"} {
		d := find(t, h, name)
		if d.Bus != devices.MMC || d.Serial != "1234abcd" || d.Driver != "sdhci-arasan" {
			t.Errorf("%s: %s", name, line(d))
		}
	}
}

func disksSize4096(t *testing.T) {
	t.Parallel()
	h := machine(t, "virtual-server", "-- sys/devices/pci0000:00/0000:00:02.0/virtio1/block/vda/queue/logical_block_size --\n4096\n")
	if d := find(t, h, "vda"); d.Size != 536870912*512 || d.LogicalBlock != 4096 {
		t.Errorf("size %d, block %d", d.Size, d.LogicalBlock)
	}
}

func disksUnreadable(t *testing.T) {
	t.Parallel()
	for _, broken := range []string{"size --\nmany\n", "dev --\n\n", "diskseq --\n-1\n", "queue/logical_block_size --\n\n"} {
		h := machine(t, "desktop", "-- sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda/"+broken)
		disks, err := h.Disks()
		if err == nil || !strings.Contains(err.Error(), "sda") {
			t.Errorf("%q: error %v does not name sda", broken, err)
		}
		if len(disks) != 1 || disks[0].Name != "sdb" {
			t.Errorf("%q: got %v, want sdb alone", broken, disks)
		}
	}
}

func disksPrintable(t *testing.T) {
	t.Parallel()
	d := find(t, machine(t, "bench", ""), "sdd")
	all := d.Model + d.Vendor + d.Serial + d.Bridge.Product + d.Bridge.Manufacturer + d.Bridge.Serial
	if devices.Printable(all) != all || !strings.Contains(all, `\x1b`) || strings.ContainsAny(all, "\x1b\x07\u202e\u009b") {
		t.Errorf("got %q", all)
	}
}

func disksOrder(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	want := []string{"nvme2n1", "nvme10n1", "sda", "sdb", "sdz", "sdaa", "sdab"}
	for i, name := range want {
		at := "sys/devices/virtual/x/block/" + name
		fmt.Fprintf(&b, "-- sys/block/%s -> ../../%s --\n-- %s/ --\ndev 8:%d\nsize 8\nqueue/logical_block_size 512\n", name, at, at, i)
	}
	disks, err := machine(t, "virtual-server", "").Disks()
	if err != nil || len(disks) != 2 {
		t.Fatal(disks, err)
	}
	disks, err = fromText(t, b.String()).Disks()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range disks {
		got = append(got, d.Name)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
