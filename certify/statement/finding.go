package statement

import (
	"crypto/sha256"
	"fmt"
)

// FindingID is the identity of what an audit objects to: of a rule, the entry that shows it, and the number of the medium, "" if it is about none.
func FindingID(rule string, index int64, medium string) Hash {
	if medium == "" {
		medium = "-"
	}
	return sha256.Sum256(fmt.Appendf(nil, "rasure/finding/v2\n%s\n%d\n%s\n", rule, index, medium))
}
