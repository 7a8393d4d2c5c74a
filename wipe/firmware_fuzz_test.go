package wipe_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/wipe"
)

// A record that was damaged leads to no panic, to no endless wait, and to no purge where the record itself shows markers that stayed.
func FuzzPurgeRecord(f *testing.F) {
	add := func(s wipe.State) error {
		b, err := json.Marshal(s)
		f.Add(b)
		return err
	}
	for _, lie := range []devicetest.Lie{devicetest.Honest, devicetest.LeavesLast, devicetest.ResetMidway} {
		e := newEraserOf(64<<10, lie, blockErase)
		p, err := wipe.PlanFor(e.disk, wipe.PlanOptions{Level: wipe.Purge, Offer: &devices.Capabilities{Methods: e.Offers}})
		if err != nil {
			f.Fatal(err)
		}
		wipe.Run(f.Context(), e, p, purging(wipe.RunOptions{Rand: newDice(1), SaveStateSync: add, SaveState: func(s wipe.State) { add(s) }}))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var s wipe.State
		if json.Unmarshal(data, &s) != nil {
			return
		}
		e := newEraserOf(64<<10, devicetest.Honest, blockErase)
		p, err := wipe.PlanFor(e.disk, wipe.PlanOptions{Level: wipe.Purge, Offer: &devices.Capabilities{Methods: e.Offers}})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		r, err := wipe.Run(t.Context(), e, p, purging(wipe.RunOptions{Resume: &s}))
		if r.Outcome != wipe.Verified {
			if err == nil && len(r.Exceptions) == 0 {
				t.Errorf("%s without an exception", r.Outcome)
			}
			return
		}
		if m := r.Firmware.Markers; m.KeptTotal.Bytes != 0 || m.Gone != m.Proven || r.Firmware.After.Phase != devices.EraseDone || time.Since(began) > time.Minute {
			t.Errorf("verified with %+v", r.Firmware)
		}
		last := r.Passes[len(r.Passes)-1]
		want, got := make([]byte, e.disk.Size), make([]byte, e.disk.Size)
		parse(t, last).FillAt(want, 0)
		if e.Peek(got, 0); !bytes.Equal(got, want) {
			t.Error("verified, and the disk holds something else")
		}
	})
}
