// Package devicetest gives tests machines and drives without hardware: machines from text, drives in memory, with the
// faults that real ones have.
//
// # Machines as text
//
// A machine is a txtar archive of its sysfs and proc. Besides plain files, whose whole content follows the
// name, it knows sections for a directory, whose name ends in a slash; a line in one is a file, a link, or bytes in hex:
//
//	-- sys/block/ --
//	sda -> ../devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda
//	-- sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/ --
//	vendor ATA
//	scsi_generic/sg0/dev 21:0
//	vpd_pg80.hex 00 80 00 08 53 41 54 41 30 30 30 31
//	-- proc/1/mountinfo --
//	22 1 8:1 / / rw - ext4 /dev/sda1 rw
//
// A line that begins with # is a remark. A name alone makes an empty directory if it ends in a slash, and otherwise an empty file.
// The links in sys/class/block and sys/dev/block are made from what sys/block leads to.
//
// Unless the archive has a proc/self, all processes can be seen: ours is in the machine's first PID namespace.
package devicetest

import (
	"encoding/hex"
	"io/fs"
	"path"
	"strings"
	"syscall"
	"testing"

	"rasure/devices"
)

// PID is our own process in a machine made from text; it need not be in it.
const PID = 4242

// FromArchive makes a machine from text. Its Root is a *[Files]: a test that changes that changes the machine. Nothing can
// be opened on it until a test plugs something in, with [Plug] or [Attach]: opening answers ENXIO.
func FromArchive(t testing.TB, archive []byte) *devices.Host {
	t.Helper()
	files := Unpack(t, archive)
	if _, err := files.Stat("proc/self"); err != nil {
		files.Link("proc/self/ns/pid", "pid:[4026531836]")
	}
	return &devices.Host{
		Root:     files,
		PID:      PID,
		Firmware: firmwareOf,
		Open: func(path string, write bool) (devices.Port, error) {
			return nil, &fs.PathError{Op: "open", Path: path, Err: syscall.ENXIO}
		},
	}
}

// Attach makes open answer for one path of the machine.
func Attach(h *devices.Host, path string, open func(write bool) (devices.Port, error)) {
	others := h.Open
	h.Open = func(p string, write bool) (devices.Port, error) {
		if p == path {
			return open(write)
		}
		return others(p, write)
	}
}

// Plug puts a drive in memory behind one of the machine's disks, of its size, block and state.
func Plug(t testing.TB, h *devices.Host, name string) *Drive {
	t.Helper()
	d, err := h.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	drive := NewDrive(d.Size, d.LogicalBlock)
	drive.SetState(devices.State{Number: d.Number, Seq: d.Seq, Size: d.Size})
	Attach(h, d.Path, func(bool) (devices.Port, error) { return drive.Open(), nil })
	return drive
}

// Unpack makes the files that an archive describes.
func Unpack(t testing.TB, archive []byte) *Files {
	t.Helper()
	m := &machine{TB: t, files: NewFiles()}
	for _, dir := range []string{"sys/block", "proc", "dev"} {
		m.files.Mkdir(dir)
	}
	name, start := "", 0
	text := string(archive)
	for at := 0; at < len(text); {
		line, _, _ := strings.Cut(text[at:], "\n")
		next := min(at+len(line)+1, len(text))
		if inner, ok := strings.CutPrefix(line, "-- "); ok && strings.HasSuffix(inner, " --") {
			m.section(name, text[start:at])
			name, start = strings.TrimSpace(strings.TrimSuffix(inner, " --")), next
		}
		at = next
	}
	m.section(name, text[start:])
	m.index()
	return m.files
}

type machine struct {
	testing.TB
	files *Files
}

func (m *machine) section(name, body string) {
	m.Helper()
	switch {
	case name == "": // what comes before the first section is a remark
	case strings.Contains(name, " -> "):
		m.entry("", name)
	case !strings.HasSuffix(name, "/"):
		m.files.Write(name, body)
	default:
		m.files.Mkdir(name)
		for line := range strings.Lines(body) {
			if line = strings.TrimSuffix(line, "\n"); strings.TrimSpace(line) != "" && line[0] != '#' {
				m.entry(name, line)
			}
		}
	}
}

// entry makes what one line of a section describes.
func (m *machine) entry(dir, line string) {
	m.Helper()
	if name, to, ok := strings.Cut(line, " -> "); ok {
		m.files.Link(dir+name, to)
		return
	}
	name, value, _ := strings.Cut(line, " ")
	if strings.HasSuffix(name, "/") {
		m.files.Mkdir(dir + name)
		return
	}
	if plain, ok := strings.CutSuffix(name, ".hex"); ok {
		b, err := hex.DecodeString(strings.ReplaceAll(value, " ", ""))
		if err != nil {
			m.Fatalf("%s%s: %v", dir, name, err)
		}
		m.files.Write(dir+plain, string(b))
		return
	}
	m.files.Write(dir+name, value+"\n")
}

// index makes the links that sysfs has to every block device, by name and by number.
func (m *machine) index() {
	m.Helper()
	disks, err := m.files.ReadDir("sys/block")
	if err != nil {
		m.Fatal(err)
	}
	for _, disk := range disks {
		to, err := m.files.ReadLink("sys/block/" + disk.Name())
		if err != nil {
			m.Fatal(err)
		}
		at := path.Join("sys/block", to)
		m.link(at)
		children, err := m.files.ReadDir(at)
		if err != nil {
			m.Fatalf("sys/block/%s leads nowhere: %v", disk.Name(), err)
		}
		for _, child := range children {
			if _, err := m.files.Stat(path.Join(at, child.Name(), "partition")); err == nil {
				m.link(path.Join(at, child.Name()))
			}
		}
	}
}

func (m *machine) link(at string) {
	to := "../../" + strings.TrimPrefix(at, "sys/")
	m.files.Link("sys/class/block/"+path.Base(at), to)
	number, _ := m.files.ReadFile(at + "/dev") // a hidden way to a disk has none
	if n := strings.TrimSpace(string(number)); n != "" {
		m.files.Link("sys/dev/block/"+n, to)
	}
}
