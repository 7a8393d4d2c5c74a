package health

import (
	"context"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/mmc"
)

const (
	lifeExceeded = 0x0b // of DEVICE_LIFE_TIME_EST
	eolWarning   = 2    // of PRE_EOL_INFO
	eolUrgent    = 3
)

// readMMC asks an eMMC.
func readMMC(ctx context.Context, t mmc.Transport, f *findings) {
	f.medium = devices.Flash
	c, err := mmc.ReadExtCSD(ctx, t)
	if f.failed(err, message.Of("EXT_CSD")) {
		return
	}
	f.mmc(c)
}

func (f *findings) mmc(c mmc.ExtCSD) {
	life := max(c.LifeA, c.LifeB)
	switch {
	case life > lifeExceeded || c.EndOfLife > eolUrgent:
		f.miss(Malformed, message.Of("its life time estimates %02xh and %02xh and its end of life %02xh are reserved values", c.LifeA, c.LifeB, c.EndOfLife))
		return
	case life == 0 && c.EndOfLife == 0:
		f.miss(NotOffered, message.Of("the drive does not report its life time, as before eMMC 5.0"))
		return
	case life == lifeExceeded:
		f.flag(LifeWarning, message.Of("its estimated life time is exceeded"))
	}
	if life > 0 { // tenths: 1 is up to 10 %
		f.PercentageUsed = number(10 * min(life, 10))
	}
	switch c.EndOfLife {
	case eolWarning:
		f.flag(LifeWarning, message.Of("80 %% of its reserved blocks are used"))
	case eolUrgent:
		f.flag(EndOfLife, message.Of("90 %% of its reserved blocks are used"))
	}
}
