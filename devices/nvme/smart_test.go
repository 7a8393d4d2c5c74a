package nvme_test

import (
	"context"
	"testing"

	"rasure/devices/devicetest"
	"rasure/devices/nvme"
)

// The values are those that nvme smart-log 2.3 and smartctl 7.3 print for the same bytes.
func TestParseSMART_Captures(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]nvme.SMART{
		"nvme-samsung-hot-sensor": {Warning: nvme.Degraded, Kelvin: 328, Spare: 100, SpareThreshold: 10, PercentUsed: 110, PowerCycles: 8,
			PowerOnHours: 57277, UnsafeShutdowns: 1, LoggedErrors: 156, Written: 966718572, Read: 637733409},
		"nvme-micron-3400": {Kelvin: 315, Spare: 100, SpareThreshold: 5, PercentUsed: 210, PowerCycles: 12,
			PowerOnHours: 5847, UnsafeShutdowns: 4, LoggedErrors: 26, Written: 1190016676, Read: 169468195},
		"nvme-kioxia-kcd8": {Kelvin: 327, Spare: 100, SpareThreshold: 8, PercentUsed: 3, PowerCycles: 6,
			PowerOnHours: 5169, UnsafeShutdowns: 1, Written: 1183125212, Read: 959057833},
		"nvme-samsung-datacenter": {Kelvin: 316, Spare: 100, SpareThreshold: 10, PercentUsed: 9, PowerCycles: 49,
			PowerOnHours: 58407, UnsafeShutdowns: 31, LoggedErrors: 178, Written: 1505324058, Read: 507246076},
		"nvme-samsung-saturated": {Warning: nvme.Degraded, Kelvin: 329, Spare: 100, SpareThreshold: 10, PercentUsed: 255, PowerCycles: 10,
			PowerOnHours: 48431, UnsafeShutdowns: 1, LoggedErrors: 90, Written: 6329580078, Read: 646385096},
		"nvme-xpg-s50-lite": {Kelvin: 318, Spare: 100, SpareThreshold: 10, PercentUsed: 11, PowerCycles: 12,
			PowerOnHours: 1106, UnsafeShutdowns: 2, Written: 44520640, Read: 4336959},
	} {
		if got, err := nvme.ParseSMART(devicetest.Capture(t, name)["smart"]); err != nil || got != want {
			t.Errorf("%s:\n got %+v, %v\nwant %+v", name, got, err, want)
		}
	}
	for name, b := range map[string][]byte{"nothing": nil, "zeros": make([]byte, 512), "short": make([]byte, 511)} {
		if _, err := nvme.ParseSMART(b); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// The values are those that nvme self-test-log 2.3 prints for the same bytes.
func TestParseSelfTestLog_Captures(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]nvme.SelfTestLog{
		"nvme-samsung-pm9a1": {Any: true, Test: nvme.ShortTest, Status: 2, Hours: 0x2edc},
		"nvme-google":        {Any: true, Test: nvme.ExtendedTest, Hours: 0x5f},
		"nvme-kioxia-kcd8":   {},
	} {
		if got, err := nvme.ParseSelfTestLog(devicetest.Capture(t, name)["self-test"]); err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, want)
		}
	}
	b := make([]byte, 564)
	b[0], b[1], b[4] = 2, 42, 0x17
	if got, err := nvme.ParseSelfTestLog(b); err != nil || got != (nvme.SelfTestLog{Running: nvme.ExtendedTest, Percent: 42, Any: true, Test: 1, Status: 7}) || !got.Status.Failed() {
		t.Errorf("got %+v, %v", got, err)
	}
	b[1] = 101
	for name, b := range map[string][]byte{"more than all": b, "short": b[:563]} {
		if _, err := nvme.ParseSelfTestLog(b); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// The values are those that nvme id-ctrl 2.3 prints for the same bytes.
func TestParseController_Health(t *testing.T) {
	t.Parallel()
	type fields struct {
		warning, critical, minutes uint16
		test                       bool
	}
	for name, want := range map[string]fields{
		"nvme-samsung-pm9a1": {354, 358, 35, true}, "nvme-kioxia-kcd8": {350, 358, 30, true}, "nvme-intel-p4510": {343, 353, 0, false},
	} {
		c, err := nvme.ParseController(devicetest.Capture(t, name)["identify"])
		if got := (fields{c.WarningKelvin, c.CriticalKelvin, c.SelfTestMinutes, c.SelfTest}); err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, want)
		}
	}
}

func TestSMART_Commands(t *testing.T) {
	t.Parallel()
	var a recorder
	nvme.ReadSMART(context.Background(), &a)
	nvme.ReadSelfTestLog(context.Background(), &a)
	nvme.StartSelfTest(context.Background(), &a, nvme.ExtendedTest)
	if want := [3]nvme.Command{
		{Opcode: 0x02, NSID: 0xffffffff, CDW: [6]uint32{0x007f0002}}, {Opcode: 0x02, NSID: 0xffffffff, CDW: [6]uint32{0x008c0006}}, {Opcode: 0x14, NSID: 0xffffffff, CDW: [6]uint32{2}},
	}; len(a) != 3 || a[0].CDW != want[0].CDW || a[1].CDW != want[1].CDW || a[2].CDW != want[2].CDW ||
		a[0].Opcode != 2 || a[2].Opcode != 0x14 || a[0].NSID != nvme.AllNamespaces || a[2].NSID != nvme.AllNamespaces || len(a[0].Data) != 512 || len(a[1].Data) != 564 {
		t.Errorf("sent %+v", a)
	}
}

// recorder keeps what was sent.
type recorder []nvme.Command

func (a *recorder) Admin(_ context.Context, c nvme.Command) (uint32, error) {
	*a = append(*a, c)
	return 0, nil
}

func FuzzSMART(f *testing.F) {
	for _, name := range []string{"nvme-samsung-pm9a1", "nvme-samsung-hot-sensor"} {
		for _, b := range devicetest.Capture(f, name) {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := nvme.ParseSMART(b); err == nil && len(b) != 512 {
			t.Errorf("%d bytes: %+v", len(b), s)
		}
		if l, err := nvme.ParseSelfTestLog(b); err == nil && (l.Percent > 100 || l.Running == 0 && l.Percent != 0) {
			t.Errorf("%+v", l)
		}
		nvme.ParseController(b)
	})
}
