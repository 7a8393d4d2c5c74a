package settings

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
	"rasure/wipe/scheme"
)

// Bay is a socket for disks that has a name on this station.
type Bay struct {
	Name   string
	Port   string  // as [devices.Disk.Port]
	Intake *Intake // how the intake mode erases what arrives in the bay; nil: it does not
	Line   int     // of the file; 0 if it is not known
}

// Intake is what the intake mode does with a disk that arrives in a bay.
type Intake struct {
	Plan      wipe.PlanOptions
	Countdown time.Duration // from the arrival of the disk
}

// Limits of a countdown: below, nobody can prevent a mistake.
const (
	defaultCountdown = 30 * time.Second
	leastCountdown   = 10
	mostCountdown    = 600
)

// maxBayName is how many characters the name of a bay may have: it is a column of every screen.
const maxBayName = 12

// bayTable is a bay as the file has it, in which intake = false may come with a plan, and a plan before it.
type bayTable struct {
	Bay
	intake  bool
	plan    Intake
	planned string // the first setting of the plan that is there
}

var bayKeys = []key[bayTable]{
	text("name", func(b *bayTable, v string) (message.Text, error) { b.Name = v; return checkBayName(v) }),
	text("port", func(b *bayTable, v string) (message.Text, error) {
		b.Port = v
		return message.Of("rasure bay list shows the port of each disk"), devices.CheckPort(v)
	}),
	{"intake", func(b *bayTable, v any) (message.Text, error) {
		var ok bool
		if b.intake, ok = v.(bool); !ok {
			return message.Of("write intake = true"), message.New("intake must be true or false")
		}
		return message.Text{}, nil
	}},
	text("level", func(b *bayTable, v string) (hint message.Text, err error) {
		b.plan.Plan.Level, err = wipe.ParseLevel(v)
		return hint, err
	}),
	text("scheme", func(b *bayTable, v string) (message.Text, error) {
		b.plan.Plan.Scheme = v
		_, err := scheme.Named(v)
		return message.Of("rasure plan --schemes lists them"), err
	}),
	text("verify", func(b *bayTable, v string) (hint message.Text, err error) {
		b.plan.Plan.Verify, err = wipe.ParseVerify(v)
		return hint, err
	}),
	{"countdown", func(b *bayTable, v any) (message.Text, error) {
		n, ok := v.(int64)
		if !ok || n < leastCountdown || n > mostCountdown {
			return message.Of("write countdown = 30"), message.Errorf("countdown must be a number of seconds from %d to %d", leastCountdown, mostCountdown)
		}
		b.plan.Countdown = time.Duration(n) * time.Second
		return message.Text{}, nil
	}},
}

// CheckBayName refuses what cannot be the name of a bay.
func CheckBayName(name string) error {
	_, err := checkBayName(name)
	return err
}

func checkBayName(v string) (message.Text, error) {
	if hint, err := checkText(v); err != nil {
		return hint, err
	}
	if utf8.RuneCountInString(v) > maxBayName || strings.ContainsAny(v, " \u3000\u00a0") {
		return message.Of("write a short name such as A1"), message.Errorf("%q has more than %d characters, or spaces", v, maxBayName)
	}
	return message.Text{}, nil
}

// parseBays reads the tables [[bay]]. The error is one for the line.
func (s *Settings) parseBays(v any, lineOf func(n int, key string) int) (line int, hint message.Text, err error) {
	tables, ok := tablesOf(v)
	if !ok {
		return lineOf(0, ""), message.Of("write [[bay]] on a line of its own, and name and port below"), message.New("bay must be a table for each bay")
	}
	for n, table := range tables {
		b, name, hint, err := parseBay(table)
		if err == nil {
			name, hint, err = s.checkOtherBays(b)
		}
		if err != nil {
			return lineOf(n, name), hint, err
		}
		b.Line = lineOf(n, "")
		s.Bays = append(s.Bays, b)
	}
	return 0, message.Text{}, nil
}

// parseBay reads one bay. With an error it returns the setting that is wrong; "" is the bay.
func parseBay(table map[string]any) (b Bay, name string, hint message.Text, err error) {
	t := bayTable{}
	for _, name := range slices.Sorted(maps.Keys(table)) {
		known := find(bayKeys, name)
		if known == nil {
			hint := nearest(name, bayKeys)
			if find(keys, name) != nil {
				hint = message.Of("write it above the first [[bay]]: what is below is about the bay")
			}
			return b, name, hint, message.Errorf("a bay has no setting %q", name)
		}
		if hint, err := known.set(&t, table[name]); err != nil {
			return b, name, hint, err
		}
		if t.planned == "" && !slices.Contains([]string{"name", "port", "intake"}, name) {
			t.planned = name
		}
	}
	for name, v := range map[string]string{"name": t.Name, "port": t.Port} {
		if v == "" {
			return b, "", message.Of(`write %s = "..."`, name), message.Errorf("the bay has no %s", name)
		}
	}
	switch {
	case t.intake:
		p := &t.plan.Plan
		if err := p.Check(); err != nil {
			return b, "verify", message.Text{}, err
		}
		p.Level, p.Verify = cmp.Or(p.Level, wipe.Clear), cmp.Or(p.Verify, wipe.Full)
		t.plan.Countdown = cmp.Or(t.plan.Countdown, defaultCountdown)
		t.Intake = &t.plan
	case t.planned != "":
		return b, t.planned, message.Of("write intake = true, or leave the line out"), message.Errorf("%s is only for the intake mode, and this bay is not named for it", t.planned)
	}
	return t.Bay, "", message.Text{}, nil
}

// checkOtherBays refuses a second bay with the same name or port.
func (s *Settings) checkOtherBays(b Bay) (name string, hint message.Text, err error) {
	for _, o := range s.Bays {
		switch {
		case strings.EqualFold(o.Name, b.Name):
			return "name", message.Text{}, message.Errorf("another bay has the name %q, at line %d", b.Name, o.Line)
		case o.Port == b.Port:
			return "port", message.Text{}, message.Errorf("the bay %q has the port %q, too, at line %d", o.Name, b.Port, o.Line)
		}
	}
	return "", message.Text{}, nil
}

// String is the bay in a line.
func (b Bay) String() string {
	if b.Intake == nil {
		return b.Port
	}
	p := b.Intake.Plan
	scheme := p.Scheme
	if scheme == "" {
		scheme = "default scheme"
	}
	return fmt.Sprintf("%s, intake: %s, %s, verify %s, countdown %v", b.Port, p.Level, scheme, p.Verify, b.Intake.Countdown)
}
