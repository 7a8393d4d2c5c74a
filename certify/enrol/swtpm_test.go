package enrol_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-tpm/tpm2"

	"rasure/certify/enrol"
	"rasure/certify/statement"
	"rasure/certify/tpm"
	"rasure/certify/tpm/tpmtest"
)

// machine is a station with its key in an emulated TPM that holds no certificate.
type machine struct {
	testing.TB
	*tpmtest.Emulator
	chip *tpm.TPM
	key  tpm.Key
	s    *tpm.Station
	eks  [][]byte // as the TPM gave them
}

func newMachine(t testing.TB) *machine {
	t.Helper()
	m := &machine{TB: t, Emulator: tpmtest.New(t)}
	m.Endorse(nil)
	var err error
	m.chip, err = tpm.Open(m.Address())
	check(t, err)
	t.Cleanup(func() { m.chip.Close() })
	m.key, err = m.chip.Create()
	check(t, err)
	m.s, err = m.chip.Load(m.key)
	check(t, err)
	return m
}

// request is one by the station at the head of a log that it has just begun.
func (m *machine) request(edit func(*statement.EnrolmentRequest)) []byte {
	m.Helper()
	if m.eks == nil { // an RSA key takes its time
		var err error
		m.eks, err = m.chip.EndorsementKeys()
		check(m.TB, err)
	}
	about, err := m.chip.Describe()
	check(m.TB, err)
	r := requestOf(m.TB, m.s.Public(), m.key.Public, m.key.NVPublic, statement.Counter{Index: int64(m.key.NVIndex), Base: int64(m.key.Base) - 1}, 1)
	r.Station.Assurance = about.Assurance
	r.TPM.Manufacturer, r.TPM.Vendor = about.Manufacturer, about.Vendor
	for _, k := range m.eks {
		r.Keys = append(r.Keys, k)
	}
	for _, c := range about.EKCertificates {
		r.Certificates = append(r.Certificates, c)
	}
	if edit != nil {
		edit(r)
	}
	signed, err := enrol.WriteRequest(r, m.s.Signer(name), m.s.Attestor(name))
	check(m.TB, err)
	return signed
}

// A key of each kind is enrolled over the vendor's certificate in the TPM; only the TPM opens the enrolment.
func TestEnrol(t *testing.T) {
	t.Parallel()
	for kind, index := range tpmtest.Places {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			m, vendor := newMachine(t), tpmtest.NewVendor(t)
			certificate := vendor.Certify(m.EK(kind), nil)
			m.Store(index, certificate)
			r, err := enrol.OpenRequest(m.request(nil))
			check(t, err)
			d, err := r.Decide(options(vendor))
			check(t, err)
			if e := d.Body; !bytes.Equal(e.EK.Certificate, certificate) || e.TPM != (statement.Chip{Manufacturer: "IFX", Model: "SLB9670", Firmware: "id:0785"}) ||
				!slices.Equal(e.Roots, []statement.Hash{sha256.Sum256(vendor.Root.Raw)}) || len(e.EK.Chain) != 1 || !bytes.Equal(e.EK.Chain[0], vendor.Issuer.Raw) ||
				!slices.Contains(e.Checked, enrol.WarnEmulator) || slices.Contains(e.Checked, enrol.CheckedROCA) != (kind == "rsa") || slices.Contains(e.Checked, enrol.WarnFetched) || e.Station.From != 1 || e.Station.Counter.Base != int64(m.key.Base)-1 {
				t.Errorf("%+v", e)
			}
			check(t, enrol.Check(d.Body))
			grant, err := r.Seal(d, []byte("a signed enrolment"))
			check(t, err)
			if strings.Contains(grant, "signed enrolment") {
				t.Error("the grant can be read")
			}
			if got, err := enrol.Open(grant, m.s); err != nil || string(got) != "a signed enrolment" {
				t.Errorf("the station opens %q, %v", got, err)
			}
			other := newMachine(t)
			if _, err := enrol.Open(grant, other.s); !errors.Is(err, tpm.ErrNoEK) {
				t.Errorf("another TPM: %v", err)
			}
			key, err := m.chip.Create() // another key in the same TPM
			check(t, err)
			second, err := m.chip.Load(key)
			check(t, err)
			if _, err := enrol.Open(grant, second); err == nil || !strings.Contains(err.Error(), "made for another key") {
				t.Errorf("another key in the same TPM: %v", err)
			}
		})
	}
}

