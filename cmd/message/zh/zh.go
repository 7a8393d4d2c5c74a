// Package zh has every sentence in Chinese. A program that shows Chinese imports it.
package zh

import (
	"embed"

	"rasure/cmd/message"
)

// Files are the catalog, one file an area.
//
//go:embed *.txt
var Files embed.FS

func init() { message.Register(message.Chinese, Files) }
