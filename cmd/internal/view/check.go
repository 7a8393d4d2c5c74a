package view

import (
	"rasure/cmd/internal/check"
	"rasure/cmd/internal/cli"
	"rasure/cmd/message/humanize"
	"rasure/devices"
	"rasure/wipe"
)

// PrintCheck prints how a disk compares with its certificate.
func PrintCheck(a *cli.Console, v check.Result, d devices.Disk) {
	a.Printf("%s: %s of %s read (%s) and equal to the certificate's %s\n", d.Name, humanize.Exact(v.Verified), humanize.Exact(d.Size), cli.Word(v.Verify), v.Pattern)
	if v.Excluded > 0 {
		u := v.Unwritten
		a.Printf("%d bytes could not be written, by the certificate: %d hold its pattern, %d hold other bytes, %d cannot be read\n", v.Excluded, u.Equal, u.Other, u.Unreadable)
	}
	switch l := v.Layout; {
	case l.State == "none":
	case l.State == "good" && l.Identifiers == "stated":
		a.Printf("%d bytes hold the partition table and file system of the preparation: read and equal\n", v.Prepared)
	case l.State == "good":
		a.Printf("%d bytes hold the partition table and file system of the preparation: read and equal, except GUIDs, volume id and date (40 bytes), which its statement does not determine\n", v.Prepared)
	default:
		a.Printf("the partition table or file system is not that of the preparation\n")
	}
	for _, e := range firstOf(v.Mismatched) {
		a.Printf("differs: offset %d, %d bytes\n", e.Offset, e.Length)
	}
	for _, e := range v.Layout.Differs[:min(len(v.Layout.Differs), 20)] {
		a.Printf("differs from the preparation: offset %d, %d bytes\n", e.Offset, e.Length)
	}
	for _, e := range firstOf(v.Unreadable) {
		a.Printf("unreadable: offset %d, %d bytes\n", e.Offset, e.Length)
	}
}

func firstOf(all []wipe.Extent) []wipe.Extent { return all[:min(len(all), 20)] }
