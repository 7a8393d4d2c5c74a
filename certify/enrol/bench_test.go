package enrol_test

import (
	"testing"

	"rasure/certify/enrol"
	"rasure/certify/tpm/tpmtest"
)

// BenchmarkEnrol is what an authority does with a request, except for the signature of the person and reading its files.
func BenchmarkEnrol(b *testing.B) {
	for kind, index := range tpmtest.Places {
		b.Run(kind, func(b *testing.B) {
			m, vendor := newMachine(b), tpmtest.NewVendor(b)
			m.Store(index, vendor.Certify(m.EK(kind), nil))
			request := m.request(nil)
			for b.Loop() {
				r, err := enrol.OpenRequest(request)
				check(b, err)
				d, err := r.Decide(options(vendor))
				check(b, err)
				_, err = r.Seal(d, []byte("a signed enrolment"))
				check(b, err)
			}
		})
	}
}
