package mmc

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// These tests look inside: the layout is a contract with the kernel and not with a caller. The numbers were taken from a C
// program on x86-64; the sizes stand in the ioctls' numbers too.
func TestIoctl_Layout(t *testing.T) {
	t.Parallel()
	var c command
	var m multi
	for name, v := range map[string][2]uintptr{
		"size": {unsafe.Sizeof(c), 72}, "ioctl": {ioctlCommand >> 16 & 0x3fff, 72}, "multi ioctl": {ioctlMulti >> 16 & 0x3fff, 8},
		"opcode": {unsafe.Offsetof(c.opcode), 8}, "arg": {unsafe.Offsetof(c.arg), 12}, "response": {unsafe.Offsetof(c.response), 16},
		"flags": {unsafe.Offsetof(c.flags), 32}, "blockSize": {unsafe.Offsetof(c.blockSize), 36}, "blocks": {unsafe.Offsetof(c.blocks), 40},
		"sleepMin": {unsafe.Offsetof(c.sleepMin), 44}, "sleepMax": {unsafe.Offsetof(c.sleepMax), 48},
		"dataTimeout": {unsafe.Offsetof(c.dataTimeout), 52}, "cmdTimeout": {unsafe.Offsetof(c.cmdTimeout), 56}, "data": {unsafe.Offsetof(c.data), 64},
		"list": {unsafe.Offsetof(m.commands), 8}, "list's step": {unsafe.Sizeof(m), 8 + maxCommands*72},
	} {
		if v[0] != v[1] {
			t.Errorf("%s is %d, want %d", name, v[0], v[1])
		}
	}
}

// Linux, include/linux/mmc/core.h: MMC_RSP_SPI_R1|MMC_RSP_R1|MMC_CMD_AC and so on.
func TestIoctl_Flags(t *testing.T) {
	t.Parallel()
	for k, want := range map[Kind]uint32{Plain: 0x095, Busy: 0x49d, Data: 0x0b5} {
		if got := flags(k); got != want {
			t.Errorf("kind %d has flags %03x, want %03x", k, got, want)
		}
	}
}

func TestIoctl_Timeout(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]uint32{0: 10_000, time.Microsecond: 1, time.Second: 1000, 1000 * time.Hour: 86_400_000} {
		if got := milliseconds(Command{Timeout: d}); got != want {
			t.Errorf("%v is %d ms, want %d", d, got, want)
		}
	}
}

// TestIoctl_File: a regular file accepts no commands.
func TestIoctl_File(t *testing.T) {
	t.Parallel()
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if HasIoctl(f) {
		t.Error("a file is said to take MMC commands")
	}
	if _, err := ReadExtCSD(context.Background(), Ioctl(f)); !errors.Is(err, unix.ENOTTY) {
		t.Errorf("ReadExtCSD() = %v", err)
	}
	if _, err := Ioctl(f).Do(context.Background(), SendStatus(), SendStatus()); !errors.Is(err, unix.ENOTTY) {
		t.Errorf("Do() of two = %v", err)
	}
	if _, err := Ioctl(f).Do(context.Background()); err == nil {
		t.Error("no command at all was carried")
	}
}
