package devices_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"rasure/devices"
	"rasure/devices/devicetest"
)

// withSlot is the storage server with sda in slot 4 of an enclosure whose locate light is as given; "" is no light.
func withSlot(t *testing.T, light string) *devices.Host {
	t.Helper()
	const enclosure = sas + "port-0:0/expander-0:0/port-0:0:9/end_device-0:0:9/target0:0:9/0:0:9:0/enclosure/0:0:9:0/"
	more := "-- " + enclosure + "Slot 04/ --\nslot 4\n"
	if light != "" {
		more += "locate " + light + "\n"
	}
	more += "-- " + sas + "port-0:0/expander-0:0/port-0:0:0/end_device-0:0:0/target0:0:0/0:0:0:0/ --\n" +
		"enclosure_device:Slot 04 -> ../../../../port-0:0:9/end_device-0:0:9/target0:0:9/0:0:9:0/enclosure/0:0:9:0/Slot 04\n"
	return machine(t, "storage", more)
}

func TestLocateByLight(t *testing.T) {
	t.Parallel()
	for before, want := range map[string][]string{"0": {"on 0s", "off 30s"}, "1": {"on 0s", "off 30s"}} {
		h := withSlot(t, before)
		d := find(t, h, "sda")
		if by := h.LocateBy(d); by != devices.LocateByReading {
			t.Errorf("without a way to switch a light: by %s", by)
		}
		synctest.Test(t, func(t *testing.T) {
			began, did := time.Now(), []string{}
			h.Light = func(path, value string) error {
				if !strings.HasSuffix(path, "/enclosure/0:0:9:0/Slot 04/locate") || !strings.HasPrefix(path, "sys/devices/") {
					t.Errorf("switches %s", path)
				}
				did = append(did, fmt.Sprint(map[string]string{"1": "on ", "0": "off "}[value], time.Since(began)))
				return nil
			}
			if by, err := h.LocateBy(d), h.Locate(t.Context(), d, 30*time.Second); by != devices.LocateByLight || err != nil {
				t.Errorf("by %s: %v", by, err)
			}
			if !slices.Equal(did, want) {
				t.Errorf("%q, want %q", did, want)
			}
		})
	}
}

// TestLocateLightFails has a light that cannot be switched, and an enclosure that has none.
func TestLocateLightFails(t *testing.T) {
	t.Parallel()
	h := withSlot(t, "0")
	h.Light = func(string, string) error { return syscall.EINVAL }
	if err := h.Locate(t.Context(), find(t, h, "sda"), time.Hour); !errors.Is(err, syscall.EINVAL) || !strings.HasPrefix(err.Error(), "locating sda: ") {
		t.Errorf("%v", err)
	}
	h = withSlot(t, "")
	h.Light = func(string, string) error { t.Error("switched"); return nil }
	if by := h.LocateBy(find(t, h, "sda")); by != devices.LocateByReading {
		t.Errorf("by %s", by)
	}
}

// TestLocateByReading reads in bursts, all over the disk, and never writes.
func TestLocateByReading(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", "")
	d := find(t, h, "sdb")
	drive := devicetest.Plug(t, h, "sdb")
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if err := h.Locate(t.Context(), d, 6*time.Second); err != nil || time.Since(began) != 6*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		synctest.Wait()
	})
	first, last, n := d.Size, int64(0), 0
	for _, op := range drive.Ops() {
		if op.Kind != devicetest.Read || op.Err != nil {
			t.Fatalf("%+v", op)
		}
		first, last, n = min(first, op.Offset), max(last, op.Offset), n+1
	}
	if n < 1000 || n > 4000 || first > d.Size/4 || last < d.Size*3/4 { // half of 6 seconds, a read each millisecond
		t.Errorf("%d reads from byte %d to %d of %d", n, first, last, d.Size)
	}
}

