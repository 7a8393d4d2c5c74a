package prepare

import (
	"io"
	"time"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/issue"
	"rasure/certify/statement"
	"rasure/cmd/internal/check"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
	"rasure/devices"
	"rasure/devices/format"
)

// stated is what is about to be done.
type stated struct {
	st      *station.Station
	t       *devices.Target
	changed []format.Extent
	cert    *certify.Certificate
	before  certified
	o       Options
}

// sign states it in the version of the log.
func (s stated) sign() ([]byte, error) {
	is2, err := s.st.Version2()
	if err != nil {
		return nil, err
	}
	operator := devices.Printable(s.o.Operator)
	named := operator != ""
	if !named {
		operator = station.Operator()
	}
	if is2 {
		return s.sign2(operator, named)
	}
	if s.o.FileSystem != format.FAT {
		return nil, fault.WithHint(fault.Refusef("version 1 of statements knows no file system but fat32"), "rasure station upgrade continues the log with version 2; or leave out --fs")
	}
	p := certify.Preparation{Station: s.st.Describe(), Operator: operator, Certificate: s.before.refer, Disk: issue.DiskOf(s.t.Disk(), s.facts()),
		Layout: check.LayoutName(s.o.FileSystem), Label: s.o.Label, Changed: []certify.Extent{}, Started: station.Now()}
	for _, e := range s.changed {
		p.Changed = append(p.Changed, certify.Extent(e))
	}
	if p.Tool, err = s.st.Tool(); err != nil {
		return nil, err
	}
	return s.st.Sign(certify.KindPreparation, p)
}

func (s stated) facts() issue.Facts {
	return issue.Facts{Direct: s.t.Direct(), DirectIO: issue.DirectIO(s.t.DirectIO()), Confirmed: s.t.Confirmed()}
}

// sign2 states the SHA-256 of what will be written as well, so that everybody can see from the statement alone what the blocks must hold.
func (s stated) sign2(operator string, named bool) ([]byte, error) {
	state, err := s.st.State()
	if err != nil {
		return nil, err
	}
	p := &statement.Preparation{Operator: station.Operator2(state, operator, named), Disk: issue.DiskOf2(s.t.Disk(), s.facts()), Layout: check.LayoutName(s.o.FileSystem), Label: s.o.Label}
	if p.Certificate, err = state.Register.TargetOf(s.before.refer.Index); err != nil {
		return nil, err
	}
	if p.ByStation, err = s.st.ByStation(); err != nil {
		return nil, err
	}
	if p.Medium, err = state.Register.UseOf(s.cert.Register); err != nil {
		return nil, err
	}
	for _, e := range s.changed {
		p.Changed = append(p.Changed, statement.Extent(e))
	}
	d := s.t.Disk()
	if p.Content, err = contentOf(p, audit.LayoutRandom2(p.Certificate.SHA256, p.ID), d.Size, d.LogicalBlock); err != nil {
		return nil, err
	}
	return s.st.Sign2(p)
}

func contentOf(p *statement.Preparation, random io.Reader, size int64, block int) (statement.Hash, error) {
	fs, _ := check.FileSystemOf(p.Layout)
	id, err := format.Options{FileSystem: fs, Label: p.Label, Random: random, Now: func() time.Time { return p.Clock.At }}.Identifiers()
	if err != nil {
		return statement.Hash{}, err
	}
	sum, err := format.Sum(size, block, id)
	return sum, err
}
