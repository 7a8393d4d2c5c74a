package devices

import (
	"errors"

	"rasure/cmd/message"
)

// PrintableText is [Printable] for a sentence: it applies to every argument that may hold text of a drive. The sentence can
// still be shown in any language.
func PrintableText(t message.Text) message.Text {
	args := make([]any, len(t.Args))
	for i, a := range t.Args {
		args[i] = printableArgument(a)
	}
	return message.Text{Format: t.Format, Args: args}
}

func printableArgument(a any) any {
	switch x := a.(type) {
	case message.Text:
		return PrintableText(x)
	case message.Messenger:
		return PrintableText(x.Message())
	case string:
		return Printable(x)
	case error:
		var m message.Messenger
		if errors.As(x, &m) && m.Message().String() == x.Error() { // it adds no words of its own
			return PrintableText(m.Message())
		}
		return Printable(x.Error())
	}
	return a
}
