package digest

import (
	"rasure/cmd/message"
	_ "rasure/cmd/message/zh"
)

// Words are a sentence in the languages of pages. A file keeps both: once a sentence was read back, its arguments are gone.
type Words map[message.Language]string

// WordsOf says a sentence in all languages.
func WordsOf(t message.Text) Words {
	return Words{message.English: t.In(message.English), message.Chinese: t.In(message.Chinese)}
}

// In is the sentence in a language, or in English.
func (w Words) In(l message.Language) string {
	if s, ok := w[l]; ok {
		return s
	}
	return w[message.English]
}
