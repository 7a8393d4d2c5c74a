package devices_test

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"sync/atomic"
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
)

// countingRoot counts how often the processes of the machine are listed, which every look at it does once.
type countingRoot struct {
	*devicetest.Files
	looks *atomic.Int64
}

func (r countingRoot) ReadDir(name string) ([]fs.DirEntry, error) {
	if name == "proc" {
		r.looks.Add(1)
	}
	return r.Files.ReadDir(name)
}

func TestClaimAll(t *testing.T) {
	t.Parallel()
	disksOf := func(t *testing.T, n int) (*devices.Host, []devices.Disk, []*bool, *atomic.Int64) {
		h := fromText(t, many(n)+"-- proc/1/ --\ncomm systemd\n")
		names := []string{}
		for i := 1; i < n; i++ { // the first holds the system
			names = append(names, letters(i))
		}
		disks, err := h.FindAll(names)
		if err != nil {
			t.Fatal(err)
		}
		open := []*bool{}
		for _, d := range disks {
			drive, held := devicetest.NewDrive(1<<20, 512), new(bool)
			drive.SetState(devices.State{Number: d.Number, Seq: d.Seq, Size: d.Size})
			open = append(open, held)
			devicetest.Attach(h, d.Path, func(bool) (devices.Port, error) {
				*held = true
				return counted{plugged{drive.Open(), nil, nil}, held}, nil
			})
		}
		looks := new(atomic.Int64)
		h.Root = countingRoot{h.Root.(*devicetest.Files), looks}
		return h, disks, open, looks
	}
	for _, n := range []int{2, 21} {
		h, disks, _, looks := disksOf(t, n)
		all, err := h.ClaimAll(t.Context(), disks, devices.ClaimOptions{})
		if err != nil || len(all) != n-1 {
			t.Fatal(len(all), err)
		}
		if looks.Load() != 2 {
			t.Errorf("%d disks: looked at the machine %d times, want 2", n-1, looks.Load())
		}
	}
	t.Run("one is refused", func(t *testing.T) {
		h, disks, open, _ := disksOf(t, 4)
		h.Root.(countingRoot).Write("proc/swaps", "Filename\n"+disks[2].Path+" partition 1 0 -2\n")
		_, err := h.ClaimAll(t.Context(), disks, devices.ClaimOptions{})
		var refused *devices.RefusedError
		if !errors.As(err, &refused) || refused.Disk.Name != disks[2].Name || !strings.Contains(err.Error(), "claiming "+disks[2].Name) {
			t.Errorf("ClaimAll() = %v", err)
		}
		for i, held := range open {
			if *held {
				t.Errorf("%s is open", disks[i].Name)
			}
		}
	})
	t.Run("one is refused, and the others are wanted", func(t *testing.T) {
		h, disks, open, looks := disksOf(t, 4)
		h.Root.(countingRoot).Write("proc/swaps", "Filename\n"+disks[2].Path+" partition 1 0 -2\n")
		disks[1].Seq++
		all, errs := h.ClaimEach(t.Context(), disks, devices.ClaimOptions{})
		var refused *devices.RefusedError
		var changed *devices.ChangedError
		if all[0] == nil || errs[0] != nil || all[1] != nil || !errors.As(errs[1], &changed) || all[2] != nil || !errors.As(errs[2], &refused) {
			t.Errorf("ClaimEach() = %v, %v", all, errs)
		}
		if !*open[0] || *open[1] || *open[2] || looks.Load() != 2 {
			t.Errorf("open: %v %v %v; looked %d times", *open[0], *open[1], *open[2], looks.Load())
		}
	})
	t.Run("one is not the same any more", func(t *testing.T) {
		h, disks, open, _ := disksOf(t, 4)
		disks[1].Seq++
		_, err := h.ClaimAll(t.Context(), disks, devices.ClaimOptions{})
		var changed *devices.ChangedError
		if !errors.As(err, &changed) {
			t.Errorf("ClaimAll() = %v", err)
		}
		for i, held := range open {
			if *held {
				t.Errorf("%s stays open", disks[i].Name)
			}
		}
	})
	t.Run("one is named twice", func(t *testing.T) {
		h, disks, _, _ := disksOf(t, 4)
		_, err := h.ClaimAll(context.Background(), append(disks, disks[0]), devices.ClaimOptions{})
		var refused *devices.RefusedError
		if !errors.As(err, &refused) || refused.Hazards[0].Kind != devices.Duplicate {
			t.Errorf("ClaimAll() = %v", err)
		}
	})
}

type counted struct {
	plugged
	held *bool
}

func (c counted) Close() error { *c.held = false; return c.plugged.Close() }
