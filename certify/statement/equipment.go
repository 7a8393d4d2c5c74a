package statement

import "rasure/cmd/message"

// Equipment states a device of the office: one that keeps data on media of its own, as computers, printers and copiers do, or one that destroys
// media. The newest statement about a number counts.
type Equipment struct {
	Act
	Number    string `canon:"number" max:"64"` // as media have it as `asset`
	Kind      string `canon:"kind" words:"computer printer copier scanner destruction-machine other"`
	Status    string `canon:"status" words:"in-use leaves"` // `leaves`: the office, for good
	Maker     string `canon:"maker,optional"`
	Model     string `canon:"model,optional"`
	Serial    string `canon:"serial,optional"`
	Place     string `canon:"place,optional"`
	Storage   bool   `canon:"storage"`               // it keeps data on media of its own
	Inspected Day    `canon:"inspected_on,optional"` // its security was inspected
	Inspector string `canon:"inspected_by,optional"` // there with that day
	Tested    Day    `canon:"tested_on,optional"`    // it destroyed a sample as it should
	Particle  int64  `canon:"particle_micrometres,optional" range:"1.."`
	Standard  string `canon:"standard,optional"` // by which it was tested or inspected
	ActEnd
}

func (e *Equipment) check() error {
	switch {
	case (e.Inspected == "") != (e.Inspector == ""):
		return message.New("inspected_on and inspected_by are there together")
	case e.Kind != "destruction-machine" && (e.Tested != "" || e.Particle != 0):
		return message.New("only a destruction-machine has tested_on and particle_micrometres")
	}
	return CheckNumber(e.Number)
}

func (e *Equipment) variant() string { return e.Status }
