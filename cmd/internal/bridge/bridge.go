// Package bridge tries what a USB bridge carries between this machine and the ATA drive behind it.
//
// # What is sent
//
// Only commands that change nothing: IDENTIFY DEVICE, SMART READ DATA, READ THRESHOLDS and RETURN STATUS, READ LOG EXT, NOP, and READ VERIFY
// SECTOR(S) EXT. A bridge that does not know a command may hang until it is unplugged, so that the disk is claimed, and the operator confirms it. No
// command is waited for longer than ten seconds, and after one that was not answered nothing more is sent.
//
// What a bridge does to data on their way to the drive cannot be tried without a change, and is not.
package bridge

import (
	"context"
	"errors"
	"slices"
	"time"

	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/ata"
	"rasure/devices/health"
)

// Result is what a check has found.
type Result string

const (
	Carried   Result = "carried"
	Altered   Result = "altered" // it arrived, and not as it was sent
	Dropped   Result = "dropped" // nothing arrived
	Refused   Result = "refused" // the bridge, or the drive, does not know the command
	NotTested Result = "not-tested"
)

// Check is one line of a report.
type Check struct {
	Part   ata.Part     `json:"check"`
	Result Result       `json:"result"`
	Detail message.Text `json:"detail"` // empty if there is nothing to add
}

// NVMe is the check for which there is no public way.
const NVMe ata.Part = "nvme"

// Use is what a bridge can be listed for.
type Use string

const (
	Nothing  Use = "nothing"
	Identity Use = "identify"
	Reading  Use = "identify-and-health"
	Commands Use = "commands" // besides what was shown of these, commands without data that have a count and an address
)

// Report is what was found out about a bridge.
type Report struct {
	Disk   string                `json:"disk"`
	Bridge devices.Bridge        `json:"bridge"`
	Checks []Check               `json:"checks"`
	Use    Use                   `json:"usable_for"`
	Limit  message.Text          `json:"limit"` // why the bridge is not usable for commands with this disk, though it carries them; empty otherwise
	List   *devices.ListedBridge `json:"list"`  // for the settings; nil if it cannot be listed
}

// Silent reports whether the bridge left a command unanswered.
func (r Report) Silent() bool {
	return slices.ContainsFunc(r.Checks, func(c Check) bool { return c.Detail.Format == silent.Format })
}

// Options are what the caller decides.
type Options struct {
	Confirm func(devices.Disk) error // asks the operator
	Today   time.Time
}

// Run claims a disk, and tries its bridge when the operator has confirmed it. Where ctx ends, the command that the drive has at that moment is
// left to itself. With an error the report is empty, or of a bridge that did not survive its test, which cannot be listed.
func Run(ctx context.Context, h *devices.Host, d devices.Disk, o Options) (r Report, err error) {
	if d.Bus != devices.USB || d.Bridge == nil {
		return r, fault.Refusef("%s is not attached through a USB bridge", d.Name)
	}
	if d.Bridge.Firmware == "" {
		return r, fault.Refusef("%s: the kernel does not show the firmware of its USB bridge, so that it cannot be listed", d.Name)
	}
	if why := d.OneOfSeveral(); !why.IsZero() {
		return r, fault.Refusef("%s: %v", d.Name, why)
	}
	target, err := h.Claim(ctx, d, devices.ClaimOptions{})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	if target.Handle().Port().SCSI() == nil {
		return r, fault.Refusef("%s takes no commands", d.Name)
	}
	if err := o.Confirm(d); err != nil {
		return r, err
	}
	if err := target.Check(); err != nil {
		return r, err
	}
	checks := try(ctx, ata.OverSCSI(health.Limited(target.Handle().Port().SCSI())), d)
	if ctx.Err() != nil {
		return r, message.Errorf("%s: %w: nothing was changed, and nothing was found out", d.Name, fault.ErrInterrupted)
	}
	r = Report{Disk: d.Name, Bridge: *d.Bridge, Checks: checks, Use: Nothing}
	if err := target.Check(); err != nil {
		return r, message.Errorf("after the test: %w", err)
	}
	r.judge(o.Today, d.Unrecognizable())
	return r, nil
}

// judge derives what the bridge may be listed for, and with this disk used for, of which unsure says why nothing that changes it may be sent. What left
// a command unanswered is not listed.
func (r *Report) judge(today time.Time, unsure message.Text) {
	carries := []ata.Part{}
	for _, c := range r.Checks {
		if c.Result == Carried {
			carries = append(carries, c.Part)
		}
	}
	if !slices.Contains(carries, ata.PartIdentify) || r.Silent() {
		return
	}
	r.List = r.Bridge.AsListed(today, carries)
	if r.Use = Identity; r.health() {
		r.Use = Reading
	}
	switch {
	case slices.ContainsFunc([]ata.Part{ata.PartSense, ata.PartEcho, ata.PartAddress}, func(p ata.Part) bool { return !slices.Contains(carries, p) }):
	case unsure.IsZero():
		r.Use = Commands
	default:
		r.Limit = unsure
	}
}

// health reports whether the bridge was shown to carry anything about how well a drive is.
func (r Report) health() bool {
	return r.List != nil && (slices.Contains(r.List.Carries, ata.PartSMART) || slices.Contains(r.List.Carries, ata.PartLogs))
}
