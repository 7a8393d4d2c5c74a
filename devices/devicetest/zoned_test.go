package devicetest_test

import (
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
)

func TestZonedDrive(t *testing.T) {
	t.Parallel()
	devicetest.TestZonedPort(t, func(*testing.T) devices.Port { return devicetest.NewZoned(4<<20, 512, 1<<20, 1<<20-64<<10, 1, 2) })
}
