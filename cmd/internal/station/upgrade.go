package station

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"strings"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/statement"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// UpgradeOptions are what a log of version 2 knows of its station besides what version 1 does.
type UpgradeOptions struct {
	Org  statement.Org
	Zone string // IANA name; "" is UTC
}

// CanUpgrade returns why the log cannot be cut over to version 2, or nil.
func (s *Station) CanUpgrade() error {
	state, err := s.State()
	if err != nil {
		return err
	}
	return checkUpgrade(state)
}

func checkUpgrade(state *audit.State) error {
	if state.Chain.Version2() {
		return fault.Refusef("the log has statements of version 2 already")
	}
	return nil
}

// Upgrade appends the station statement from which on the log takes statements of version 2, and none of version 1. It returns the index of that entry.
// Jobs that are open stay so: their certificates are of version 2.
func (s *Station) Upgrade(ctx context.Context, o UpgradeOptions) (index int64, err error) {
	o.Zone = cmp.Or(o.Zone, "UTC")
	unlock, err := s.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	state, err := s.State()
	if err != nil {
		return 0, err
	}
	if err := checkUpgrade(state); err != nil {
		return 0, err
	}
	cut, err := s.cutOver(state, o)
	if err != nil {
		return 0, err
	}
	signed, err := s.Sign2(cut)
	if err != nil {
		return 0, err
	}
	e, err := certify.CheckEntry(signed, s.public)
	if err == nil {
		err = state.Chain.CheckForm(e)
	}
	if err != nil {
		return 0, err
	}
	return s.log.Append(signed)
}

// cutOver is the statement that begins version 2.
func (s *Station) cutOver(state *audit.State, o UpgradeOptions) (*statement.StationStatement, error) {
	by, err := s.byStation(state.Log, o.Org, o.Zone)
	if err != nil {
		return nil, err
	}
	cut, err := s.stationStatement(by, o.Zone)
	if err != nil {
		return nil, err
	}
	cut.Replaces, cut.Roots = &statement.Ref{SHA256: by.Log.First}, rootsOf(state)
	if s.state.TPM != nil {
		if cut.From = state.FirstAttested(); cut.From == 0 { // rasure 0.1.0 kept none
			cut.From = state.Checkpoint.Size + 1
		}
	}
	return cut, nil
}

// firstOfVersion2 is the station card of a log that begins with version 2.
func (s *Station) firstOfVersion2(i InitOptions) ([]byte, error) {
	org, zone := i.Upgrade.Org, cmp.Or(i.Upgrade.Zone, "UTC")
	org.Organisation = orUnknown(org.Organisation)
	by, err := s.byStationAt(statement.Head{Origin: s.state.Name}, org, zone)
	if err != nil {
		return nil, err
	}
	card, err := s.stationStatement(by, zone)
	if err == nil && i.Succeeds != "" {
		err = continueOld(card, i.Succeeds)
	}
	if err != nil {
		return nil, err
	}
	return s.Sign2(card)
}

// stationStatement is what a log of version 2 says of its station.
func (s *Station) stationStatement(by statement.ByStation, zone string) (*statement.StationStatement, error) {
	key, err := x509.MarshalPKIXPublicKey(s.public)
	if err != nil {
		return nil, err
	}
	cut := &statement.StationStatement{ByStation: by, Draft: true, PublicKey: key, Zone: zone}
	for _, use := range []string{"statement", "checkpoint"} {
		cut.Keys = append(cut.Keys, statement.StationKey{Use: use, Algorithm: "ecdsa-p256-sha256", Key: key, Required: true})
	}
	host := Host(s.o.Root)
	cut.Host = statement.Host{Name: orUnknown(host.Name), Vendor: host.Vendor, Product: host.Product, Kernel: orUnknown(host.Kernel)}
	if t := s.state.TPM; t != nil {
		cut.TPM = &statement.TPM{Manufacturer: orUnknown(t.Manufacturer), Vendor: orUnknown(t.Vendor), Firmware: orUnknown(t.Firmware), Key: t.Key.Public, NV: t.Key.NVPublic, Policy: by.Station.Counter.Policy}
	}
	return cut, nil
}

// rootsOf is the SHA-256 of the roots of the first roster; zero if there is none.
func rootsOf(state *audit.State) statement.Hash {
	all := state.Rosters.Indices()
	if len(all) == 0 {
		return statement.Hash{}
	}
	return sha256.Sum256([]byte(strings.Join(state.Rosters.At(all[0]+1).Roots, "\n") + "\n"))
}

// orUnknown is for what a statement must name.
func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

var errNoOrganisation = message.New("the organisation is missing, which every statement of version 2 names")

// NewOrg makes an organisation of words that were given, or says what is wrong with them.
func NewOrg(organisation, department, site, unit string) (statement.Org, error) {
	if organisation == "" {
		return statement.Org{}, fault.WithHint(fault.Usage(errNoOrganisation), "give --organisation, or write organisation = \"...\" in the settings")
	}
	for _, word := range []string{organisation, department, site, unit} {
		if word != "" {
			if err := statement.CheckText(word); err != nil {
				return statement.Org{}, fault.Usagef("%q: %w", word, err)
			}
		}
	}
	return statement.Org{Organisation: organisation, Department: department, Site: site, UnitCode: unit}, nil
}
