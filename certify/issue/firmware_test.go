package issue_test

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"rasure/certify/issue"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
)

// purged is a disk that erased itself by NVMe Sanitize, and was overwritten afterwards.
func purged(t testing.TB) wipe.Report {
	t.Helper()
	r := report(t)
	m := devices.Method{ID: devices.NVMeSanitizeBlock, Level: devices.Purge, Estimate: 2 * time.Minute, AlsoErases: []string{}}
	r.Plan.Level, r.Plan.Method = wipe.Purge, &m
	r.Plan.Hidden = []devices.HiddenArea{{Kind: devices.NVMeUnallocated, Bytes: 4096, Detail: message.Of("4096 bytes in no namespace")}}
	r.Firmware = &wipe.FirmwareReport{
		Method: m, Stage: wipe.StageOver, Seen: true, Tries: 1, Outcome: wipe.Verified, Began: when, Ended: when.Add(time.Second),
		Before:  devices.EraseState{Phase: devices.EraseIdle, Progress: -1, Raw: []byte{0xff, 0xff, 0, 0}},
		After:   devices.EraseState{Phase: devices.EraseDone, Progress: -1, Raw: []byte{0xff, 0xff, 1, 1, 2, 0, 0, 0}},
		Markers: wipe.MarkerReport{Key: strings.Repeat("5a", 32), Bytes: 1 << 20, Proven: 1 << 20, Gone: 1 << 20, Unconfirmed: []wipe.Extent{}, Kept: []wipe.Extent{}},
	}
	return r
}

func TestPurge(t *testing.T) {
	t.Parallel()
	signed, pub := sealed(t, purged(t))
	c, err := open(signed, pub)
	if err != nil {
		t.Fatal(err)
	}
	f := c.Firmware
	if c.Level != "purge" || c.Plan.Level != "purge" || c.Plan.Method != "nvme-sanitize-block" || f == nil {
		t.Fatalf("level %s, plan %+v, firmware %+v", c.Level, c.Plan, f)
	}
	if f.After.Raw != "ffff010102000000" || f.After.Phase != "done" || f.Before.Raw != "ffff0000" || !f.Seen || f.Takes != 120 || f.Markers.Gone != 1<<20 || f.Markers.Key != strings.Repeat("5a", 32) {
		t.Errorf("%+v", f)
	}
	if len(c.Hidden) != 1 || !c.Hidden[0].Covered || c.Disk.Hidden != "examined" || len(c.Exceptions) != 0 {
		t.Errorf("hidden %+v, %s, exceptions %v", c.Hidden, c.Disk.Hidden, c.Exceptions)
	}
	// The README finds the key of the last pass, and the size, by their names alone.
	keys := regexp.MustCompile(`(?m)^ *"key": "([0-9a-f]*)",$`).FindAllStringSubmatch(string(signed), -1)
	sizes := regexp.MustCompile(`(?m)^ *"size_bytes": ([0-9]*),$`).FindAllStringSubmatch(string(signed), -1)
	if len(keys) == 0 || keys[len(keys)-1][1] != c.Last().Key || len(sizes) == 0 || sizes[0][1] != strconv.FormatInt(c.Disk.Size, 10) {
		t.Errorf("keys %v, sizes %v", keys, sizes)
	}
	if strings.Contains(string(signed), "null") {
		t.Error("a list is null")
	}
}

func TestPurgeNeedsVerified(t *testing.T) {
	t.Parallel()
	for _, o := range []wipe.Outcome{wipe.CompletedWithExceptions, wipe.Failed, wipe.Interrupted, wipe.Unknown, ""} {
		r := purged(t)
		r.Outcome = o
		if c, _ := issue.New(r, issue.Facts{}, ""); c.Level != "none" {
			t.Errorf("%s: level achieved %s", o, c.Level)
		}
	}
}

func TestHiddenAreasUnknown(t *testing.T) {
	t.Parallel()
	r := purged(t)
	r.Plan.Hidden = []devices.HiddenArea{{Kind: devices.MMCRPMB, Bytes: -1, Detail: message.Of("the bridge passes no commands on")}}
	c, _ := issue.New(r, issue.Facts{}, "")
	if c.Disk.Hidden != "not-examined" || len(c.Exceptions) != 1 || c.Exceptions[0].Code != "hidden-areas-not-examined" || c.Hidden[0].Bytes != -1 {
		t.Errorf("%s, %+v, %v", c.Disk.Hidden, c.Hidden, c.Exceptions)
	}
	r.Plan.Hidden = nil
	if c, _ = issue.New(r, issue.Facts{}, ""); c.Disk.Hidden != "not-examined" || len(c.Exceptions) != 1 {
		t.Errorf("not asked: %s, %v", c.Disk.Hidden, c.Exceptions)
	}
}

func TestOverwriteHasNoFirmwareFields(t *testing.T) {
	t.Parallel()
	c, _ := issue.New(report(t), issue.Facts{}, "")
	text, err := json.Marshal(c)
	if err != nil || strings.Contains(string(text), `"firmware":{`) || strings.Contains(string(text), `"hidden"`) || strings.Contains(string(text), `"method"`) {
		t.Errorf("%s, %v", text, err)
	}
}
