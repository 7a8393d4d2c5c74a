// Package humanize writes numbers for people: sizes, durations, percentages. Where the result has no words it is the same in every language.
package humanize

import (
	"fmt"
	"time"

	"rasure/cmd/message"
)

// Size writes a size in decimal units, as on the label of a disk, with two or three figures: "1.0 TB".
func Size(bytes int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB", "PB", "EB"}
	f, i := float64(bytes), 0
	for f >= 999.5 && i < len(units)-1 {
		f /= 1000
		i++
	}
	if i == 0 || f >= 99.95 {
		return fmt.Sprintf("%.0f %s", f, units[i])
	}
	return fmt.Sprintf("%.1f %s", f, units[i])
}

// Duration writes a time to wait: "45s", "12m30s", "3h05m".
func Duration(d time.Duration) string {
	d = d.Round(time.Second)
	h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case h > 0:
		return fmt.Sprintf("%dh%02dm", h, m)
	case m > 0:
		return fmt.Sprintf("%dm%02ds", m, s)
	}
	return fmt.Sprintf("%ds", s)
}

// Percent is rounded down, so that 100 % means that all is done. It is "-" where total is not known.
func Percent(done, total int64) string {
	if total <= 0 {
		return "-"
	}
	return fmt.Sprintf("%d%%", int(float64(done)/float64(total)*100))
}

// Exact writes a size for people and for proof: "1.0 TB (1000204886016 bytes)".
func Exact(bytes int64) message.Text { return message.Of("%s (%d bytes)", Size(bytes), bytes) }
