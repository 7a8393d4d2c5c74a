package devices

import (
	"slices"
	"strings"

	"rasure/cmd/message"
)

// Known is a fact about drives of a model, about an adapter or about a bridge, with its source. A fact warns or forbids; none permits
// anything.
type Known struct {
	Kind     KnownKind
	Models   []string   // one of them matches the model: its beginning, in upper case, with * for any text; none matches every model
	Firmware string     // the beginning of its firmware revision; "" is any
	Oldest   string     // with [Outdated]: the oldest firmware revision that is accepted
	Adapter  string     // the driver of its host adapter; "" is any
	Bridge   string     // VID:PID of its USB bridge, in lower case; "" is any
	Methods  []MethodID // with [Refuses] and [Outdated]: what is refused
	What     message.Text
	Source   string // where it was reported
}

// KnownKind is what a fact leads to.
type KnownKind string

const (
	Trouble    KnownKind = "trouble"     // warned of before an erasure, and an exception that does not limit the outcome
	Refuses    KnownKind = "refuses"     // its methods are not used
	Outdated   KnownKind = "outdated"    // the same, below a firmware revision
	RAIDVolume KnownKind = "raid-volume" // the disk is a volume of a RAID adapter that looks like a drive
	KeepsMax   KnownKind = "keeps-max"   // its host protected area is not changed
	NativeHigh KnownKind = "native-high" // it reports one native sector more than it has
)

// KnownOf returns the facts that apply to a disk: the table of this package, and what was added by [Host.Known].
func KnownOf(d Disk) []Known {
	var all []Known
	for _, k := range known {
		if k.applies(d) {
			all = append(all, k)
		}
	}
	return append(all, d.known...)
}

// Quirks returns what drives like d are known for, of all kinds that a person must know before an erasure.
func Quirks(d Disk) []Known {
	return slices.DeleteFunc(KnownOf(d), func(k Known) bool { return k.Kind != Trouble })
}

// know notes the facts of the host that apply to a disk, and whether it is known to be a volume.
func (h *Host) know(d *Disk) {
	for _, k := range h.Known {
		if k.applies(*d) {
			d.known = append(d.known, k)
		}
	}
	for _, k := range KnownOf(*d) {
		if k.Kind == RAIDVolume && d.virtual == nil {
			d.aVolume("%s is a volume of a RAID adapter (%s): writing to it does not reach all of the disks behind it", d.Name, k.Source)
		}
	}
}

func (k Known) applies(d Disk) bool {
	switch {
	case k.Adapter != "" && k.Adapter != d.Driver,
		k.Bridge != "" && (d.Bridge == nil || d.Bridge.ID() != k.Bridge),
		!strings.HasPrefix(strings.ToUpper(d.Firmware), k.Firmware),
		k.Kind == Outdated && strings.ToUpper(d.Firmware) >= k.Oldest:
		return false
	}
	name := strings.ToUpper(d.Model)
	return len(k.Models) == 0 || slices.ContainsFunc(k.Models, func(m string) bool { return begins(name, m) })
}

// begins reports whether s begins with a pattern in which * is any text.
func begins(s, pattern string) bool {
	for i, part := range strings.Split(pattern, "*") {
		at := strings.Index(s, part)
		if at < 0 || i == 0 && at > 0 {
			return false
		}
		s = s[at+len(part):]
	}
	return true
}

// forbidden says why a method is not used on a disk; empty if no fact forbids it.
func forbidden(d Disk, id MethodID) message.Text {
	for _, k := range KnownOf(d) {
		switch {
		case !slices.Contains(k.Methods, id):
		case k.Kind == Refuses:
			return message.Of("%v (%s)", k.What, k.Source)
		case k.Kind == Outdated:
			return message.Of("%v: firmware %s is older than %s (%s)", k.What, d.Firmware, k.Oldest, k.Source)
		}
	}
	return message.Text{}
}

// restrictMethods marks what the facts about a disk forbid.
func restrictMethods(d Disk, all []Method) []Method {
	for i, m := range all {
		if why := forbidden(d, m.ID); !why.IsZero() {
			all[i].Unusable = why
		} else if why := unfitting(d, m.Blocking); !why.IsZero() {
			all[i].Unusable = why
		}
	}
	return all
}

// restrictAreas does the same for hidden areas.
func restrictAreas(d Disk, all []HiddenArea) []HiddenArea {
	for _, k := range KnownOf(d) {
		for i, a := range all {
			switch {
			case a.Kind != HPA || a.Bytes <= 0:
			case k.Kind == NativeHigh && a.Bytes == int64(d.LogicalBlock):
				all[i] = HiddenArea{Kind: HPA, Detail: message.Of("%v (%s)", k.What, k.Source)}
			case k.Kind == KeepsMax:
				all[i].Restorable, all[i].Detail = false, message.Of("%v: %v", a.Detail, keepsMax(d))
			}
		}
	}
	return all
}

// keepsMax says why the host protected area of a disk is not changed; empty if it may be.
func keepsMax(d Disk) message.Text {
	for _, k := range KnownOf(d) {
		if k.Kind == KeepsMax {
			return message.Of("%v (%s)", k.What, k.Source)
		}
	}
	return message.Text{}
}
