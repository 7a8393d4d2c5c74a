package certify

import (
	"encoding/hex"
	"strings"
	"time"

	"rasure/wipe"
)

// Firmware is what a drive did by itself before the passes, with its own answers. The claim rests on both: the drive said
// that our command completed without an error, and what had been written before was gone.
type Firmware struct {
	Method  string     `json:"method"`            // "ata-sanitize-block" ...; devices.MethodID has them all
	Level   string     `json:"level"`             // the most it may claim on this medium
	Others  []string   `json:"others"`            // other disks that it erased too, by kernel name; [] if none
	Takes   int64      `json:"estimated_seconds"` // the drive's own estimate; 0 where it tells none
	Before  EraseState `json:"before"`            // what the drive said before it was told to
	After   EraseState `json:"after"`             // what it said last
	Seen    bool       `json:"seen_running"`      // it said at some time that it was erasing
	Answer  string     `json:"refusal"`           // what it answered to the command, if that was an error; else ""
	Tries   int        `json:"tries"`             // how often it was told to
	Markers Markers    `json:"markers"`           // written before
	Outcome string     `json:"outcome"`           // of this alone; "" where it was not judged
	Began   time.Time  `json:"started"`           // when the command was sent
	Ended   *time.Time `json:"ended,omitempty"`   // when it was seen to have ended
}

// EraseState is what a drive said of an erasure.
type EraseState struct {
	Phase  string `json:"phase"`  // "idle" "running" "done" "failed" "locked" "unknown"; "" where it was not asked
	Detail string `json:"detail"` // for people
	Raw    string `json:"raw"`    // the answer itself: registers, log page or sense data; hex
}

// Markers are the blocks by which it can be seen whether a drive erased itself. Their places and bytes can be worked out
// from Key and the disk's size and block: wipe.MarkerReport has the rule.
type Markers struct {
	Key             string `json:"marker_key"` // 64 hex digits; not "key": whoever looks for the key of the last pass by that name must not find this
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
	Kind    string `json:"kind"`    // "hpa" "dco" "amac" "nvme-unallocated" "nvme-namespaces" "mmc-boot" "mmc-general" "mmc-rpmb"
	Bytes   int64  `json:"bytes"`   // 0: looked for, and none; -1: could not be examined
	Covered bool   `json:"covered"` // the method erases such areas, by its standard
	Detail  string `json:"detail"`
}

func firmwareOf(r *wipe.FirmwareReport) *Firmware {
	if r == nil || r.Began.IsZero() {
		return nil
	}
	state := func(phase, detail string, raw []byte) EraseState {
		return EraseState{phase, detail, hex.EncodeToString(raw[:min(len(raw), 64)])}
	}
	m, unconfirmed := r.Markers, int64(0)
	for _, e := range m.Unconfirmed {
		unconfirmed += e.Length
	}
	f := &Firmware{
		Method: string(r.Method.ID), Level: string(r.Method.Level), Others: append([]string{}, r.Method.AlsoErases...), Takes: int64(r.Method.Estimate.Seconds()),
		Before: state(string(r.Before.Phase), r.Before.Detail, r.Before.Raw), After: state(string(r.After.Phase), r.After.Detail, r.After.Raw),
		Seen: r.Seen, Answer: r.Refused, Tries: r.Tries, Outcome: string(r.Outcome), Began: r.Began,
		Markers: Markers{m.Key, m.Bytes, m.Proven, unconfirmed, m.Gone, int64(m.KeptTotal.Extents), m.KeptTotal.Bytes, int64(m.Unreadable.Extents), m.Unreadable.Bytes},
	}
	if !r.Ended.IsZero() {
		f.Ended = &r.Ended
	}
	return f
}

// hiddenOf states what was known of hidden areas, in one word too, and the exception that this makes: it does not limit the
// outcome, which is about what the disk addresses. What was found, and not erased, does, and stands in the report already.
func hiddenOf(r wipe.Report) (areas []HiddenArea, word string, limit *Exception) {
	word = examined
	method, blind := r.Plan.Method, []string{}
	for _, a := range r.Plan.Hidden {
		h := HiddenArea{Kind: string(a.Kind), Bytes: a.Bytes, Covered: method != nil && method.ID.Covers(a.Kind), Detail: a.Detail}
		if a.Bytes < 0 {
			word = notExamined
			if !h.Covered {
				blind = append(blind, h.Kind)
			}
		}
		areas = append(areas, h)
	}
	switch {
	case len(areas) == 0 && r.Firmware != nil:
		word, limit = notExamined, &Exception{codeNotExamined, "areas that the disk does not address were not looked for; that " + string(method.ID) + " reached them rests on the drive's word"}
	case len(areas) == 0:
		word, limit = notExamined, &Exception{codeNotExamined,
			"areas that the disk does not address (HPA, DCO, spare and remapped blocks, other namespaces) were neither looked for nor overwritten"}
	case len(blind) > 0:
		limit = &Exception{codeNotExamined, "hidden areas of these kinds could not be looked for: " + strings.Join(blind, ", ")}
	}
	return areas, word, limit
}

const codeNotExamined = "hidden-areas-not-examined"
