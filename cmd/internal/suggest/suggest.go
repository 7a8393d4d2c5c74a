// Package suggest finds what a person probably meant by a word that means nothing.
package suggest

import (
	"slices"
	"strings"

	"rasure/devices"
)

// Nearest returns the word that differs from s in the fewest letters, at most two; "" if there is none.
func Nearest(s string, words []string) (found string) {
	best := 3
	for _, w := range words {
		if d := distance(strings.ToLower(s), strings.ToLower(w)); d < best {
			best, found = d, w
		}
	}
	return found
}

// distance is that of Levenshtein.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

// Disks returns the disks that a person may have meant, by serial number or by name, each with the other behind it: those whose serial
// number contains the word, or else that whose serial number or name is most alike.
func Disks(word string, all []devices.Disk) (found []string) {
	if len(word) < 4 { // too many names are like "sdq"
		return nil
	}
	words, said := []string{}, map[string]string{}
	for _, d := range all {
		name, serial := devices.Printable(d.Name), devices.Printable(d.Serial)
		if serial == "" {
			words, said[name] = append(words, name), name
			continue
		}
		words, said[name], said[serial] = append(words, name, serial), name+" ("+serial+")", serial+" ("+name+")"
		if strings.Contains(strings.ToLower(serial), strings.ToLower(word)) {
			found = append(found, said[serial])
		}
	}
	if near := Nearest(word, words); near != "" && len(found) == 0 {
		found = append(found, said[near])
	}
	slices.Sort(found)
	return found[:min(len(found), 4)]
}
