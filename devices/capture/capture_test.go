package capture

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rasure/devices"
	"rasure/devices/ata"
	"rasure/devices/devicetest"
	"rasure/devices/nvme"
	"rasure/devices/scsi"
)

func machine(t *testing.T, name string) *devices.Host {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "hosts", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	return devicetest.FromArchive(t, b)
}

// record records a simulated drive, and returns its answers as the project's own captures are read.
func record(t *testing.T, host, disk string, wire func(*devicetest.Drive, *devices.Host, devices.Disk)) (devices.Disk, string, map[string][]byte) {
	t.Helper()
	h := machine(t, host)
	d, err := h.Find(disk)
	if err != nil {
		t.Fatal(err)
	}
	wire(devicetest.Plug(t, h, disk), h, d)
	r, err := Record(context.Background(), h, d)
	if err != nil {
		t.Fatal(err)
	}
	text := r.Text("1.2.3")
	return d, text, devicetest.ParseCapture(t, text)
}

// TestRecord: what rasure asks of each kind of drive is recorded, with no serial number in it, in any order of its bytes.
func TestRecord(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		host, disk string
		wire       func(*devicetest.Drive, *devices.Host, devices.Disk)
		want       []string // names of answers
	}{
		{"desktop", "sdb", func(d *devicetest.Drive, _ *devices.Host, disk devices.Disk) {
			devicetest.NewSATA(d, disk, devicetest.Honest).Trusted = true
		}, []string{"85080e00000001000000000000", "85072000000000000000000000", "a2010001", "120189"}},
		{"storage", "sdc", func(d *devicetest.Drive, _ *devices.Host, disk devices.Disk) {
			devicetest.NewSAS(d, disk, devicetest.Honest)
		},
			[]string{"12018000fc00", "03000000fc00", "a30c0348", "a2010001"}},
		{"laboratory", "nvme0n1", func(d *devicetest.Drive, h *devices.Host, disk devices.Disk) {
			n := devicetest.NewNVMe(devicetest.NVMeTraits{Serial: disk.Serial, Model: disk.Model, Firmware: disk.Firmware, SANICAP: 3}, d)
			devicetest.Attach(h, disk.Path, func(bool) (devices.Port, error) { return n.Port(1), nil })
		}, []string{"06-0-1-0-0-0-0-0"}},
	} {
		d, text, answers := record(t, c.host, c.disk, c.wire)
		if len(answers) < 5 || !strings.Contains(text, d.Model) || !strings.Contains(text, "rasure 1.2.3") {
			t.Errorf("%s: %s", c.disk, text)
		}
		serial := []byte(d.Serial)
		for name, b := range answers {
			if bytes.Contains(b, serial) || bytes.Contains(b, swapped(serial)) || bytes.Contains(b, swapped(append([]byte{' '}, serial...))) {
				t.Errorf("%s: %s has the serial number", c.disk, name)
			}
		}
		if strings.Contains(text, d.Serial) {
			t.Errorf("%s: the head has the serial number", c.disk)
		}
		for _, name := range c.want {
			found := false
			for have := range answers {
				found = found || strings.HasPrefix(have, name)
			}
			if !found {
				t.Errorf("%s: no answer to %s in\n%s", c.disk, name, text)
			}
		}
		if c.disk == "sdb" {
			for name, b := range answers {
				if strings.HasPrefix(name, "85") && strings.HasSuffix(name, "ec00") {
					if id, err := ata.ParseIdentify(b); err != nil || id.Model != d.Model || strings.Trim(id.Serial, "X") != "" {
						t.Errorf("the masked identity is %+v, %v", id, err)
					}
				}
			}
		}
	}
}

// silent is a drive that must not be asked.
type silent struct{ t *testing.T }

func (s silent) Do(_ context.Context, c scsi.Command) (scsi.Reply, error) {
	s.t.Errorf("% x was sent", c.CDB)
	return scsi.Reply{}, nil
}

func (s silent) Admin(_ context.Context, c nvme.Command) (uint32, error) {
	s.t.Errorf("%02x was sent", c.Opcode)
	return 0, nil
}

// TestReadsOnly: a command that changes the drive is not sent, for no caller.
func TestReadsOnly(t *testing.T) {
	t.Parallel()
	ctx, r := context.Background(), &Recording{}
	pass := func(c ata.Command) error {
		_, err := ata.OverSCSI(overSCSI{silent{t}, r}).Do(ctx, c)
		return err
	}
	block := make([]byte, 512)
	for name, err := range map[string]error{
		"sanitize":         pass(ata.SanitizeCommand(ata.SanitizeBlock)),
		"clear failed":     pass(ata.Command{Opcode: 0xb4, Count: 1, Extended: true, Protocol: ata.NonData}),
		"set max":          pass(ata.Command{Opcode: 0x37, Extended: true, Protocol: ata.NonData}),
		"overlay restore":  pass(ata.Command{Opcode: 0xb1, Feature: 0xc0, Protocol: ata.NonData}),
		"set password":     pass(ata.Command{Opcode: 0xf1, Count: 1, Protocol: ata.PIOOut, Data: block}),
		"self-test":        pass(ata.Command{Opcode: 0xb0, Feature: 0xd4, LBA: 0xc24f01, Protocol: ata.NonData}),
		"disable SMART":    pass(ata.Command{Opcode: 0xb0, Feature: 0xd9, LBA: 0xc24f00, Protocol: ata.NonData}),
		"SCSI sanitize":    scsi.Sanitize(ctx, overSCSI{silent{t}, r}, scsi.SanitizeBlock),
		"SCSI mode select": scsi.UseAllBlocks(ctx, overSCSI{silent{t}, r}, 512),
	} {
		if !errors.Is(err, errChanges) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, op := range []uint8{0x80, 0x84, 0x09, 0x0d, 0x14, 0x81} { // format, sanitize, set features, namespace management, self-test, security send
		if _, err := (overNVMe{silent{t}, r}).Admin(ctx, nvme.Command{Opcode: op}); !errors.Is(err, errChanges) {
			t.Errorf("NVMe %02x: %v", op, err)
		}
	}
}
