package forms

import "rasure/cmd/message"

// Codes mean different things in different fields, so each field has its own words for them.
var (
	roleWords = map[string]message.Text{
		"technician": message.Of("Technician"), "approve": message.Of("Approver"), "witness": message.Of("Witness"), "custodian": message.Of("Custodian"),
		"validate": message.Of("Technical checker"), "secrecy": message.Of("Secrecy officer"), "roster": message.Of("Root of the roster"), "audit": message.Of("Auditor"),
	}
	destructionWords = map[string]message.Text{
		"technician": message.Of("Destroyer"), "witness": message.Of("Witness of the destruction"), "secrecy": message.Of("Secrecy officer"), "custodian": message.Of("Custodian"),
	}
	levelWords = map[string]message.Text{
		"clear": message.Of("clear"), "purge": message.Of("purge"), "destroy": message.Of("destroy"), "none": message.Of("none: the outcome supports no level"),
	}
	healthWords = map[string]message.Text{
		"good": message.Of("good"), "worn": message.Of("worn"), "failing": message.Of("failing"), "unknown": message.Of("not known"),
	}
	destinationWords = map[string]message.Text{
		"same-unit": message.Of("a use in the same unit"), "other-unit": message.Of("another unit"), "issuer": message.Of("the unit that issued it"),
		"destroy": message.Of("destruction"), "unknown": message.Of("not known"),
	}
	resultWords = map[string]message.Text{
		"done": message.Of("says: done as certified"), "not-done": message.Of("says: NOT DONE"), "irregular": message.Of("says: done with an irregularity"),
	}
	typeWords = map[string]message.Text{
		"magnetic": message.Of("magnetic disk"), "ssd": message.Of("solid-state disk"), "usb-flash": message.Of("USB stick"), "sd": message.Of("memory card"), "emmc": message.Of("eMMC"),
		"optical": message.Of("optical disc"), "tape": message.Of("tape"), "hybrid": message.Of("hybrid disk"), "image": message.Of("image file"), "other": message.Of("other medium"),
		"flash": message.Of("flash memory"), "unknown": message.Of("not known"),
	}
	classWords = map[string]message.Text{
		"top-secret": message.Of("top-secret"), "secret": message.Of("secret"), "confidential": message.Of("confidential"), "none": message.Of("not classified"),
	}
	statusWords = map[string]message.Text{
		"registered": message.Of("in use"), "approved": message.Of("approved"), "erased": message.Of("erased"), "destroyed": message.Of("destroyed"), "missing": message.Of("missing at a count"),
		"lost": message.Of("lost"), "away": message.Of("with another organisation"), "carried": message.Of("carried outside"),
	}
	purposeWords = map[string]message.Text{
		"inside": message.Of("re-use inside"), "outside": message.Of("re-use outside or at a lower level"), "destroy": message.Of("destruction"), "borrow": message.Of("borrowing"),
		"carry": message.Of("carrying out"), "send": message.Of("sending"), "abroad": message.Of("taking abroad"), "repair": message.Of("repair"), "copy": message.Of("copying"),
	}
	methodWords = map[string]message.Text{
		"shred": message.Of("shredding"), "disintegrate": message.Of("disintegration"), "grind": message.Of("grinding"), "melt": message.Of("melting"),
		"incinerate": message.Of("incineration"), "degauss": message.Of("degaussing"), "chemical": message.Of("chemical"),
	}
	verifyWords = map[string]message.Text{"full": message.Of("all of it"), "sample": message.Of("a sample"), "none": message.Of("not read back")}
	hiddenWords = map[string]message.Text{
		"examined": message.Of("examined"), "not-examined": message.Of("not examined"), "not-applicable": message.Of("not applicable"),
	}
	identifiedWords = map[string]message.Text{
		"serial": message.Of("its serial number"), "wwn": message.Of("its world wide name"), "image": message.Of("the name of the image"),
	}
	channelWords = map[string]message.Text{
		"confidential-courier": message.Of("confidential courier"), "confidential-post": message.Of("confidential post"), "dedicated-person": message.Of("a dedicated person"),
	}
)

// of is a code in the words of its field; a code that is not among them, from a later version, is shown as it is.
func of(words map[string]message.Text, code string) message.Text {
	switch t, ok := words[code]; {
	case ok:
		return t
	case code == "":
		return message.Text{}
	}
	return message.Of("%s", code)
}