// TestLocateReadingFails has disks that cannot be read, one with a bad block, and one that is not the same any more.
func TestLocateReadingFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault devicetest.Fault
		want  error
	}{
		"gone":          {devicetest.Fault{Kind: devicetest.Vanishes}, syscall.ENODEV},
		"nothing reads": {devicetest.Fault{Kind: devicetest.Unreadable}, syscall.ENODATA},
		"two bad reads": {devicetest.Fault{Kind: devicetest.Unreadable, Times: 2}, nil},
	} {
		h := machine(t, "desktop", "")
		d := find(t, h, "sdb")
		devicetest.Plug(t, h, "sdb").Inject(c.fault)
		synctest.Test(t, func(t *testing.T) {
			if err := h.Locate(t.Context(), d, 5*time.Second); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
			synctest.Wait()
		})
	}
	h := machine(t, "desktop", "")
	d := find(t, h, "sdb")
	devicetest.Plug(t, h, "sdb").SetState(devices.State{Number: d.Number, Seq: d.Seq + 1, Size: d.Size})
	var changed *devices.ChangedError
	if err := h.Locate(t.Context(), d, time.Hour); !errors.As(err, &changed) {
		t.Errorf("another disk in its place: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.Locate(ctx, d, time.Hour); err != nil {
		t.Errorf("ended before it began: %v", err)
	}
}

// withNVMe is a server with a drive in a slot: below its own port, and with the slots and lights that are given.
func withNVMe(t *testing.T, domain, more string) *devices.Host {
	t.Helper()
	text := strings.ReplaceAll(archive(t, "laptop"), "pci0000:00/0000:00:1c.4/0000:05:00.0/", "pci"+domain+":00/"+domain+":00:1c.4/"+domain+":05:00.0/")
	return fromText(t, text+strings.ReplaceAll(more, "PORT", "sys/devices/pci"+domain+":00/"+domain+":00:1c.4"))
}

const slots = "-- sys/bus/pci/slots/ --\n"

