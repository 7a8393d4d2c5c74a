// Package complete has the words with which a shell completes a command line. Each is a word, or a word, a tab and what it means.
package complete

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"rasure/certify/audit"
	"rasure/cmd/internal/job"
	"rasure/cmd/message/humanize"
	"rasure/devices"
	"rasure/wipe/scheme"
)

// Disks are the disks attached now, by name and by serial number.
func Disks(all []devices.Disk) (words []string) {
	for _, d := range all {
		words = append(words, described(d.Name, about(d), d.Serial))
	}
	return append(words, Serials(all)...)
}

// Serials are the serial numbers of the disks attached now; of an image, which has none, its name.
func Serials(all []devices.Disk) (words []string) {
	for _, d := range all {
		if d.Serial != "" {
			words = append(words, described(job.Word(d), d.Name, about(d)))
		}
	}
	return words
}

// Words are the words that confirm the disks attached now.
func Words(all []devices.Disk) (words []string) {
	for _, d := range all {
		words = append(words, described(job.Word(d), d.Name, about(d)))
	}
	return words
}

func about(d devices.Disk) string {
	return cmp.Or(devices.Printable(d.Model), string(d.Medium)) + " " + humanize.Size(d.Size)
}

// Schemes are the named schemes of passes.
func Schemes() (words []string) {
	for _, s := range scheme.All() {
		words = append(words, described(s.ID, s.Title))
	}
	return words
}

// Media are the numbers in the register.
func Media(s *audit.State) (words []string) {
	for _, m := range s.Register.Media() {
		words = append(words, described(m.Number, string(m.Class), m.Model, m.Serial))
	}
	return words
}

// People are the names in the newest roster, with the roles of each.
func People(s *audit.State) (words []string) {
	roles := map[string][]string{}
	if r := s.Rosters.At(s.Checkpoint.Size); r != nil {
		_, signers := r.Lines()
		for _, l := range signers {
			for _, n := range l.Namespaces {
				roles[l.Principal] = append(roles[l.Principal], strings.TrimPrefix(n, "rasure-"))
			}
		}
	}
	for name, all := range roles {
		words = append(words, described(name, strings.Join(slices.Compact(all), " ")))
	}
	slices.Sort(words)
	return words
}

// Jobs are the ids of the jobs that run or were left unfinished, of the station in a state directory.
func Jobs(stateDir string) (words []string) {
	files, _ := filepath.Glob(filepath.Join(stateDir, "jobs", "*.json"))
	for _, name := range files {
		words = append(words, strings.TrimSuffix(filepath.Base(name), ".json"))
	}
	return words
}

// described is a word and what it means. A shell must not take a part of the meaning for a word.
func described(word string, meaning ...string) string {
	parts := []string{}
	for _, m := range meaning {
		if m = strings.Join(strings.Fields(devices.Printable(m)), " "); m != "" {
			parts = append(parts, m)
		}
	}
	if word = devices.Printable(word); len(parts) == 0 {
		return word
	}
	return word + "\t" + strings.Join(parts, ", ")
}
