package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/issue"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/humanize"
	"rasure/cmd/internal/progress"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/format"
	"rasure/wipe"
)

type checkOptions struct{ cert, key, verify, preparation, progress string }

func newCheckCmd(a *app) *cobra.Command {
	var o checkOptions
	c := &cobra.Command{
		Use:   "check DISK --cert FILE",
		Short: "Read a disk again and compare it with its certificate",
		Long: `Read a disk again and compare every byte with what its certificate states. Nothing is written. The certificate is
verified first, with the station's key or the one given.

Blocks that could not be written, by the certificate, are read too, and the output says what they hold; the exit status
is then 3. If the disk was prepared for re-use (rasure prepare), the blocks of partition table and file system are made
again from the signed preparation and compared.

Example: rasure check sdb --cert USBSTICK01-20260102T030405Z.cert`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkShow(o.progress); err != nil {
				return err
			}
			return a.runCheck(cmd.Context(), args[0], o)
		},
	}
	o.AddFlags(c)
	return a.JSONFlag(c)
}

func (o *checkOptions) AddFlags(c *cobra.Command) {
	c.Flags().StringVar(&o.cert, "cert", "", "the certificate")
	c.Flags().StringVar(&o.key, "key", "", "the station's public key (default: this station's)")
	c.Flags().StringVar(&o.preparation, "preparation", "", "the signed preparation (default: the file next to the certificate that ends in .preparation)")
	c.Flags().StringVar(&o.verify, "verify", string(wipe.Full), "what is read: full or sample")
	showFlag(c, &o.progress)
}

// checkResult is what check --json prints.
type checkResult struct {
	Disk       string        `json:"disk"`
	ID         string        `json:"id"`
	Pattern    string        `json:"pattern"`
	Verify     string        `json:"verify"`
	Verified   int64         `json:"verified_bytes"`
	Mismatched []wipe.Extent `json:"mismatched"`
	Unreadable []wipe.Extent `json:"unreadable"`
	Excluded   int64         `json:"excluded_bytes"` // that could not be written, by the certificate; what they hold is in unwritten
	Unwritten  unwritten     `json:"unwritten"`
	Prepared   int64         `json:"prepared_bytes"` // compared with the preparation
	Layout     layoutResult  `json:"preparation"`
	Valid      bool          `json:"valid"`
	OldValid   bool          `json:"holds"`
}

// unwritten is what was found in the extents that the certificate lists as not written.
type unwritten struct {
	Equal      int64 `json:"equal_bytes"` // hold the pattern nevertheless
	Other      int64 `json:"other_bytes"`
	Unreadable int64 `json:"unreadable_bytes"`
}

// layoutResult is what was found where a preparation wrote.
type layoutResult struct {
	State       string          `json:"state"`       // "none", "good" or "differs"
	Identifiers string          `json:"identifiers"` // "stated", or "found": by rasure 0.1, the statement does not determine these 40 bytes
	Differs     []format.Extent `json:"differs"`
}

func (a *app) runCheck(ctx context.Context, arg string, o checkOptions) error {
	if o.cert == "" {
		return fault.Usage(message.New("--cert is missing"))
	}
	mode := wipe.VerifyMode(o.verify)
	if mode != wipe.Full && mode != wipe.Sample {
		return fault.Usagef("--verify: %q is neither full nor sample", o.verify)
	}
	cert, signed, err := a.openCertificate(o.cert, o.key)
	if err != nil {
		return err
	}
	content, err := audit.ContentOf(cert)
	if err != nil {
		return message.Errorf("%s: %w", o.cert, err)
	}
	prepared, statement, err := a.openPreparation(o, signed)
	if err != nil {
		return err
	}
	h := a.liveHost()
	d, err := h.Find(arg)
	if err != nil {
		return explain(err)
	}
	if err := audit.CheckDisk(cert.Disk, issue.DiskOf(d, issue.Facts{})); err != nil {
		return fault.NotVerified(err)
	}
	port, err := h.OpenRead(ctx, d)
	if err != nil {
		return err
	}
	defer port.Close()
	v := checkResult{Disk: d.Name, ID: cert.ID, Pattern: content.Pattern.String(), Excluded: content.UnwrittenBytes, Layout: layoutResult{State: "none", Differs: []format.Extent{}}}
	laidOut, err := layoutExtents(prepared)
	if err != nil {
		return message.Errorf("preparation of %s: %w", o.cert, err)
	}
	skip := merged(content.Unwritten, laidOut)
	show := a.newProgress(h, o.progress, progress.Comparison)
	show.Add(d)
	show.Start()
	report, err := wipe.Check(ctx, port, content.Pattern, d.Size, mode, wipe.CheckOptions{OnEvent: func(e wipe.Event) { show.Update(0, e) }, Disk: d, Skip: skip})
	if err == nil {
		err = v.checkUnwritten(ctx, port, content, d)
	}
	if err == nil && prepared != nil {
		err = v.checkLayout(cancelReaderAt{ctx, port}, prepared, statement)
	}
	v.take(report)
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, fault.ErrInterrupted):
		show.End(0, wipe.Interrupted)
	case err != nil || !v.Valid:
		show.End(0, wipe.Failed)
	default:
		show.End(0, wipe.Verified)
	}
	if show.Close() != nil {
		a.DropNotes()
	}
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, fault.ErrInterrupted):
		return message.Errorf("%w: %s was not read to its end", fault.ErrInterrupted, d.Name)
	case err != nil:
		return fault.NotVerified(message.Errorf("reading %s: %w", d.Name, err))
	case a.JSON:
		err = a.PrintJSON(v)
	default:
		a.printCheck(v, d)
	}
	return cmp.Or(err, v.err(d))
}

