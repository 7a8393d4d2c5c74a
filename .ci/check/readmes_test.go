package main

import (
	"strings"
	"testing"
	"testing/fstest"
)

// TestReadmes changes one README of two that say the same, and sees that it is reported.
func TestReadmes(t *testing.T) {
	const english = "# rasure\n\n## Erase\n\nIt says `ERASED` after\n`rasure wipe --out\nDIR`, in 1.5 hours.\n\n- one\n- `two`\n\n" +
		"```sh image\nrasure sign a --key director # asks\nrasure list\n```\n\n    make demo      # erases\n\n| a | `-b` |\n\n```toml\nsite = \"Room 12\" # where\n```\n"
	const chinese = "# rasure\n\n## 消除\n\n`rasure wipe --out DIR` 之后显示\n`已消除`，1.5 小时。\n\n- 一\n- `two`\n\n" +
		"```sh image\nrasure sign a --key 局长  # 询问\nrasure list\n```\n\n    make demo      # 消除\n\n| 甲 | `-b` |\n\n```toml\nsite = \"12 室\" # 地点\n```\n"
	for name, c := range map[string]struct{ english, chinese, want string }{
		"the same":                {english, chinese, ""},
		"no Chinese README":       {english, "", "README.zh-CN.md is missing"},
		"new section":             {english + "\n## Bridges\n", chinese, "README.md:25 has a title ##, and cmd/rasure/README.zh-CN.md:0 has nothing"},
		"section that is gone":    {strings.Replace(english, "## Erase\n", "", 1), chinese, "has a title ##"},
		"item without Chinese":    {english, strings.Replace(chinese, "- 一\n", "", 1), "README.md:9"},
		"row without Chinese":     {english + "| c | d |\n", chinese, "a row"},
		"option without Chinese":  {strings.Replace(english, "--out", "--state S --out", 1), chinese, "`rasure wipe --state S --out DIR`"},
		"word without Chinese":    {strings.Replace(english, "`ERASED`", "ERASED", 1), chinese, "已消除"},
		"English word in Chinese": {english, strings.Replace(chinese, "已消除", "DONE", 1), "DONE"},
		"number without Chinese":  {strings.Replace(english, "1.5", "2.5", 1), chinese, "2.5"},
		"Chinese not as printed":  {english, strings.Replace(chinese, "已消除", "已擦除", 1), "已擦除"},
		"other command":           {english, strings.Replace(chinese, "--key 局长", "--key 副局长", 1), "--key deputy"},
		"command not translated":  {english, strings.Replace(chinese, "--key 局长", "--key 处长", 1), "--key 处长"},
		"command without Chinese": {english, strings.Replace(chinese, "rasure list\n", "", 1), "rasure list"},
		"commands swapped":        {strings.Replace(english, "rasure list\n", "rasure list\nrasure show\n", 1), strings.Replace(chinese, "rasure list\n", "rasure show\nrasure list\n", 1), "rasure show"},
		"indented command":        {strings.Replace(english, "make demo", "make test", 1), chinese, "make test"},
		"kind of block":           {english, strings.Replace(chinese, "sh image", "sh lab", 1), "a block sh lab"},
		"setting":                 {english, strings.Replace(chinese, "site =", "zone =", 1), "zone ="},
	} {
		tree := fstest.MapFS{"README.md": {Data: []byte(c.english)}, "cmd/message/zh/a.txt": {Data: []byte("%s: ERASED\n\t%s：已消除\n%s\n\t%s\n1.5 or 2.5\n\t1.5 或 2.5\n")}}
		if c.chinese != "" {
			tree["cmd/rasure/README.zh-CN.md"] = &fstest.MapFile{Data: []byte(c.chinese)}
		}
		found, err := readmes(tree)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(found, "\n"); (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
