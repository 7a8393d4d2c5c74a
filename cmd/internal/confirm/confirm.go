// Package confirm asks which disks of a batch are to be erased. A disk is erased only after its serial number was given, by a flag or
// as a line that was typed or scanned; nothing else confirms it.
package confirm

import (
	"context"
	"strings"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/message"
	"rasure/devices"
)

// Batch is the part of [jobs.Batch] that confirms.
type Batch interface {
	Disks() []jobs.Prepared
	// Confirm refuses a word that fits no disk, with [fault.Refused]. Then nothing has changed.
	Confirm(ctx context.Context, word string, how jobs.How) (i int, err error)
}

// ByFlags confirms every disk of a batch by the words of the command line. It refuses all of them if a word fits no disk, or if a disk is
// left without its word.
func ByFlags(ctx context.Context, b Batch, words []string) error {
	disks, confirmed := b.Disks(), map[int]bool{}
	for _, word := range words {
		i, err := b.Confirm(ctx, word, jobs.ByFlag)
		if fault.Code(err) == fault.Refused {
			return fault.WithHint(message.Errorf("nothing was erased: %w", err), "rasure list shows the serial numbers, and the port of a disk that has none")
		}
		if err != nil {
			return err
		}
		confirmed[i] = true
	}
	for i, d := range disks {
		switch {
		case d.Refused != nil:
			return fault.WithHint(fault.Refusef("nothing was erased: %s", d.Refused.Text), "%s", d.Refused.Hint)
		case !confirmed[i]:
			return fault.Refusef("nothing was erased: %s (%s) was not confirmed", name(d), number(d))
		}
	}
	return nil
}

// Prompt confirms the disks of a batch line by line, in any order.
type Prompt struct {
	batch     Batch
	disks     []jobs.Prepared
	confirmed map[int]bool
	leaving   bool // nothing more has to be confirmed: the rest is left out, or nothing is erased
}

// NewPrompt begins to ask. A batch all of whose disks are refused is refused.
func NewPrompt(b Batch) (*Prompt, error) {
	p := &Prompt{batch: b, disks: b.Disks(), confirmed: map[int]bool{}}
	if len(p.missing()) == 0 {
		return nil, fault.Refusef("nothing was erased: none of the disks may be erased")
	}
	return p, nil
}

// Question is what to ask now.
func (p *Prompt) Question() message.Text {
	left := p.missing()
	switch {
	case p.leaving && len(left) == 0:
		return message.Of("Type %s to erase %s: ", jobs.ArmWord, names(p.given()))
	case p.leaving:
		return message.Of("Type %s to erase %s and leave out %s; or type another serial number: ", jobs.ArmWord, names(p.given()), names(left))
	case len(p.disks) == 1 && left[0].Disk.IdentifiedBy() == devices.ByPort:
		return message.Of("Type its port to erase it: ")
	case len(p.disks) == 1 && left[0].Disk.Serial == "":
		return message.Of("Type its name to erase it: ")
	case len(p.disks) == 1:
		return message.Of("Type the serial number to erase it: ")
	case len(left) == 1:
		return message.Of("Type the serial number of a disk to erase it (1 is left): ")
	}
	return message.Of("Type the serial number of a disk to erase it (%d are left): ", len(left))
}

// Answer takes a line. It returns what to say to it, and whether no more is to be asked: the disks whose serial numbers were given may be
// erased. A wrong word costs nothing. A refusal means that nothing is to be erased.
func (p *Prompt) Answer(ctx context.Context, line string) (said message.Text, done bool, err error) {
	line = strings.TrimSpace(line)
	if line == "" {
		return p.empty()
	}
	i, err := p.batch.Confirm(ctx, line, jobs.Typed)
	switch {
	case fault.Code(err) == fault.Refused && p.leaving && line == jobs.ArmWord:
		return message.Text{}, true, nil
	case fault.Code(err) == fault.Refused:
		return p.wrong(line), false, nil
	case err != nil:
		return message.Text{}, false, err
	}
	if p.confirmed[i] {
		return message.Of("%s is confirmed already.", name(p.disks[i])), false, nil
	}
	p.leaving, p.confirmed[i] = false, true
	return message.Of("%s is confirmed.", name(p.disks[i])), len(p.missing()) == 0, nil
}

// empty takes an empty line. One alone does nothing: a scanner may send two line ends.
func (p *Prompt) empty() (said message.Text, done bool, err error) {
	if p.leaving || len(p.confirmed) == 0 {
		return message.Text{}, false, fault.Refusef("nothing was typed: nothing was erased")
	}
	p.leaving = true
	return message.Of("Not confirmed: %s. Another empty line erases nothing.", names(p.missing())), false, nil
}

func (p *Prompt) wrong(line string) message.Text {
	if p.leaving {
		return message.Of("%q is not %s. Press Enter to erase nothing.", Short(line), jobs.ArmWord)
	}
	if len(p.disks) == 1 {
		if p.disks[0].Disk.IdentifiedBy() == devices.ByPort {
			return message.Of("%q is not the port of %s. Try again, or press Enter to erase nothing.", Short(line), name(p.disks[0]))
		}
		return message.Of("%q is not the serial number of %s. Try again, or press Enter to erase nothing.", Short(line), name(p.disks[0]))
	}
	return message.Of("%q is not the serial number of one of these disks. Try again.", Short(line))
}

// missing are the disks that may be erased and are not confirmed.
func (p *Prompt) missing() (all []jobs.Prepared) {
	for i, d := range p.disks {
		if d.Refused == nil && !p.confirmed[i] {
			all = append(all, d)
		}
	}
	return all
}

// given are the disks that are confirmed.
func (p *Prompt) given() (all []jobs.Prepared) {
	for i, d := range p.disks {
		if p.confirmed[i] {
			all = append(all, d)
		}
	}
	return all
}

// Short is the beginning of a line that is too long to be shown: a scanner reads any bar code.
func Short(line string) string {
	const most = 60
	if r := []rune(line); len(r) > most {
		return string(r[:most]) + "..."
	}
	return line
}

func name(d jobs.Prepared) string { return devices.Printable(d.Disk.Name) }

func names(all []jobs.Prepared) string {
	words := make([]string, len(all))
	for i, d := range all {
		words[i] = name(d)
	}
	return strings.Join(words, ", ")
}

// number is the serial number of a disk, or the port by which it is identified instead.
func number(d jobs.Prepared) message.Text {
	switch {
	case d.Disk.IdentifiedBy() == devices.ByPort:
		return message.Of("at %s", d.Disk.Port)
	case d.Disk.Serial == "":
		return message.Of("serial number %s", "-")
	}
	return message.Of("serial number %s", d.Word)
}

var _ Batch = jobs.Batch(nil)
