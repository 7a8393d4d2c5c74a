package health

import (
	"context"

	"rasure/cmd/message"
	"rasure/devices/nvme"
)

// kelvin is 0 °C, as NVMe counts: whole degrees.
const kelvin = 273

// readNVMe asks an NVMe drive.
func readNVMe(ctx context.Context, t nvme.Transport, f *findings) {
	c, err := nvme.IdentifyController(ctx, t)
	if f.failed(err, message.Of("Identify Controller")) {
		return
	}
	if s := c.Sanitize; s.Crypto || s.Block || s.Overwrite {
		state, err := nvme.ReadSanitizeStatus(ctx, t)
		if f.optional(err, message.Of("the Sanitize Status log")) {
			return
		}
		if err == nil && state.State == nvme.SanitizeRunning {
			f.miss(NotAsked, erasing)
			return
		}
	}
	s, err := nvme.ReadSMART(ctx, t)
	if f.failed(err, message.Of("log page 02h")) {
		return
	}
	f.nvme(c, s)
	if !c.SelfTest {
		return
	}
	log, err := nvme.ReadSelfTestLog(ctx, t)
	if f.optional(err, message.Of("the self-test log")); err == nil {
		f.nvmeTest(log)
	}
}

// nvme takes the numbers of log page 02h, and the warnings of the drive.
func (f *findings) nvme(c nvme.Controller, s nvme.SMART) {
	f.PowerOnHours, f.PowerCycles, f.UnsafeShutdowns = number(s.PowerOnHours), number(s.PowerCycles), number(s.UnsafeShutdowns)
	f.MediaErrors, f.LoggedErrors = number(s.MediaErrors), number(s.LoggedErrors)
	f.PercentageUsed, f.Spare, f.SpareThreshold = number(s.PercentUsed), number(s.Spare), number(s.SpareThreshold)
	if s.Kelvin > kelvin && s.Kelvin < kelvin+200 { // some drives report 0 K
		f.Celsius = new(int64(s.Kelvin) - kelvin)
	}
	if c.WarningKelvin > kelvin {
		f.CelsiusLimit = new(int64(c.WarningKelvin) - kelvin)
	}
	if s.Spare > 100 || s.SpareThreshold > 100 {
		f.miss(Malformed, message.Of("its spare blocks of %d %% are impossible", max(s.Spare, s.SpareThreshold)))
	}
	for _, w := range []struct {
		bit  nvme.Warning
		code Code
		text message.Text
	}{
		{nvme.SpareLow, SpareLow, message.Of("its spare blocks are below their threshold (%d %% of %d %%)", s.Spare, s.SpareThreshold)},
		{nvme.Degraded, Unreliable, message.Of("the drive reports that it has become unreliable, by errors of its medium or its own")},
		{nvme.ReadOnlyMedia, ReadOnlyMedia, message.Of("its medium can only be read")},
		{nvme.BackupFailed, BackupFailed, message.Of("the supply that saves its cache has failed")},
	} {
		if s.Warning&w.bit != 0 {
			f.flag(w.code, w.text)
		}
	}
	if s.Warning&nvme.TemperatureBad != 0 {
		f.note(TooWarm, message.Of("the drive warns of its temperature"))
	}
}

func (f *findings) nvmeTest(l nvme.SelfTestLog) {
	if l.Running != 0 {
		f.SelfTest = &Test{Kind: kindOf(uint8(l.Running)), Result: Running, Percent: int(l.Percent)}
		return
	}
	if !l.Any {
		return
	}
	test := Test{Kind: kindOf(uint8(l.Test)), Result: Aborted, Hours: number(l.Hours), Percent: 100}
	switch {
	case l.Status == nvme.TestPassed:
		test.Result = Passed
	case l.Status.Failed():
		test.Result = Failed
	}
	f.tested(test)
}
