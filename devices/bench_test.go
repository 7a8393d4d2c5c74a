package devices_test

import (
	"fmt"
	"strings"
	"testing"
)

// many is a machine with that many SATA disks of two partitions each behind a SAS adapter, and 300 processes with 20
// descriptors each in 30 mount namespaces.
func many(disks int) string {
	var b, links strings.Builder
	links.WriteString("-- sys/block/ --\n")
	const host = "devices/pci0000:00/0000:00:01.0/0000:01:00.0/host0"
	for i := range disks {
		name := letters(i)
		at := fmt.Sprintf("%s/port-0:0/expander-0:0/port-0:0:%d/end_device-0:0:%d/target0:0:%d/0:0:%d:0", host, i, i, i, i)
		fmt.Fprintf(&links, "%s -> ../%s/block/%s\n", name, at, name)
		serial := fmt.Sprintf("ZC1%05d", i)
		fmt.Fprintf(&b, "-- sys/%s/ --\nvendor SEAGATE \nmodel ST4000NM0025    \nrev SC61\ntype 0\nscsi_level 6\nstate running\nqueue_depth 32\n", at)
		fmt.Fprintf(&b, "vpd_pg80.hex 00 80 00 08 % x\nvpd_pg83.hex 00 83 00 0c 01 03 00 08 50 00 c5 00 b0 00 %02x %02x\nvpd_pgb1.hex 00 b1 00 02 1c 20\n", serial, i>>8, i&255)
		fmt.Fprintf(&b, "-- sys/%s/block/%s/ --\ndev 65:%d\nsize 7814037168\nremovable 0\nro 0\nhidden 0\ndiskseq %d\nqueue/logical_block_size 512\n", at, name, 16*i, i+1)
		b.WriteString("queue/physical_block_size 4096\nqueue/rotational 1\nqueue/max_sectors_kb 1280\nqueue/optimal_io_size 0\nqueue/nr_requests 64\nqueue/zoned none\nqueue/write_cache write back\n")
		fmt.Fprintf(&b, "inflight 0 0\nholders/\ndevice -> ../../../0:0:%d:0\n", i)
		for p := 1; p <= 2; p++ {
			fmt.Fprintf(&b, "%s%d/partition %d\n%s%d/dev 65:%d\n%s%d/holders/\n", name, p, p, name, p, 16*i+p, name, p)
		}
	}
	fmt.Fprintf(&b, "-- sys/%s/scsi_host/host0/proc_name --\nmpt3sas\n-- proc/swaps --\nFilename\n", host)
	for pid := 1; pid <= 300; pid++ {
		space := uint(4026531841) + uint(pid%30)
		fmt.Fprintf(&b, "-- proc/%d/ --\ncomm worker\nns/mnt -> mnt:[%d]\n", pid, space)
		for fd := range 20 {
			fmt.Fprintf(&b, "fd/%d -> %s\n", fd, []string{"socket:[12345]", "/var/log/messages", "/dev/null", "anon_inode:[eventpoll]"}[fd%4])
		}
		fmt.Fprintf(&b, "-- proc/%d/mountinfo --\n", pid)
		for m := range 40 {
			fmt.Fprintf(&b, "%d 1 0:%d / /space%d/mount%d rw,relatime - tmpfs tmpfs rw\n", m+30, m+20, space, m)
		}
		b.WriteString("27 1 65:1 / / rw,relatime - xfs /dev/sda1 rw\n")
	}
	return links.String() + b.String()
}

// letters names the nth SCSI disk: sda to sdz, sdaa and so on.
func letters(n int) string {
	s := ""
	for n++; n > 0; n = (n - 1) / 26 {
		s = string(rune('a'+(n-1)%26)) + s
	}
	return "sd" + s
}

// BenchmarkList is what "list" does: all disks, and the hazards of each.
func BenchmarkList(b *testing.B) {
	h := fromText(b, many(200))
	for b.Loop() {
		disks, err := h.Disks()
		if err != nil || len(disks) != 200 {
			b.Fatal(len(disks), err)
		}
		all, err := h.HazardsOf(disks)
		if err != nil || len(all) != 200 || len(all[0]) == 0 || len(all[199]) != 0 {
			b.Fatal(all[0], err)
		}
	}
}
