package statement

import "time"

// What a medium can be, in the tags of several fields: magnetic ssd usb-flash sd emmc optical tape hybrid image other, and unknown until
// somebody has looked. Classifications: top-secret 绝密, secret 机密, confidential 秘密, none 非密.

// Medium is a registered medium that an act is about. Its signers read it; the register compares it with what it has at that head.
type Medium struct {
	Number         string `canon:"number" max:"64"`
	Classification string `canon:"classification" words:"top-secret secret confidential none"`
	Type           string `canon:"type" words:"magnetic ssd usb-flash sd emmc optical tape hybrid image other unknown"`
	Serial         string `canon:"serial,optional"`
	Model          string `canon:"model,optional"`
	Maker          string `canon:"maker,optional"`
	Size           int64  `canon:"size_bytes,optional"`
	Asset          string `canon:"asset,optional"` // number of the computer that the medium belongs to
	Registration   Ref    `canon:"registration"`   // the newest entry that states its particulars
}

// Agrees reports whether what an act says of a medium is what the register has. Model, maker, size and asset can be left out: an act about 150 media has
// no space for them, and its signers know the medium by its number and its serial number.
func (m Medium) Agrees(have Medium) bool {
	if m.Model == "" {
		have.Model = ""
	}
	if m.Maker == "" {
		have.Maker = ""
	}
	if m.Size == 0 {
		have.Size = 0
	}
	if m.Asset == "" {
		have.Asset = ""
	}
	return m == have
}

// Brief is the medium without what an act can leave out.
func (m Medium) Brief() Medium {
	m.Model, m.Maker, m.Size, m.Asset = "", "", 0, ""
	return m
}

// Target is an entry that an act is about, with what it says.
type Target struct {
	Index   int64     `canon:"index"`
	SHA256  Hash      `canon:"sha256"`        // of its text
	Kind    string    `canon:"kind" max:"64"` // its first line
	Job     string    `canon:"job,optional" max:"26"`
	Number  string    `canon:"number,optional" max:"64"` // of the medium, if it is of one
	Serial  string    `canon:"serial,optional"`
	Outcome string    `canon:"outcome,optional" words:"verified completed-with-exceptions failed interrupted unknown"`
	Level   string    `canon:"level,optional" words:"clear purge none"` // that was achieved
	At      time.Time `canon:"at"`                                      // that it states
}

// MediumUse is a registered medium as its job found it. Its classification is not here: a certificate may leave the office.
type MediumUse struct {
	Number       string `canon:"number" max:"64"`
	Asset        string `canon:"asset,optional"`
	Registration Ref    `canon:"registration"`
	Purpose      string `canon:"purpose,optional" words:"inside outside destroy borrow carry send abroad repair copy"` // of the approval
	Approval     *Ref   `canon:"approval,optional"`                                                                    // that allows the job
}

// Limit is how long a classification is kept. Exactly one of its members is there.
type Limit struct {
	Years     int64  `canon:"years,optional" range:"1..30"`
	Months    int64  `canon:"months,optional" range:"1..360"`
	Day       Day    `canon:"day,optional"`       // until the end of this day
	Condition string `canon:"condition,optional"` // until this has happened
}

// Row is a medium in a list: what a registration of a single one has.
type Row struct {
	Number         string `canon:"number" max:"64"`
	Classification string `canon:"classification,optional" words:"top-secret secret confidential none"`
	Type           string `canon:"type,optional" words:"magnetic ssd usb-flash sd emmc optical tape hybrid image other unknown"`
	Limit          *Limit `canon:"limit,optional"`
	Marked         Day    `canon:"marked_on,optional"` // from which the limit counts
	Serial         string `canon:"serial,optional"`
	Model          string `canon:"model,optional"`
	Maker          string `canon:"maker,optional"`
	Size           int64  `canon:"size_bytes,optional"`
	Asset          string `canon:"asset,optional"`
	Registration   *Ref   `canon:"registration,optional"` // if it is registered
}

// ListRef names a list of the log, so that one signature covers all its rows.
type ListRef struct {
	Index  int64 `canon:"index"`
	SHA256 Hash  `canon:"sha256"` // of the list's text
	Rows   int64 `canon:"rows" range:"1..150"`
}

// Finding is what an audit objects to.
type Finding struct {
	Rule   string `canon:"rule" max:"64"`
	Index  int64  `canon:"index"`                    // of the entry that shows it
	Medium string `canon:"medium,optional" max:"64"` // number
	SHA256 Hash   `canon:"sha256"`                   // its identity: over rule, index and medium
}
