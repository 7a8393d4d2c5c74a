package statement

// Roster states who may sign what. The roots sign it: as many as the roster before demands, and as many as it demands itself.
type Roster struct {
	Act
	Number    int64          `canon:"number" range:"1.."`      // 1 for the first roster of a log, one more for each after it
	Previous  Hash           `canon:"previous,optional"`       // of the text of the roster before; absent in the first
	Threshold int64          `canon:"threshold" range:"1..16"` // how many root persons must sign the next roster
	Roots     []string       `canon:"roots" count:"1..32"`     // lines of allowed_signers: who may change the roster
	People    []RosterPerson `canon:"people" count:"..200"`
	Drops     []Drop         `canon:"drops,optional" count:"..200"` // persons of the roster before who are not in this one
	ActEnd
}

// RosterPerson is somebody in the roster.
type RosterPerson struct {
	Person     string   `canon:"person"`
	Keys       []string `canon:"keys" count:"1..16"` // lines of allowed_signers. Their namespaces are roles, one by one, and no patterns
	Title      string   `canon:"title,optional"`
	Department string   `canon:"department,optional"`
	Trained    Day      `canon:"trained_until,optional"`
	Hardware   bool     `canon:"hardware"`               // the keys are in hardware
	Verified   bool     `canon:"user_verified,optional"` // which asks for a PIN or a finger
}

// Drop is why a person left the roster.
type Drop struct {
	Person string `canon:"person"`
	Reason string `canon:"reason"`
}

// Policy is the text of the rules. It is in force from the entry behind it.
type Policy struct {
	Act
	Name     string   `canon:"name" max:"64"`
	Source   string   `canon:"source"` // where the rules come from
	Lines    []string `canon:"lines"`  // of TOML, without empty lines and tabs
	Replaces *Ref     `canon:"replaces,optional"`
	ActEnd
}
