package devices_test

import (
	"os"
	"path/filepath"
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
)

// machine is one of the machines in testdata/hosts, with what a test adds to it.
func machine(t testing.TB, name, more string) *devices.Host {
	t.Helper()
	return devicetest.FromArchive(t, []byte(archive(t, name)+more))
}

func archive(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "hosts", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func find(t testing.TB, h *devices.Host, name string) devices.Disk {
	t.Helper()
	d, err := h.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func fromText(t testing.TB, text string) *devices.Host {
	t.Helper()
	return devicetest.FromArchive(t, []byte(text))
}
