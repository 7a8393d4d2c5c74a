// Package reformat formats the blocks of a SCSI disk that arrays have used, with blocks of 520 or 528 bytes, to blocks of 512 bytes, so that the
// kernel can use the disk and it can be erased. A format is no erasure.
//
// A drive that has begun formats itself, for hours, and loses the format if it loses its power. What was begun is kept in a journal, and the drive
// itself reports how it stands: if Run is called again, it waits for a format that runs, and begins one again that was interrupted.
package reformat

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/firmware"
)

// Options are what the caller decides and shows.
type Options struct {
	Journal Journal
	Allow   func(d devices.Disk) error                                       // whether the rules of the office let the content of the disk be lost
	Confirm func(d devices.Disk, f firmware.Format, note message.Text) error // asks the operator; note is why, if that is not the first time
	Show    func(f firmware.Format)                                          // how it stands, each time that the drive was asked
	Poll    time.Duration                                                    // between two questions; 0: 1 s, and 10 s after a minute
}

// Result is what became of a disk.
type Result struct {
	Disk     string `json:"disk"`
	From     int    `json:"from_block_bytes"` // 0: not known, because a format had been interrupted
	To       int    `json:"to_block_bytes"`
	Size     int64  `json:"size_bytes"` // by the drive
	Rescan   string `json:"rescan"`     // why the kernel does not know its size yet; "" if it does
	Finished bool   `json:"finished"`   // false: it had blocks of 512 bytes before
}

// Run formats a disk, or waits for a format that runs. Where ctx ends first, the drive continues, and the error says so.
func Run(ctx context.Context, h *devices.Host, d devices.Disk, o Options) (r Result, err error) {
	if err := o.Allow(d); err != nil {
		return r, err
	}
	target, err := h.Claim(ctx, d, devices.ClaimOptions{AllowBlocks: true})
	if errors.Is(err, devices.ErrImage) {
		return r, fault.Refusef("%s: an image has no blocks to format", d.Name)
	}
	if err != nil {
		return r, err
	}
	r, err = run(ctx, target, d, o)
	if err = errors.Join(err, target.Close()); err == nil && r.Finished {
		if e := h.RescanSize(d); e != nil {
			r.Rescan = e.Error()
		}
	}
	return r, err
}

func run(ctx context.Context, target *devices.Target, d devices.Disk, o Options) (Result, error) {
	handle := target.Handle()
	r := Result{Disk: d.Name, To: firmware.PlainBlock}
	f, err := firmware.ReadFormat(ctx, handle)
	if err != nil {
		return r, fault.Refusef("%s: %w", d.Name, err)
	}
	was, begun, err := o.Journal.read(d)
	if err != nil {
		return r, err
	}
	switch r.From = f.Block; {
	case f.State == firmware.FormatReady && f.Block == firmware.PlainBlock:
		if r.Size, r.Finished = f.Size, begun; begun {
			r.From = was.From
		}
		return r, o.Journal.remove(d)
	case f.State == firmware.FormatReady && !slices.Contains(firmware.LongBlocks, f.Block):
		return r, fault.Refusef("%s has blocks of %d bytes: only blocks of 520, 524 and 528 bytes are formatted", d.Name, f.Block)
	case f.State == firmware.FormatRunning:
		if r.From = was.From; !begun {
			return r, fault.WithHint(fault.Refusef("%s formats itself, and rasure has not begun that", d.Name), "wait until it has ended, and run the same command again")
		}
	default:
		if !begun || f.State == firmware.FormatReady { // or what was begun has failed, and the drive reports its blocks
			was = entry{Serial: d.Serial, WWN: d.WWN, Model: d.Model, From: f.Block}
		}
		r.From = was.From
		if err := begin(ctx, target, f, was, begun, o); err != nil {
			return r, err
		}
	}
	if r.Size, err = wait(ctx, target, o); err != nil {
		return r, err
	}
	r.Finished = true
	return r, o.Journal.remove(d)
}

// begin begins a format, after it was confirmed and is in the journal. From here on the content of the drive may be lost.
func begin(ctx context.Context, target *devices.Target, f firmware.Format, was entry, begun bool, o Options) error {
	d, note := target.Disk(), message.Text{}
	switch {
	case f.State == firmware.FormatCorrupt && begun:
		note = message.Of("the format that began on %s was interrupted: it begins again", was.Began.Format(time.DateTime))
	case f.State == firmware.FormatCorrupt:
		note = message.Of("a format of this drive was interrupted or failed: nothing but another one makes it usable")
	}
	if err := o.Confirm(d, f, note); err != nil {
		return err
	}
	if err := target.Check(); err != nil {
		return err
	}
	was.Began = time.Now().UTC().Truncate(time.Second)
	if err := o.Journal.write(d, was); err != nil {
		return err
	}
	err := firmware.BeginFormat(ctx, target.Handle())
	if err == nil {
		return nil
	}
	if now, e := firmware.ReadFormat(ctx, target.Handle()); e == nil && now.State == firmware.FormatRunning {
		return nil // its answer was lost
	}
	return message.Errorf("%s: formatting its blocks: %w", d.Name, err)
}

// wait asks the drive until it has ended, and returns its size.
func wait(ctx context.Context, target *devices.Target, o Options) (int64, error) {
	d := target.Disk()
	left := func() error {
		return fault.WithHint(message.Errorf("%s: %w: the drive continues to format itself, and must not lose its power", d.Name, fault.ErrInterrupted), "rasure format %s --to 512 waits for it", d.Name)
	}
	poll := cmp.Or(o.Poll, time.Second)
	for began := time.Now(); ; {
		f, err := firmware.ReadFormat(ctx, target.Handle())
		switch {
		case ctx.Err() != nil:
			return 0, left()
		case err != nil:
			return 0, message.Errorf("%s: %w", d.Name, err)
		case f.State == firmware.FormatCorrupt:
			return 0, fault.WithHint(message.Errorf("%s: the format failed: the drive reports a corrupt format", d.Name), "run the same command again; if it fails again, destroy the disk")
		case f.State == firmware.FormatReady && f.Block != firmware.PlainBlock:
			return 0, fault.WithHint(message.Errorf("%s: the format ended, and the drive still has blocks of %d bytes", d.Name, f.Block), "destroy the disk, or ask its vendor for a tool")
		case f.State == firmware.FormatReady:
			return f.Size, nil
		}
		o.Show(f)
		if o.Poll == 0 && time.Since(began) > time.Minute {
			poll = 10 * time.Second
		}
		select {
		case <-ctx.Done():
			return 0, left()
		case <-time.After(poll):
		}
	}
}
