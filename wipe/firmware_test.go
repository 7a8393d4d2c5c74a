package wipe_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/wipe"
	"rasure/wipe/pattern"
)

// eraser is a claimed memory drive whose firmware can erase it.
type eraser struct {
	target
	*devicetest.Firmware
	is *devices.Identity // what it says of itself; nil: it is not asked
}

func (e eraser) State(ctx context.Context, m devices.Method) (devices.EraseState, error) {
	return e.Firmware.State(ctx, m)
}

func (e eraser) Identify(context.Context) (devices.Identity, error) {
	if e.is == nil {
		return devices.Identity{}, errors.ErrUnsupported
	}
	return *e.is, nil
}

var blockErase = devices.Method{ID: devices.ATASanitizeBlock, Level: devices.Purge}

func newEraser(lie devicetest.Lie, m devices.Method) eraser { return newEraserOf(4<<20, lie, m) }

func newEraserOf(size int64, lie devicetest.Lie, m devices.Method) eraser {
	tg := newTarget(size, 512)
	f := &devicetest.Firmware{Offers: []devices.Method{m}, Steps: 3, Lie: lie}
	tg.Drive.SetFirmware(f)
	return eraser{target: tg, Firmware: f}
}

// purging are options that ask the drive without a pause.
func purging(o wipe.RunOptions) wipe.RunOptions {
	o.PollInterval = time.Millisecond
	return o
}

func purgePlan(t *testing.T, e eraser) wipe.Plan {
	t.Helper()
	all, _ := e.Methods(context.Background())
	areas, _ := e.Hidden(context.Background())
	return plan(t, e.disk, wipe.PlanOptions{Level: wipe.Purge, Offer: &devices.Capabilities{Methods: all, Hidden: areas}})
}

func TestPurge(t *testing.T) {
	t.Parallel()
	e := newEraser(devicetest.Honest, blockErase)
	var seen []devices.MethodID
	r := run(t, e, purgePlan(t, e), purging(wipe.RunOptions{OnEvent: func(ev wipe.Event) {
		if ev.Method != "" {
			seen = append(seen, ev.Method)
		}
	}}))
	expect(t, r, wipe.Verified, "")
	f := r.Firmware
	if f == nil || f.Method.ID != blockErase.ID || !f.Seen || f.Outcome != wipe.Verified || f.Tries != 1 || f.Stage != wipe.StageOver || len(seen) == 0 {
		t.Fatalf("%+v, events %v", f, seen)
	}
	if m := f.Markers; m.Bytes < e.disk.Size/20 || m.Proven != m.Bytes || m.Gone != m.Bytes || len(m.Key) != 64 {
		t.Errorf("%+v", m)
	}
	if len(r.Passes) != 1 || r.Passes[0].Pattern != "random" || r.Passes[0].Verified != e.disk.Size {
		t.Errorf("%+v", r.Passes)
	}
	content(t, e.target, r.Passes[0])
}

// Every lie of the memory firmware, and what the report says of it.
func TestPurgeLies(t *testing.T) {
	t.Parallel()
	for lie, want := range map[devicetest.Lie]struct {
		outcome wipe.Outcome
		codes   string
	}{
		devicetest.NothingErased: {wipe.Failed, wipe.CodeMarkersKept},
		devicetest.ErasesPart:    {wipe.Failed, wipe.CodeMarkersKept},
		devicetest.LeavesLast:    {wipe.Failed, wipe.CodeMarkersKept},
		devicetest.Fails:         {wipe.Failed, wipe.CodeEraseFailed},
		devicetest.FailsOpen:     {wipe.Failed, wipe.CodeEraseFailed},
		devicetest.NoRegisters:   {wipe.Failed, wipe.CodeMarkersKept},
		devicetest.ResetMidway:   {wipe.Failed, wipe.CodeEraseLocked},
		devicetest.OldSuccess:    {wipe.Failed, wipe.CodeMarkersKept},
		devicetest.Stuck:         {wipe.Interrupted, wipe.CodeInterrupted},
		devicetest.Hangs:         {wipe.Interrupted, wipe.CodeInterrupted},
		devicetest.PowerLoss:     {wipe.Verified, ""},
		devicetest.ErasesTwice:   {wipe.Verified, ""},
	} {
		t.Run(string(lie), func(t *testing.T) {
			t.Parallel()
			e := newEraser(lie, blockErase)
			ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
			defer stop()
			if want.outcome == wipe.Interrupted { // it would wait for ever, and rightly
				go func() {
					for len(e.Sent()) == 0 {
						time.Sleep(time.Millisecond)
					}
					time.Sleep(20 * time.Millisecond)
					stop()
				}()
			}
			r, err := wipe.Run(ctx, e, purgePlan(t, e), purging(wipe.RunOptions{ErrorBudget: time.Second}))
			expect(t, r, want.outcome, want.codes)
			if (err == nil) != (r.Outcome == wipe.Verified) {
				t.Errorf("error %v with %s", err, r.Outcome)
			}
			if r.Outcome != wipe.Verified && len(r.Passes) > 0 {
				t.Errorf("something weaker was done instead: %+v", r.Passes)
			}
			if want.outcome == wipe.Interrupted && !strings.Contains(err.Error(), "survives power loss") {
				t.Errorf("the error does not say it: %v", err)
			}
		})
	}
}

