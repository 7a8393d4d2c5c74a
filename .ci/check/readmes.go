package main

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

const englishReadme, chineseReadme = "README.md", "cmd/rasure/README.zh-CN.md"

// inChinese are the names and values that the commands of the Chinese README have in the place of those of the English one.
var inChinese = strings.NewReplacer(
	" RASURE_LANG=zh", "", "档案馆 ", "Archive ", "练习", "practice", "证明.html", "page.html", "标签.pdf", "label.pdf", "消除.", "erased.", "检查报告", "inspection",
	"副局长", "deputy", "局长", "director", "李建国", "li", "赵敏", "zhao", "孙丽", "sun", "王伟", "wang", "吴静", "wu",
	"密-", "S-", "/017", "-017", "/018", "-018", "非密", "none", "内部留用", "inside", "三处", "office 3",
	"七号工作站", "station7", "八号工作站", "station8", "市档案馆", "Municipal Archive", "周一", "monday", "周二", "tuesday", "旧日志", "old-log",
	"磁盘损坏，恢复周一的备份", "disk died, backup of Monday", "损坏", "damaged", "丢失", "lost", "更换主板", "new mainboard", "单位迁址", "the office has moved")

// part is a piece of a README: a section's title, a paragraph, an item of a list, a row of a table or a block of commands.
type part struct {
	line       int
	kind, text string
}

// readmes holds that the Chinese README has what the English one has: the same sections with the same parts in the same order, the same
// commands in its blocks, and in each part the same numbers and words of code, where what the program prints is quoted as it prints it in
// that language. What the sentences say a reader has to compare.
func readmes(root fs.FS) ([]string, error) {
	english, err := fs.ReadFile(root, englishReadme)
	if err != nil {
		return nil, nil // a tree without documents
	}
	chinese, err := fs.ReadFile(root, chineseReadme)
	if err != nil {
		return []string{chineseReadme + " is missing"}, nil
	}
	sentences, err := readQuotes(root)
	if err != nil {
		return nil, err
	}
	en, zh := parts(string(english)), parts(string(chinese))
	for i := range max(len(en), len(zh)) {
		e, c := part{kind: "nothing"}, part{kind: "nothing"}
		if i < len(en) {
			e = en[i]
		}
		if i < len(zh) {
			c = zh[i]
		}
		want, got := e.kind, "has "+c.kind
		if e.kind == c.kind {
			want, got = e.differ(c, sentences)
		}
		if want != "" { // what follows may be out of step
			return []string{fmt.Sprintf("%s:%d has %s, and %s:%d %s", englishReadme, e.line, want, chineseReadme, c.line, got)}, nil
		}
	}
	return nil, nil
}

// differ returns the words of code that only one side has. In text they can be the two languages of a sentence of the program.
func (p part) differ(chinese part, q quotes) (onlyEnglish, onlyChinese string) {
	without := func(a, b []string) []string {
		return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
	}
	en, zh := p.code(), chinese.code()
	e, c := without(en, zh), without(zh, en)
	switch {
	case p.isBlock() && slices.Equal(en, zh):
		return "", ""
	case p.isBlock() && len(e)+len(c) == 0: // another order
		e, c = en, zh
	case !p.isBlock() && len(e) == len(c):
		i := 0
		for i < len(e) && q.have(e[i], c[i]) {
			i++
		}
		if e, c = e[i:], c[i:]; len(e) == 0 {
			return "", ""
		}
	}
	return fmt.Sprintf("%q", e), fmt.Sprintf("has %q", c)
}

func (p part) isBlock() bool { return strings.HasPrefix(p.kind, "a block") }

var (
	span    = regexp.MustCompile("`[^`]+`")
	number  = regexp.MustCompile(`[0-9]([0-9.,]*[0-9])?`)
	comment = regexp.MustCompile(`(^|\s+)#.*`)
	values  = regexp.MustCompile(`"[^"]*"`)
)

// code returns what is the same in both languages: the lines of a block of commands, an example of settings without its values, and of
// text what is in backquotes, and the numbers. A picture of the screen has nothing of that kind.
func (p part) code() (words []string) {
	if !p.isBlock() {
		for _, w := range span.FindAllString(p.text, -1) {
			words = append(words, strings.Join(strings.Fields(w), " "))
		}
		return append(words, number.FindAllString(span.ReplaceAllString(p.text, ""), -1)...)
	}
	for line := range strings.Lines(p.text) {
		line = inChinese.Replace(comment.ReplaceAllString(strings.TrimSpace(line), ""))
		switch p.kind {
		case "a block text":
			line = ""
		case "a block toml":
			line = values.ReplaceAllString(line, `""`)
		}
		words = append(words, strings.ReplaceAll(line, `"`, ""))
	}
	return words
}

// parts reads a README.
func parts(text string) (all []part) {
	begin := func(line int, kind, text string) { all = append(all, part{line, kind, text + "\n"}) }
	fence, open := "", false // open: the next line may continue the part
	for i, line := range strings.Split(text, "\n") {
		n, marker := i+1, strings.SplitN(line+" ", " ", 2)[0]
		switch {
		case fence != "" && line == "```":
			fence, open = "", false
		case fence != "":
			all[len(all)-1].text += line + "\n"
		case strings.HasPrefix(line, "```"):
			fence = "a block " + line[3:]
			begin(n, fence, "")
		case line == "":
			open = false
		case strings.HasPrefix(line, "#"):
			begin(n, "a title "+marker, line)
		case strings.HasPrefix(line, "|"):
			begin(n, "a row", line)
		case !open && strings.HasPrefix(line, "    "):
			begin(n, "a block of commands", line)
		case marker == "-" || regexp.MustCompile(`^[0-9]\.$`).MatchString(marker):
			begin(n, "an item "+marker, line)
			open = true
		case open:
			all[len(all)-1].text += line + "\n"
		default:
			begin(n, "a paragraph", line)
			open = true
		}
	}
	return all
}
