package confirm_test

import (
	"errors"
	"strings"
	"testing"

	"rasure/cmd/internal/confirm"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/message"
	"rasure/devices"
)

// machine finds disks by name and by serial number, as [devices.Host.Find] does.
type machine struct {
	disks   []devices.Disk
	mounted string // the name of a disk that must not be erased
}

func (m *machine) Find(arg string) (devices.Disk, error) {
	for _, d := range m.disks {
		if arg == d.Name || strings.EqualFold(arg, d.Serial) {
			return d, nil
		}
	}
	return devices.Disk{}, message.Errorf("finding %q: %w", arg, devices.ErrNotFound)
}

func (m *machine) Hazards(d devices.Disk) ([]devices.Hazard, error) {
	if d.Name == m.mounted {
		return []devices.Hazard{{Kind: devices.Mounted, Detail: message.Of("it is mounted")}}, nil
	}
	return nil, nil
}

func TestChoice(t *testing.T) {
	t.Parallel()
	m := &machine{mounted: "sdc"}
	for _, name := range []string{"sda", "sdb", "sdc"} {
		d := devices.Disk{Name: name, Size: 1e9, Medium: devices.Flash}
		d.Serial = "SN-" + name
		m.disks = append(m.disks, d)
	}
	c := confirm.NewChoice(m)
	for _, step := range []struct{ line, says, words string }{
		{"sda", `"sda" is not a serial number`, ""}, // a name that the kernel gave confirms nothing
		{"SN-SDA", "sda is on the list: flash, 1.0 GB", "SN-sda"},
		{"sn-sda ", "sda is on the list already", "SN-sda"},
		{"SN-sdc", "it is mounted", "SN-sda"},
		{"SN-sdd", `No disk has serial number "SN-sdd"`, "SN-sda"},
		{strings.Repeat("8", 10_000), "8...", "SN-sda"},
		{"sn-sdb", "sdb is on the list", "SN-sda SN-sdb"},
	} {
		said, done, err := c.Answer(step.line)
		if done || err != nil || !strings.Contains(said.String(), step.says) || len(said.String()) > 200 || strings.Join(c.Words, " ") != step.words {
			t.Errorf("after %.20q it says %q, with %q: done %v, %v", step.line, said, c.Words, done, err)
		}
	}
	if _, done, err := c.Answer(""); !done || err != nil {
		t.Errorf("an empty line: done %v, %v", done, err)
	}
	if _, _, err := confirm.NewChoice(m).Answer(""); fault.Code(err) != fault.Refused {
		t.Errorf("nothing but an empty line: %v", err)
	}
}

// TestChosen asks once more: what was scanned was not shown together.
func TestChosen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lines []string
		done  bool
		code  int
	}{
		{[]string{"ERASE"}, true, fault.Done},
		{[]string{"A1", "yes", "erase", "ERASE"}, true, fault.Done},
		{[]string{"yes", ""}, false, fault.Refused},
		{[]string{""}, false, fault.Refused},
	} {
		b := newBatch("A1", "B2", "C3")
		b.disks[1].Refused = &jobs.Note{Text: "it is mounted"}
		p, err := confirm.NewChosen(t.Context(), b, []string{"A1", "B2"})
		if err != nil {
			t.Fatal(err)
		}
		done := false
		for _, line := range c.lines {
			if q := p.Question().String(); q != "Type ERASE to erase sda and leave out sdc; or type another serial number: " {
				t.Errorf("it asks %q", q)
			}
			if _, done, err = p.Answer(t.Context(), line); done || err != nil {
				break
			}
		}
		if done != c.done || fault.Code(err) != c.code || b.how[0] != jobs.Typed || len(b.how) != 1 {
			t.Errorf("%q: done %v, %v, confirmed %v", c.lines, done, err, b.how)
		}
	}
	b := newBatch("A1")
	b.fails = errors.New("the connection is gone")
	if _, err := confirm.NewChosen(t.Context(), b, []string{"A1"}); err == nil {
		t.Error("a disk that could not be confirmed counts as confirmed")
	}
	if _, err := confirm.NewChosen(t.Context(), newBatch("A1"), []string{"X"}); fault.Code(err) != fault.Refused {
		t.Error(err)
	}
	b = newBatch("A1")
	b.disks[0].Refused = &jobs.Note{Text: "it is mounted"}
	if _, err := confirm.NewChosen(t.Context(), b, []string{"A1"}); fault.Code(err) != fault.Refused {
		t.Error(err)
	}
}