// take adds what was read by the pattern, and decides.
func (v *checkResult) take(r wipe.VerifyReport) {
	v.Verify, v.Verified = string(r.Verify), r.Verified
	v.Mismatched, v.Unreadable = append([]wipe.Extent{}, r.Mismatched...), append([]wipe.Extent{}, r.Unreadable...)
	v.Valid = r.Clean() && v.Layout.State != "differs"
	v.OldValid = v.Valid
}

// err is the outcome of a check whose result was printed.
func (v *checkResult) err(d devices.Disk) error {
	switch {
	case !v.Valid:
		return fault.NotVerifiedf("%s does not match certificate %s: %d extent(s) differ, %d cannot be read", d.Name, v.ID, len(v.Mismatched)+len(v.Layout.Differs), len(v.Unreadable))
	case v.Excluded > 0:
		return fault.Outcome(wipe.CompletedWithExceptions) // they may hold old data
	}
	return nil
}

// checkUnwritten reads the extents that the certificate lists as not written: they are no part of what it claims, and what they hold
// must be known all the same.
func (v *checkResult) checkUnwritten(ctx context.Context, port devices.Port, c audit.Content, d devices.Disk) error {
	listed := merged(c.Unwritten)
	if len(listed) == 0 {
		return nil
	}
	r, err := wipe.Check(ctx, port, c.Pattern, d.Size, wipe.Full, wipe.CheckOptions{Disk: d, Skip: complement(listed, d.Size)})
	v.Unwritten = unwritten{r.Verified, r.MismatchedTotal.Bytes, r.UnreadableTotal.Bytes}
	return err
}

// checkLayout makes the blocks of a preparation again and compares them.
func (v *checkResult) checkLayout(disk io.ReaderAt, p *certify.Preparation, statement []byte) error {
	size, block := p.Disk.Size, p.Disk.Logical
	id, err := layoutOptions(p, statement).Identifiers()
	if err != nil {
		return err
	}
	found, err := format.ReadIdentifiers(disk, size, block, p.Label)
	if err != nil {
		return err
	}
	n, differs, err := format.Compare(disk, size, block, id)
	v.Layout.Identifiers = "stated"
	if err == nil && len(differs) > 0 {
		v.Layout.Identifiers = "found"
		n, differs, err = format.Compare(disk, size, block, found)
	}
	v.Prepared, v.Layout.State, v.Layout.Differs = n, "good", append([]format.Extent{}, differs...)
	if len(differs) > 0 {
		v.Layout.State = "differs"
	}
	return err
}

// layoutOptions are the choices of a preparation's file system. All of them follow from its statement.
func layoutOptions(p *certify.Preparation, statement []byte) format.Options {
	return format.Options{Label: p.Label, Random: audit.LayoutRandom(statement), Now: func() time.Time { return p.Started.UTC() }}
}

func (a *app) printCheck(v checkResult, d devices.Disk) {
	a.Printf("%s: %s of %s read (%s) and equal to the certificate's %s\n", d.Name, humanize.Exact(v.Verified), humanize.Exact(d.Size), v.Verify, v.Pattern)
	if v.Excluded > 0 {
		u := v.Unwritten
		a.Printf("%d bytes could not be written, by the certificate: %d hold its pattern, %d hold other bytes, %d cannot be read\n", v.Excluded, u.Equal, u.Other, u.Unreadable)
	}
	switch l := v.Layout; {
	case l.State == "none":
	case l.State == "good" && l.Identifiers == "stated":
		a.Printf("%d bytes hold the partition table and file system of the preparation: read and equal\n", v.Prepared)
	case l.State == "good":
		a.Printf("%d bytes hold the partition table and file system of the preparation: read and equal, except GUIDs, volume id and date (40 bytes), which its statement does not determine\n", v.Prepared)
	default:
		a.Printf("the partition table or file system is not that of the preparation\n")
	}
	for _, e := range firstOf(v.Mismatched) {
		a.Printf("differs: offset %d, %d bytes\n", e.Offset, e.Length)
	}
	for _, e := range v.Layout.Differs[:min(len(v.Layout.Differs), 20)] {
		a.Printf("differs from the preparation: offset %d, %d bytes\n", e.Offset, e.Length)
	}
	for _, e := range firstOf(v.Unreadable) {
		a.Printf("unreadable: offset %d, %d bytes\n", e.Offset, e.Length)
	}
}

