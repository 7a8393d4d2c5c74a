package statement

import "time"

// Outside is an organisation that gets or returns media. Names of its people are in the annex.
type Outside struct {
	Organisation string `canon:"organisation"`
}

// Handover gives media to another custodian, or to another organisation.
type Handover struct {
	Act
	Media      []Medium   `canon:"media" count:"1..150"`
	From       string     `canon:"from"`
	To         string     `canon:"to,optional"`       // custodian; or there is a receiver
	Receiver   *Outside   `canon:"receiver,optional"` // its receipt is in evidence
	Approval   *Target    `canon:"approval,optional"` // that allows it
	Due        *time.Time `canon:"due,optional"`      // to be given back by then
	Place      string     `canon:"place,optional"`
	SealOut    string     `canon:"seal_out,optional"` // number of the seal when it left
	SealIn     string     `canon:"seal_in,optional"`  // and when it arrived
	Escorts    []string   `canon:"escorts,optional" count:"..16"`
	Channel    string     `canon:"channel,optional" words:"confidential-courier confidential-post dedicated-person"`
	Everything bool       `canon:"everything,optional"` // all media that the giver has: the person leaves
	ActEnd
}

// Carry takes media out of the office. Their custodian has them on the way.
type Carry struct {
	Act
	Media       []Medium  `canon:"media" count:"1..150"`
	Carrier     string    `canon:"carrier"`  // the custodian
	Approval    Target    `canon:"approval"` // to carry them, or to take them abroad
	Destination string    `canon:"destination"`
	Due         time.Time `canon:"due"`                           // to be back by then
	Escorts     []string  `canon:"escorts,optional" count:"..16"` // who sign as witnesses
	Seal        string    `canon:"seal,optional"`
	ActEnd
}

// Back brings media back that were carried out. Somebody else than the carrier has examined them.
type Back struct {
	Act
	Media     []Medium `canon:"media" count:"1..150"`
	Carrier   string   `canon:"carrier"`
	Carried   Target   `canon:"carried"`            // by which they were taken out
	Sealed    bool     `canon:"sealed"`             // the seal was unbroken, or there was none
	Condition string   `canon:"condition,optional"` // of the media, in words
	ActEnd
}

// Return gives media back to the organisation that issued them.
type Return struct {
	Act
	Media    []Medium `canon:"media" count:"1..150"`
	From     string   `canon:"from"`
	Receiver Outside  `canon:"receiver"`
	Receipt  string   `canon:"receipt"` // number of the receipt
	Seal     string   `canon:"seal,optional"`
	ActEnd
}

// Transfer moves media of a person who cannot hand them over.
type Transfer struct {
	Act
	Media  []Medium `canon:"media" count:"1..150"`
	From   string   `canon:"from"`
	To     string   `canon:"to"`
	Reason string   `canon:"reason" words:"dead dismissed ill"` // of the giver
	ActEnd
}

// Loss reports media that are lost.
type Loss struct {
	Act
	Media         []Medium  `canon:"media" count:"1..150"`
	Noticed       time.Time `canon:"noticed"`
	Circumstances string    `canon:"circumstances"`
	Place         string    `canon:"place,optional"`
	ActEnd
}

// Found reports lost media that were found.
type Found struct {
	Act
	Media     []Medium `canon:"media" count:"1..150"`
	Loss      Target   `canon:"loss"`
	Where     string   `canon:"where"`
	Sealed    bool     `canon:"sealed"` // the seal was unbroken
	Condition string   `canon:"condition,optional"`
	ActEnd
}

// Incident reports what went wrong with media or with a statement.
type Incident struct {
	Act
	Noticed  time.Time  `canon:"noticed"`
	Kind     string     `canon:"kind" max:"64"` // code
	Media    []Medium   `canon:"media,optional" count:"..150"`
	Target   *Target    `canon:"target,optional"`
	Measures string     `canon:"measures"`
	Reported *time.Time `canon:"reported,optional"`
	ActEnd
}

// Report states to whom a loss or an incident was reported.
type Report struct {
	Act
	Target    Target     `canon:"target"`
	Receivers []Receiver `canon:"receivers" count:"1..16"`
	Measures  string     `canon:"measures,optional"`
	ActEnd
}

// Receiver is an organisation that got a report.
type Receiver struct {
	Organisation string    `canon:"organisation"`
	At           time.Time `canon:"at"`
	Reference    string    `canon:"reference"` // under which it keeps the report
}