func TestPurgeFrozenOrLocked(t *testing.T) {
	t.Parallel()
	for lie, words := range map[devicetest.Lie]string{devicetest.Frozen: "suspend and resume", devicetest.LockedByOther: "locked with a password"} {
		e := newEraser(lie, blockErase)
		all, _ := e.Methods(context.Background())
		_, err := wipe.PlanFor(e.disk, wipe.PlanOptions{Level: wipe.Purge, Offer: &devices.Capabilities{Methods: all}})
		if !errors.Is(err, wipe.ErrPurgeUnavailable) || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", lie, err)
		}
	}
}

func TestMarkers(t *testing.T) {
	t.Parallel()
	size := int64(50000 * 512)
	d := devicetest.NewDrive(size, 512)
	s, _ := d.State()
	tg := target{d, devices.Disk{Name: "sdz", Size: size, LogicalBlock: 512, Bus: devices.SATA, Medium: devices.Flash}, s}
	f := &devicetest.Firmware{Offers: []devices.Method{blockErase}, Lie: devicetest.NothingErased}
	d.SetFirmware(f)
	e := eraser{target: tg, Firmware: f}
	r, _ := wipe.Run(context.Background(), e, purgePlan(t, e), purging(wipe.RunOptions{}))
	m := r.Firmware.Markers
	if m.Bytes < size/20 || m.Bytes > size/10 || m.KeptTotal.Bytes != m.Bytes {
		t.Fatalf("%+v", m)
	}
	pat, err := pattern.Parse("random", m.Key)
	if err != nil {
		t.Fatal(err)
	}
	var key [32]byte
	if b, err := hex.DecodeString(m.Key); err != nil || copy(key[:], b) != 32 {
		t.Fatal(err)
	}
	places, n := wipe.Markers(key, size, 512), int64(0)
	for _, p := range places {
		got, want := make([]byte, p.Length), make([]byte, p.Length)
		d.Peek(got, p.Offset)
		if pat.FillAt(want, p.Offset); !bytes.Equal(got, want) {
			t.Fatalf("no marker at %d", p.Offset)
		}
		n += p.Length
	}
	if last := places[len(places)-1]; n != m.Bytes || places[0].Offset != 0 || last.Offset+last.Length != size {
		t.Errorf("%d bytes of markers, %d in the report; from %d to %d", n, m.Bytes, places[0].Offset, last.Offset+last.Length)
	}
}

func TestPurgeNeedsRecord(t *testing.T) {
	t.Parallel()
	e := newEraser(devicetest.Honest, blockErase)
	r, err := wipe.Run(context.Background(), e, purgePlan(t, e), purging(wipe.RunOptions{SaveStateSync: func(wipe.State) error { return errors.New("no space left") }}))
	if err == nil || r.Outcome != wipe.Failed || len(e.Sent()) != 0 {
		t.Errorf("%v, %s, sent %v", err, r.Outcome, e.Sent())
	}
}

