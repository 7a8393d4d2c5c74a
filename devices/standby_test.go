package devices_test

import (
	"context"
	"errors"
	"testing"

	"rasure/devices"
	"rasure/devices/scsi"
)

// motor is a drive that also knows START STOP UNIT, and keeps the commands.
type motor struct {
	pages
	got *[][]byte
}

func (m motor) Do(ctx context.Context, c scsi.Command) (scsi.Reply, error) {
	if c.CDB[0] != 0x1b {
		return m.pages.Do(ctx, c)
	}
	*m.got = append(*m.got, c.CDB)
	return scsi.Reply{}, nil
}

func TestStandBy(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", "")
	got := [][]byte{}
	plug(t, h, "sdb", motor{attributes(t, h, satadir), &got}, nil)
	target, err := h.Claim(t.Context(), find(t, h, "sdb"), devices.ClaimOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	if err := target.StandBy(t.Context()); err != nil || len(got) != 1 || string(got[0]) != "\x1b\x01\x00\x00\x00\x00" {
		t.Errorf("% x, %v", got, err)
	}

	plug(t, h, "sdb", attributes(t, h, satadir), nil) // it does not know the command
	target2, err := h.Claim(t.Context(), find(t, h, "sdb"), devices.ClaimOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer target2.Close()
	var sense *scsi.SenseError
	if err := target2.StandBy(t.Context()); !errors.As(err, &sense) {
		t.Errorf("%v", err)
	}
}
