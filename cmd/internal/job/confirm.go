package job

import (
	"context"
	"slices"
	"strings"
	"time"

	"rasure/certify/statement"
	"rasure/cmd/internal/fault"
	"rasure/devices"
)

// How is the way in which a disk was confirmed. Certificates name it.
type How string

// The ways.
const (
	Typed     How = "typed"
	Scanned   How = "scanned"
	Replugged How = "replugged" // it was unplugged and plugged in again, as the job server saw
	ByFlag    How = "flag"      // the command line named the word, so that there was no question
	Arrived   How = "intake"    // nobody was asked: it arrived in an armed bay
)

// SameWord compares words as a person types or scans them: in any case of the letters.
func SameWord(a, b string) bool { return a != "" && strings.EqualFold(a, b) }

// Confirm confirms the disk whose [Word] this is, in any order and in any case of the letters, and returns its number. A word that fits
// none changes nothing, and is refused.
func (b *Batch) Confirm(_ context.Context, word string, how How) (int, error) {
	i := slices.IndexFunc(b.jobs, func(j *job) bool { return j.answersTo(word) })
	if i < 0 {
		if slices.ContainsFunc(b.jobs, func(j *job) bool { return j.Disk.IdentifiedBy() == devices.ByPort }) {
			return -1, fault.Refusef("%q is not the serial number or the port of a disk that was named", word)
		}
		return -1, fault.Refusef("%q is not the serial number of a disk that was named", word)
	}
	j := b.jobs[i]
	j.how, j.confirmation = how, confirmation(j.Disk, how, time.Since(b.asks))
	if j.Facts.Bay = ""; SameWord(word, j.bay) {
		j.Facts.Bay = j.bay
	}
	return i, nil
}

// ConfirmArrived confirms a disk because it arrived in a bay of the intake mode.
func (b *Batch) ConfirmArrived(i int, bay string) {
	j := b.jobs[i]
	j.how, j.confirmation = Arrived, statement.Confirmation{Intake: bay}
}

// answersTo reports whether a word confirms the job's disk: its [Word], all of a long serial number, or the bay of a disk that is identified by
// its port.
func (j *job) answersTo(word string) bool {
	if SameWord(word, Word(j.Disk)) {
		return true
	}
	if j.Disk.IdentifiedBy() == devices.ByPort {
		return SameWord(word, j.bay)
	}
	return SameWord(word, j.Disk.Serial)
}

func confirmation(d devices.Disk, how How, after time.Duration) statement.Confirmation {
	what := "serial"
	switch {
	case d.IdentifiedBy() == devices.ByPort:
		what = "port"
	case d.Serial == "":
		what = "name"
	}
	switch how {
	case ByFlag:
		return statement.Confirmation{Flag: what}
	case Replugged:
		return statement.Confirmation{Replugged: what, Seconds: int64(after / time.Second)}
	case Scanned:
		return statement.Confirmation{Scanned: what, Seconds: int64(after / time.Second)}
	}
	return statement.Confirmation{Typed: what, Seconds: int64(after / time.Second)}
}

// KeepConfirmed releases the disks that were not confirmed, with everything that was reserved for them. What earlier processes left of
// them stays as it is.
func (b *Batch) KeepConfirmed() { b.keep(func(j *job) bool { return j.how != "" }) }

// Leave releases one disk, that of a request, as [Batch.KeepConfirmed] does.
func (b *Batch) Leave(number int) { b.keep(func(j *job) bool { return j.number != number }) }

func (b *Batch) keep(wanted func(*job) bool) {
	if !slices.ContainsFunc(b.jobs, func(j *job) bool { return !wanted(j) }) {
		return
	}
	b.jobs = slices.DeleteFunc(b.jobs, func(j *job) bool {
		if wanted(j) {
			return false
		}
		b.old = slices.DeleteFunc(b.old, func(f *file) bool {
			if f.of != j {
				return false
			}
			f.unlock()
			return true
		})
		j.leave()
		return true
	})
}
