package health

import (
	"strings"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/ata"
)

// Attributes whose meaning all makers share, as far as the raw value is a count.
const (
	attrReallocated   = 5
	attrHours         = 9
	attrCycles        = 12
	attrUnexpected    = 174 // unexpected power loss; 192 on others, which on a spinning disk counts emergency retracts
	attrReported      = 187 // uncorrectable errors reported to a host
	attrAirflow       = 190
	attrRetract       = 192
	attrTemperature   = 194
	attrPending       = 197
	attrUncorrectable = 198
	attrCRC           = 199
)

// quirk is what the raw values of a maker's drives mean otherwise. A row is for models that begin with model.
type quirk struct {
	model    string
	minutes  float64 // of attribute 9's unit; 0: it counts hours
	noCount  uint8   // an attribute that is no count
	life     uint8   // the attribute that has the part of life that is left or used
	raw      bool    // in its raw value, else in its normalized value
	used     bool    // it has what is used, else what is left
	citation string
}

var quirks = []quirk{
	{model: "Maxtor 6Y", minutes: 1, citation: "smartmontools drivedb.h: Maxtor DiamondMax Plus 9, -v 9,minutes"},
	{model: "Maxtor 2F0", minutes: 1, citation: "smartmontools drivedb.h: Maxtor Fireball 3, -v 9,minutes"},
	{model: "SAMSUNG MP0", minutes: 0.5, citation: "smartmontools drivedb.h: SAMSUNG SpinPoint M40/M60/M80, -v 9,halfminutes"},
	{model: "SAMSUNG SV", minutes: 0.5, citation: "smartmontools drivedb.h: SAMSUNG SpinPoint V80, -v 9,halfminutes"},
	{model: "SAMSUNG SP0", minutes: 0.5, citation: "smartmontools drivedb.h: SAMSUNG SpinPoint P80, -v 9,halfminutes"},
	{model: "FUJITSU MHT", minutes: 1. / 60, citation: "smartmontools drivedb.h: Fujitsu MHT, -v 9,seconds"},
	{model: "FUJITSU MHV", minutes: 1. / 60, citation: "smartmontools drivedb.h: Fujitsu MHV, -v 9,seconds"},
	{model: "MCCOE", noCount: attrReallocated, citation: "libatasmart atasmart.c, quirk 5_UNKNOWN"},
	{model: "INTEL SSDSA2", life: 233, citation: "smartmontools drivedb.h: Intel X25-M, Media_Wearout_Indicator"},
	{model: "INTEL SSDSC2", life: 233, citation: "smartmontools drivedb.h: Intel SSDs, Media_Wearout_Indicator"},
	{model: "SSDSC2KB", life: 233, citation: "smartmontools drivedb.h: Intel S4500, Media_Wearout_Indicator"},
	{model: "Samsung SSD", life: 177, citation: "smartmontools drivedb.h: Samsung based SSDs, Wear_Leveling_Count"},
	{model: "SAMSUNG MZ7", life: 177, citation: "smartmontools drivedb.h: Samsung based SSDs, Wear_Leveling_Count"},
	{model: "Crucial_CT", life: 202, raw: true, used: true, citation: "smartmontools drivedb.h: Crucial/Micron Client SSDs, 202: raw is the per cent used"},
	{model: "CT", life: 202, raw: true, used: true, citation: "smartmontools drivedb.h: Crucial/Micron Client SSDs, 202: raw is the per cent used"},
	{model: "Micron_52", life: 202, citation: "smartmontools drivedb.h: Micron 5100 / 52x0, Percent_Lifetime_Remain"},
	{model: "KINGSTON SA400", life: 231, raw: true, citation: "smartmontools drivedb.h: Phison Driven SSDs, SSD_Life_Left"},
	{model: "Patriot Burst", life: 231, raw: true, citation: "smartmontools drivedb.h: Phison Driven SSDs, SSD_Life_Left"},
	{model: "SPCC Solid State Disk", life: 231, raw: true, citation: "smartmontools drivedb.h: Phison Driven OEM SSDs, SSD_Life_Left"},
}

