package suspend

import (
	"context"
	"slices"
	"time"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/reformat"
	"rasure/devices"
)

// sleep is our choice: drives need a moment without power, and the clock of the machine counts seconds.
const sleep = 5 * time.Second

// Frozen asks a drive whether the firmware of the machine has frozen a method of its own erase. A drive that cannot be asked is refused.
func Frozen(ctx context.Context, h *devices.Host, d devices.Disk) (bool, error) {
	c, err := h.Capabilities(ctx, d)
	if err != nil {
		return false, err
	}
	if c.Reach != devices.FirmwareAnswered {
		return false, fault.Refusef("%s: %s", d.Name, c.Unavailable)
	}
	for _, m := range c.Methods {
		if m.Frozen {
			return true, nil
		}
	}
	return false, nil
}

// Explain is the refusal of a frozen drive, with what frees it: this machine if it can be suspended, and otherwise a person.
func (m Machine) Explain(d devices.Disk) error {
	if cannot := m.Check(); cannot != nil {
		return fault.WithHint(fault.Refusef("%s is frozen, and %w", d.Name, cannot), byHand)
	}
	return fault.WithHint(fault.Refusef("%s is frozen by the firmware of this machine", d.Name), "rasure unfreeze %s --suspend suspends the machine for five seconds, which takes the power from its drives", d.Name)
}

const byHand = "unplug the drive's power and plug it in again while the machine runs, or attach it to another machine"

// Unfreeze suspends the machine for a moment and asks a frozen drive again. It refuses while a job of the station erases a disk or a drive may erase or
// format itself, where the machine would not take the power away or not wake up, and if the drive is still frozen.
func (m Machine) Unfreeze(ctx context.Context, h *devices.Host, stateDir string, d devices.Disk) error {
	if m.Check() != nil {
		return m.Explain(d)
	}
	if err := refuseWhileErasing(h, stateDir, d); err != nil {
		return err
	}
	if err := m.For(sleep); err != nil {
		return err
	}
	frozen, err := Frozen(ctx, h, d)
	if err == nil && frozen {
		err = fault.WithHint(fault.Refusef("%s is still frozen", d.Name), byHand)
	}
	return err
}

// refuseWhileErasing refuses to suspend a machine that erases disks, also those whose job files cannot be read, and one with drives that may erase or
// format themselves: they must not lose their power. The frozen drive d does not erase itself, and may have to be freed before its job can resume.
func refuseWhileErasing(h *devices.Host, stateDir string, d devices.Disk) error {
	if id, pid := job.Running(stateDir); id != "" {
		return fault.WithHint(fault.Refusef("job %s of process %d erases a disk: the machine is not suspended", id, pid), "rasure jobs list shows the jobs; try again when they have ended")
	}
	disks, err := h.Disks()
	if err != nil {
		return err
	}
	erasing, formats := job.ListErasing(stateDir), reformat.JournalIn(stateDir)
	for _, o := range disks {
		if o.Path != d.Path && slices.ContainsFunc(erasing, func(e job.Erasing) bool { return e.Of(o) }) {
			return fault.WithHint(fault.Refusef("%s may still be erasing itself: the machine is not suspended", o.Name), "rasure wipe --resume %s waits for it", o.Path)
		}
		switch begun, err := formats.Begun(o); {
		case err != nil:
			return err
		case begun:
			return fault.WithHint(fault.Refusef("%s may still be formatting itself: the machine is not suspended", o.Name), "rasure format %s --to 512 waits for it", o.Name)
		}
	}
	return nil
}
