package selftest_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/selftest"
	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/devices/health"
)

// drive is the SAS disk of the storage server, which watches itself.
func drive(t *testing.T, m devicetest.SMART) (*devices.Host, devices.Disk) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "devices", "testdata", "hosts", "storage.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	h := devicetest.FromArchive(t, b)
	d, err := h.Find("sdc")
	if err != nil {
		t.Fatal(err)
	}
	m.Pages = map[uint8][]byte{0x2f: devicetest.Capture(t, "scsi-sas")["2f"]}
	devicetest.NewSAS(devicetest.Plug(t, h, "sdc"), d, devicetest.Honest).SetSMART(m)
	return h, d
}

func TestRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fails bool
		code  int
		text  string
	}{{false, fault.Done, ""}, {true, fault.Failed, "found a fault"}} {
		synctest.Test(t, func(t *testing.T) {
			h, d := drive(t, devicetest.SMART{TestFails: c.fails, Polls: 3})
			shown, start := 0, time.Now()
			err := selftest.Run(t.Context(), h, d, health.Short, func(_ int, test health.Test) { shown++ })
			if fault.Code(err) != c.code || err != nil && !strings.Contains(err.Error(), c.text) {
				t.Errorf("got %v", err)
			}
			if shown != 4 || time.Since(start) != 15*time.Second {
				t.Errorf("shown %d times in %v", shown, time.Since(start))
			}
		})
	}
}

// TestRun_Interrupted: the drive goes on, and the error says so.
func TestRun_Interrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, d := drive(t, devicetest.SMART{Polls: 1000})
		ctx, cancel := context.WithCancel(t.Context())
		err := selftest.Run(ctx, h, d, health.Long, func(_ int, test health.Test) {
			if test.Kind != "long" || test.Result != health.Running {
				t.Errorf("%+v", test)
			}
			cancel()
		})
		hint, _ := fault.HintOf(err)
		if fault.Code(err) != fault.Interrupted || !strings.Contains(err.Error(), "goes on testing itself") || !strings.Contains(hint.String(), "rasure show sdc") {
			t.Errorf("got %v, %s", err, hint)
		}
		if r := health.Read(t.Context(), h, d); r.SelfTest == nil || r.SelfTest.Result != health.Running {
			t.Errorf("the drive does not go on: %+v", r.SelfTest)
		}
	})
}

// TestRun_None: a disk without self-tests, or one that is in use, is an error before any.
func TestRun_None(t *testing.T) {
	t.Parallel()
	h, d := drive(t, devicetest.SMART{})
	devicetest.NewSAS(devicetest.Plug(t, h, "sdc"), d, devicetest.Honest)
	if err := selftest.Run(t.Context(), h, d, health.Short, nil); fault.Code(err) != fault.Failed || !strings.Contains(err.Error(), "makes no self-tests") {
		t.Errorf("got %v", err)
	}
	if _, err := selftest.Kind("quick"); fault.Code(err) != fault.BadUsage {
		t.Errorf("got %v", err)
	}
}
