package certify

import "time"

// Firmware is a drive's own erase before the passes, with the drive's answers. The claim rests on both: the drive reported
// that our command completed without an error, and what had been written before was gone.
type Firmware struct {
	Method  string     `json:"method"`            // "ata-sanitize-block" ...; devices.MethodID has them all
	Level   string     `json:"level"`             // the most it may claim on this medium
	Others  []string   `json:"others"`            // other disks that it also erased, by kernel name; [] if none
	Takes   int64      `json:"estimated_seconds"` // the drive's own estimate; 0 if it has none
	Before  EraseState `json:"before"`            // what the drive reported before the command
	After   EraseState `json:"after"`             // and last
	Seen    bool       `json:"seen_running"`      // it reported at some time that it was erasing
	Answer  string     `json:"refusal"`           // its answer to the command, if that was an error; "" otherwise
	Tries   int        `json:"tries"`             // how often the command was sent
	Markers Markers    `json:"markers"`           // written before
	Outcome string     `json:"outcome"`           // of this erase only; "" if it was not judged
	Began   time.Time  `json:"started"`           // when the command was sent
	Ended   *time.Time `json:"ended,omitempty"`   // when its end was seen
}

// EraseState is what a drive reported of an erase.
type EraseState struct {
	Phase  string `json:"phase"`  // "idle" "running" "done" "failed" "locked" "unknown"; "" if it was not asked
	Detail string `json:"detail"` // for people
	Raw    string `json:"raw"`    // the answer itself: registers, log page or sense data; hex
}

// Markers are the blocks that show whether a drive erased itself. Their places and bytes can be computed from Key and the disk's size and
// block: FORMAT.md has the rule.
type Markers struct {
	Key             string `json:"marker_key"` // 64 hex digits; not "key": a search for the key of the last pass by that name must not find this
	Bytes           int64  `json:"bytes"`
	Confirmed       int64  `json:"confirmed_bytes"` // written, flushed, and read back equal before
	Unconfirmed     int64  `json:"unconfirmed_bytes"`
	Gone            int64  `json:"gone_bytes"` // read afterwards, and other bytes
	KeptCount       int64  `json:"kept_count"`
	KeptBytes       int64  `json:"kept_bytes"` // still there
	UnreadableCount int64  `json:"unreadable_count"`
	UnreadableBytes int64  `json:"unreadable_bytes"` // afterwards
}

// HiddenArea is what was known of an area that the disk does not address.
type HiddenArea struct {
	Kind    string `json:"kind"`    // "hpa" "dco" "amac" "scsi-capacity" "nvme-unallocated" "nvme-namespaces" "mmc-boot" "mmc-general" "mmc-rpmb"
	Bytes   int64  `json:"bytes"`   // 0: looked for, and none; -1: could not be examined
	Covered bool   `json:"covered"` // the method erases such areas, by its standard
	Detail  string `json:"detail"`
}
