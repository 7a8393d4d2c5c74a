package devices

import (
	"slices"
	"strconv"
	"strings"

	"rasure/cmd/message"
)

// pollers are programs that ask every drive of the machine from time to time, by the names that the kernel keeps: 15 characters of each.
var pollers = []string{"smartd", "udisksd", "node_exporter", "prometheus-node", "smartctl_export", "hddtemp", "nvme_exporter", "netdata", "collectd", "telegraf", "zabbix_agentd", "zabbix_agent2"}

// Pollers warns of the programs that run now and ask drives from time to time; empty if there is none. Such a question reaches a drive in the
// middle of an erase that it answers only hours later, and an adapter whose time for it runs out may reset the drive.
func (h *Host) Pollers() message.Text {
	var found []string
	for _, name := range h.names("proc") {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if comm := h.attr(proc(pid), "comm"); slices.Contains(pollers, comm) {
			found = append(found, comm+" ("+name+")")
		}
	}
	if len(found) == 0 {
		return message.Text{}
	}
	slices.Sort(found)
	return message.Of("the drive answers nothing until it has finished, and these programs ask it meanwhile, which may reset it: %s; stop them first", strings.Join(found, ", "))
}

// multiplied reports whether a disk is behind a SATA port multiplier: then sysfs has links of the multiplier beside that of the port,
// Linux libata-transport.c, ata_tlink_add.
func (h *Host) multiplied(d Disk) bool {
	port := component(d.topology, "ata")
	if port == "" {
		return false
	}
	above, _, _ := strings.Cut(d.topology, "/"+port+"/")
	return slices.ContainsFunc(h.names(above, port), func(name string) bool {
		return strings.HasPrefix(name, "link") && strings.Contains(name, ".")
	})
}

// unfitting says why a method is not used where the disk is attached; empty if it may be.
func unfitting(d Disk, blocking bool) message.Text {
	if blocking && d.multiplied {
		return message.Of("the disk is behind a port multiplier, where a reset because of another disk would cut it off: attach the disk to a port of its own")
	}
	return message.Text{}
}
