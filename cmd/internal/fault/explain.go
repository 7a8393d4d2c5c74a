package fault

import (
	"errors"

	"rasure/devices"
	"rasure/wipe"
)

// Explain adds a hint to the refusal of a disk or of a plan where one helps, unless it has one.
func Explain(err error) error {
	if _, has := HintOf(err); has {
		return err
	}
	var refused *devices.RefusedError
	if errors.As(err, &refused) {
		for _, z := range refused.Hazards {
			if hint := z.Hint(); !hint.IsZero() {
				return Hint{err, hint}
			}
		}
	}
	switch {
	case errors.Is(err, devices.ErrNotFound):
		return WithHint(err, "rasure list shows the disks attached now")
	case errors.Is(err, wipe.ErrPurgeUnavailable):
		return WithHint(err, "no weaker method is used: fix the cause, or destroy the disk")
	}
	return err
}
