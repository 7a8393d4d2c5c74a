package certify

import (
	"encoding/json"
	"strings"
	"time"

	"rasure/cmd/message"
)

// The kinds of statement that people make and sign. One table, [DeclarationKinds], has the fields of each.
const (
	KindRegistration Kind = "rasure/registration/v1" // a medium gets its number and its custodian
	KindApproval     Kind = "rasure/approval/v1"     // what may be done with which media, by whom, until when
	KindHandover     Kind = "rasure/handover/v1"     // media change hands, signed by both
	KindWitness      Kind = "rasure/witness/v1"      // somebody saw an erasure or a destruction
	KindValidation   Kind = "rasure/validation/v1"   // an erasure is accepted or rejected (NIST SP 800-88r2, 4.5.2)
	KindDestruction  Kind = "rasure/destruction/v1"  // media were destroyed
	KindInventory    Kind = "rasure/inventory/v1"    // media were counted against the register
	KindLoss         Kind = "rasure/loss/v1"         // media are lost
	KindCorrection   Kind = "rasure/correction/v1"   // an earlier statement was wrong
)

// Declaration is a statement by people: what a person did with media, decided about them, or saw. One struct serves all kinds;
// [DeclarationKinds] lists the fields of each. Package people makes and checks the signatures.
type Declaration struct {
	ID    string           `json:"id"` // ULID: two declarations of the same content are still two
	At    time.Time        `json:"at"` // UTC, whole seconds: when it happened, and when it was signed
	Signs []RequiredSigner `json:"signers"`
	Media []string         `json:"media,omitempty"` // register numbers
	Entry *EntryRef        `json:"entry,omitempty"` // of the log, that the declaration refers to

	Asset          string `json:"asset,omitempty"`  // number of the computer that an internal disk belongs to
	Serial         string `json:"serial,omitempty"` // as on the medium's label
	Model          string `json:"model,omitempty"`
	Type           string `json:"type,omitempty"` // one of [MediumTypes]
	Class          Class  `json:"classification,omitempty"`
	LimitYears     int    `json:"limit_years,omitempty"` // from InService on
	LimitCondition string `json:"limit_condition,omitempty"`
	InService      string `json:"in_service,omitempty"` // a day, 2006-01-02
	Custodian      string `json:"custodian,omitempty"`
	Source         string `json:"source,omitempty"` // where it comes from

	Purpose    string     `json:"purpose,omitempty"`    // "inside" "outside" "destroy"
	Technician string     `json:"technician,omitempty"` // who may do it
	Until      *time.Time `json:"until,omitempty"`
	From       string     `json:"from,omitempty"`
	To         string     `json:"to,omitempty"`
	All        bool       `json:"everything,omitempty"` // all media that From has: the person leaves
	Due        *time.Time `json:"due,omitempty"`        // to be handed back by then
	Place      string     `json:"place,omitempty"`
	Seal       string     `json:"seal,omitempty"`
	Escorts    []string   `json:"escorts,omitempty"`

	Saw       string `json:"saw,omitempty"`
	Decision  string `json:"decision,omitempty"` // "accept" "reject"
	Reason    string `json:"reason,omitempty"`
	Residual  string `json:"residual_risk,omitempty"`
	Next      string `json:"next_method,omitempty"`
	Secondary string `json:"secondary_tool,omitempty"` // another tool with which the medium was checked

	Method     string `json:"method,omitempty"`
	Machine    string `json:"machine,omitempty"`
	Particle   int64  `json:"particle_micrometres,omitempty"` // largest found; 2 mm is 2000
	Before     int64  `json:"weight_before_grams,omitempty"`
	After      int64  `json:"weight_after_grams,omitempty"`
	Contractor string `json:"contractor,omitempty"`
	Licence    string `json:"licence,omitempty"`
	Evidence   []File `json:"evidence,omitempty"` // photographs, films: kept beside the log

	Found      []string   `json:"found,omitempty"`
	Missing    []string   `json:"missing,omitempty"`
	Unexpected []string   `json:"unexpected,omitempty"` // there, and not where the register has them
	Noticed    *time.Time `json:"noticed,omitempty"`
	Reported   *time.Time `json:"reported,omitempty"`
	ReportedTo string     `json:"reported_to,omitempty"`
	Withdraws  bool       `json:"withdraws,omitempty"` // the corrected statement no longer counts
	Remarks    string     `json:"remarks,omitempty"`
}

