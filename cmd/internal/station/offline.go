package station

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"rasure/certify/statement"
)

// Offline is what the kernel says of the station's way to other computers: whether there is a default route, how many radios are not blocked, and how many
// network cables are connected: a link without a route reaches its neighbours. It is nil if the kernel could not be asked: then nobody knows.
func (s *Station) Offline() *statement.Offline {
	if s.o.Root == nil {
		return nil
	}
	return offlineOf(s.o.Root)
}

func offlineOf(root fs.FS) *statement.Offline {
	o := &statement.Offline{Checked: Now()}
	four, err4 := fs.ReadFile(root, "proc/net/route")
	six, err6 := fs.ReadFile(root, "proc/net/ipv6_route")
	if errors.Is(err6, fs.ErrNotExist) { // a kernel without IPv6
		err6 = nil
	}
	radios, err := radiosOf(root)
	links, errLinks := linksOf(root)
	if err4 != nil || err6 != nil || err != nil || errLinks != nil {
		return nil
	}
	o.DefaultRoute, o.Radios, o.Links = hasRoute4(string(four)) || hasRoute6(string(six)), radios, links
	return o
}

// hasRoute4 looks in /proc/net/route for a route to 0.0.0.0/0. The columns are interface, destination, gateway, flags, three numbers, mask.
func hasRoute4(table string) bool {
	for line := range strings.Lines(table) {
		if c := strings.Fields(line); len(c) > 7 && c[1] == "00000000" && c[7] == "00000000" {
			return true
		}
	}
	return false
}

// hasRoute6 looks in /proc/net/ipv6_route for a route to ::/0 that does not lead to the loopback interface, where the kernel rejects packets.
func hasRoute6(table string) bool {
	for line := range strings.Lines(table) {
		if c := strings.Fields(line); len(c) > 9 && strings.Trim(c[0], "0") == "" && c[1] == "00" && c[9] != "lo" {
			return true
		}
	}
	return false
}

// radiosOf counts the transmitters that are not blocked (Documentation/ABI/stable/sysfs-class-rfkill).
func radiosOf(root fs.FS) (n int64, err error) {
	list, err := fs.ReadDir(root, "sys/class/rfkill")
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	for _, d := range list {
		blocked := false
		for _, kind := range []string{"soft", "hard"} {
			state, err := fs.ReadFile(root, "sys/class/rfkill/"+d.Name()+"/"+kind)
			if err != nil {
				return 0, err
			}
			blocked = blocked || strings.TrimSpace(string(state)) == "1"
		}
		if !blocked {
			n++
		}
	}
	return n, nil
}

// linksOf counts the wired interfaces that have a link (Documentation/ABI/testing/sysfs-class-net). Those of the kernel's own making have no device
// behind them, and wireless ones are radios. Of one that is down the kernel does not say it (EINVAL).
func linksOf(root fs.FS) (n int64, err error) {
	list, err := fs.ReadDir(root, "sys/class/net")
	if err != nil {
		return 0, err
	}
	for _, d := range list {
		at := "sys/class/net/" + d.Name() + "/"
		if _, err := fs.Stat(root, at+"device"); err != nil {
			continue
		}
		if _, err := fs.Stat(root, at+"phy80211"); err == nil {
			continue
		}
		carrier, err := fs.ReadFile(root, at+"carrier")
		if err != nil && !errors.Is(err, syscall.EINVAL) {
			return 0, err
		}
		if strings.TrimSpace(string(carrier)) == "1" {
			n++
		}
	}
	return n, nil
}
