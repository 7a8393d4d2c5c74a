package wipe

import (
	"testing"

	"rasure/devices"
)

// good is the report of a drive that erased itself and was seen to do so. Every row of the table changes one thing.
func good() FirmwareReport {
	return FirmwareReport{
		Method: devices.Method{ID: devices.ATASanitizeBlock, Level: devices.Purge},
		Stage:  StageBegun, Seen: true, Tries: 1,
		Before:  devices.EraseState{Phase: devices.EraseIdle, Progress: -1, Raw: []byte{0}},
		After:   devices.EraseState{Phase: devices.EraseDone, Progress: -1, Raw: []byte{0x80}},
		Markers: MarkerReport{Bytes: 8192, Proven: 8192, Gone: 8192, Unconfirmed: []Extent{}, Kept: []Extent{}},
	}
}

func TestJudgeErase(t *testing.T) {
	t.Parallel()
	kept := func(f *FirmwareReport) {
		f.Markers.Gone, f.Markers.Kept, f.Markers.KeptTotal = 7680, []Extent{{Offset: 512, Length: 512}}, Total{Extents: 1, Bytes: 512}
	}
	phase := func(p devices.ErasePhase) func(*FirmwareReport) {
		return func(f *FirmwareReport) { f.After.Phase = p }
	}
	old := func(f *FirmwareReport) { f.Seen, f.Before = false, f.After }
	for _, c := range []struct {
		name   string
		change func(*FirmwareReport)
		want   Outcome
		code   string
	}{
		{"an honest drive", func(*FirmwareReport) {}, Verified, ""},
		{"an honest drive too quick to be seen", func(f *FirmwareReport) { f.Seen = false }, Verified, ""},
		{"completed, and erased nothing", func(f *FirmwareReport) {
			f.Markers.Gone, f.Markers.Kept, f.Markers.KeptTotal = 0, []Extent{{Offset: 0, Length: 8192}}, Total{Extents: 1, Bytes: 8192}
		}, Failed, CodeMarkersKept},
		{"completed, and left one block", kept, Failed, CodeMarkersKept},
		{"more left than a list takes", func(f *FirmwareReport) { f.Markers.KeptTotal = Total{Extents: 1, Bytes: 512} }, Failed, CodeMarkersKept},
		{"failed, and all is gone all the same", phase(devices.EraseFailed), Failed, CodeEraseFailed},
		{"failed, and left something", func(f *FirmwareReport) { kept(f); f.After.Phase = devices.EraseFailed }, Failed, CodeMarkersKept},
		{"locked, by this job or not", phase(devices.EraseLocked), Failed, CodeEraseLocked},
		{"reset in the middle", func(f *FirmwareReport) {
			f.After.Phase, f.Refused = devices.EraseLocked, "sense 6/29/00"
		}, Failed, CodeEraseLocked},
		{"refused, and says nothing was asked", func(f *FirmwareReport) {
			f.Seen, f.Refused, f.After.Phase = false, "frozen", devices.EraseIdle
		}, Failed, CodeEraseRefused},
		{"refused, and shows an old success", func(f *FirmwareReport) { old(f); f.Refused = "sense 5/20/00" }, Failed, CodeEraseRefused},
		{"an error for the command, but it erased", func(f *FirmwareReport) { f.Refused = "sense 6/29/00" }, Verified, ""},
		{"taken, and forgotten", phase(devices.EraseIdle), Failed, CodeEraseFailed},
		{"registers lost", phase(devices.EraseUnknown), Unknown, CodeEraseUnknown},
		{"an unknown phase", phase("sleeping"), Unknown, CodeEraseUnknown},
		{"no phase at all", phase(""), Unknown, CodeEraseUnknown},
		{"still running", phase(devices.EraseRunning), Unknown, CodeEraseUnknown},
		{"another serial number afterwards", func(f *FirmwareReport) { f.Another = "its serial number is another" }, Failed, CodeIdentityChanged},
		{"nothing can be read", func(f *FirmwareReport) { f.Markers.Gone, f.Markers.Unreadable = 0, Total{Extents: 1, Bytes: 8192} }, Unknown, CodeMarkersUnreadable},
		{"nothing was marked", func(f *FirmwareReport) { f.Markers = MarkerReport{} }, Unknown, CodeMarkersUnreadable},
		{"a part cannot be read", func(f *FirmwareReport) { f.Markers.Gone, f.Markers.Unreadable = 7680, Total{Extents: 1, Bytes: 512} }, CompletedWithExceptions, CodeMarkersUnreadable},
		{"counts that do not add up", func(f *FirmwareReport) { f.Markers.Gone = 7680 }, CompletedWithExceptions, CodeMarkersUnreadable},
		{"a part could not be marked", func(f *FirmwareReport) {
			f.Markers.Proven, f.Markers.Gone, f.Markers.Unconfirmed = 7680, 7680, []Extent{{Offset: 1024, Length: 512}}
		}, CompletedWithExceptions, CodeMarkersUnconfirmed},
		{"an old success, nothing done", func(f *FirmwareReport) { old(f); kept(f) }, Failed, CodeMarkersKept},
		{"an old success, and all is gone", old, Verified, ""},
		{"an old success, and a part cannot be read", func(f *FirmwareReport) {
			old(f)
			f.Markers.Gone, f.Markers.Unreadable = 7680, Total{Extents: 1, Bytes: 512}
		}, Unknown, CodeMarkersUnreadable},
	} {
		f := good()
		c.change(&f)
		got, limits := judgeErase(f)
		code := ""
		if len(limits) > 0 {
			code = limits[0].Code
		}
		if got != c.want || code != c.code || len(limits) > 1 {
			t.Errorf("%s: %s %v, want %s %s", c.name, got, limits, c.want, c.code)
		}
		if (got == Verified) != (len(limits) == 0) {
			t.Errorf("%s: %s with %d exceptions", c.name, got, len(limits))
		}
	}
}
