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
	for before, want := range map[string][]string{"0": {"on 0s", "off 30s"}, "1": {"on 0s", "on 30s"}} {
		h := withSlot(t, before)
		d := find(t, h, "sda")
		if by := h.LocateBy(d); by != devices.LocateByReading {
			t.Errorf("without a way to switch a light: by %s", by)
		}
		synctest.Test(t, func(t *testing.T) {
			began, did := time.Now(), []string{}
			h.Light = func(path string, on bool) error {
				if !strings.HasSuffix(path, "/enclosure/0:0:9:0/Slot 04/locate") || !strings.HasPrefix(path, "sys/devices/") {
					t.Errorf("switches %s", path)
				}
				did = append(did, fmt.Sprint(map[bool]string{true: "on ", false: "off "}[on], time.Since(began)))
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
	h.Light = func(string, bool) error { return syscall.EINVAL }
	if err := h.Locate(t.Context(), find(t, h, "sda"), time.Hour); !errors.Is(err, syscall.EINVAL) || !strings.HasPrefix(err.Error(), "locating sda: ") {
		t.Errorf("%v", err)
	}
	h = withSlot(t, "")
	h.Light = func(string, bool) error { t.Error("switched"); return nil }
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

// TestSwitchLight lets the live machine write no file but the locate attribute of an enclosure.
func TestSwitchLight(t *testing.T) {
	t.Parallel()
	h := devices.Live()
	for _, name := range []string{"sys/block/sda/device/delete", "sys/devices/../../etc/passwd", "etc/enclosure/locate", "sys/devices/x/enclosure/y/fault",
		"sys/devices/system/locate", "/sys/devices/x/enclosure/y/locate", ""} {
		if err := h.Light(name, true); err == nil || !errors.Is(err, fs.ErrInvalid) && !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%q: %v", name, err)
		}
	}
}
