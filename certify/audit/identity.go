package audit

import (
	"crypto/ecdsa"

	"rasure/certify"
	"rasure/certify/tpm"
	"rasure/logs"
)

// Identity returns what the checkpoints of a station's log must carry. counter is nil for a software key.
func Identity(name string, pub *ecdsa.PublicKey, counter *certify.Counter) (logs.Identity, error) {
	v, err := certify.NewVerifier(name, pub)
	if err != nil {
		return logs.Identity{}, err
	}
	id := logs.Identity{Origin: name, Log: v}
	if counter == nil {
		return id, nil
	}
	policy, err := tpm.ParsePolicy(counter.Policy)
	if err != nil {
		return logs.Identity{}, err
	}
	line, err := tpm.NewAttestationVerifier(name, pub, counter.Index, policy)
	if err != nil {
		return logs.Identity{}, err
	}
	id.Counter, id.Records, id.Base = line, line, counter.Base
	return id, nil
}