func TestEnrolRefuses(t *testing.T) {
	t.Parallel()
	m, vendor := newMachine(t), tpmtest.NewVendor(t)
	open := func(edit func(*statement.EnrolmentRequest)) *enrol.Request {
		t.Helper()
		r, err := enrol.OpenRequest(m.request(edit))
		check(t, err)
		return r
	}
	refused := func(name string, err error, says string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", name, err, says)
		}
	}
	o := options(vendor)
	_, err := open(nil).Decide(o)
	if !errors.Is(err, enrol.ErrNoCertificate) {
		t.Errorf("no certificate at all: %v", err)
	}
	stranger, err := rsa.GenerateKey(rand(), 2048)
	check(t, err)
	m.Store(0x01C00002, vendor.Certify(&stranger.PublicKey, nil))
	if _, err = open(nil).Decide(o); !errors.Is(err, enrol.ErrNoCertificate) {
		t.Errorf("a certificate of another key: %v", err)
	}

	// The authority has fetched the certificate, of one that the TPM does not have.
	fetched, err := enrol.Parse(vendor.Certify(m.EK("rsa"), nil))
	check(t, err)
	o.Fetched = []*x509.Certificate{fetched}
	d, err := open(nil).Decide(o)
	check(t, err)
	if !slices.Contains(d.Body.Checked, enrol.WarnFetched) {
		t.Errorf("%q does not say that the certificate was fetched", d.Body.Checked)
	}
	r := open(nil)
	grant, err := r.Seal(d, []byte("signed"))
	check(t, err)
	if _, err := enrol.Open(strings.Replace(grant, `"sealed": "`, `"sealed": "AAAA`, 1), m.s); err == nil {
		t.Error("a grant that was changed is opened")
	}

	// What root can write into a request.
	changed := bytes.Replace(m.request(nil), []byte(`"attested_from": 1`), []byte(`"attested_from": 2`), 1)
	_, err = enrol.OpenRequest(changed)
	refused("a changed request", err, "signature")
	_, err = enrol.OpenRequest(m.request(func(r *statement.EnrolmentRequest) { r.Station.Counter.Base += 5 }))
	refused("a log that is longer than the counter", err, "not the counter of this log")
	_, err = enrol.OpenRequest(m.request(func(r *statement.EnrolmentRequest) {
		r.TPM.Key = append(bytes.Clone(r.TPM.Key[:7]), append([]byte{0x70}, r.TPM.Key[8:]...)...)
	}))
	refused("a key that is not restricted", err, "the station's key")
	_, err = enrol.OpenRequest(m.request(func(r *statement.EnrolmentRequest) { r.TPM.Policy[0], r.Station.Counter.Policy[0] = 1, 1 }))
	refused("a key that is not bound as the request says", err, "another policy")
	text, _, _ := strings.Cut(string(m.request(nil)), "\n\n")
	_, err = enrol.OpenRequest([]byte(text + "\n\n"))
	refused("no signature", err, "")

	// The owner of the machine has set a password.
	m.SetEndorsementPassword("secret")
	_, err = m.chip.EndorsementKeys()
	refused("an endorsement password", err, "a password for its endorsement hierarchy")
	_, err = enrol.Open(grant, m.s)
	refused("an endorsement password", err, "a password for its endorsement hierarchy")
}

// Some vendors put a number, or a template, beside the certificate: the key is then another one than the standard has.
func TestNonceAndTemplate(t *testing.T) {
	t.Parallel()
	m, vendor := newMachine(t), tpmtest.NewVendor(t)
	standard := m.EK("rsa")
	nonce := bytes.Repeat([]byte{7}, 32)
	template := tpm2.RSAEKTemplate
	template.Unique = tpm2.NewTPMUPublicID(tpm2.TPMAlgRSA, &tpm2.TPM2BPublicKeyRSA{Buffer: append(bytes.Clone(nonce), make([]byte, 256-len(nonce))...)})
	made, err := tpm2.CreatePrimary{PrimaryHandle: tpm2.TPMRHEndorsement, InPublic: tpm2.New2B(template)}.Execute(m)
	check(t, err)
	_, err = tpm2.FlushContext{FlushHandle: made.ObjectHandle}.Execute(m)
	check(t, err)
	own, err := tpm.CheckEK(made.OutPublic.Bytes())
	check(t, err)
	if own.(*rsa.PublicKey).Equal(standard) {
		t.Fatal("the number changes nothing")
	}
	m.Store(0x01C00002, append([]byte{0x10, 0x01, 0x00, 0x04, 0x00}, append(vendor.Certify(own, nil), 0xff, 0xff)...))
	m.Store(0x01C00100, append(bytes.Clone(vendor.Issuer.Raw), vendor.Root.Raw...)) // the chain, one behind the other
	m.Store(0x01C00003, nonce)
	o := options(vendor)
	o.Between = nil
	enrolled := func(name string) {
		t.Helper()
		m.eks = nil
		r, err := enrol.OpenRequest(m.request(nil))
		check(t, err)
		if len(r.Certificates) != 3 {
			t.Errorf("%s: %d certificates", name, len(r.Certificates))
		}
		d, err := r.Decide(o)
		check(t, err)
		grant, err := r.Seal(d, []byte("signed"))
		check(t, err)
		if got, err := enrol.Open(grant, m.s); err != nil || string(got) != "signed" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	enrolled("number")
	m.Drop(0x01C00003)
	m.Store(0x01C00004, tpm2.Marshal(template))
	enrolled("template")
}