func quirkOf(model string) quirk {
	for _, q := range quirks {
		if strings.HasPrefix(model, q.model) {
			return q
		}
	}
	return quirk{}
}

// attributes takes the numbers of a drive out of its attributes. sectors is what it can address; 0: not known.
func (f *findings) attributes(all []ata.Attribute, model string, sectors uint64) {
	q := quirkOf(model)
	for _, a := range all {
		f.threshold(a)
		switch {
		case a.ID == q.noCount && q.noCount != 0:
			f.note(Undecoded, message.Of("its attribute %d is not a count", a.ID))
			continue
		case a.ID == q.life && q.life != 0:
			f.life(a, q)
		}
		switch a.ID {
		case attrReallocated: // the low word is the count, the others are a maker's own
			f.Reallocated = f.blocks(a.ID, a.Raw&0xffff, sectors)
		case attrPending:
			f.Pending = f.blocks(a.ID, a.Raw, sectors)
		case attrUncorrectable:
			f.Uncorrectable = f.blocks(a.ID, a.Raw, sectors)
		case attrReported:
			f.MediaErrors = number(a.Raw)
		case attrHours:
			f.hours(a.Raw, q)
		case attrCycles:
			f.PowerCycles = number(a.Raw & 0xffffffff)
		case attrCRC:
			f.CRCErrors = number(a.Raw)
		case attrUnexpected, attrRetract:
			if f.medium == devices.Flash {
				f.UnsafeShutdowns = number(a.Raw & 0xffffffff)
			}
		case attrTemperature:
			f.temperature(a.Raw)
		case attrAirflow:
			if f.Celsius == nil {
				f.temperature(a.Raw)
			}
		}
	}
}

// threshold judges an attribute by the drive's own threshold. The temperature is not a matter of wear.
func (f *findings) threshold(a ata.Attribute) {
	warm := a.ID == attrTemperature || a.ID == attrAirflow
	switch {
	case a.Failing() && a.PreFailure:
		f.flag(AttributeFailing, message.Of("attribute %d is at its threshold (%d of %d): the drive is about to fail", a.ID, a.Value, a.Threshold))
	case a.Failing() && warm:
		f.note(TooWarm, message.Of("it is warmer than its attribute %d allows", a.ID))
	case a.Failing():
		f.flag(AttributeOld, message.Of("attribute %d is at its threshold (%d of %d): the drive has outlived its design", a.ID, a.Value, a.Threshold))
	case a.Failed() && a.PreFailure && !warm:
		f.flag(AttributeFailed, message.Of("attribute %d was at its threshold before (%d of %d)", a.ID, a.Worst, a.Threshold))
	}
}

// blocks is a count of blocks. One above what the disk has is not a count, and its absence leaves the verdict open.
func (f *findings) blocks(id uint8, n, sectors uint64) *int64 {
	if sectors > 0 && n > sectors {
		f.miss(Malformed, message.Of("its attribute %d counts %d blocks, more than the disk has", id, n))
		return nil
	}
	return number(n)
}

// hours reads the low 24 bits: the rest is a maker's own, such as milliseconds.
func (f *findings) hours(raw uint64, q quirk) {
	n := raw & 0xffffff
	if q.minutes > 0 {
		n = uint64(float64(raw&0xffffffff) * q.minutes / 60)
	}
	f.PowerOnHours = number(n)
}

// temperature reads the low byte: the others are a maker's own, such as the least and the most.
func (f *findings) temperature(raw uint64) {
	if c := int64(int8(raw)); c > 0 {
		f.Celsius = &c
	}
}

// life reads how much of an SSD's life is used.
func (f *findings) life(a ata.Attribute, q quirk) {
	n := int64(a.Value)
	if q.raw {
		n = int64(min(a.Raw, 1<<32))
	}
	if !q.used {
		n = 100 - n
	}
	if n < 0 || n > 255 {
		f.miss(Malformed, message.Of("its attribute %d is no percentage: %d", a.ID, a.Raw))
		return
	}
	f.PercentageUsed = &n
}
