package main

import (
	"fmt"
	"time"
)

// sizeText writes a size for people and for proof: "1.0 TB (1000204886016 bytes)". Units are decimal, as on the label.
func sizeText(bytes int64) string {
	return fmt.Sprintf("%s (%d bytes)", shortSize(bytes), bytes)
}

// shortSize writes a size in decimal units with two or three figures.
func shortSize(bytes int64) string {
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

// duration writes a time to wait: "45s", "12m30s", "3h05m".
func duration(d time.Duration) string {
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