// TestLocateNVMe has the lights of drives in slots, and what looks like one and is that of another slot.
func TestLocateNVMe(t *testing.T) {
	t.Parallel()
	const vmdSlot, plainSlot = slots + "7/address 10000:05:00\n7/attention ", slots + "7/address 0000:05:00\n7/attention "
	for name, c := range map[string]struct {
		domain, more string
		want         []string // the attribute and both values; none: by reading
	}{
		"NPEM of the port":        {"0000", "-- PORT/leds/0000:00:1c.4:enclosure:locate/ --\nbrightness 0\nmax_brightness 1\n", []string{"/0000:00:1c.4/leds/0000:00:1c.4:enclosure:locate/brightness", "1", "0"}},
		"NPEM that was on":        {"0000", "-- PORT/leds/0000:00:1c.4:enclosure:locate/ --\nbrightness 1\n", []string{"/0000:00:1c.4/leds/0000:00:1c.4:enclosure:locate/brightness", "1", "0"}},
		"NPEM of the drive first": {"0000", "-- PORT/leds/0000:00:1c.4:enclosure:locate/ --\nbrightness 0\n-- PORT/0000:05:00.0/leds/0000:05:00.0:enclosure:locate/ --\nbrightness 0\n", []string{"/0000:05:00.0/leds/0000:05:00.0:enclosure:locate/brightness", "1", "0"}},
		"NPEM without a locate":   {"0000", "-- PORT/leds/0000:00:1c.4:enclosure:fail/ --\nbrightness 0\n", nil},
		"NPEM of another port":    {"0000", "-- PORT/leds/0000:00:1d.0:enclosure:locate/ --\nbrightness 0\n", nil},
		"NPEM before a slot":      {"0000", "-- PORT/leds/0000:00:1c.4:enclosure:locate/ --\nbrightness 0\n" + plainSlot + "0\n", []string{"/0000:00:1c.4/leds/0000:00:1c.4:enclosure:locate/brightness", "1", "0"}},
		"slot":                    {"0000", plainSlot + "0\n", []string{"sys/bus/pci/slots/7/attention", "2", "0"}},
		"slot that was on":        {"0000", plainSlot + "1\n", []string{"sys/bus/pci/slots/7/attention", "2", "1"}},
		"slot that blinks":        {"0000", plainSlot + "2\n", []string{"sys/bus/pci/slots/7/attention", "2", "0"}},
		"slot of unknown state":   {"0000", plainSlot + "255\n", []string{"sys/bus/pci/slots/7/attention", "2", "0"}},
		"slot without attention":  {"0000", slots + "7/address 0000:05:00\n7/power 1\n", nil},
		"slot of another device":  {"0000", slots + "7/address 0000:06:00\n7/attention 0\n", nil},
		"slot in another domain":  {"0000", slots + "8/address 10000:05:00\n8/attention 15\n", nil},
		"slot without a device":   {"0000", slots + "9/address 0000:05\n9/attention 0\n", nil},
		"two slots":               {"0000", plainSlot + "0\n8/address 0000:05:00\n8/attention 0\n", nil},
		"two slots, one light":    {"0000", plainSlot + "0\n8/address 0000:05:00\n8/power 1\n", []string{"sys/bus/pci/slots/7/attention", "2", "0"}},
		"VMD":                     {"10000", vmdSlot + "15\n", []string{"sys/bus/pci/slots/7/attention", "7", "15"}},
		"VMD of a failed drive":   {"10000", vmdSlot + "13\n", []string{"sys/bus/pci/slots/7/attention", "7", "13"}},
		"VMD that locates":        {"10000", vmdSlot + "7\n", []string{"sys/bus/pci/slots/7/attention", "7", "15"}},
		"VMD that says nothing":   {"10000", vmdSlot + "0\n", []string{"sys/bus/pci/slots/7/attention", "7", "15"}},
		"no light":                {"0000", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := withNVMe(t, c.domain, c.more)
			d, did := find(t, h, "nvme0n1"), []string{}
			h.Light = func(path, value string) error {
				if len(did) == 0 {
					did = append(did, path)
				} else if did[0] != path {
					t.Errorf("switches %s and %s", did[0], path)
				}
				did = append(did, value)
				return nil
			}
			if by := h.LocateBy(d); (by == devices.LocateByLight) != (c.want != nil) {
				t.Fatalf("by %s", by)
			}
			if c.want == nil {
				return
			}
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Second, cancel) // as when the program ends
				if began, err := time.Now(), h.Locate(ctx, d, time.Hour); err != nil || time.Since(began) != time.Second {
					t.Errorf("%v after %v", err, time.Since(began))
				}
			})
			if !strings.HasSuffix(did[0], c.want[0]) || !slices.Equal(did[1:], c.want[1:]) {
				t.Errorf("%q, want %q", did, c.want)
			}
			h.Light = func(string, string) error { return syscall.EIO }
			if err := h.Locate(t.Context(), d, time.Hour); !errors.Is(err, syscall.EIO) {
				t.Errorf("a light that cannot be switched: %v", err)
			}
		})
	}
}

// TestSwitchLight lets the live machine write no file but the attributes of locate lights, and no value but those of lights.
func TestSwitchLight(t *testing.T) {
	t.Parallel()
	h := devices.Live()
	for _, name := range []string{"sys/block/sda/device/delete", "sys/devices/../../etc/passwd", "etc/enclosure/locate", "sys/devices/x/enclosure/y/fault",
		"sys/devices/system/locate", "/sys/devices/x/enclosure/y/locate", "", "sys/bus/pci/slots/7/power", "sys/bus/pci/slots/attention", "sys/bus/pci/slots/7/x/attention",
		"sys/devices/pci0000:00/0000:00:1c.4/leds/0000:00:1c.4:enclosure:fail/brightness", "sys/devices/x/leds/a:enclosure:locate/x/brightness", "sys/devices/x/leds/a:enclosure:locate/trigger"} {
		if err := h.Light(name, "1"); err == nil || !errors.Is(err, fs.ErrInvalid) && !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, value := range []string{"", "16", "-1", "01", "on", "1\n"} {
		if err := h.Light("sys/bus/pci/slots/no-such-slot/attention", value); !errors.Is(err, fs.ErrInvalid) && !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%q: %v", value, err)
		}
	}
}
