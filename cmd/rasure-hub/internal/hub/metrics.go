package hub

import (
	"fmt"
	"io"
	"sync/atomic"

	"rasure/logs/fleet"
)

// Metrics count since the hub was opened.
type Metrics struct {
	Entries  atomic.Int64 // that were verified and cosigned
	Alarms   atomic.Int64
	Errors   atomic.Int64 // of the hub itself
	Uploaded atomic.Int64 // bytes
	answers  [600]atomic.Int64
}

func (m *Metrics) answered(s fleet.Status) { m.answers[int(s)%len(m.answers)].Add(1) }

// Write writes the metrics as Prometheus reads them.
func (h *Hub) WriteMetrics(w io.Writer) error {
	m := &h.Metrics
	for _, c := range []struct {
		name, help string
		n          int64
	}{
		{"rasure_hub_entries_total", "Entries that were verified and cosigned.", m.Entries.Load()},
		{"rasure_hub_alarms_total", "Alarms that were raised.", m.Alarms.Load()},
		{"rasure_hub_errors_total", "Requests that failed for a reason of the hub itself.", m.Errors.Load()},
		{"rasure_hub_uploaded_bytes_total", "Bytes that were uploaded.", m.Uploaded.Load()},
	} {
		fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s counter\n%s %d\n", c.name, c.help, c.name, c.name, c.n)
	}
	fmt.Fprintf(w, "# HELP rasure_hub_answers_total Answers to requests.\n# TYPE rasure_hub_answers_total counter\n")
	for status := range m.answers {
		if n := m.answers[status].Load(); n > 0 {
			fmt.Fprintf(w, "rasure_hub_answers_total{status=\"%d\"} %d\n", status, n)
		}
	}
	all, err := h.Status()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "# HELP rasure_hub_station_size Entries of a station that were cosigned.\n# TYPE rasure_hub_station_size gauge\n")
	for _, s := range all {
		fmt.Fprintf(w, "rasure_hub_station_size{station=%q} %d\n", s.Station, s.Size)
	}
	fmt.Fprintf(w, "# HELP rasure_hub_station_cosigned_seconds When a new entry was received last, Unix time.\n# TYPE rasure_hub_station_cosigned_seconds gauge\n")
	for _, s := range all {
		if s.Cosigned != nil {
			fmt.Fprintf(w, "rasure_hub_station_cosigned_seconds{station=%q} %d\n", s.Station, s.Cosigned.Unix())
		}
	}
	return nil
}
