package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"strconv"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/certify/tpm"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
)

func newStationApproveCmd(a *app) *cobra.Command {
	var retire, yes bool
	c := &cobra.Command{
		Use:   "approve [FILE]...",
		Short: "Take approvals of images, in which a bound key signs",
		Long: `Keep approvals of images, which the publisher or the office of this station wrote (rasure image approve). The key of the
station is bound: it signs only in a boot that one of them has approved. After an update it is used again: the approval of the
new image is all that the station needs. In a machine that has started something else, the log can be read, and nothing
can be signed.

With --retire-older the TPM refuses the key from now on to all images of a lower version than the one that runs. Nothing
takes that back, so it asks first. If several approvals are of this boot, the highest version counts. Do it when the new
image works, so that nobody can start an old one whose faults are known.`,
		Example: "rasure station approve rasure.approval",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if retire && !yes && !cli.IsTerminal(a.In) {
				return fault.WithHint(fault.Usagef("there is no terminal to ask on"), "rasure station approve --help says what is retired; --yes does not ask")
			}
			return a.runStationApprove(cmd.Context(), args, retire, yes)
		},
	}
	c.Flags().BoolVar(&retire, "retire-older", false, "have the TPM refuse the key to images of lower versions, for ever")
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return a.passwordFlags(c, tpm.Owner)
}

func (a *app) runStationApprove(ctx context.Context, files []string, retire, yes bool) error {
	if len(files) == 0 && !retire {
		return fault.Usagef("no approval is named")
	}
	texts, err := readTexts(files)
	if err != nil {
		return err
	}
	s, err := a.openStation()
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Approve(texts...); err != nil {
		return err
	}
	if retire {
		if err := a.askRetireOlder(ctx, s, yes); err != nil {
			return err
		}
		version, err := s.RetireOlder()
		if err != nil {
			return err
		}
		a.Note("the TPM accepts images of version %d and later\n", version)
	}
	is, err := s.Bound()
	if err != nil {
		return err
	}
	if !is.Approved {
		a.Note("the approvals are kept; %v\n", is.Why)
		return nil
	}
	a.Note("the key signs in this boot: the image has version %d\n", is.Version)
	return nil
}

// askRetireOlder says which images the TPM will refuse, and asks. In a boot that is not approved there is nothing to ask: it is refused.
func (a *app) askRetireOlder(ctx context.Context, s *station.Station, yes bool) error {
	is, err := s.Bound()
	if err != nil || is == nil || !is.Approved || yes {
		return err
	}
	a.Note("The TPM will refuse its bound keys to all images of a lower version than %d. This cannot be undone.\n", is.Version)
	a.Note("Type the version of this image, %d, to retire the older ones: ", is.Version)
	typed, err := cli.ReadLine(ctx, bufio.NewReader(a.In))
	if err == nil && typed != strconv.FormatUint(is.Version, 10) {
		err = fault.Refusef("nothing was retired: %q is not the version of this image", typed)
	}
	return err
}

func readTexts(files []string) (texts []string, err error) {
	for _, path := range files {
		text, err := cli.ReadFile(path)
		if err != nil {
			return nil, err
		}
		texts = append(texts, string(text))
	}
	return texts, nil
}

// boundOptions say to whose approvals a key is bound.
type boundOptions struct {
	bound             bool
	publisher, office string
	approvals         []string
}

func (o *boundOptions) AddFlags(c *cobra.Command) {
	c.Flags().BoolVar(&o.bound, "bound", false, "bind the key: it signs only in boots that the publisher or the office approved")
	c.Flags().StringVar(&o.publisher, "publisher", "", "with --bound: public key of the publisher of the image, PEM")
	c.Flags().StringVar(&o.office, "office", "", "with --bound: public key of the office, which can approve boots too")
	c.Flags().StringArrayVar(&o.approvals, "approval", nil, "with --bound: approval of the image that runs; can be repeated")
}

// read fills in what a station is made with.
func (o *boundOptions) read(to *station.InitOptions) error {
	if !o.bound {
		if o.publisher != "" || o.office != "" || len(o.approvals) > 0 {
			return fault.Usagef("--publisher, --office and --approval need --bound")
		}
		return nil
	}
	if o.publisher == "" || len(o.approvals) == 0 {
		return fault.WithHint(fault.Usagef("--bound needs --publisher and --approval"), "the key signs the first entry of its log at once, so the image that runs must be approved")
	}
	var err error
	if to.Authorities, err = readAuthorities(o.publisher, o.office); err != nil {
		return err
	}
	to.Approvals, err = readTexts(o.approvals)
	return err
}

// readAuthorities reads the public key of the publisher, and that of the office if there is one.
func readAuthorities(publisher, office string) (all []*ecdsa.PublicKey, err error) {
	for _, path := range []string{publisher, office} {
		if path == "" {
			continue
		}
		key, err := readAuthority(path)
		if err != nil {
			return nil, err
		}
		all = append(all, key)
	}
	return all, nil
}

func readAuthority(path string) (*ecdsa.PublicKey, error) {
	text, err := cli.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, err := certify.ParsePublicKey(text)
	if err != nil {
		return nil, message.Errorf("%s: %w", path, err)
	}
	return key, nil
}
