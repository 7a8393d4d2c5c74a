package main

import (
	"bufio"
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/people"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/draft"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

type signOptions struct {
	as, key, signature, remove, annex string
	about, log, card                  string
}

func (o *signOptions) AddFlags(c *cobra.Command) {
	c.Flags().StringVar(&o.as, "as", "", "the role you sign in")
	c.Flags().StringVar(&o.key, "key", "agent", "private key file, public key file of a key in the agent, or agent")
	c.Flags().StringVar(&o.signature, "signature", "", "add a signature made by ssh-keygen -Y sign, instead of signing")
	c.Flags().StringVar(&o.annex, "annex", "", "the annex of the statement, if it has one")
	c.Flags().StringVar(&o.about, "about", "", "the certificate or statement that it is about, as a file: it is compared and shown")
	c.Flags().StringVar(&o.log, "log", "", "directory of the log: the entries that it is about are shown, and the roster decides who may sign")
	c.Flags().StringVar(&o.card, "station", "", "the station card for --log (default: the key of this station)")
	c.Flags().StringVar(&o.remove, "remove", "", "remove the signature of this key, SHA256:..., instead of signing")
}

func newSignCmd(a *app) *cobra.Command {
	var o signOptions
	c := &cobra.Command{
		Use:   "sign FILE --as ROLE [--key FILE|agent]",
		Short: "Sign a statement as a person, with your SSH key",
		Long: `Sign a statement as a person, with your SSH key. The content of the statement is shown, you are asked on a
terminal, and your signature is added to the file. It needs no root, no station and no network.

ROLE is technician, approve, witness, custodian, validate, secrecy or roster, and in version 2 also enrol or
audit. A statement of version 2 that has an annex is signed by those who see it: give its file. The key is a private key file,
"agent" for the only key in your ssh-agent, or a public key file for that key in the agent, which is also how
a FIDO token signs. Without a terminal the passphrase is the first line of stdin.

Without rasure: the text is the file up to its first empty line. Sign it with ssh-keygen, in the namespace
rasure-ROLE, and add the signature on any machine with --signature.`,
		Example: `rasure sign USBSTICK01.witness --as witness --key ~/.ssh/id_ed25519
sed '/^$/,$d' FILE > text && ssh-keygen -Y sign -n rasure-ROLE -f KEY text
rasure sign FILE --signature text.sig
rasure sign FILE --remove SHA256:O8fZ...`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runSign(cmd.Context(), args[0], o) },
	}
	o.AddFlags(c)
	return a.JSONFlag(c)
}

// signResult is what sign --json shows.
type signResult struct {
	File       string `json:"file"`
	Kind       string `json:"kind"`
	TextSHA256 string `json:"text_sha256"`
	Role       string `json:"role"`
	Key        string `json:"key"`        // "SHA256:" and base64, as ssh-keygen -l shows it
	Signatures int    `json:"signatures"` // on the statement now
}

func (a *app) runSign(ctx context.Context, path string, o signOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	file, err := cli.ReadFile(path)
	if err != nil {
		return err
	}
	if o.remove != "" {
		left, n, err := draft.RemoveSignature(path, file, o.remove)
		if err != nil {
			return err
		}
		return a.saveSigned(left, signResult{File: path, Key: o.remove, Signatures: n})
	}
	text, err := draft.Signable(path, file)
	if err != nil {
		return err
	}
	if err := a.showText(text, o.annex); err != nil {
		return fault.Refusef("%s: %w", path, err)
	}
	state, err := a.showAbout(ctx, text, o)
	if err != nil {
		return err
	}
	sig, err := a.makeSignature(ctx, state, text, o)
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
	return a.saveSigned(signed, signResult{File: path, Role: string(sig.Role), Key: sig.Fingerprint(), Signatures: len(all)})
}

// saveSigned replaces the file, and reports it.
func (a *app) saveSigned(signed []byte, v signResult) error {
	if err := durable.WriteFile(v.File, signed, 0o644); err != nil {
		return err
	}
	text, err := people.Text(signed)
	if err != nil {
		return err
	}
	v.Kind, v.TextSHA256 = string(certify.KindOf(signed)), draft.HexSum([]byte(text))
	switch {
	case a.JSON:
		return a.PrintJSON(v)
	case v.Role == "":
		a.Printf("%s  signature of key %s removed, signatures now: %d\n", v.File, v.Key, v.Signatures)
	default:
		a.Printf("%s  signed as %s with key %s, signatures now: %d\n", v.File, v.Role, v.Key, v.Signatures)
	}
	return nil
}

// showText shows the whole content of a statement, on stderr, before somebody signs it. annex is the path of its annex, or "".
func (a *app) showText(text, annex string) error {
	var private []byte
	if annex != "" {
		var err error
		if private, err = cli.ReadFile(annex); err != nil {
			return err
		}
	}
	lines, err := draft.Show(a.Lang, text, private)
	if err != nil {
		return err
	}
	for _, line := range lines {
		io.WriteString(a.Err, line+"\n")
	}
	return nil
}

