package tpm

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"rasure/cmd/message"

	"github.com/google/go-tpm/tpm2"
)

// Assurances that a TPM alone supports. The stronger "tpm-verified" needs more than this package sees: a certificate of the vendor
// (VerifyEK), and an authority's signed statement that the station's key is in the same TPM.
const (
	Unverified = "tpm-unverified" // reports that it is hardware; nobody checked
	Emulated   = "tpm-emulated"   // reports that it is software: a copy of its state can turn its counter back
)

// A Description is what a TPM reports of itself. None of it is proven.
type Description struct {
	Manufacturer   string   // registered name of up to four letters ("IFX", "INTC"); printable ASCII
	Vendor         string   // model, in the vendor's words; printable ASCII
	Firmware       string   // version: two numbers of 32 bits, in decimal, "7.85" or "538513443.1455670"
	EKCertificates [][]byte // DER; certificates that the vendor stored for its endorsement keys; often none
	Assurance      string   // Unverified or Emulated
}

// Describe asks the TPM what it is. When in doubt it calls the TPM emulated: the weaker word.
func (t *TPM) Describe() (Description, error) {
	var d Description
	words := make(map[tpm2.TPMPT]uint32)
	for _, p := range []tpm2.TPMPT{
		tpm2.TPMPTManufacturer, tpm2.TPMPTVendorString1, tpm2.TPMPTVendorString2, tpm2.TPMPTVendorString3, tpm2.TPMPTVendorString4,
		tpm2.TPMPTFirmwareVersion1, tpm2.TPMPTFirmwareVersion2,
	} {
		w, err := t.property(p)
		if err != nil {
			return Description{}, message.Errorf("identifying the TPM: %w", explain(err))
		}
		words[p] = w
	}
	d.Manufacturer = letters(words[tpm2.TPMPTManufacturer])
	d.Vendor = letters(words[tpm2.TPMPTVendorString1], words[tpm2.TPMPTVendorString2], words[tpm2.TPMPTVendorString3], words[tpm2.TPMPTVendorString4])
	d.Firmware = fmt.Sprintf("%d.%d", words[tpm2.TPMPTFirmwareVersion1], words[tpm2.TPMPTFirmwareVersion2])
	var err error
	if d.EKCertificates, err = t.certificates(); err != nil {
		return Description{}, err
	}
	d.Assurance = Unverified
	if Emulates(d.Manufacturer, d.Vendor, d.EKCertificates...) {
		d.Assurance = Emulated
	}
	return d, nil
}

// Emulates reports whether a manufacturer, a model or a certificate is that of a TPM in software, or of one that a hypervisor lends to its guests: it goes by
// how they name themselves. IBM was seen on swtpm; the other names are from memory.
func Emulates(manufacturer, vendor string, certificates ...[]byte) bool {
	switch manufacturer {
	case "IBM", "MSFT", "VMW", "GOOG", "AMZN": // libtpms and swtpm; the reference simulator and Hyper-V; clouds
		return true
	}
	if strings.HasPrefix(strings.Join(strings.Fields(vendor), " "), "SW TPM") || vendor == "xCG fTPM" {
		return true
	}
	return slices.ContainsFunc(certificates, byEmulator)
}

// byEmulator reports whether a certificate was issued for swtpm: it says so in the issuer's name, or as the model.
func byEmulator(der []byte) bool {
	return bytes.Contains(bytes.ToLower(der), []byte("swtpm"))
}

// letters turns numbers into the text that they hold. What is not printable ASCII is left out: a TPM's words go to
// terminals and into certificates.
func letters(words ...uint32) string {
	var b []byte
	for _, w := range words {
		b = binary.BigEndian.AppendUint32(b, w)
	}
	text := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, string(b))
	return strings.TrimSpace(text)
}

// property reads one number from the TPM (Part 2, 6.13 TPM_PT).
func (t *TPM) property(p tpm2.TPMPT) (uint32, error) {
	rsp, err := tpm2.GetCapability{Capability: tpm2.TPMCapTPMProperties, Property: uint32(p), PropertyCount: 1}.Execute(t.t)
	if err != nil {
		return 0, err
	}
	list, err := rsp.CapabilityData.Data.TPMProperties()
	if err != nil {
		return 0, message.Errorf("%w: %w", errGarbage, err)
	}
	// A TPM answers with the next property if it does not have the one asked for.
	if len(list.TPMProperty) == 0 || list.TPMProperty[0].Property != p {
		return 0, nil
	}
	return list.TPMProperty[0].Value, nil
}

// handles lists the handles in use from first to last.
func (t *TPM) handles(first, last tpm2.TPMHandle) (map[tpm2.TPMHandle]bool, error) {
	used := make(map[tpm2.TPMHandle]bool)
	for next := first; next <= last; {
		rsp, err := tpm2.GetCapability{Capability: tpm2.TPMCapHandles, Property: uint32(next), PropertyCount: 64}.Execute(t.t)
		if err != nil {
			return nil, err
		}
		list, err := rsp.CapabilityData.Data.Handles()
		if err != nil {
			return nil, message.Errorf("%w: %w", errGarbage, err)
		}
		for _, h := range list.Handle {
			if h < next {
				return nil, errGarbage // would never end
			}
			if h <= last {
				used[h] = true
			}
			next = h + 1
		}
		if !rsp.MoreData || len(list.Handle) == 0 {
			break
		}
	}
	return used, nil
}
