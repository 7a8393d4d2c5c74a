package cli

import (
	"strings"

	"rasure/cmd/message"
)

// Dash stands for an empty text.
func Dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// Word is a code, such as a kind of hazard, as a word of the reader's language.
func Word[S ~string](code S) message.Text { return Sentence(string(code)) }

// Class is a classification as a word of the reader's language. Its code "none" is also that of other things, which are not there.
func Class[S ~string](code S) message.Text {
	if code == "none" {
		return message.Of("not classified")
	}
	return Word(code)
}

// Sentence is a text of ours that was written as a plain string: a percent sign in it is only that.
func Sentence(text string) message.Text {
	return message.Text{Format: strings.ReplaceAll(text, "%", "%%")}
}
