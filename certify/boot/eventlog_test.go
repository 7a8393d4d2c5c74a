package boot

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
)

var captured = []string{"sd-boot-fedora37", "crypto-agile", "sb-cert"}

// capture reads an event log of a real machine.
func capture(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name + ".hex")
	if err != nil {
		t.Fatal(err)
	}
	data, err := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The PCRs of logs of real machines are those that tpm2_eventlog computes.
func TestReplay(t *testing.T) {
	for _, name := range captured {
		t.Run(name, func(t *testing.T) {
			l, err := ReadLog(capture(t, name))
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile("testdata/" + name + ".pcrs")
			if err != nil {
				t.Fatal(err)
			}
			pcrs := l.Replay()
			for line := range strings.Lines(string(want)) {
				var i int
				var sum string
				if _, err := fmt.Sscan(line, &i, &sum); err != nil {
					t.Fatal(err)
				}
				if pcrs[i].String() != sum {
					t.Errorf("PCR %d is %v, want %s", i, pcrs[i], sum)
				}
			}
			if pcrs[16] != (Digest{}) || pcrs[17][0] != 0xff {
				t.Error("PCRs that no event extends are not as the TPM starts them")
			}
		})
	}
}

func TestApplications(t *testing.T) {
	l, err := ReadLog(capture(t, "crypto-agile"))
	if err != nil {
		t.Fatal(err)
	}
	covered := 0
	for _, e := range l.Events {
		if e.Type == EventSeparator && e.Covered() {
			covered++
		}
	}
	if all, _ := l.Applications(); len(all) != 2 || covered != 8 {
		t.Errorf("%d programs and %d separators with their own digest, want 2 and 8", len(all), covered)
	}
}

// The logs of real machines have nothing in PCR 4 but programs, separators and words. A program under another type is noticed.
func TestApplicationsComplete(t *testing.T) {
	for _, name := range captured {
		l, err := ReadLog(capture(t, name))
		if err != nil {
			t.Fatal(err)
		}
		if _, complete := l.Applications(); !complete {
			t.Errorf("%s: the programs are not complete", name)
		}
	}
	for name, c := range map[string]struct {
		event    []byte
		complete bool
	}{
		"words":                  {event(4, EventEFIAction, sha256.Sum256([]byte("words")), "words"), true},
		"a program as words":     {event(4, EventEFIAction, Digest{1}, "words"), false},
		"a program as separator": {event(4, EventSeparator, Digest{1}, "\x00\x00\x00\x00"), false},
		"a program with itself":  {event(4, EventIPL, sha256.Sum256(make([]byte, 65)), string(make([]byte, 65))), false},
		"extends nothing":        {event(4, EventNoAction, Digest{1}, "words"), true},
		"in another PCR":         {event(5, EventEFIAction, Digest{1}, "words"), true},
	} {
		l, err := ReadLog(append(header(algSHA256), c.event...))
		if err != nil {
			t.Fatal(err)
		}
		if all, complete := l.Applications(); len(all) != 0 || complete != c.complete {
			t.Errorf("%s: %v, complete: %t", name, all, complete)
		}
	}
}

// event writes a TCG_PCR_EVENT2 with one digest.
func event(pcr, kind uint32, digest Digest, data string) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(le.AppendUint32(le.AppendUint32(nil, pcr), kind), 1)
	b = append(le.AppendUint16(b, algSHA256), digest[:]...)
	return append(le.AppendUint32(b, uint32(len(data))), data...)
}

// header begins a log that has these hashes.
func header(algs ...uint16) []byte {
	le := binary.LittleEndian
	spec := le.AppendUint32([]byte("Spec ID Event03\x00\x00\x00\x00\x00\x00\x02\x00\x02"), uint32(len(algs)))
	for _, a := range algs {
		spec = le.AppendUint16(le.AppendUint16(spec, a), map[uint16]uint16{4: 20, 11: 32}[a])
	}
	spec = append(spec, 0)
	b := append(le.AppendUint32(make([]byte, 4), EventNoAction), make([]byte, 20)...)
	return append(le.AppendUint32(b, uint32(len(spec))), spec...)
}

func TestStartupLocality(t *testing.T) {
	l, err := ReadLog(append(header(algSHA256), event(0, EventNoAction, Digest{}, startup+"\x03")...))
	if err != nil {
		t.Fatal(err)
	}
	if pcrs := l.Replay(); pcrs[0] != (Digest{31: 3}) {
		t.Errorf("PCR 0 begins as %v", pcrs[0])
	}
}

func TestReadLogRefuses(t *testing.T) {
	good := append(header(algSHA256), event(4, EventSeparator, Digest{1}, "x")...)
	if _, err := ReadLog(good); err != nil {
		t.Fatal(err)
	}
	changed := func(at int, b byte) []byte {
		bad := append([]byte(nil), good...)
		bad[at] = b
		return bad
	}
	n := len(header(algSHA256))
	for name, data := range map[string][]byte{
		"empty":                  nil,
		"no first event":         good[:20],
		"cut off":                good[:len(good)-1],
		"bytes behind it":        append(append([]byte(nil), good...), 0),
		"SHA-1 only":             header(4),
		"the same hash twice":    header(algSHA256, algSHA256),
		"a digest too few":       append(header(4, algSHA256), event(4, EventSeparator, Digest{}, "")...),
		"PCR 24":                 changed(n, 24),
		"data longer than a log": changed(len(good)-2, 0xff),
		"TPM 1.2":                changed(32, 'X'),
		"too long":               make([]byte, MaxLog+1),
	} {
		if _, err := ReadLog(data); err == nil {
			t.Errorf("%s: is read", name)
		}
	}
}

func FuzzReadLog(f *testing.F) {
	for _, name := range captured {
		f.Add(capture(f, name))
	}
	f.Add(append(header(algSHA256), event(4, EventSeparator, Digest{1}, "x")...))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := ReadLog(data)
		if err != nil {
			return
		}
		l.Replay()
		l.Applications()
	})
}
