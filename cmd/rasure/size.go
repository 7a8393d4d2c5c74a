package main

import (
	"fmt"

	"rasure/cmd/internal/humanize"
)

// sizeText writes a size for people and for proof: "1.0 TB (1000204886016 bytes)".
func sizeText(bytes int64) string {
	return fmt.Sprintf("%s (%d bytes)", humanize.Size(bytes), bytes)
}
