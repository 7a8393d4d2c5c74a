package wipe_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"
	"testing/synctest"

	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/wipe"
)

// twoSpaces is a simulated drive with two namespaces full of a secret, claimed, and joined if so wanted.
func twoSpaces(t *testing.T, join bool, lies ...devicetest.NVMeLie) (*devicetest.NVMe, *devices.Target) {
	t.Helper()
	text, err := os.ReadFile("../devices/testdata/hosts/laboratory.txtar")
	if err != nil {
		t.Fatal(err)
	}
	const at = "sys/devices/pci0000:00/0000:00:01.0/nvme/nvme0/nvme0n"
	h := devicetest.FromArchive(t, fmt.Appendf(text, "-- %s1/size --\n%d\n-- sys/block/nvme0n2 -> ../%s2 --\n-- %[1]s2/ --\ndev 259:9\nsize %[2]d\nremovable 0\nro 0\nhidden 0\n"+
		"diskseq 90\nnsid 2\nwwid eui.0000000000000002\nqueue/logical_block_size 512\nqueue/rotational 0\nqueue/zoned none\ndevice -> ../../nvme0\n", at, chipSize/512, at[len("sys/"):]))
	n := devicetest.NewNVMe(devicetest.NVMeTraits{Serial: "NVME0001", Model: "QEMU NVMe Ctrl", SANICAP: 0x80000003, Polls: 2, Lies: lies},
		devicetest.NewDrive(chipSize, 512), devicetest.NewDrive(chipSize, 512))
	var targets []*devices.Target
	for id, name := range []string{"nvme0n1", "nvme0n2"} {
		d, err := h.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		fill(n.Space(uint32(id+1)), chipSize)
		n.Space(uint32(id + 1)).SetState(devices.State{Number: d.Number, Seq: d.Seq, Size: d.Size})
		devicetest.Attach(h, d.Path, func(bool) (devices.Port, error) { return n.Port(uint32(id + 1)), nil })
		target, err := h.Claim(context.Background(), d, devices.ClaimOptions{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { target.Close() })
		targets = append(targets, target)
	}
	if join {
		if err := targets[0].Join(targets[1:]); err != nil {
			t.Fatal(err)
		}
	}
	return n, targets[0]
}

// TestNamespaces: joined namespaces are marked, erased, overwritten and read back as one. A drive that erases one of them only is found out, and
// without the others no certificate claims them.
func TestNamespaces(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		join    bool
		lies    []devicetest.NVMeLie
		outcome wipe.Outcome
		code    string
		left    bool // in the second
	}{
		"joined":                    {true, nil, wipe.Verified, "", false},
		"joined, one is erased":     {true, []devicetest.NVMeLie{devicetest.NVMeErasesOne}, wipe.Failed, wipe.CodeMarkersKept, true},
		"not joined":                {false, nil, wipe.CompletedWithExceptions, wipe.CodeOthers, false},
		"not joined, one is erased": {false, []devicetest.NVMeLie{devicetest.NVMeErasesOne}, wipe.CompletedWithExceptions, wipe.CodeOthers, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n, target := twoSpaces(t, c.join, c.lies...)
				p := offered(t, target)
				if p.Method == nil || !slices.Equal(p.Method.AlsoErases, []string{"nvme0n2"}) {
					t.Fatalf("%+v", p.Method)
				}
				if c.join {
					p.Join(target.Disk())
				}
				r, err := wipe.Run(context.Background(), target, p, wipe.RunOptions{})
				if r.Outcome != c.outcome || (c.code != "") != (len(r.Exceptions) > 0) || c.code != "" && r.Exceptions[0].Code != c.code {
					t.Errorf("%s, %v, %v", r.Outcome, r.Exceptions, err)
				}
				if got := left(n.Space(2)); got != c.left {
					t.Errorf("the secret is in the second namespace: %v", got)
				}
				if want := int64(2 * chipSize); c.outcome == wipe.Verified && (r.Passes[0].Verified != want || r.Firmware.Markers.Bytes < want/25) {
					t.Errorf("%+v, %+v", r.Passes[0], r.Firmware.Markers)
				}
			})
		})
	}
}

// A plan for all namespaces is not carried out on one, and one for a disk not on several.
func TestNamespaces_Missing(t *testing.T) {
	t.Parallel()
	for _, join := range []bool{true, false} {
		n, target := twoSpaces(t, join)
		p := offered(t, target)
		if !join {
			p.Join(target.Disk())
		}
		if r, err := wipe.Run(context.Background(), target, p, wipe.RunOptions{}); err == nil || r.Outcome != wipe.Failed || !left(n.Space(1)) {
			t.Errorf("joined: %v: %s, %v", join, r.Outcome, err)
		}
	}
}