// preparationPath is the file of a preparation, next to the certificate.
func preparationPath(cert string) string { return strings.TrimSuffix(cert, ".cert") + ".preparation" }

// openPreparation returns the preparation of a certificate and its signed bytes; nil if there is none.
func (a *app) openPreparation(o checkOptions, cert []byte) (*certify.Preparation, []byte, error) {
	path := o.preparation
	if path == "" {
		path = preparationPath(o.cert)
	}
	signed, err := cli.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && o.preparation == "" {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	pub, err := a.stationPublicKey(o.key)
	if err != nil {
		return nil, nil, err
	}
	p, err := audit.OpenPreparation(signed, cert, pub)
	if err != nil {
		return nil, nil, message.Errorf("%s: %w", path, err)
	}
	return p, signed, nil
}

func firstOf(all []wipe.Extent) []wipe.Extent { return all[:min(len(all), 20)] }

// layoutExtents returns what the layout of a preparation consists of. What the statement lists as changed is not taken for it: a list
// that is too long would hide blocks from the check.
func layoutExtents(p *certify.Preparation) ([]certify.Extent, error) {
	if p == nil {
		return nil, nil
	}
	if p.Layout != preparedLayout {
		return nil, fault.NotVerifiedf("unknown layout %q", p.Layout)
	}
	list, err := format.Extents(p.Disk.Size, p.Disk.Logical)
	if err != nil {
		return nil, fault.NotVerified(err)
	}
	all := []certify.Extent{}
	for _, e := range list {
		all = append(all, certify.Extent(e))
	}
	return all, nil
}

// merged returns extents sorted, those that overlap or touch joined: what wipe.CheckOptions.Skip wants.
func merged(lists ...[]certify.Extent) []wipe.Extent {
	all := extents(slices.Concat(lists...))
	slices.SortFunc(all, func(a, b wipe.Extent) int { return cmp.Compare(a.Offset, b.Offset) })
	out := []wipe.Extent{}
	for _, e := range all {
		if n := len(out); n > 0 && e.Offset <= out[n-1].Offset+out[n-1].Length {
			out[n-1].Length = max(out[n-1].Length, e.Offset+e.Length-out[n-1].Offset)
			continue
		}
		out = append(out, e)
	}
	return out
}

// complement returns what of a disk is not in the extents.
func complement(list []wipe.Extent, size int64) []wipe.Extent {
	out, at := []wipe.Extent{}, int64(0)
	for _, e := range list {
		if e.Offset > at {
			out = append(out, wipe.Extent{Offset: at, Length: e.Offset - at})
		}
		at = e.Offset + e.Length
	}
	if at < size {
		out = append(out, wipe.Extent{Offset: at, Length: size - at})
	}
	return out
}

func extents(list []certify.Extent) []wipe.Extent {
	all := make([]wipe.Extent, 0, len(list))
	for _, e := range list {
		all = append(all, wipe.Extent{Offset: e.Offset, Length: e.Length})
	}
	return all
}

// cancelReaderAt fails with [fault.ErrInterrupted] once its context ended.
type cancelReaderAt struct {
	ctx context.Context
	io.ReaderAt
}

func (r cancelReaderAt) ReadAt(p []byte, off int64) (int, error) {
	if r.ctx.Err() != nil {
		return 0, fault.ErrInterrupted
	}
	return r.ReaderAt.ReadAt(p, off)
}

// openCertificate verifies a certificate with the key in a file, or with this station's.
func (a *app) openCertificate(path, keyPath string) (cert *certify.Certificate, signed []byte, err error) {
	pub, err := a.stationPublicKey(keyPath)
	if err != nil {
		return nil, nil, err
	}
	if signed, err = cli.ReadFile(path); err != nil {
		return nil, nil, err
	}
	if cert, err = audit.OpenCertificate(signed, pub); err != nil {
		return nil, nil, message.Errorf("%s: %w", path, err)
	}
	return cert, signed, nil
}
