package message

import (
	"io/fs"
	"strings"
	"sync"
)

// Language is a language that sentences can be shown in.
type Language string

const (
	English Language = "en"
	Chinese Language = "zh"
	// Marked is English with every sentence between ⟦ and ⟧. A test shows a whole screen in it: what stands outside of the
	// brackets did not pass through this package.
	Marked Language = "x-marked"
)

// catalogs holds, for each language, the translation of each English format. It must keep the verbs and their order, or name
// them by index.
var catalogs = map[Language]func() map[string]string{}

// Register gives a language its catalog: files as package zh has them, which are read when they are first needed, because most programs
// that start never do. It is for init functions. A catalog is a package of its own, so that a new translation does not compile every other
// package again.
func Register(l Language, files fs.FS) {
	catalogs[l] = sync.OnceValue(func() map[string]string { return readCatalog(files) })
}

// Parse reads a language tag or a locale: "zh", "zh-CN", "zh_CN.UTF-8", "C". It returns false for a language that rasure does not
// speak.
func Parse(s string) (Language, bool) {
	base, _, _ := strings.Cut(strings.ToLower(s), ".")
	switch {
	case base == string(Marked):
		return Marked, true
	case base == "c" || base == "posix":
		return English, true
	}
	switch base, _, _ := strings.Cut(strings.ReplaceAll(base, "_", "-"), "-"); Language(base) {
	case English, Chinese:
		return Language(base), true
	}
	return "", false
}

// FromEnvironment chooses the language by RASURE_LANG, the station's settings, LC_ALL, LC_MESSAGES and LANG, in this order; the first that
// is set decides, and English is shown where it names a language that rasure does not speak. It returns the variable that decided too, or ""
// if none did.
func FromEnvironment(getenv func(string) string, settings Language) (l Language, by string) {
	for _, name := range []string{"RASURE_LANG", "", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if name == "" && settings != "" {
			return settings, ""
		}
		if name == "" || getenv(name) == "" {
			continue
		}
		if l, ok := Parse(getenv(name)); ok {
			return l, name
		}
		return English, name
	}
	return English, ""
}

// translate returns the format in l. Space around a sentence belongs to the layout and is not part of its key.
func (l Language) translate(format string) string {
	key := strings.TrimSpace(format)
	if key == "" || l == English || l == "" {
		return format
	}
	to, ok := "", false
	if catalog := catalogs[l]; catalog != nil {
		to, ok = catalog()[key]
	}
	if l == Marked {
		to, ok = "⟦"+key+"⟧", true
	}
	if !ok {
		return format
	}
	return strings.Replace(format, key, to, 1)
}
