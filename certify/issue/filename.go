package issue

import (
	"crypto/sha256"
	"encoding/hex"

	"rasure/certify"
	"rasure/devices"
)

// longName is how many bytes of a serial number the names of files have. A longer one ends in a part of its SHA-256.
const longName = 32

// FileWord is how the names of a job's files begin: with the serial number of the disk, with the name of an image, or with the port of a disk that
// has no serial number of its own, and the id of the job.
func FileWord(d certify.Disk, job string) string {
	word := d.Serial
	switch {
	case d.ByPort():
		return devices.FileName(d.Port) + "-" + job
	case word == "":
		word = d.Node.Name
	}
	if len(word) > longName {
		sum := sha256.Sum256([]byte(word))
		return devices.FileName(word[:longName-9]) + "-" + hex.EncodeToString(sum[:4])
	}
	return devices.FileName(word)
}
