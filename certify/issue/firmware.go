package issue

import (
	"encoding/hex"
	"strings"

	"rasure/certify"
	"rasure/cmd/message"
	"rasure/wipe"
)

// maxRaw is how many bytes of a drive's answer a certificate quotes.
const maxRaw = 64

func firmwareOf(r *wipe.FirmwareReport) *certify.Firmware {
	if r == nil || r.Began.IsZero() {
		return nil
	}
	state := func(phase, detail string, raw []byte) certify.EraseState {
		return certify.EraseState{Phase: phase, Detail: detail, Raw: hex.EncodeToString(raw[:min(len(raw), maxRaw)])}
	}
	m, unconfirmed := r.Markers, int64(0)
	for _, e := range m.Unconfirmed {
		unconfirmed += e.Length
	}
	f := &certify.Firmware{
		Method: string(r.Method.ID), Level: string(r.Method.Level), Others: append([]string{}, r.Method.AlsoErases...), Takes: int64(r.Method.Estimate.Seconds()),
		Before: state(string(r.Before.Phase), r.Before.Detail.String(), r.Before.Raw), After: state(string(r.After.Phase), r.After.Detail.String(), r.After.Raw),
		Seen: r.Seen, Answer: r.Refused, Tries: r.Tries, Outcome: string(r.Outcome), Began: r.Began,
		Markers: certify.Markers{Key: m.Key, Bytes: m.Bytes, Confirmed: m.Proven, Unconfirmed: unconfirmed, Gone: m.Gone,
			KeptCount: int64(m.KeptTotal.Extents), KeptBytes: m.KeptTotal.Bytes, UnreadableCount: int64(m.Unreadable.Extents), UnreadableBytes: m.Unreadable.Bytes},
	}
	if !r.Ended.IsZero() {
		f.Ended = &r.Ended
	}
	return f
}

// The words of a certificate for hidden areas, the areas that a disk does not address.
const (
	examined      = "examined"
	notExamined   = "not-examined"
	notApplicable = "not-applicable" // to an image: what is below it is certified with the disk that holds it
)

// hiddenOf states what was known of hidden areas, in one word too, and the exception where that leaves a doubt. The exception does not
// limit the outcome, which is about what the disk addresses. A hidden area that was found and not erased does; the report has that
// exception already.
func hiddenOf(r wipe.Report) (areas []certify.HiddenArea, word string, limit *certify.Exception) {
	word = examined
	method, blind := r.Plan.Method, []string{}
	for _, a := range r.Plan.Hidden {
		h := certify.HiddenArea{Kind: string(a.Kind), Bytes: a.Bytes, Covered: method != nil && method.ID.Covers(a.Kind), Detail: a.Detail.String()}
		if a.Bytes < 0 {
			word = notExamined
			if !h.Covered {
				blind = append(blind, h.Kind)
			}
		}
		areas = append(areas, h)
	}
	except := func(format string, args ...any) *certify.Exception {
		return &certify.Exception{Code: certify.CodeHiddenNotExamined, Detail: message.Of(format, args...).String()}
	}
	switch {
	case len(areas) == 0 && r.Firmware != nil:
		return areas, notExamined, except("areas that the disk does not address were not looked for; only the drive's word says that %s erased them", method.ID)
	case len(areas) == 0:
		return areas, notExamined, except("areas that the disk does not address (HPA, DCO, spare and remapped blocks, other namespaces) were neither looked for nor overwritten")
	case len(blind) > 0:
		return areas, word, except("hidden areas of these kinds could not be looked for: %s", strings.Join(blind, ", "))
	}
	return areas, word, nil
}
