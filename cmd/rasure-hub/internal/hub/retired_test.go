package hub_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"rasure/cmd/internal/station"
	"rasure/cmd/rasure-hub/internal/hub"
	"rasure/cmd/rasure-hub/internal/hubtest"
	"rasure/cmd/rasure-hub/internal/roster"
)

// Nothing more is awaited of a station that was retired.
func TestRetired(t *testing.T) {
	t.Parallel()
	dir, now := filepath.Join(t.TempDir(), "state"), time.Now()
	s, err := station.Init(ctx, dir, station.InitOptions{Name: "old.example", Key: station.KeySoftware}, station.Options{Root: os.DirFS("/")})
	hubtest.Check(t, err)
	s.Close()
	status := func(ended bool) {
		t.Helper()
		one, submission := hubtest.FromFiles(t, filepath.Join(dir, station.LogDir))
		h := hubtest.Open(t, hub.Options{Dir: hubtest.NewDir(t), Stations: []*roster.Station{one}, Now: func() time.Time { return now }})
		hubtest.Check(t, h.Ingest(ctx, submission, func(_ string, a hub.Answer) { hubtest.Check(t, a.Err) }))
		now = now.AddDate(0, 0, 30)
		all, err := h.Status()
		hubtest.Check(t, err)
		if got := all[0]; (got.Ended != nil) != ended || got.Overdue == ended || len(got.Findings) > 0 {
			t.Errorf("%d entries: ended %v, overdue %t, %v", got.Size, got.Ended, got.Overdue, got.Findings)
		}
	}
	status(false)
	hubtest.Check(t, station.LastEntry(ctx, dir, station.Options{Root: os.DirFS("/")}, "wu", "scrapped", true))
	status(true)
}