// check refuses what can be refused before the file is read.
func (o *signOptions) check() error {
	given := 0
	for _, flag := range []string{o.as, o.signature, o.remove} {
		if flag != "" {
			given++
		}
	}
	if given != 1 {
		return fault.Usagef("give one of --as ROLE, --signature FILE and --remove KEY")
	}
	if o.as != "" {
		if _, err := people.ParseRole(o.as); err != nil {
			return fault.Usagef("--as: %w", err)
		}
	}
	return nil
}

// showAbout shows what a statement is about: the file that its signer has, and the entries of a log. It returns what that log says, or nil.
func (a *app) showAbout(ctx context.Context, text string, o signOptions) (*audit.State, error) {
	if o.about != "" {
		file, err := cli.ReadFile(o.about)
		if err != nil {
			return nil, err
		}
		if err := draft.CheckAbout(o.about, file, text); err != nil {
			return nil, err
		}
		if err := a.showEntry(o.about, certify.TextOf(file)); err != nil {
			return nil, err
		}
	}
	if o.log == "" && draft.HasLists(text) {
		return nil, fault.WithHint(fault.Refusef("its media are in lists of the log, which its signers must see"), "give the directory of the log: --log DIR")
	}
	if o.log == "" {
		return nil, nil
	}
	pin, err := a.pin(pinOptions{card: o.card})
	if err != nil {
		return nil, err
	}
	r, err := a.audit(ctx, pin, auditOptions{log: o.log}, nil)
	if err != nil {
		return nil, err
	}
	return r.State, a.showEntries(r.State, text, o.log)
}

// showEntries shows the entries of a log that a text is about, and the lists of its media.
func (a *app) showEntries(state *audit.State, text, log string) error {
	for _, t := range draft.About(text) {
		entry, err := state.Log.Entry(t.Index)
		if err != nil {
			return fault.NotVerifiedf("%s: entry %d: %w", log, t.Index, err)
		}
		if err := draft.CheckAbout(log, entry, text); err != nil {
			return err
		}
		if err := a.showEntry(message.Of("entry %d", t.Index).In(a.Lang), certify.TextOf(entry)); err != nil {
			return err
		}
	}
	return nil
}

// showEntry shows a statement that another one is about. Its annex is not shown: it belongs to those who signed it.
func (a *app) showEntry(name, text string) error {
	a.Note("\n%s:\n", name)
	lines, err := draft.ShowSigned(a.Lang, text)
	for _, line := range lines {
		io.WriteString(a.Err, line+"\n")
	}
	a.Note("\n")
	return err
}

// makeSignature signs, or reads a signature of ssh-keygen. It checks that the role fits the kind of statement, and with the state of a log that the
// key is of a person whom the statement names.
func (a *app) makeSignature(ctx context.Context, state *audit.State, text string, o signOptions) (people.Signature, error) {
	if o.signature != "" {
		armored, err := cli.ReadFile(o.signature)
		if err != nil {
			return people.Signature{}, err
		}
		sig, err := people.ParseArmor(armored)
		if err != nil {
			return people.Signature{}, fault.NotVerifiedf("%s: %w", o.signature, err)
		}
		if err := draft.CheckRole(text, sig.Role); err != nil || state == nil {
			return sig, err
		}
		_, err = draft.CheckSigner(state, text, sig.Role, sig.Key)
		return sig, err
	}
	role := people.Role(o.as)
	if err := a.checkSigner(state, text, role, o.key); err != nil {
		return people.Signature{}, err
	}
	return a.signText(ctx, text, role, o.key, bufio.NewReader(a.In))
}

// signText asks on a terminal whether a text that was shown is to be signed, and signs it.
func (a *app) signText(ctx context.Context, text string, role people.Role, from string, lines *bufio.Reader) (people.Signature, error) {
	if cli.IsTerminal(a.In) {
		a.Note("Type %s to sign it: ", role)
		typed, err := cli.ReadLine(ctx, lines)
		switch {
		case errors.Is(err, fault.ErrInterrupted):
			return people.Signature{}, message.Errorf("%w: nothing was signed", fault.ErrInterrupted)
		case err != nil:
			return people.Signature{}, fault.Refusef("nothing was typed: nothing was signed")
		}
		if typed != string(role) {
			return people.Signature{}, fault.Refusef("%q is not %s: nothing was signed", typed, role)
		}
	}
	key, release, err := draft.OpenKey(from, func() ([]byte, error) { return a.Passphrase(from, lines) })
	if err != nil {
		return people.Signature{}, err
	}
	defer release.Close()
	return people.Sign([]byte(text), role, key)
}
