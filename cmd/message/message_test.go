package message

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"testing"
)

type kind struct{ error }

func (k kind) Unwrap() error { return k.error }

type refusal struct{ disk string }

func (r refusal) Message() Text { return Of("%s is mounted", r.disk) }
func (r refusal) Error() string { return r.Message().String() }

// TestIn shows sentences in a language whose catalog has some of them.
func TestIn(t *testing.T) {
	const test Language = "x-test"
	catalogs[test] = func() map[string]string {
		return map[string]string{
			"opening %s: %w": "打开 %s：%w", "%s is mounted": "%s 已挂载", "%d disks": "%d 个磁盘", "%d disk": "%d 个磁盘", "%s of %s": "%[2]s 的 %[1]s",
			"100%% done": "完成 100%%", "no such disk": "没有这个磁盘",
		}
	}
	defer delete(catalogs, test)
	missing := New("no such disk")
	for name, c := range map[string]struct {
		v        any
		en, want string
	}{
		"wrapped":           {Errorf("opening %s: %w", "sda", refusal{"sda1"}), "opening sda: sda1 is mounted", "打开 sda：sda1 已挂载"},
		"twice wrapped":     {Errorf("opening %s: %w", "sda", Errorf("opening %s: %w", "sdb", missing)), "opening sda: opening sdb: no such disk", "打开 sda：打开 sdb：没有这个磁盘"},
		"kind of error":     {kind{missing}, "no such disk", "没有这个磁盘"},
		"joined":            {errors.Join(missing, refusal{"sda"}), "no such disk\nsda is mounted", "没有这个磁盘\nsda 已挂载"},
		"system error":      {Errorf("opening %s: %w", "sda", fs.ErrNotExist), "opening sda: file does not exist", "打开 sda：file does not exist"},
		"not in catalog":    {Errorf("closing %s: %w", "sda", missing), "closing sda: no such disk", "closing sda: 没有这个磁盘"},
		"one":               {Count(1, "%d disk", "%d disks"), "1 disk", "1 个磁盘"},
		"many":              {Count(2, "%d disk", "%d disks"), "2 disks", "2 个磁盘"},
		"order":             {Of("%s of %s", "size", "sda"), "size of sda", "sda 的 size"},
		"text as argument":  {Of("%s of %s", Of("no such disk"), "sda"), "no such disk of sda", "sda 的 没有这个磁盘"},
		"percent":           {Of("100%% done"), "100% done", "完成 100%"},
		"layout":            {Of("  no such disk\n"), "  no such disk\n", "  没有这个磁盘\n"},
		"not a message":     {fs.ErrExist, "file already exists", "file already exists"},
		"percent in an err": {New("50% of it"), "50% of it", "50% of it"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := In(English, c.v); got != c.en {
				t.Errorf("English: got %q, want %q", got, c.en)
			}
			if got := fmt.Sprint(c.v); got != c.en {
				t.Errorf("printed: got %q, want %q", got, c.en)
			}
			if got := In(test, c.v); got != c.want {
				t.Errorf("translated: got %q, want %q", got, c.want)
			}
		})
	}
	if err := Errorf("opening %s: %w", "sda", missing); !errors.Is(err, missing) {
		t.Error("errors.Is does not find what Errorf wraps")
	}
	if got := In(Marked, Errorf("opening %s: %w", "sda", missing)); got != "⟦opening ⟨sda⟩: ⟦no such disk⟧⟧" {
		t.Errorf("marked: got %q", got)
	}
}

func TestLanguage(t *testing.T) {
	for _, c := range []struct {
		env      map[string]string
		settings Language
		want     Language
		by       string
	}{
		{nil, "", English, ""},
		{map[string]string{"LANG": "zh_CN.UTF-8"}, "", Chinese, "LANG"},
		{map[string]string{"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "", English, "LC_ALL"},
		{map[string]string{"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_TW"}, "", Chinese, "LC_MESSAGES"},
		{map[string]string{"RASURE_LANG": "zh", "LC_ALL": "en_US"}, "", Chinese, "RASURE_LANG"},
		{map[string]string{"LANG": "fr_FR.UTF-8"}, "", English, "LANG"},
		{nil, Chinese, Chinese, ""},
		{map[string]string{"LC_ALL": "C", "LC_MESSAGES": "C", "LANG": "C"}, Chinese, Chinese, ""},
		{map[string]string{"RASURE_LANG": "en", "LANG": "zh_CN"}, Chinese, English, "RASURE_LANG"},
	} {
		if got, by := FromEnvironment(func(name string) string { return c.env[name] }, c.settings); got != c.want || by != c.by {
			t.Errorf("%v, settings %q: got %q by %q, want %q by %q", c.env, c.settings, got, by, c.want, c.by)
		}
	}
	if _, ok := Parse("fr"); ok {
		t.Error(`Parse took "fr"`)
	}
}

// TestJSON keeps sentences in a file and reads them back.
func TestJSON(t *testing.T) {
	const test Language = "x-test"
	catalogs[test] = func() map[string]string {
		return map[string]string{"no such disk": "没有这个磁盘", "100%% done": "完成 100%%"}
	}
	defer delete(catalogs, test)
	for _, c := range []struct {
		text           Text
		json, in, zero string
	}{
		{Of("%s of %s", "<size>", "sda"), `"\u003csize\u003e of sda"`, "<size> of sda", ""},
		{Of("no such disk"), `"no such disk"`, "没有这个磁盘", ""},
		{Of("100%% done"), `"100% done"`, "完成 100%", ""},
		{Text{}, `""`, "", "zero"},
	} {
		b, err := json.Marshal(c.text)
		if err != nil || string(b) != c.json {
			t.Errorf("%v: marshalled as %s, %v; want %s", c.text, b, err, c.json)
		}
		var back Text
		if err := json.Unmarshal(b, &back); err != nil || back.String() != c.text.String() || back.In(test) != c.in || back.IsZero() != (c.zero != "") {
			t.Errorf("%v: read back as %q, %q, %v", c.text, back, back.In(test), err)
		}
	}
}

type name string

// TestHostile shows text that tries to reach the terminal as an argument.
func TestHostile(t *testing.T) {
	for in, want := range map[string]string{
		"a\x1b[2J":        `a\x1b[2J`,
		"a\nlog good":     `a\x0alog good`,
		"\u202egood":      `\u202egood`,
		"\u009b2J":        `\x9b2J`,
		"\x9b2J":          `\x9b2J`,
		"\u2028good":      `\u2028good`,
		"\U000e0041":      `\U000e0041`,
		"绝密　王伟":           "绝密　王伟",
		"\ufffd":          "\ufffd",
		"a\u200bb\u00adc": `a\u200bb\xadc`,
	} {
		for kind, v := range map[string]any{"string": in, "named string": name(in), "system error": errors.New(in), "nested": Of("%s", in)} {
			if got := Of("disk %s", v).String(); got != "disk "+want {
				t.Errorf("%s %q: got %q, want %q", kind, in, got, want)
			}
		}
	}
	if got := Of("disk %s\n\tsize %d\n", "sda", 3).String(); got != "disk sda\n\tsize 3\n" {
		t.Errorf("layout: %q", got)
	}
}
