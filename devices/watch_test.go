package devices_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rasure/devices"
)

// script is a kernel whose messages a test writes.
type script struct {
	c      chan event
	closed chan struct{}
}

type event struct {
	text   string
	sender uint32
	err    error
}

func (k *script) Close() error { close(k.closed); return nil }

func (k *script) Receive() ([]byte, uint32, error) {
	select {
	case m := <-k.c:
		return []byte(m.text), m.sender, m.err
	case <-k.closed:
		return nil, 0, os.ErrClosed
	}
}

func (k *script) host() *devices.Host {
	return &devices.Host{Uevents: func() (devices.Uevents, error) { return k, nil }}
}

const (
	blockAdd = "add@/devices/virtual/block/loop0\x00ACTION=add\x00DEVPATH=/devices/virtual/block/loop0\x00SUBSYSTEM=block\x00SEQNUM=7\x00"
	netAdd   = "add@/devices/virtual/net/tap0\x00ACTION=add\x00DEVPATH=/devices/virtual/net/tap0\x00SUBSYSTEM=net\x00SEQNUM=8\x00"
)

func TestWatch(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	storm := []time.Duration{} // a message every 150 ms
	for at := 100 * ms; at <= 2500*ms; at += 150 * ms {
		storm = append(storm, at)
	}
	for _, row := range []struct {
		name string
		at   []time.Duration
		says event
		want []time.Duration // of the looks in 6 s
	}{
		{"no message", nil, event{}, []time.Duration{0, 5000 * ms}},
		{"one message", []time.Duration{1000 * ms}, event{text: blockAdd}, []time.Duration{0, 1200 * ms}},
		{"a burst", []time.Duration{1000 * ms, 1050 * ms, 1200 * ms}, event{text: blockAdd}, []time.Duration{0, 1400 * ms}},
		{"two bursts", []time.Duration{1000 * ms, 1050 * ms, 1300 * ms}, event{text: blockAdd}, []time.Duration{0, 1250 * ms, 1500 * ms}},
		{"a burst without end", storm, event{text: blockAdd}, []time.Duration{0, 1100 * ms, 2150 * ms, 2700 * ms}},
		{"messages were missed", []time.Duration{1000 * ms}, event{err: devices.ErrMissed}, []time.Duration{0, 1200 * ms}},
		{"a message that cannot be read", []time.Duration{1000 * ms}, event{text: blockAdd[:40]}, []time.Duration{0, 1200 * ms}},
		{"another subsystem", []time.Duration{1000 * ms}, event{text: netAdd}, []time.Duration{0, 5000 * ms}},
		{"another sender", []time.Duration{1000 * ms}, event{text: blockAdd, sender: 4711}, []time.Duration{0, 5000 * ms}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				kernel := &script{make(chan event), make(chan struct{})}
				start := time.Now()
				ctx, cancel := context.WithDeadline(t.Context(), start.Add(6*time.Second))
				defer cancel()
				go func() {
					for _, at := range row.at {
						time.Sleep(time.Until(start.Add(at)))
						kernel.c <- row.says
					}
				}()
				var looks []time.Duration
				err := kernel.host().Watch(ctx, func() error {
					looks = append(looks, time.Since(start))
					return nil
				})
				if err != nil {
					t.Errorf("Watch() = %v", err)
				}
				// The last row of quiet runs on to the end: only its beginning is asked for.
				if len(looks) > len(row.want) && looks[len(row.want)] >= 5*time.Second {
					looks = looks[:len(row.want)]
				}
				if !slices.Equal(looks, row.want) {
					t.Errorf("looked at %v, want %v", looks, row.want)
				}
			})
		})
	}
}

func TestWatchDetail(t *testing.T) {
	t.Run("message during a look", watchDuringLook)
	t.Run("source breaks", watchBroken)
}

func watchDuringLook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		kernel := &script{make(chan event), make(chan struct{})}
		start, looks := time.Now(), 0
		enough := errors.New("enough")
		err := kernel.host().Watch(t.Context(), func() error {
			if looks++; looks == 2 {
				return enough
			}
			for range 1000 { // none of these waits for the look to end
				kernel.c <- event{text: blockAdd}
			}
			synctest.Wait() // until all are heard
			return nil
		})
		if took := time.Since(start); !errors.Is(err, enough) || took != 200*time.Millisecond {
			t.Errorf("Watch() = %v after %v", err, took)
		}
	})
}

func watchBroken(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	kernel := &script{make(chan event, 1), make(chan struct{})}
	kernel.c <- event{err: broken}
	if err := kernel.host().Watch(t.Context(), func() error { return nil }); !errors.Is(err, broken) {
		t.Errorf("Watch() = %v, want %v", err, broken)
	}
	if err := new(devices.Host).Watch(t.Context(), nil); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("without a kernel: Watch() = %v", err)
	}
}

func TestParseUevent(t *testing.T) {
	t.Run("whole or not at all", parseUeventWhole)
	t.Run("captured messages", parseUeventCaptured)
}

func parseUeventWhole(t *testing.T) {
	t.Parallel()
	want := devices.Uevent{Action: "add", Path: "/devices/virtual/block/loop0", Subsystem: "block"}
	if got, err := devices.ParseUevent([]byte(blockAdd)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for name, bad := range map[string]string{
		"nothing":            "",
		"no end":             strings.TrimSuffix(blockAdd, "\x00"),
		"of udev":            "libudev\x00\xfe\xed\xca\xfe" + blockAdd,
		"no head":            "\x00" + blockAdd,
		"head alone":         "add@/devices/virtual/block/loop0\x00",
		"head says other":    strings.Replace(blockAdd, "add@", "remove@", 1),
		"path says other":    strings.Replace(blockAdd, "@/devices/virtual/block/loop0", "@/devices/virtual/block/loop1", 1),
		"no subsystem":       strings.Replace(blockAdd, "SUBSYSTEM=block\x00", "", 1),
		"two subsystems":     strings.Replace(blockAdd, "SEQNUM=7", "SUBSYSTEM=net", 1),
		"pair without equal": blockAdd + "x\x00",
		"pair that is empty": blockAdd + "\x00",
	} {
		if got, err := devices.ParseUevent([]byte(bad)); err == nil {
			t.Errorf("%s: %q was read as %+v", name, bad, got)
		}
	}
}

// captures are messages of a Linux 6.18 about a loop device that was made, bound to a file, resized, unbound and removed,
// by file name: "SUBSYSTEM-what".
func captures(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/uevents/*-*")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no captures", err)
	}
	all := map[string][]byte{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(file)] = b
	}
	return all
}

func parseUeventCaptured(t *testing.T) {
	t.Parallel()
	for name, b := range captures(t) {
		want, _, _ := strings.Cut(name, "-")
		if e, err := devices.ParseUevent(b); err != nil || e.Subsystem != want {
			t.Errorf("%s is read as %+v, %v", name, e, err)
		}
	}
}

func FuzzParseUevent(f *testing.F) {
	for _, b := range captures(f) {
		f.Add(b)
	}
	f.Add([]byte(netAdd))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := devices.ParseUevent(b)
		if err != nil {
			if e != (devices.Uevent{}) {
				t.Errorf("ParseUevent(%q) = %+v with %v", b, e, err)
			}
			return
		}
		s := string(b)
		if !strings.HasPrefix(s, e.Action+"@"+e.Path+"\x00") || strings.Count(s, "\x00SUBSYSTEM=") != 1 ||
			!strings.Contains(s, "\x00SUBSYSTEM="+e.Subsystem+"\x00") {
			t.Errorf("ParseUevent(%q) = %+v", b, e)
		}
	})
}
