package devices

import (
	"errors"
	"strings"
)

// Uevent is a message of the kernel about one device (kernel lib/kobject_uevent.c, kobject_uevent_env).
type Uevent struct {
	Action    string // "add", "remove", "change", "move", "online", "offline", "bind", "unbind"
	Path      string // in sysfs, below /sys: "/devices/virtual/block/loop0"
	Subsystem string // "block" for a disk or a partition
}

var errUevent = errors.New("malformed uevent") // a caller takes it for a change; nobody reads it

// ParseUevent reads a message of the kernel: "ACTION@DEVPATH" and then KEY=VALUE each, all ended by a zero byte. What udev
// sends has another form, and is refused.
func ParseUevent(b []byte) (Uevent, error) {
	text, ended := strings.CutSuffix(string(b), "\x00")
	head, list, _ := strings.Cut(text, "\x00")
	var e Uevent
	var ok bool
	if e.Action, e.Path, ok = strings.Cut(head, "@"); !ok || !ended {
		return Uevent{}, errUevent
	}
	said := map[string]string{}
	for pair := range strings.SplitSeq(list, "\x00") {
		key, value, ok := strings.Cut(pair, "=")
		if _, twice := said[key]; !ok || twice {
			return Uevent{}, errUevent
		}
		said[key] = value
	}
	if e.Action == "" || e.Path == "" || said["ACTION"] != e.Action || said["DEVPATH"] != e.Path || said["SUBSYSTEM"] == "" {
		return Uevent{}, errUevent
	}
	e.Subsystem = said["SUBSYSTEM"]
	return e, nil
}
