package register

import (
	"strings"

	"rasure/certify"
	"rasure/cmd/message"
)

// word is a code of a statement as a word of the reader's language. What is not spelt as a code is text, and stays as it is.
func word[S ~string](code S) message.Text {
	if strings.Trim(string(code), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return message.Of("%s", string(code))
	}
	return message.Text{Format: string(code)}
}

// className is [word] for a classification. Its code "none" is also that of other things, which are not there.
func className[S ~string](code S) message.Text {
	if string(code) == string(certify.Unclassified) {
		return message.Of("not classified")
	}
	return word(code)
}

// wordList is codes as words of the reader's language.
func wordList(codes []string) message.Text {
	args := make([]any, len(codes))
	for i, code := range codes {
		args[i] = word(code)
	}
	return message.Text{Format: strings.TrimPrefix(strings.Repeat(", %s", len(codes)), ", "), Args: args}
}