func TestPurgePasswordRecorded(t *testing.T) {
	t.Parallel()
	m := devices.Method{ID: devices.ATASecurityEraseEnhanced, Level: devices.Purge, Blocking: true}
	e := newEraser(devicetest.Honest, m)
	var kept []wipe.State
	run(t, e, purgePlan(t, e), purging(wipe.RunOptions{SaveStateSync: func(s wipe.State) error {
		if len(e.Sent()) > 0 {
			t.Error("the command went before the record")
		}
		kept = append(kept, s)
		return nil
	}}))
	if len(kept) != 1 || kept[0].Secret != devices.ATAPassword || kept[0].Report.Firmware.Stage != wipe.StageBegun {
		t.Errorf("%+v", kept)
	}
}

// A job whose process was killed after the command is resumed by another, from the record.
func TestPurgeResume(t *testing.T) {
	t.Parallel()
	ata := devices.Method{ID: devices.ATASecurityEraseEnhanced, Level: devices.Purge, Blocking: true}
	for _, c := range []struct {
		name   string
		method devices.Method
		lie    devicetest.Lie
		kill   bool // before the drive has the command
		sent   int
	}{
		{"while the drive is erasing", blockErase, devicetest.Honest, false, 1},
		{"before the drive had the command", blockErase, devicetest.Honest, true, 1},
		{"a drive that was left locked", ata, devicetest.ResetMidway, false, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := newEraser(c.lie, c.method)
			p := purgePlan(t, e)
			var text []byte
			keep := func(s wipe.State) error {
				text, _ = json.Marshal(s)
				if c.kill {
					return errors.New("killed")
				}
				e.Begin(context.Background(), c.method, s.Secret) // the drive gets it, and the process dies
				return errors.New("killed")
			}
			if _, err := wipe.Run(context.Background(), e, p, purging(wipe.RunOptions{SaveStateSync: keep})); err == nil {
				t.Fatal("it went on without a record")
			}
			var s wipe.State
			if err := json.Unmarshal(text, &s); err != nil {
				t.Fatal(err)
			}
			r := run(t, e, p, purging(wipe.RunOptions{Resume: &s}))
			expect(t, r, wipe.Verified, "")
			if len(e.Sent()) != c.sent || r.Resumed != 1 {
				t.Errorf("sent %v, resumed %d", e.Sent(), r.Resumed)
			}
			content(t, e.target, r.Passes[0])
		})
	}
}

func TestPurgeOtherIdentity(t *testing.T) {
	t.Parallel()
	e := newEraser(devicetest.Honest, blockErase)
	e.disk.Serial, e.is = "S1", &devices.Identity{Serial: "S2"}
	r, _ := wipe.Run(context.Background(), e, purgePlan(t, e), purging(wipe.RunOptions{}))
	expect(t, r, wipe.Failed, wipe.CodeIdentityChanged)
}

func TestHiddenAreas(t *testing.T) {
	t.Parallel()
	ata := devices.Method{ID: devices.ATASanitizeBlock, Level: devices.Purge}
	for _, c := range []struct {
		area devices.HiddenArea
		want wipe.Outcome
		code string
	}{
		{devices.HiddenArea{Kind: devices.HPA, Bytes: 1 << 20}, wipe.Verified, ""}, // SANITIZE reaches it
		{devices.HiddenArea{Kind: devices.MMCRPMB, Bytes: 1 << 20}, wipe.CompletedWithExceptions, wipe.CodeHidden},
		{devices.HiddenArea{Kind: devices.MMCRPMB, Bytes: -1}, wipe.CompletedWithExceptions, wipe.CodeHidden},
		{devices.HiddenArea{Kind: devices.MMCRPMB, Bytes: 0}, wipe.Verified, ""},
	} {
		e := newEraser(devicetest.Honest, ata)
		e.Areas = []devices.HiddenArea{c.area}
		expect(t, run(t, e, purgePlan(t, e), purging(wipe.RunOptions{})), c.want, c.code)
	}
	e := newEraser(devicetest.Honest, ata) // and overwriting reaches none
	p := plan(t, e.disk, wipe.PlanOptions{Offer: &devices.Capabilities{Hidden: []devices.HiddenArea{{Kind: devices.HPA, Bytes: 512}}}})
	expect(t, run(t, e, p, wipe.RunOptions{}), wipe.CompletedWithExceptions, wipe.CodeHidden)
}

