package statement

import "time"

// Firmware is a drive's own erase before the passes, with the drive's answers.
type Firmware struct {
	Method  string     `canon:"method"`
	Level   string     `canon:"level" words:"clear purge none"`                                                         // the most that it may claim on this medium
	Others  []string   `canon:"others" count:"..64"`                                                                    // other disks that it also erased, by kernel name
	Takes   int64      `canon:"estimated_seconds,optional"`                                                             // the drive's own estimate
	Before  EraseState `canon:"before"`                                                                                 // what the drive reported before the command
	After   EraseState `canon:"after"`                                                                                  // and last
	Seen    bool       `canon:"seen_running"`                                                                           // it reported at some time that it was erasing
	Refusal string     `canon:"refusal,optional"`                                                                       // its answer to the command, if that was an error
	Tries   int64      `canon:"tries"`                                                                                  // how often the command was sent
	Markers Markers    `canon:"markers"`                                                                                // blocks that were written before
	Outcome string     `canon:"outcome,optional" words:"verified completed-with-exceptions failed interrupted unknown"` // of this erase only; absent if it was not judged
	Started time.Time  `canon:"started"`                                                                                // when the command was sent
	Ended   *time.Time `canon:"ended,optional"`                                                                         // when its end was seen
}

// EraseState is what a drive reported of an erase.
type EraseState struct {
	Phase  string `canon:"phase" words:"not-asked idle running done failed locked unknown"`
	Detail string `canon:"detail,optional"`       // for people
	Raw    Bytes  `canon:"raw,optional" max:"64"` // the answer: registers, log page or sense data
}

// Markers are the blocks that show whether a drive erased itself.
type Markers struct {
	Key             Hash  `canon:"marker_key"`
	Bytes           int64 `canon:"bytes"`
	Confirmed       int64 `canon:"confirmed_bytes"` // written, flushed, and read back equal before
	Unconfirmed     int64 `canon:"unconfirmed_bytes"`
	Gone            int64 `canon:"gone_bytes"` // read afterwards, and other bytes
	KeptCount       int64 `canon:"kept_count"`
	KeptBytes       int64 `canon:"kept_bytes"` // still there
	UnreadableCount int64 `canon:"unreadable_count"`
	UnreadableBytes int64 `canon:"unreadable_bytes"` // afterwards
}

// HiddenArea is what was known of an area that the disk does not address.
type HiddenArea struct {
	Kind    string `canon:"kind" words:"hpa dco amac scsi-capacity nvme-unallocated nvme-namespaces mmc-boot mmc-general mmc-rpmb"`
	Bytes   int64  `canon:"bytes" range:"-1.."` // 0: looked for, and none; -1: could not be examined
	Covered bool   `canon:"covered"`            // the method erases such areas, by its standard
	Detail  string `canon:"detail,optional"`
}
