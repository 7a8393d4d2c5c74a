package draft

import (
	"strings"

	"rasure/certify/statement"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// Width is that of the labels on the screen of a signer.
const Width = 12

// Show is the whole content of a statement for its signer, in lines. A statement of version 2 says in words what it is about. annex is the file that
// belongs to it, or nil: nobody signs what they do not see.
func Show(l message.Language, text string, annex []byte) ([]string, error) {
	return show(l, text, annex, true)
}

// ShowSigned is the content of a statement that was signed already, without its annex.
func ShowSigned(l message.Language, text string) ([]string, error) {
	return show(l, text, nil, false)
}

func show(l message.Language, text string, annex []byte, needed bool) ([]string, error) {
	field := func(label message.Text, format string, args ...any) string {
		return strings.TrimSuffix(cli.FieldLine(l, Width, label, format, args...), "\n")
	}
	kind, body, _ := strings.Cut(text, "\n")
	all := []string{field(message.Of("statement"), "%s", Visible(kind))}
	if statement.KindOf(kind) == nil {
		lines, err := Lines(body)
		if err != nil {
			return nil, err
		}
		for _, line := range lines {
			all = append(all, message.Of("  %s", line).In(l))
		}
	} else {
		s, err := statement.Read(text)
		if err != nil {
			return nil, err
		}
		if all = append(all, inWords(l, s, field)...); needed && !s.Annex().IsZero() {
			private, err := annexLines(s, annex, field)
			if err != nil {
				return nil, err
			}
			all = append(all, private...)
		}
	}
	return append(all, field(message.Of("SHA-256"), "%s", HexSum([]byte(text)))), nil
}

func annexLines(s *statement.Statement, file []byte, field func(message.Text, string, ...any) string) (lines []string, err error) {
	if file == nil {
		return nil, fault.WithHint(message.New("it has an annex, which its signers must see"), "give the file of the annex: --annex FILE")
	}
	a, err := statement.ReadAnnex(string(file), s.Annex())
	if err != nil {
		return nil, err
	}
	for _, f := range a.Fields {
		lines = append(lines, field(message.Of("annex"), "%s: %s", Visible(f.Path), Visible(f.Value)))
	}
	return lines, nil
}
