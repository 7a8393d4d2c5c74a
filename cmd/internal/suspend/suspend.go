// Package suspend puts the machine to sleep for a few seconds, which takes the power from its drives: what the firmware of the machine froze
// when it was switched on is free afterwards, unless that firmware freezes it again.
package suspend

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"rasure/cmd/message"
)

// Machine is the machine, below a root directory: "/" but in tests.
type Machine struct{ Root string }

const (
	states = "sys/power/state"              // how the machine can be suspended; writing one does it, and returns when it is awake again
	kinds  = "sys/power/mem_sleep"          // what "mem" is: [deep] takes the power away, s2idle does not
	alarm  = "sys/class/rtc/rtc0/wakealarm" // the clock that wakes it
)

// Check returns why the machine cannot be suspended so that its drives lose their power and it wakes up again.
func (m Machine) Check() error {
	if text, err := m.read(states); err != nil || !contains(text, "mem") {
		return message.New("this machine cannot be suspended to memory")
	}
	if text, err := m.read(kinds); err == nil && !contains(text, "deep") && !contains(text, "[deep]") {
		return message.New("this machine only idles when it is suspended (s2idle): its drives may keep their power")
	}
	if _, err := m.read(alarm); err != nil {
		return message.New("this machine has no clock that would wake it up")
	}
	return nil
}

// For suspends the machine for a time by its clock, at least a second. Nothing is suspended unless the clock has taken the alarm.
func (m Machine) For(d time.Duration) error {
	if err := m.Check(); err != nil {
		return err
	}
	if text, err := m.read(kinds); err == nil && !contains(text, "[deep]") {
		if err := m.write(kinds, "deep"); err != nil {
			return err
		}
		for word := range strings.FieldsSeq(text) {
			if was, ok := strings.CutPrefix(word, "["); ok {
				defer m.write(kinds, strings.TrimSuffix(was, "]"))
			}
		}
	}
	if err := m.write(alarm, "0"); err != nil { // one that is set already
		return err
	}
	if err := m.write(alarm, fmt.Sprintf("+%d", max(1, int(d.Seconds())))); err != nil {
		return err
	}
	return m.write(states, "mem")
}

func contains(text, word string) bool { return slices.Contains(strings.Fields(text), word) }

func (m Machine) read(name string) (string, error) {
	b, err := os.ReadFile(filepath.Join(m.Root, name))
	return string(b), err
}

// write writes an attribute in one call, as sysfs wants it.
func (m Machine) write(name, text string) error {
	f, err := os.OpenFile(filepath.Join(m.Root, name), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}
