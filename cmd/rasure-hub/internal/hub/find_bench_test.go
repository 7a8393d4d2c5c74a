package hub_test

import (
	"fmt"
	"testing"

	"rasure/cmd/rasure-hub/internal/hub"
	"rasure/cmd/rasure-hub/internal/hubtest"
)

// BenchmarkFind finds the begin and the certificate of one erasure among 10,000 entries, with their proofs.
func BenchmarkFind(b *testing.B) {
	s := hubtest.New(b, "station.example")
	s.Bulk(func() {
		for i := range 5000 {
			s.Erase(fmt.Sprintf("S-%d", i))
		}
	})
	h := hubtest.Open(b, hub.Options{Dir: hubtest.NewDir(b), Stations: hubtest.Roster(b, s)})
	if a, err := h.Receive(ctx, s.Body(0), s.Files()); err != nil || a.Err != nil {
		b.Fatal(err, a.Err)
	}
	b.ResetTimer()
	for i := range b.N {
		if all, err := h.Find(ctx, "serial", fmt.Sprintf("S-%d", i*37%5000), 10); err != nil || len(all) != 2 {
			b.Fatal(len(all), err)
		}
	}
}
