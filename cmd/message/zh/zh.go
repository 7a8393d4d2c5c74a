// Package zh has every sentence in Chinese. A program that shows Chinese imports it.
package zh

import (
	"embed"

	"rasure/cmd/message"
)

//go:embed *.txt
var files embed.FS

func init() { message.Register(message.Chinese, files) }
