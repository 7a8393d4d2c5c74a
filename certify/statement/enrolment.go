package statement

import (
	"time"

	"rasure/certify/internal/canon"
	"rasure/cmd/message"
)

// Enrolment states that an authority has verified the TPM of a station. Its head is the one of the station's request.
type Enrolment struct {
	Act
	Station Enrolled `canon:"station"`
	EK      EK       `canon:"ek"`
	TPM     Chip     `canon:"tpm"`
	Roots   []Hash   `canon:"roots_sha256" count:"1..32"`     // of the vendors' root certificates to which the chain leads
	Policy  Hash     `canon:"auth_policy,optional"`           // of a bound key
	Checked []string `canon:"checked" count:"1..32" max:"64"` // codes of what was checked, warnings among them
	Until   Day      `canon:"until"`                          // last day of the enrolment
	CRLs    []Hash   `canon:"crls_sha256,optional" count:"..32"`
	ActEnd
}

// Enrolled is the station of an enrolment.
type Enrolled struct {
	Name    string  `canon:"name" max:"100"`
	Key     Hash    `canon:"key_sha256"`
	First   Hash    `canon:"first_sha256"` // of the text of its log's first entry
	Counter Counter `canon:"counter"`
	From    int64   `canon:"attested_from" range:"1.."` // first size of the log that has an attestation
}

// EK is the endorsement key of a TPM.
type EK struct {
	Certificate Bytes   `canon:"certificate"`       // X.509, DER
	Chain       []Bytes `canon:"chain" count:"..8"` // to a root, without it
	Public      Hash    `canon:"public_sha256"`     // of the SubjectPublicKeyInfo
}

// Chip is a TPM as its certificate describes it.
type Chip struct {
	Manufacturer string `canon:"manufacturer"`
	Model        string `canon:"model"`
	Firmware     string `canon:"firmware"`
}

func (e *Enrolment) check() error {
	switch {
	case e.Station.First != e.Log.First || e.Station.Name != e.Log.Origin:
		return message.New("the enrolled station has another log than the one that is named")
	case e.Policy != e.Station.Counter.Policy:
		return message.New("the enrolment has another policy of the key than its station")
	case e.Until <= Day(e.At.Format("2006-01-02")):
		return message.New("the enrolment ends before it begins")
	}
	return nil
}

// EnrolmentRequest is what a station gives to an authority. It is signed by the station's key and attested by its counter, and never added to a log.
type EnrolmentRequest struct {
	Log          Head      `canon:"log"` // as it was when the station was asked
	Station      Station   `canon:"station"`
	From         int64     `canon:"attested_from" range:"1.."` // first size of the log that has an attestation
	At           time.Time `canon:"at"`                        // by the station's clock
	TPM          TPM       `canon:"tpm"`
	Keys         []Bytes   `canon:"endorsement_keys" count:"1..16"` // TPMT_PUBLIC of each that the TPM can use
	Certificates []Bytes   `canon:"certificates" count:"..64"`      // X.509, DER: all that the TPM has, of endorsement keys and of the authorities above them
}

// EnrolmentGrant is what an authority gives back: the signed enrolment, which only the TPM of the station can open. It is not signed: who changes it makes it
// useless.
type EnrolmentGrant struct {
	Request  Hash  `canon:"request_sha256"` // of the text of the request
	Key      Bytes `canon:"endorsement_key"`
	IDObject Bytes `canon:"id_object"` // TPMS_ID_OBJECT, and
	Secret   Bytes `canon:"secret"`    // the encrypted seed: by TPM2_MakeCredential, of 32 random bytes
	Sealed   Bytes `canon:"sealed"`    // the signed statement in AES-256-GCM with these as the key: nonce of 12 bytes, ciphertext, tag; the hash of the request is authenticated
}

// First lines of what travels between a station and an authority.
const (
	KindEnrolmentRequest = "rasure/enrolment-request/v2"
	KindEnrolmentGrant   = "rasure/enrolment-grant/v2"
)

// EnrolmentRequestText writes a request.
func EnrolmentRequestText(r *EnrolmentRequest) (string, error) {
	if err := r.check(); err != nil {
		return "", err
	}
	return canon.Write(KindEnrolmentRequest, r)
}

// ReadEnrolmentRequest reads the text of a request.
func ReadEnrolmentRequest(text string) (*EnrolmentRequest, error) {
	r := new(EnrolmentRequest)
	if err := canon.Read(KindEnrolmentRequest, text, r); err != nil {
		return nil, message.Errorf("reading %s: %w", KindEnrolmentRequest, err)
	}
	return r, r.check()
}

func (r *EnrolmentRequest) check() error {
	switch {
	case !r.Log.complete():
		return errNoHead
	case r.Log.Origin != r.Station.Name:
		return message.Errorf("the log is that of %q, and the station is %q", r.Log.Origin, r.Station.Name)
	case r.Station.Counter == nil:
		return message.New("only a station with a key in a TPM can be enrolled")
	case r.TPM.Policy != r.Station.Counter.Policy:
		return message.New("the description of the TPM has another policy of the key than the counter")
	case r.From > r.Log.Size+1:
		return message.Errorf("attested_from is %d, and the log has %d entries", r.From, r.Log.Size)
	}
	return r.Station.checkPart(r.Log.Size)
}

// EnrolmentGrantText writes a grant.
func EnrolmentGrantText(g *EnrolmentGrant) (string, error) { return canon.Write(KindEnrolmentGrant, g) }

// ReadEnrolmentGrant reads a grant.
func ReadEnrolmentGrant(text string) (*EnrolmentGrant, error) {
	g := new(EnrolmentGrant)
	if err := canon.Read(KindEnrolmentGrant, text, g); err != nil {
		return nil, message.Errorf("reading %s: %w", KindEnrolmentGrant, err)
	}
	return g, nil
}
