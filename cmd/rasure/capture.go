package main

import (
	"context"
	"os"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
	"rasure/devices/capture"
	"rasure/devices/health"
)

// runCapture writes what a drive answers into a file that does not exist yet. A disk that another program may be erasing is not asked.
func (a *app) runCapture(ctx context.Context, arg, file string) error {
	h := a.liveHost()
	d, err := h.Find(arg)
	if err != nil {
		return err
	}
	hazards, err := h.Hazards(d)
	if err != nil {
		return err
	}
	if why := health.Askable(hazards); !why.IsZero() {
		return fault.Refusef("%s is not asked: %s", d.Name, why)
	}
	tool, err := station.Tool()
	if err != nil {
		return err
	}
	r, err := capture.Record(ctx, h, d)
	if err != nil {
		return err
	}
	text := []byte(r.Text(tool.Version))
	if file == "-" {
		return a.Write(text)
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if _, err := f.Write(text); err != nil {
		f.Close()
		return err
	}
	a.Note("%s: %d answers of %s are in %s; look through it before you pass it on\n", d.Name, len(r.Exchanges), d.Model, file)
	return f.Close()
}
