package health_test

import (
	"errors"
	"fmt"
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/devices/health"
)

// TestSelfTest: a drive of each command set begins its own test, reports how far it is, and how it ended.
func TestSelfTest(t *testing.T) {
	t.Parallel()
	for _, fails := range []bool{false, true} {
		m := smartOf(t, "ata-wd30efrx")
		m.SelfTests, m.TestFails, m.Polls = nil, fails, 4
		drives := map[string]func() (*devices.Host, devices.Disk){
			"ata": func() (*devices.Host, devices.Disk) { h, d, _ := sata(t, devicetest.Honest, &m); return h, d },
			"nvme": func() (*devices.Host, devices.Disk) {
				return nvmeOf(t, devicetest.NVMeTraits{OACS: 0x10}, devicetest.SMART{Log: devicetest.Capture(t, "nvme-samsung-pm9a1")["smart"], TestFails: fails, Polls: 4})
			},
			"scsi": func() (*devices.Host, devices.Disk) {
				h := machine(t, "storage")
				d := find(t, h, "sdc")
				devicetest.NewSAS(devicetest.Plug(t, h, "sdc"), d, devicetest.Honest).SetSMART(devicetest.SMART{
					Pages: map[uint8][]byte{0x2f: devicetest.Capture(t, "scsi-sas")["2f"]}, TestFails: fails, Polls: 4})
				return h, d
			},
		}
		for name, drive := range drives {
			h, d := drive()
			target, err := h.Claim(t.Context(), d, devices.ClaimOptions{})
			if err != nil {
				t.Fatal(name, err)
			}
			handle := target.Handle()
			if r := health.ReadClaimed(t.Context(), handle); r.SelfTest != nil {
				t.Errorf("%s: before any test: %+v", name, *r.SelfTest)
			}
			minutes, err := health.StartSelfTest(t.Context(), handle, health.Short)
			if err != nil || (minutes == 0) != (name == "scsi") {
				t.Fatal(name, minutes, err)
			}
			running, last, r := 0, -1, health.Report{}
			for range 10 {
				if r = health.ReadClaimed(t.Context(), handle); r.SelfTest == nil {
					t.Fatalf("%s: the test is forgotten: %v", name, r.Reasons)
				}
				if r.SelfTest.Result != health.Running {
					break
				}
				if running++; r.SelfTest.Percent < last {
					t.Errorf("%s: from %d %% to %d %%", name, last, r.SelfTest.Percent)
				}
				last = r.SelfTest.Percent
			}
			want, verdict := health.Passed, health.Good
			if fails {
				want, verdict = health.Failed, health.Failing
			}
			if running != 4 || r.SelfTest.Result != want || r.SelfTest.Kind != "short" || r.SelfTest.Hours == nil || *r.SelfTest.Hours != 77 || r.Verdict != verdict {
				t.Errorf("%s: after %d: %+v %s %v", name, running, *r.SelfTest, r.Verdict, r.Reasons)
			}
		}
	}
}

// TestSelfTest_Refused: none is begun where the drive has none, or is at one.
func TestSelfTest_Refused(t *testing.T) {
	t.Parallel()
	try := func(h *devices.Host, d devices.Disk, times int) (err error) {
		target, err := h.Claim(t.Context(), d, devices.ClaimOptions{AllowImage: true})
		if err != nil {
			t.Fatal(err)
		}
		for range times {
			_, err = health.StartSelfTest(t.Context(), target.Handle(), health.Long)
		}
		return err
	}
	log := devicetest.Capture(t, "nvme-samsung-pm9a1")["smart"]
	h, d := nvmeOf(t, devicetest.NVMeTraits{}, devicetest.SMART{Log: log})
	if err := try(h, d, 1); !errors.Is(err, health.ErrNoSelfTest) {
		t.Errorf("a drive without self-tests: %v", err)
	}
	h, d = nvmeOf(t, devicetest.NVMeTraits{OACS: 0x10}, devicetest.SMART{Log: log, Polls: 5})
	if err := try(h, d, 2); err == nil || fmt.Sprint(err) != "the drive is at a self-test already" {
		t.Errorf("a drive that is at one: %v", err)
	}
	m := smartOf(t, "ata-wd30efrx")
	m.Polls = 5
	h, d, _ = sata(t, devicetest.Honest, &m)
	if err := try(h, d, 2); err == nil || fmt.Sprint(err) != "the drive is at a self-test already" {
		t.Errorf("an ATA drive that is at one: %v", err)
	}
	h, d, _ = sata(t, devicetest.Honest, nil)
	if err := try(h, d, 1); !errors.Is(err, health.ErrNoSelfTest) {
		t.Errorf("a drive without SMART: %v", err)
	}
}
