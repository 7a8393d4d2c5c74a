package statement

// Result is what a technician says of a job of theirs.
type Result struct {
	Act
	Target       Target `canon:"target"` // certificate
	Statement    string `canon:"statement" words:"done not-done irregular"`
	Irregularity string `canon:"irregularity,optional"` // there with `irregular`
	ActEnd
}

// Witness states that somebody saw an erasure or a destruction.
type Witness struct {
	Act
	Target  Target `canon:"target"` // certificate or destruction
	Present string `canon:"present" words:"all begin-and-end end-only"`
	Saw     string `canon:"saw"`
	Place   string `canon:"place,optional"`
	ActEnd
}

// Validation accepts or rejects an erasure (NIST SP 800-88 Rev. 2, 4.5.2).
type Validation struct {
	Act
	Target      Target     `canon:"target"` // certificate
	Decision    string     `canon:"decision" words:"accept reject"`
	Reason      string     `canon:"reason"`
	Residual    string     `canon:"residual_risk,optional"`
	Next        string     `canon:"next_method,optional"`
	Secondary   *Secondary `canon:"secondary,optional"` // the medium was examined with another tool
	Destination string     `canon:"destination,optional" words:"same-unit other-unit issuer destroy unknown"`
	ActEnd
}

// Secondary is an examination with another tool.
type Secondary struct {
	Tool      string `canon:"tool"`
	Version   string `canon:"version"`
	PatternOK bool   `canon:"pattern_ok"` // all that was read is the pattern of the certificate
	Bytes     int64  `canon:"bytes"`      // that were read
}

// Destruction states that media were destroyed.
type Destruction struct {
	Act
	Media      []Medium    `canon:"media" count:"1..150"`
	Approval   Target      `canon:"approval"`
	Erasure    *Target     `canon:"erasure,optional"` // certificate of an erasure before
	Method     string      `canon:"method" words:"shred disintegrate grind melt incinerate degauss chemical other"`
	Words      string      `canon:"method_words,optional"` // there with `other`
	Place      string      `canon:"place"`
	Machine    *Machine    `canon:"machine,optional"`
	Standard   string      `canon:"standard,optional"`
	Security   string      `canon:"security_level,optional" max:"64"`          // of DIN 66399, or of the NSA's lists
	Particle   int64       `canon:"particle_micrometres,optional" range:"1.."` // largest found; 2 mm is 2000
	Field      int64       `canon:"field_millitesla,optional" range:"1.."`     // of a degausser
	Weights    *Weights    `canon:"weights,optional"`
	Contractor *Contractor `canon:"contractor,optional"`
	Residue    string      `canon:"residue,optional"` // what became of it
	Escorts    []string    `canon:"escorts,optional" count:"..16"`
	ActEnd
}

// Machine is with what media were destroyed.
type Machine struct {
	Maker  string `canon:"maker"`
	Model  string `canon:"model"`
	Serial string `canon:"serial,optional"`
	Tested Day    `canon:"tested_on,optional"`
}

// Weights of the media before and of the residue after.
type Weights struct {
	Before int64 `canon:"before_grams"`
	After  int64 `canon:"after_grams"`
}

// Contractor is an organisation that destroys media for others.
type Contractor struct {
	Name      string `canon:"name"`
	Licence   string `canon:"licence,optional"`
	Agreement string `canon:"agreement,optional"`
}
