package view

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"rasure/cmd/message"
	"rasure/devices"
)

// Signs returns what a change of each disk is seen by, by its name and disk sequence. asJSON: all of it, and not only what the table shows.
func Signs(all []Disk, asJSON bool) (map[string]string, error) {
	signs := map[string]string{}
	for _, d := range all {
		s, err := d.sign(asJSON)
		if err != nil {
			return nil, err
		}
		signs[fmt.Sprintf("%s %d", d.Name, d.Seq)] = s
	}
	return signs, nil
}

// sign is what is shown of a disk, without one thing: a disk that is in use anyway is open or is read at one moment and not at the
// next, all day long.
func (d Disk) sign(asJSON bool) (string, error) {
	keep := slices.DeleteFunc(slices.Clone(d.Hazards), func(h devices.Hazard) bool { return h.Kind == devices.Busy })
	if len(keep) > 0 {
		d.Hazards = keep
	}
	if !asJSON {
		return strings.Join(d.row(message.English), "\t"), nil
	}
	b, err := json.Marshal(d)
	return string(b), err
}

// Changes lists how one list differs from the one before: "changed sda", "gone sdc", "new sdb".
func Changes(before, after map[string]string) []message.Text {
	all := []message.Text{}
	for disk, sign := range after {
		name, _, _ := strings.Cut(disk, " ")
		if was, known := before[disk]; !known {
			all = append(all, message.Of("new %s", name))
		} else if was != sign {
			all = append(all, message.Of("changed %s", name))
		}
	}
	for disk := range before {
		if _, there := after[disk]; !there {
			name, _, _ := strings.Cut(disk, " ")
			all = append(all, message.Of("gone %s", name))
		}
	}
	slices.SortFunc(all, func(a, b message.Text) int { return strings.Compare(a.String(), b.String()) })
	return all
}

// Phrases is a list of texts, as one text.
func Phrases(all []message.Text) message.Text {
	format, args := []string{}, []any{}
	for _, t := range all {
		format, args = append(format, "%s"), append(args, t)
	}
	return message.Text{Format: strings.Join(format, ", "), Args: args}
}
