package draft

import (
	"slices"
	"strings"

	"rasure/certify"
	"rasure/cmd/internal/cli"
	"rasure/cmd/message"
)

// Fields that are not plain texts.
var (
	listFields = []string{"escorts", "found", "missing", "unexpected"}
	intFields  = []string{"limit_years", "particle_micrometres", "weight_before_grams", "weight_after_grams"}
	boolFields = []string{"everything", "withdraws"}
	codeFields = []string{"classification", "type", "purpose", "decision"}
	timeFields = []string{"until", "due", "noticed", "reported"}
)

// flagOf names the flag of a field of version 1. --from is a file, for every kind of statement.
func flagOf(field string) string {
	switch field {
	case "from":
		return "giver"
	case "to":
		return "receiver"
	}
	return strings.ReplaceAll(field, "_", "-")
}

// fieldOf is the inverse of flagOf.
func fieldOf(flag string) string {
	switch flag {
	case "giver":
		return "from"
	case "receiver":
		return "to"
	}
	return strings.ReplaceAll(flag, "-", "_")
}

// fieldTexts describe the fields of statements, by their names in JSON.
var fieldTexts = map[string]message.Text{
	"media":                message.Of("numbers of the media in the register"),
	"type":                 message.Of("kind of medium: %s", strings.Join(certify.MediumTypes, ", ")),
	"classification":       message.Of("top-secret, secret, confidential or none"),
	"custodian":            message.Of("who answers for the media; name in the roster"),
	"source":               message.Of("where the medium came from"),
	"asset":                message.Of("asset number"),
	"serial":               message.Of("serial number of the medium"),
	"model":                message.Of("model of the medium"),
	"limit_years":          message.Of("whole years of use, counted from --in-service; either this or --limit-condition must be given"),
	"limit_condition":      message.Of("condition that ends its use; either this or --limit-years must be given"),
	"in_service":           message.Of("day of the first use, 2006-01-02"),
	"purpose":              message.Of("what is approved: %s", strings.Join(certify.Purposes, ", ")),
	"technician":           message.Of("who does it; name in the roster"),
	"until":                message.Of("end of the approval, a day (2027-01-31) or a time (2027-01-31T16:00:00Z)"),
	"reason":               message.Of("the reason"),
	"from":                 message.Of("who hands the media over; name in the roster"),
	"to":                   message.Of("who receives the media; name in the roster"),
	"everything":           message.Of("true if these are all media of the giver"),
	"due":                  message.Of("when the media must be back, a day or a time"),
	"place":                message.Of("where it happened"),
	"seal":                 message.Of("number of the seal"),
	"escorts":              message.Of("who escorts the media"),
	"entry":                message.Of("index of the log entry; away from the station INDEX:SHA-256"),
	"saw":                  message.Of("what the witness saw"),
	"decision":             message.Of("accept or reject"),
	"residual_risk":        message.Of("the risk that remains"),
	"next_method":          message.Of("the method to use next"),
	"secondary_tool":       message.Of("the tool that was used for a second check"),
	"method":               message.Of("how the media were destroyed"),
	"machine":              message.Of("the machine that was used"),
	"particle_micrometres": message.Of("size of the largest particle, in whole micrometres"),
	"weight_before_grams":  message.Of("weight before, in whole grams"),
	"weight_after_grams":   message.Of("weight after, in whole grams"),
	"contractor":           message.Of("company that destroyed the media"),
	"licence":              message.Of("licence of the company"),
	"evidence":             message.Of("file, such as a photograph; its SHA-256 is taken"),
	"found":                message.Of("number of a medium that was found"),
	"missing":              message.Of("number of a medium that was not found"),
	"unexpected":           message.Of("a medium that was found and is not in the register"),
	"noticed":              message.Of("when the loss was noticed, a day or a time"),
	"reported":             message.Of("when the loss was reported, a day or a time"),
	"reported_to":          message.Of("whom it was reported to"),
	"withdraws":            message.Of("true to withdraw the statement"),
	"remarks":              message.Of("remarks"),
}

// fieldText says what a field is.
func fieldText(field string) message.Text {
	if t, ok := fieldTexts[field]; ok {
		return t
	}
	return cli.Word(strings.ReplaceAll(field, "_", " "))
}

// fieldHelp says what the flag of a field is.
func fieldHelp(field string, required bool) message.Text {
	text := fieldText(field)
	if slices.Contains(listFields, field) || field == "evidence" {
		text = message.Of("%s; can be repeated", text)
	}
	if required {
		text = message.Of("%s (required)", text)
	}
	return text
}
