package firmware_test

import (
	"context"
	"strings"
	"testing"

	"rasure/devices/devicetest"
)

// TestBridge_Untrusted: no command goes through a USB bridge that was not tried.
func TestBridge_Untrusted(t *testing.T) {
	t.Parallel()
	for host, name := range map[string]string{"laptop": "sda", "live-stick": "sdb"} {
		h := machine(t, host, "")
		devicetest.Plug(t, h, name)
		o, err := h.Capabilities(context.Background(), find(t, h, name))
		if err != nil || !strings.HasPrefix(o.Unavailable.String(), "no firmware commands reach this disk: the USB bridge ") || o.Methods != nil || o.Hidden != nil {
			t.Errorf("%s: %+v, %v", host, o, err)
		}
	}
}
