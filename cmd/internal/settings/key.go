package settings

import (
	"fmt"
	"strings"

	"rasure/cmd/message"
)

// key is one setting of a T. Its function refuses a bad value, with a hint, and keeps a good one. The error names the setting.
type key[T any] struct {
	name string
	set  func(to *T, v any) (hint message.Text, err error)
}

// text is a setting with one text.
func text[T any](name string, set func(*T, string) (message.Text, error)) key[T] {
	return key[T]{name, func(to *T, v any) (message.Text, error) {
		s, ok := v.(string)
		if !ok {
			return message.Of(`write %s = "..."`, name), message.Errorf("%s must be a text", name)
		}
		hint, err := set(to, s)
		return hint, about(name, err)
	}}
}

// list is a setting with several texts.
func list[T any](name string, set func(*T, []string) (message.Text, error)) key[T] {
	return key[T]{name, func(to *T, v any) (message.Text, error) {
		values, ok := v.([]any)
		all := make([]string, len(values))
		for i := range values {
			if ok {
				all[i], ok = values[i].(string)
			}
		}
		if !ok {
			return message.Of(`write %s = ["...", "..."]`, name), message.Errorf("%s must be a list of texts", name)
		}
		hint, err := set(to, all)
		return hint, about(name, err)
	}}
}

// about adds the name of the setting to an error.
func about(name string, err error) error {
	if err == nil {
		return nil
	}
	return message.Errorf("%s: %w", name, err)
}

func find[T any](keys []key[T], name string) *key[T] {
	for i := range keys {
		if keys[i].name == name {
			return &keys[i]
		}
	}
	return nil
}

// shown is a value as the settings in force show it.
func shown(v any) string {
	values, ok := v.([]any)
	if !ok {
		return fmt.Sprint(v)
	}
	all := make([]string, len(values))
	for i := range values {
		all[i] = fmt.Sprint(values[i])
	}
	return strings.Join(all, ", ")
}
