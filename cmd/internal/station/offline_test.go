package station

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// The tables are those of Linux 6.1: a station with and without a default route, with and without a radio.
func TestOffline(t *testing.T) {
	t.Parallel()
	const (
		head   = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
		local  = "eth0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
		gate   = "eth0\t00000000\t0100A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
		reject = "00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n"
		gate6  = "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000064 00000001 00000000 00000003     eth0\n"
	)
	machine := func(four, six string, radios ...string) fstest.MapFS {
		m := fstest.MapFS{"proc/net/route": {Data: []byte(head + four)}, "proc/net/ipv6_route": {Data: []byte(six)}, "sys/class/net/lo/carrier": {Data: []byte("1\n")}}
		for i, state := range radios {
			dir := "sys/class/rfkill/rfkill" + string(rune('0'+i))
			m[dir+"/soft"], m[dir+"/hard"] = &fstest.MapFile{Data: []byte(state[:1] + "\n")}, &fstest.MapFile{Data: []byte(state[1:] + "\n")}
		}
		return m
	}
	wired := func(ports ...string) fstest.MapFS { // carrier of each, and what else its directory has
		m := machine(local, reject)
		for i, p := range ports {
			carrier, more, _ := strings.Cut(p, " ")
			dir := "sys/class/net/eth" + string(rune('0'+i)) + "/"
			m[dir+"carrier"] = &fstest.MapFile{Data: []byte(carrier + "\n")}
			for _, name := range strings.Fields(more) {
				m[dir+name] = &fstest.MapFile{Mode: fs.ModeDir}
			}
		}
		return m
	}
	for name, c := range map[string]struct {
		root   fstest.MapFS
		route  bool
		radios int64
		links  int64
	}{
		"no network":                      {machine("", reject), false, 0, 0},
		"a local network":                 {machine(local, reject), false, 0, 0},
		"a default route":                 {machine(local+gate, reject), true, 0, 0},
		"one of IPv6":                     {machine(local, reject+gate6), true, 0, 0},
		"a radio":                         {machine("", "", "00"), false, 1, 0},
		"radios are blocked":              {machine("", "", "10", "01"), false, 0, 0},
		"two cables":                      {wired("1 device", "0 device", "1 device"), false, 0, 2},
		"a bridge, and a radio with link": {wired("1", "1 device phy80211"), false, 0, 0},
	} {
		if o := offlineOf(c.root); o == nil || o.DefaultRoute != c.route || o.Radios != c.radios || o.Links != c.links {
			t.Errorf("%s: %+v", name, o)
		}
	}
	if o := offlineOf(fstest.MapFS{}); o != nil {
		t.Errorf("a kernel that says nothing: %+v", o)
	}
	without := machine("", "")
	delete(without, "sys/class/net/lo/carrier")
	if o := offlineOf(without); o != nil {
		t.Errorf("a kernel that does not show its network interfaces: %+v", o)
	}
}
