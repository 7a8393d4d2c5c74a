package humanize

import (
	"testing"
	"time"
)

func TestSize(t *testing.T) {
	for bytes, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 99_950: "100 kB", 999_499: "999 kB", 999_500: "1.0 MB", 1_000_204_886_016: "1.0 TB", 1<<63 - 1: "9.2 EB"} {
		if got := Size(bytes); got != want {
			t.Errorf("%d: got %q, want %q", bytes, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0s", 45400 * time.Millisecond: "45s", 12*time.Minute + 30*time.Second: "12m30s", 3*time.Hour + 5*time.Minute + 59*time.Second: "3h05m"} {
		if got := Duration(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		done, total int64
		want        string
	}{{0, 0, "-"}, {0, 10, "0%"}, {999, 1000, "99%"}, {1000, 1000, "100%"}} {
		if got := Percent(c.done, c.total); got != c.want {
			t.Errorf("%d of %d: got %q, want %q", c.done, c.total, got, c.want)
		}
	}
}
