package main

import (
	"rasure/cmd/internal/table"
	"rasure/cmd/message"
)

func fieldLine(l message.Language, width int, label message.Text, format string, args ...any) string {
	return table.Pad(label.In(l), width) + " " + message.Of(format, args...).In(l) + "\n"
}
