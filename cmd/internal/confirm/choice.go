package confirm

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/message"
	"rasure/cmd/message/humanize"
	"rasure/devices"
)

// Host is the part of [devices.Host] that chooses disks.
type Host interface {
	Find(arg string) (devices.Disk, error)
	Hazards(d devices.Disk) ([]devices.Hazard, error)
}

// Choice collects disks whose serial numbers are typed or scanned, before they are claimed: each names a disk and confirms it.
type Choice struct {
	host  Host
	Words []string // the serial numbers, as they are on the disks
}

// NewChoice begins to ask.
func NewChoice(h Host) *Choice { return &Choice{host: h} }

// Question is what to ask now.
func (c *Choice) Question() message.Text {
	return message.Of("%d> ", len(c.Words)+1)
}

// Answer takes a line. It returns what to say to it, and whether no more is to be asked. A wrong line costs nothing.
func (c *Choice) Answer(line string) (said message.Text, done bool, err error) {
	line = strings.TrimSpace(line)
	if line == "" {
		if len(c.Words) == 0 {
			return said, false, fault.Refusef("nothing was typed: nothing was erased")
		}
		return said, true, nil
	}
	d, err := c.host.Find(line)
	if errors.Is(err, devices.ErrNotFound) {
		return message.Of("No disk has serial number %q.", Short(line)), false, nil
	}
	if err != nil {
		return message.Of("%v", err), false, nil
	}
	word, name := job.Word(d), devices.Printable(d.Name)
	switch hazards, err := c.host.Hazards(d); {
	case !job.SameWord(line, word):
		return message.Of("%q is not a serial number. Scan or type that of %s.", Short(line), name), false, nil
	case slices.Contains(c.Words, word):
		return message.Of("%s is on the list already.", name), false, nil
	case err != nil:
		return message.Of("%v", err), false, nil
	case len(hazards) > 0:
		return message.Of("%v", &devices.RefusedError{Disk: d, Hazards: hazards}), false, nil
	}
	c.Words = append(c.Words, word)
	return message.Of("%s is on the list: %s, %s.", name, cmp.Or(devices.Printable(d.Model), string(d.Medium)), humanize.Size(d.Size)), false, nil
}

// NewChosen asks once more before the disks of a batch are erased whose serial numbers were typed or scanned one by one: they have not
// been shown together yet.
func NewChosen(ctx context.Context, b Batch, words []string) (*Prompt, error) {
	p, err := NewPrompt(b)
	if err != nil {
		return nil, err
	}
	for _, word := range words {
		i, err := b.Confirm(ctx, word, jobs.Typed)
		if fault.Code(err) == fault.Refused { // it was left out, and says why
			continue
		}
		if err != nil {
			return nil, err
		}
		p.confirmed[i] = true
	}
	if len(p.confirmed) == 0 {
		return nil, fault.Refusef("nothing was erased: none of the disks may be erased")
	}
	p.leaving = true
	return p, nil
}
