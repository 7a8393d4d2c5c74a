package firmware_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
)

// machine is one of the machines in devices/testdata/hosts, with what a test adds to it.
func machine(t testing.TB, name, more string) *devices.Host {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "hosts", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	return devicetest.FromArchive(t, append(b, more...))
}

func find(t testing.TB, h *devices.Host, name string) devices.Disk {
	t.Helper()
	d, err := h.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func claim(h *devices.Host, d devices.Disk) (*devices.Target, error) {
	return h.Claim(context.Background(), d, devices.ClaimOptions{})
}

// laboratory skips a test that writes to every disk of the machine unless the machine is a virtual one made for that.
func laboratory(t *testing.T) {
	t.Helper()
	if os.Getenv("RASURE_LABORATORY") != "yes, erase every disk of this machine" {
		t.Skip("only in a virtual machine that is made for it")
	}
}
