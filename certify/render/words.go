package render

import (
	"slices"

	"rasure/certify"
	"rasure/cmd/message"
)

// Words are the codes of a field as words of the reader's language. Codes mean different things in different fields, so each field has its own.
//
// It is a list, because a map would be made by code each time that the program starts, which is most of what it would be in the page that verifies.
type Words []struct {
	Code string
	Text message.Text
}

// For is a code in the words of its field; a code that is not among them, from a later version, is shown as it is.
func (w Words) For(code string) message.Text {
	for _, word := range w {
		if word.Code == code {
			return word.Text
		}
	}
	if code == "" {
		return message.Text{}
	}
	return message.Of("%s", code)
}

// Exception is the code of an exception as a word of the reader's language. In English it is the code.
func Exception(code string) message.Text {
	if slices.Contains(certify.Codes(), code) {
		return message.Text{Format: code}
	}
	return message.Of("%s", code)
}

// The codes that statements and certificates have.
var (
	Roles = Words{
		{"technician", message.Of("Technician")}, {"approve", message.Of("Approver")}, {"witness", message.Of("Witness")}, {"custodian", message.Of("Custodian")},
		{"validate", message.Of("Technical checker")}, {"secrecy", message.Of("Secrecy officer")}, {"roster", message.Of("Root of the roster")}, {"audit", message.Of("Auditor")},
	}
	Destroyers = Words{
		{"technician", message.Of("Destroyer")}, {"witness", message.Of("Witness of the destruction")}, {"secrecy", message.Of("Secrecy officer")}, {"custodian", message.Of("Custodian")},
	}
	Carriers = Words{
		{"custodian", message.Of("Carrier")}, {"witness", message.Of("Escort")}, {"secrecy", message.Of("Secrecy officer")},
	}
	Returners = Words{
		{"custodian", message.Of("Carrier, on return")}, {"witness", message.Of("Examiner, on return")}, {"secrecy", message.Of("Examiner, on return")},
	}
	Levels = Words{
		{"clear", message.Of("clear")}, {"purge", message.Of("purge")}, {"destroy", message.Of("destroy")}, {"none", message.Of("none: the outcome supports no level")},
	}
	Healths = Words{
		{"good", message.Of("good")}, {"worn", message.Of("worn")}, {"failing", message.Of("failing")}, {"unknown", message.Of("not known")},
	}
	Destinations = Words{
		{"same-unit", message.Of("a use in the same unit")}, {"other-unit", message.Of("another unit")}, {"issuer", message.Of("the unit that issued it")},
		{"destroy", message.Of("destruction")}, {"unknown", message.Of("not known")},
	}
	Results = Words{
		{"done", message.Of("says: done as certified")}, {"not-done", message.Of("says: NOT DONE")}, {"irregular", message.Of("says: done with an irregularity")},
	}
	MediaTypes = Words{
		{"magnetic", message.Of("magnetic disk")}, {"ssd", message.Of("solid-state disk")}, {"usb-flash", message.Of("USB stick")}, {"sd", message.Of("memory card")}, {"emmc", message.Of("eMMC")},
		{"optical", message.Of("optical disc")}, {"tape", message.Of("tape")}, {"hybrid", message.Of("hybrid disk")}, {"image", message.Of("image file")}, {"other", message.Of("other medium")},
		{"flash", message.Of("flash memory")}, {"unknown", message.Of("not known")},
	}
	Classes = Words{
		{"top-secret", message.Of("top-secret")}, {"secret", message.Of("secret")}, {"confidential", message.Of("confidential")}, {"none", message.Of("not classified")},
	}
	Statuses = Words{
		{"registered", message.Of("in use")}, {"approved", message.Of("approved")}, {"erased", message.Of("erased")}, {"destroyed", message.Of("destroyed")}, {"missing", message.Of("missing at a count")},
		{"lost", message.Of("lost")}, {"away", message.Of("with another organisation")}, {"carried", message.Of("carried outside")},
	}
	Purposes = Words{
		{"inside", message.Of("re-use inside")}, {"outside", message.Of("re-use outside or at a lower level")}, {"destroy", message.Of("destruction")}, {"borrow", message.Of("borrowing")},
		{"carry", message.Of("carrying out")}, {"send", message.Of("sending")}, {"abroad", message.Of("taking abroad")}, {"repair", message.Of("repair")}, {"copy", message.Of("copying")},
	}
	Methods = Words{
		{"shred", message.Of("shredding")}, {"disintegrate", message.Of("disintegration")}, {"grind", message.Of("grinding")}, {"melt", message.Of("melting")},
		{"incinerate", message.Of("incineration")}, {"degauss", message.Of("degaussing")}, {"chemical", message.Of("chemical")},
	}
	Verifications = Words{{"full", message.Of("all of it")}, {"sample", message.Of("a sample")}, {"none", message.Of("not read back")}}
	HiddenAreas   = Words{
		{"examined", message.Of("examined")}, {"not-examined", message.Of("not examined")}, {"not-applicable", message.Of("not applicable")},
	}
	Devices = Words{
		{"computer", message.Of("computer")}, {"printer", message.Of("printer")}, {"copier", message.Of("copier")}, {"scanner", message.Of("scanner")},
		{"destruction-machine", message.Of("machine that destroys media")}, {"other", message.Of("other device")},
	}
	DeviceStatuses = Words{{"in-use", message.Of("in use")}, {"leaves", message.Of("has left the office")}}
	identifiers    = Words{
		{"serial", message.Of("its serial number")}, {"wwn", message.Of("its world wide name")}, {"image", message.Of("the name of the image")},
	}
	confirmers = Words{
		{"serial", message.Of("serial number")}, {"number", message.Of("number in the register")}, {"port", message.Of("port")}, {"name", message.Of("name")},
	}
	knownBy = Words{
		{"bench", message.Of("chosen on the screen")}, {"flag", message.Of("named on the command line")}, {"token", message.Of("by the person's key")}, {"login", message.Of("by the account that ran the program")},
		{"unknown", message.Of("not recorded")},
	}
	Channels = Words{
		{"confidential-courier", message.Of("confidential courier")}, {"confidential-post", message.Of("confidential post")}, {"dedicated-person", message.Of("a dedicated person")},
	}
)
