package statement

import "time"

// Registration takes a medium into the register, or all media of lists.
type Registration struct {
	Act
	Number         string    `canon:"number,optional" max:"64"` // with classification and type; or there are lists
	Classification string    `canon:"classification,optional" words:"top-secret secret confidential none"`
	Type           string    `canon:"type,optional" words:"magnetic ssd usb-flash sd emmc optical tape hybrid image other unknown"`
	Custodian      string    `canon:"custodian"`          // the person who answers for it
	Source         string    `canon:"source"`             // where it comes from
	Limit          *Limit    `canon:"limit,optional"`     // there unless the classification is `none`
	Marked         Day       `canon:"marked_on,optional"` // from which the limit counts; there with `limit`
	IssuingUnit    string    `canon:"issuing_unit,optional"`
	DocumentCode   string    `canon:"document_code,optional"`    // never the title
	CopyOf         string    `canon:"copy_of,optional" max:"64"` // number of the medium that it is a copy of
	CopyNumber     int64     `canon:"copy_number,optional" range:"1.."`
	Capacity       string    `canon:"pages_or_capacity,optional"` // in words, of what has no size in bytes
	Size           int64     `canon:"size_bytes,optional"`
	Asset          string    `canon:"asset,optional"` // number of the computer that it belongs to
	Serial         string    `canon:"serial,optional"`
	Model          string    `canon:"model,optional"`
	Maker          string    `canon:"maker,optional"`
	Place          string    `canon:"place,optional"`
	Holders        []string  `canon:"holders,optional" count:"..100"` // persons who may use it
	CarrierOf      string    `canon:"carrier_of,optional"`            // number of the asset whose data it carries
	InService      Day       `canon:"in_service,optional"`
	Lists          []ListRef `canon:"lists,optional" count:"..100"`
	ActEnd
}

// Reclassify gives media another classification.
type Reclassify struct {
	Act
	Media []Medium `canon:"media" count:"1..150"`
	From  string   `canon:"from" words:"top-secret secret confidential none"` // of all these media
	To    string   `canon:"to" words:"top-secret secret confidential none"`
	Basis string   `canon:"basis"`          // law, or number of the order
	Limit *Limit   `canon:"limit,optional"` // there unless the new classification is `none`
	ActEnd
}

// Retype corrects the type of a medium that nothing has erased yet.
type Retype struct {
	Act
	Medium     Medium `canon:"medium"`
	From       string `canon:"from" words:"magnetic ssd usb-flash sd emmc optical tape hybrid image other unknown"`
	To         string `canon:"to" words:"magnetic ssd usb-flash sd emmc optical tape hybrid image other unknown"`
	Reason     string `canon:"reason"`
	SerialSeen string `canon:"serial_seen,optional"` // on the medium itself
	ActEnd
}

// Inventory counts media against the register.
type Inventory struct {
	Act
	Scope      Scope     `canon:"scope"`
	Found      []string  `canon:"found" max:"64"`      // numbers
	Missing    []string  `canon:"missing" max:"64"`    // numbers
	Unexpected []string  `canon:"unexpected" max:"64"` // numbers that are there, and not where the register has them
	CountedBy  string    `canon:"counted_by"`
	Lists      []ListRef `canon:"lists,optional" count:"..100"` // whose rows were found
	ActEnd
}

// Scope is which media were counted. Exactly one of its members is there.
type Scope struct {
	Person string `canon:"person,optional"` // whose media
	Place  string `canon:"place,optional"`
	All    bool   `canon:"all,optional"`
}

// Correction corrects clerical errors of an act, or withdraws it.
type Correction struct {
	Act
	Target    Target   `canon:"target"`
	Reason    string   `canon:"reason"`
	Changes   []Change `canon:"changes,optional" count:"..32"` // or it withdraws the target
	Withdraws bool     `canon:"withdraws,optional"`
	ActEnd
}

// Change is a field of an act whose value was wrong.
type Change struct {
	Field string `canon:"field" max:"64"`
	Old   string `canon:"old,optional"` // as the register has it; absent if it has none
	New   string `canon:"new,optional"` // absent if there is none
}

// Void takes back an act of the last 24 hours that no entry refers to.
type Void struct {
	Act
	Target Target `canon:"target"`
	Reason string `canon:"reason"`
	ActEnd
}

// Approval allows a use of media.
type Approval struct {
	Act
	Media       []Medium  `canon:"media,optional" count:"..150"` // or lists
	Purpose     string    `canon:"purpose" words:"inside outside destroy borrow carry send abroad repair copy"`
	Technician  string    `canon:"technician"` // the person who may do it
	From        time.Time `canon:"from"`
	Until       time.Time `canon:"until"`
	Reason      string    `canon:"reason,optional"`
	Destination string    `canon:"destination,optional"`
	Escorts     []string  `canon:"escorts,optional" count:"..16"` // persons
	Channel     string    `canon:"channel,optional" words:"confidential-courier confidential-post dedicated-person"`
	Copies      int64     `canon:"copies,optional" range:"1.."`
	Permit      string    `canon:"permit,optional"` // number of the permit of an authority
	Conditions  string    `canon:"conditions,optional"`
	Lists       []ListRef `canon:"lists,optional" count:"..100"`
	ActEnd
}
