package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh"
	"golang.org/x/term"

	"rasure/certify"
	"rasure/certify/people"
	"rasure/cmd/internal/fault"
	"rasure/logs/durable"
)

type signOptions struct{ as, key, signature string }

func newSignCmd(a *app) *cobra.Command {
	var o signOptions
	c := &cobra.Command{
		Use:   "sign FILE --as ROLE [--key FILE|agent]",
		Short: "Sign a statement as a person, with your SSH key",
		Long: `Sign a statement as a person, with your SSH key. It shows what the statement says, asks on a terminal, and
adds your signature to the file, behind those of others. It needs no root, no station and no network.

ROLE is what you sign as: technician, approve, witness, custodian, validate, secrecy or roster. The key is a
private key file, "agent" for the only key in your ssh-agent, or a public key file for that key in the agent,
which is also how a FIDO token signs. Without a terminal the passphrase is the first line of stdin.

Equally good without rasure, on the text alone, which is the file up to its first empty line:
  sed '/^$/,$d' FILE > text && ssh-keygen -Y sign -n rasure-ROLE -f KEY text
and then, on any machine: rasure sign FILE --signature text.sig

Example: rasure sign USBSTICK01.witness --as witness --key ~/.ssh/id_ed25519` + "\n" + exitHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.sign(cmd.Context(), args[0], o) },
	}
	c.Flags().StringVar(&o.as, "as", "", "what you sign as")
	c.Flags().StringVar(&o.key, "key", "agent", "private key file, public key file of a key in the agent, or agent")
	c.Flags().StringVar(&o.signature, "signature", "", "take in a signature that ssh-keygen -Y sign has made, instead of signing")
	return a.jsonFlag(c)
}

// signedFile is what sign --json shows.
type signedFile struct {
	File       string `json:"file"`
	Kind       string `json:"kind"`
	TextSHA256 string `json:"text_sha256"`
	Role       string `json:"role"`
	Key        string `json:"key"`        // "SHA256:" and base64, as ssh-keygen -l shows it
	Signatures int    `json:"signatures"` // on the statement now
}

func (a *app) sign(ctx context.Context, path string, o signOptions) error {
	if (o.as == "") == (o.signature == "") {
		return fault.Usage(errors.New("either --as ROLE, to sign, or --signature FILE, to take in a signature"))
	}
	file, err := readFile(path)
	if err != nil {
		return err
	}
	if station, err := certify.SignerName(file); err == nil && !strings.HasPrefix(station, "rasure-") {
		return fault.Refusef("%s is signed by the station %s: people sign statements about it, not the thing itself", path, station)
	}
	text, err := people.Text(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if len(text) < len(file) { // there are signatures already; one of them would be worth nothing if it did not match
		if _, _, err := people.Open(file); err != nil {
			return fault.NotVerifiedf("%s: %w", path, err)
		}
	}
	if err := a.showText(text); err != nil {
		return fault.Refusef("%s: %w", path, err)
	}
	sig, err := a.makeSignature(ctx, text, o)
	if err != nil {
		return err
	}
	signed, err := people.Attach(file, sig)
	if err != nil {
		return fault.Refusef("%s: %w", path, err)
	}
	_, all, err := people.Open(signed)
	if err != nil {
		return err
	}
	if err := durable.WriteFile(path, signed, 0o644); err != nil {
		return err
	}
	v := signedFile{path, string(certify.KindOf(signed)), hexSum([]byte(text)), string(sig.Role), sig.Fingerprint(), len(all)}
	if a.json {
		return a.printJSON(v)
	}
	a.printf("%s  signed as %s with key %s, %d signature(s) now\n", path, v.Role, v.Key, v.Signatures)
	return nil
}

// makeSignature signs, or takes in what ssh-keygen has signed. It checks that the role goes with the kind of statement.
func (a *app) makeSignature(ctx context.Context, text string, o signOptions) (people.Signature, error) {
	if o.signature != "" {
		armored, err := readFile(o.signature)
		if err != nil {
			return people.Signature{}, err
		}
		sig, err := people.ParseArmor(armored)
		if err != nil {
			return people.Signature{}, fault.NotVerifiedf("%s: %w", o.signature, err)
		}
		return sig, roleFits(text, sig.Role)
	}
	role, err := people.ParseRole(o.as)
	if err != nil {
		return people.Signature{}, fault.Usagef("--as: %w", err)
	}
	if err := roleFits(text, role); err != nil {
		return people.Signature{}, err
	}
	lines := bufio.NewReader(a.in)
	if isTerminal(a.in) {
		a.note("Type %s to sign it: ", role)
		typed, err := readLine(ctx, lines)
		switch {
		case errors.Is(err, fault.ErrInterrupted):
			return people.Signature{}, fmt.Errorf("%w: nothing was signed", fault.ErrInterrupted)
		case err != nil:
			return people.Signature{}, fault.Refuse(errors.New("nothing was typed: nothing was signed"))
		}
		if typed != string(role) {
			return people.Signature{}, fault.Refusef("%q is not %s: nothing was signed", typed, role)
		}
	}
	key, release, err := a.personKey(o.key, lines)
	if err != nil {
		return people.Signature{}, err
	}
	defer release.Close()
	return people.Sign([]byte(text), role, key)
}

// roleFits: only a roster is signed by roots, and by nobody else.
func roleFits(text string, role people.Role) error {
	if kind := certify.KindOf([]byte(text)); (kind == people.KindRoster) != (role == people.Root) {
		return fault.Refusef("nobody signs a %s as %s", kind, role)
	}
	return nil
}

// personKey opens a person's key: "agent", the file of a private key, or that of the public key of one in the agent. The
// caller closes what it returns.
func (a *app) personKey(from string, lines *bufio.Reader) (ssh.Signer, io.Closer, error) {
	var which []byte
	if from != "agent" {
		file, err := readFile(from)
		if err != nil {
			return nil, nil, err
		}
		if bytes.HasPrefix(file, []byte("-----BEGIN")) {
			s, err := people.OpenKey(file, func() ([]byte, error) { return a.passphrase(from, lines) })
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", from, err)
			}
			return s, io.NopCloser(nil), nil
		}
		which = file
	}
	s, conn, err := people.OpenAgent(which)
	if errors.Is(err, people.ErrNoAgent) {
		return nil, nil, fault.WithHint(err, "give the file of your key: --key ~/.ssh/id_ed25519")
	}
	return s, conn, err
}

// passphrase asks on the terminal, without showing what is typed, or reads the first line of stdin.
func (a *app) passphrase(of string, lines *bufio.Reader) ([]byte, error) {
	if f, ok := a.in.(*os.File); ok && isTerminal(f) {
		a.note("Passphrase of %s: ", of)
		defer a.note("\n")
		return term.ReadPassword(int(f.Fd()))
	}
	line, err := lines.ReadBytes('\n')
	if err != nil && len(line) == 0 {
		return nil, errors.New("it has a passphrase, and stdin gives none")
	}
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")), nil
}

func hexSum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
