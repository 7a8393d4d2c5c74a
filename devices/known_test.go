package devices_test

import (
	"context"
	"strings"
	"testing"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/devicetest"
)

// TestKnown: each fact of the table applies to a disk as it reports itself, and to no other of these.
func TestKnown(t *testing.T) {
	t.Parallel()
	bridge := func(vendor, product string) *devices.Bridge {
		return &devices.Bridge{VendorID: vendor, ProductID: product}
	}
	hit := map[string]bool{}
	for _, c := range []struct {
		model, firmware, adapter string
		bridge                   *devices.Bridge
		want                     string // kind and the first source, of every fact that applies
	}{
		{"INTEL SSDPE2KX010T8", "VDV10131", "nvme", nil, "outdated INTEL-SA-00535"},
		{"INTEL SSDPE2KX010T8", "VDV10184", "nvme", nil, ""},
		{"Dell Express Flash NVMe P4510 1TB SFF", "VDV1DP23", "nvme", nil, "outdated Dell DSA-2022-203"},
		{"Dell Express Flash NVMe P4510 1TB SFF", "VDV1DP25", "nvme", nil, ""},
		{"SanDisk SD8SB8U256G1122", "X4130012", "ahci", nil, "refuses CVE-2019-11686"},
		{"SanDisk X400 M.2 2280 256GB", "X4130012", "ahci", nil, "refuses CVE-2019-11686"},
		{"SanDisk SDSSDH3500G", "X61190RL", "ahci", nil, ""},
		{"HSCP0920S5xnNMRI", "3P02", "mpt3sas", nil, "refuses mrgecko.org 2026"},
		{"HSCP0920S5xnNMRI", "3P03", "mpt3sas", nil, ""},
		{"Seagate Rugged SSD4", "1", "ahci", nil, "refuses opensea-operations src/sanitize.c"},
		{"ST4000NM0035", "SN04", "megaraid_sas", nil, "refuses Linux megaraid_sas_fusion.c"},
		{"ST4000NM0035", "SN04", "ahci", nil, ""},
		{"INTEL SSDPEKNW010T8", "002C", "nvme", nil, "trouble nvme-cli issues 752"},
		{"INTEL SSDPEKKF256G8L", "L08P", "nvme", nil, "trouble nvme-cli issue 2677"},
		{"KINGSTON SEDC1500M960G", "S67F", "nvme", nil, "trouble nvme-cli issue 2072"},
		{"WDC PC SN730 SDBQNTY-512G", "1117", "nvme", nil, "trouble sedutil issue 507"},
		{"SKHynix PC801 NVMe 512GB", "5100", "nvme", nil, "trouble nvme-cli issue 2710"},
		{"PC601 NVMe SK hynix 512GB", "8000", "nvme", nil, "trouble nvme-cli issues 84"},
		{"ADATA SX8000NP", "C2.3.7A", "nvme", nil, "trouble nvme-cli issue 423"},
		{"KIOXIA KCMYXRUG3T84", "1UETE104", "nvme", nil, "trouble TUM-DSE issue 1796"},
		{"ST24000NM002H-3KS133", "SE03", "ahci", nil, "trouble openSeaChest issue 148"},
		{"ST24000NM002H-3KS133", "SE04", "ahci", nil, "trouble openSeaChest issue 148"},
		{"ST24000NM002H-3KS133", "SE05", "ahci", nil, ""},
		{"", "", "uas", bridge("152D", "0562"), "trouble opensea-transport src/common_public.c"},
		{"", "", "uas", bridge("152d", "0583"), "trouble opensea-transport src/common_public.c"},
		{"", "", "uas", bridge("174c", "2362"), "trouble smartmontools drivedb.h"},
		{"", "", "uas", bridge("0bda", "9210"), "trouble smartmontools drivedb.h"},
		{"ST4000", "", "uas", bridge("0bc2", "ab24"), ""},
		{"DELLBOSS VD", "MV.R00-0", "ahci", nil, "raid-volume yast-storage-ng pull request 1329"},
		{"BOSS-N1 DELL", "2.1", "nvme", nil, "raid-volume yast-storage-ng pull request 1329"},
		{"JMicron H/W RAID1", "0958", "ahci", nil, "raid-volume smartmontools issue 216"},
		{"HPE NS204i-p Gen10+ Boot Controller", "1.2", "nvme", nil, "raid-volume HPE NS204i"},
		{"ThinkSystem M.2 VD", "1", "ahci", nil, "raid-volume Lenovo ThinkSystem M.2"},
		{"MV RAID1", "1", "ahci", nil, "raid-volume Marvell"},
		{"HDS724040KLSA80", "KFAOA20N", "ahci", nil, "keeps-max Linux libata-core.c"},
		{"HDS724040KLSA80", "KFAOA32A", "ahci", nil, ""},
		{"WDC WD3200JD-00KLB0", "WD-WCAM", "ahci", nil, "keeps-max Linux libata-core.c"},
		{"OCZ-VERTEX", "1.30", "ahci", nil, "keeps-max Linux libata-core.c"},
		{"ST320413A", "3.39", "pata", nil, "native-high Linux libata-core.c"},
	} {
		d := devices.Disk{Name: "sdx", Identity: devices.Identity{Model: c.model, Firmware: c.firmware}, Driver: c.adapter, Bridge: c.bridge}
		got := ""
		for _, k := range devices.KnownOf(d) {
			source, _, _ := strings.Cut(k.Source, ",")
			source, _, _ = strings.Cut(source, ":")
			got += string(k.Kind) + " " + source
			hit[k.Source+k.What.String()+k.Firmware+k.Bridge] = true
			if k.What.IsZero() || k.Source == "" {
				t.Errorf("%q: a fact without words or source", c.model)
			}
		}
		if got != c.want {
			t.Errorf("%q firmware %q behind %s: %q, want %q", c.model, c.firmware, c.adapter, got, c.want)
		}
	}
	for _, k := range devices.KnownTable {
		if !hit[k.Source+k.What.String()+k.Firmware+k.Bridge] {
			t.Errorf("no disk of this test has the fact %s of %s", k.Kind, k.Source)
		}
	}
}

