package main

import (
	"errors"
	"io/fs"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
)

// pinOptions name what a verifier has of a station: its card, or only its public key.
type pinOptions struct{ card, key string }

// AddFlags adds --station and --key.
func (o *pinOptions) AddFlags(c *cobra.Command) {
	c.Flags().StringVar(&o.card, "station", "", "the station card (rasure station card), obtained independently of what is verified")
	c.Flags().StringVar(&o.key, "key", "", "the station's public key in place of its card: every log that this key signed verifies")
}

// read reads the card or the key. A card in the place of the key, or the other way round, is a mistake of the command line.
func (o pinOptions) read() (pin audit.Pin, err error) {
	switch {
	case o.card != "" && o.key != "":
		return pin, fault.Usage(message.New("--station and --key exclude each other: the station card has the key"))
	case o.card != "":
		return readCard(o.card)
	case o.key == "":
		return pin, fault.WithHint(fault.Usage(message.New("--station is missing: the station card, obtained independently of what is verified")),
			"the station prints its card with: rasure station card. With only its public key, use --key")
	}
	pin.Key, err = station.ReadPublicKey(o.key)
	if text, again := cli.ReadFile(o.key); err != nil && again == nil && certify.IsStation(certify.KindOf(text)) {
		return pin, fault.WithHint(err, "%s is a station card: give it with --station", o.key)
	}
	return pin, err
}

// pin reads what the options name, or takes this station's own key.
func (a *app) pin(o pinOptions) (audit.Pin, error) {
	if o.card != "" || o.key != "" {
		return o.read()
	}
	key, err := station.ReadPublicKey(a.statePath(station.PublicKeyFile))
	if errors.Is(err, fs.ErrNotExist) {
		err = fault.WithHint(fault.Usagef("this machine has no station whose key could be used: %w", err), "give the station card: --station CARD")
	}
	return audit.Pin{Key: key}, err
}

func readCard(path string) (pin audit.Pin, err error) {
	text, err := cli.ReadFile(path)
	if err != nil {
		return pin, err
	}
	if pin, err = audit.ParseCard(text); err == nil {
		return pin, nil
	}
	err = message.Errorf("%s: %w", path, err)
	switch {
	case audit.IsPublicKey(text):
		return pin, fault.WithHint(fault.Usage(err), "%s is a public key: give it with --key", path)
	case !certify.IsStation(certify.KindOf(text)):
		return pin, fault.Usage(err)
	}
	return pin, err
}
