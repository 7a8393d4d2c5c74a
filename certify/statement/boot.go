package statement

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"rasure/cmd/message"
)

// Boot is a statement behind a reset of the TPM: under which software the entries are signed that the TPM attests with the same counts.
type Boot struct {
	ByStation
	Resets    int64  `canon:"reset_count"`
	Restarts  int64  `canon:"restart_count"`
	Firmware  string `canon:"firmware" max:"16"` // firmwareVersion, 16 hexadecimal digits
	PCRs      []PCR  `canon:"pcrs" count:"1..24"`
	Quote     Bytes  `canon:"quote"`                     // TPMS_ATTEST of the quote, followed by r and s
	Events    Bytes  `canon:"event_log,optional"`        // one of these two is there
	EventHash Hash   `canon:"event_log_sha256,optional"` // of a file in evidence
	Host      Host   `canon:"host"`
	StationEnd
}

// PCR is a register of the TPM.
type PCR struct {
	Index  int64 `canon:"index" range:"0..23"`
	SHA256 Hash  `canon:"sha256"` // its value in the SHA-256 bank
}

// BootNonce is the nonce of the quote in a boot statement that names this head: the quote is not older than the head.
func BootNonce(h Head) Hash {
	return sha256.Sum256(fmt.Appendf(nil, "rasure/boot/v2\n%s\n%s\n%d\n%s\n", h.Origin, h.First, h.Size, h.Root))
}

func (b *Boot) check() error {
	if b.Station.Counter == nil {
		return message.New("only a station with a TPM has a boot statement")
	}
	if (len(b.Events) > 0) == !b.EventHash.IsZero() {
		return message.New("event_log is there, or event_log_sha256")
	}
	if raw, err := hex.DecodeString(b.Firmware); err != nil || len(raw) != 8 || hex.EncodeToString(raw) != b.Firmware {
		return message.New("firmware has 16 lower-case hexadecimal digits")
	}
	for i, p := range b.PCRs {
		if i > 0 && p.Index <= b.PCRs[i-1].Index {
			return message.New("the PCRs are in order, each once")
		}
	}
	return nil
}
