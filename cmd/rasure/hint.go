package main

import (
	"errors"

	"rasure/cmd/internal/fault"
	"rasure/devices"
)

// explain adds a hint to a refusal where one helps.
func explain(err error) error {
	var refused *devices.RefusedError
	if errors.As(err, &refused) {
		for _, z := range refused.Hazards {
			if hint := z.Hint(); !hint.IsZero() {
				return fault.WithHint(err, "%s", hint)
			}
		}
	}
	if errors.Is(err, devices.ErrNotFound) {
		return fault.WithHint(err, "rasure list shows the disks attached now")
	}
	return err
}