// RequiredSigner is a person who must sign a declaration. It counts when all of them have signed, and no other person.
type RequiredSigner struct {
	Role string `json:"role"` // as in package people
	Name string `json:"name"` // as in the roster
}

// Class is the classification of a medium: that of the most secret content it ever had.
type Class string

const (
	TopSecret    Class = "top-secret"   // limit at most 30 years
	Secret       Class = "secret"       // 20
	Confidential Class = "confidential" // 10
	Unclassified Class = "none"
)

// classes from the least secret; the years are the longest limits of the Law on Guarding State Secrets (2024), article 20.
var classes = []struct {
	class Class
	years int
}{{Unclassified, 0}, {Confidential, 10}, {Secret, 20}, {TopSecret, 30}}

// Rank orders classes by strength: 0 is none, 3 is top-secret, -1 an unknown word.
func (c Class) Rank() int {
	for i, k := range classes {
		if k.class == c {
			return i
		}
	}
	return -1
}

// LongestLimit is how many years the class may be kept at most; 0 for none.
func (c Class) LongestLimit() int {
	if c.Rank() < 0 {
		return 0
	}
	return classes[c.Rank()].years
}

// MediumTypes are what a registered medium can be.
var MediumTypes = []string{"magnetic", "ssd", "usb-flash", "sd", "emmc", "optical", "tape", "hybrid", "image", "other"}

// Purposes are what an approval can be for: re-use inside at the same or a higher level, at a lower level or outside, or
// destruction.
var Purposes = []string{"inside", "outside", "destroy"}

// DeclarationText writes a declaration as the text to sign. It refuses one that [ParseDeclaration] would refuse.
func DeclarationText(kind Kind, act Declaration) (string, error) {
	text, err := write(kind, act)
	if err != nil {
		return "", err
	}
	_, _, err = ParseDeclaration(text)
	return text, err
}

// ParseDeclaration reads the text of a declaration, without its signatures. The text must be exactly as [DeclarationText]
// writes it: of two values for one field, people would read one and programs the other.
func ParseDeclaration(text string) (Kind, *Declaration, error) {
	first, body, _ := strings.Cut(text, "\n")
	kind := Kind(first)
	form := DeclarationKindOf(kind)
	if form == nil {
		return kind, nil, message.Errorf("unknown kind of statement %q", clip(first))
	}
	if len(text) > MaxBytes {
		return kind, nil, ErrTooLong
	}
	act := new(Declaration)
	if err := json.Unmarshal([]byte(body), act); err != nil {
		return kind, nil, message.Errorf("reading %s: %w", kind, err)
	}
	if again, err := write(kind, *act); err != nil || again != text {
		return kind, nil, message.Errorf("reading %s: not in the form that rasure writes", kind)
	}
	fields := map[string]any{}
	if err := json.Unmarshal([]byte(body), &fields); err != nil {
		return kind, nil, message.Errorf("reading %s: %w", kind, err)
	}
	if err := form.check(act, fields); err != nil {
		return kind, nil, message.Errorf("%s: %w", form.Verb, err)
	}
	return kind, act, nil
}

// Names returns who must sign in a role.
//
//go:noinline
func (a *Declaration) Names(role string) []string {
	names := []string{}
	for _, s := range a.Signs {
		if s.Role == role {
			names = append(names, s.Name)
		}
	}
	return names
}
