package devicetest_test

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"
	"testing/fstest"

	"rasure/devices/devicetest"
)

const small = `A remark before the first section.
-- sys/block/ --
vda -> ../devices/pci0/virtio1/block/vda
-- sys/devices/pci0/virtio1/block/vda/ --
# a remark
dev 254:0
size 16
ro 0
serial A B
queue/logical_block_size 512
bytes.hex 00 ff 0a
vda1/partition 1
vda1/dev 254:1
empty/
-- proc/1/mountinfo --
1 1 0:2 / / rw - rootfs rootfs rw
-- dev/disk/x -> ../vda --
`

func TestUnpack(t *testing.T) {
	t.Parallel()
	files := devicetest.Unpack(t, []byte(small))
	for name, want := range map[string]string{
		"sys/block/vda/dev": "254:0\n", "sys/block/vda/serial": "A B\n", "sys/block/vda/bytes": "\x00\xff\n",
		"sys/class/block/vda1/dev": "254:1\n", "sys/dev/block/254:1/partition": "1\n",
		"proc/1/mountinfo": "1 1 0:2 / / rw - rootfs rootfs rw\n",
	} {
		if b, err := fs.ReadFile(files, name); err != nil || string(b) != want {
			t.Errorf("%s is %q, %v, want %q", name, b, err, want)
		}
	}
	if to, err := fs.ReadLink(files, "dev/disk/x"); err != nil || to != "../vda" {
		t.Errorf("the link leads to %q, %v", to, err)
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	files := devicetest.Unpack(t, []byte(small))
	files.Remove("dev/disk/x") // leads nowhere, which TestFS does not like
	if err := fstest.TestFS(files, "proc/1/mountinfo", "sys/devices/pci0/virtio1/block/vda/dev"); err != nil {
		t.Error(err)
	}
}

func TestFilesLinkCircle(t *testing.T) {
	t.Parallel()
	files := devicetest.NewFiles()
	files.Link("a", "b")
	files.Link("b", "a")
	if _, err := fs.Stat(files, "a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Stat() = %v", err)
	}
}

func TestPlug(t *testing.T) {
	t.Parallel()
	h := devicetest.FromArchive(t, []byte(small))
	if _, err := h.Open("/dev/vda", true); !errors.Is(err, syscall.ENXIO) {
		t.Errorf("Open() = %v", err)
	}
	drive := devicetest.Plug(t, h, "vda")
	p, err := h.Open("/dev/vda", true)
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.State()
	if want, _ := drive.State(); err != nil || got != want || got.Size != 8192 || got.Number.Major != 254 {
		t.Errorf("State() = %+v, %v", got, err)
	}
}