// TestKnown_Refused: what a fact forbids is not begun, also not by a caller that has the method from elsewhere. A fact of the host counts.
func TestKnown_Refused(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := machine(t, "desktop", "")
	h.Known = []devices.Known{{Kind: devices.Refuses, Models: []string{"*"}, Methods: []devices.MethodID{devices.ATASanitizeBlock}, What: message.Of("%s", "not here"), Source: "our own"},
		{Kind: devices.KeepsMax, Models: []string{"*"}, What: message.Of("%s", "not here"), Source: "our own"}}
	drive := devicetest.Plug(t, h, "sdb")
	m, hpa := devices.Method{ID: devices.ATASanitizeBlock, Level: devices.Purge}, devices.HiddenArea{Kind: devices.HPA, Bytes: 512, Restorable: true}
	f := &devicetest.Firmware{Offers: []devices.Method{m}, Areas: []devices.HiddenArea{hpa}}
	drive.SetFirmware(f)
	if c, err := h.Capabilities(ctx, find(t, h, "sdb")); err != nil || c.Methods[0].Unusable.IsZero() || c.Hidden[0].Restorable {
		t.Errorf("unclaimed: %+v, %v", c, err)
	}
	target, err := claim(h, find(t, h, "sdb"))
	if err != nil {
		t.Fatal(err)
	}
	if all, err := target.Methods(ctx); err != nil || all[0].Unusable.String() != "not here (our own)" {
		t.Errorf("Methods() = %v, %v", all, err)
	}
	if all, err := target.Hidden(ctx); err != nil || all[0].Restorable {
		t.Errorf("Hidden() = %v, %v", all, err)
	}
	if err := target.Begin(ctx, m, ""); err == nil || len(f.Sent()) != 0 {
		t.Errorf("a forbidden method was begun: %v", err)
	}
	if err := target.Restore(ctx, hpa); err == nil {
		t.Error("a forbidden area was changed")
	}
}

// TestHazards_Volumes: what a RAID adapter makes of drives is distinguished from a drive that it passes through.
func TestHazards_Volumes(t *testing.T) {
	t.Parallel()
	const volume = ": writing to it does not reach all of the disks behind it"
	for _, c := range []hazardTest{
		{"storage", "-- sys/devices/pci0000:00/0000:00:02.0/0000:02:00.0/host1/scsi_host/host1/proc_name --\nmpi3mr\n", "sdg",
			[]string{"not-physical: sdg is a volume of a RAID adapter (mpi3mr)" + volume}},
		{"storage", "-- sys/devices/pci0000:00/0000:00:02.0/0000:02:00.0/host1/scsi_host/host1/proc_name --\nmpi3mr\n" +
			"-- sys/devices/pci0000:00/0000:00:02.0/0000:02:00.0/host1/target1:0:5/1:0:5:0/vendor --\nNVMe\n", "sdg", []string{}},
		{"storage", "-- sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/host0/scsi_host/host0/proc_name --\nmpi3mr\n", "sdd", []string{"zoned: sdd must be written zone by zone, and the kernel does not show its zones"}},
		{"storage", "-- sys/devices/pci0000:00/0000:00:02.0/0000:02:00.0/host1/scsi_host/host1/proc_name --\nesas2r\n", "sdg",
			[]string{"not-physical: sdg is a volume of a RAID adapter (esas2r)" + volume}},
		{"nvme-multipath", "-- sys/devices/virtual/nvme-subsystem/nvme-subsys0/model --\nDell BOSS-N1 Modular\n", "nvme0n1",
			[]string{"not-physical: nvme0n1 is a volume of a RAID adapter (yast-storage-ng pull request 1329: Dell BOSS)" + volume}},
	} {
		c.run(t)
	}
}