// Computed by another program, from the text of certify/FORMAT.md.
func TestMarkerPlaces(t *testing.T) {
	t.Parallel()
	key := [32]byte(bytes.Repeat([]byte{0x5a}, 32))
	for _, c := range []struct {
		blocks  int64
		logical int
		places  int
		sum     string // SHA-256 of a line "offset length" for each
	}{
		{40000, 512, 1972, "caff13efd3ed48afa1b0789e210daa706657d155b6a4343bf8e62c4c49cd8faf"},
		{1234567, 4096, 2001, "20d9a472f26e266f4a8ca1dbdaeea65a020416ea50bd0789b2d0e85de9a3a435"},
		{39999, 512, 1, "0cfb7bc3e875180bb15dd223d32667691eacfb64a4125ea5a9a14e9f09b399c8"},
	} {
		var text strings.Builder
		places := wipe.Markers(key, c.blocks*int64(c.logical), c.logical)
		for _, p := range places {
			fmt.Fprintf(&text, "%d %d\n", p.Offset, p.Length)
		}
		if sum := sha256.Sum256([]byte(text.String())); hex.EncodeToString(sum[:]) != c.sum || len(places) != c.places {
			t.Errorf("%d blocks of %d: %d places, sha-256 %x", c.blocks, c.logical, len(places), sum)
		}
	}
}

// A drive that cannot be reached or unlocked just now stays the job's business.
func TestPurgeResumeLater(t *testing.T) {
	t.Parallel()
	e := newEraser(devicetest.ResetMidway, devices.Method{ID: devices.ATASecurityEraseEnhanced, Level: devices.Purge, Blocking: true})
	p := purgePlan(t, e)
	var s wipe.State
	wipe.Run(context.Background(), e, p, purging(wipe.RunOptions{SaveStateSync: func(at wipe.State) error {
		s = at
		e.Begin(context.Background(), *p.Method, "another's") // and the process dies
		return errors.New("killed")
	}}))
	r, err := wipe.Run(context.Background(), e, p, purging(wipe.RunOptions{Resume: &s}))
	expect(t, r, wipe.Interrupted, wipe.CodeInterrupted)
	if err == nil || !strings.Contains(err.Error(), "rasure's password does not unlock it") {
		t.Error(err)
	}
	e.Lie = devicetest.Hangs
	r, _ = wipe.Run(context.Background(), e, p, purging(wipe.RunOptions{Resume: &s}))
	expect(t, r, wipe.Interrupted, wipe.CodeInterrupted)
}

// An erase that is running already was not started by this job, and neither is its success.
func TestPurgeAlreadyRunning(t *testing.T) {
	t.Parallel()
	e := newEraser(devicetest.Honest, blockErase)
	e.Begin(context.Background(), blockErase, "")
	r, err := wipe.Run(context.Background(), e, purgePlan(t, e), purging(wipe.RunOptions{}))
	if err == nil || r.Outcome != wipe.Failed || len(e.Sent()) != 1 {
		t.Errorf("%s, %v, sent %v", r.Outcome, err, e.Sent())
	}
}

func TestMarkersUnconfirmed(t *testing.T) {
	t.Parallel()
	e := newEraser(devicetest.Honest, blockErase)
	e.Drive.Inject(devicetest.Fault{Kind: devicetest.LostWrite, Offset: 1 << 20, Length: 4096, Times: 1})
	r := run(t, e, purgePlan(t, e), purging(wipe.RunOptions{}))
	expect(t, r, wipe.CompletedWithExceptions, wipe.CodeMarkersUnconfirmed)
	if m := r.Firmware.Markers; m.Proven != m.Bytes-4096 || m.Gone != m.Proven || len(m.Unconfirmed) != 1 {
		t.Errorf("%+v", m)
	}
}

func TestKnownTrouble(t *testing.T) {
	t.Parallel()
	e := newEraser(devicetest.Honest, blockErase)
	e.disk.Model = "INTEL SSDPEKNW010T8"
	p := purgePlan(t, e)
	if w := p.Warnings[len(p.Warnings)-1]; !strings.HasPrefix(w.String(), "known trouble: its progress") || !strings.Contains(w.String(), "nvme-cli issue") {
		t.Errorf("warnings %q", p.Warnings)
	}
	expect(t, run(t, e, p, purging(wipe.RunOptions{})), wipe.Verified, wipe.CodeTrouble)
}
