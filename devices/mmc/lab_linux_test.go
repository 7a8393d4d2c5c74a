package mmc_test

import (
	"context"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"rasure/devices/mmc"
)

// QEMU 7.2 has an SD card and no eMMC. That such a card takes our commands and knows no EXT_CSD is what can be seen of it.
func TestLaboratorySDCard(t *testing.T) {
	name := os.Getenv("RASURE_LAB_SD")
	if name == "" {
		t.Skip("only in the laboratory: .ci/lab/run RASURE firmware")
	}
	f, err := os.OpenFile(name, os.O_RDWR|unix.O_EXCL, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if !mmc.HasIoctl(f) {
		t.Fatal("the kernel does not take MMC commands for it")
	}
	c, err := mmc.ReadExtCSD(context.Background(), mmc.Ioctl(f))
	if err == nil {
		t.Errorf("an SD card has an EXT_CSD: %+v", c)
	}
	t.Log(err)
	b := make([]byte, 4096)
	if _, err := f.ReadAt(b, 0); err != nil {
		t.Errorf("afterwards it does not read: %v", err)
	}
}
