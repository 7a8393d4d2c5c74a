package draft

import (
	"slices"
	"strings"

	"rasure/certify/statement"
	"rasure/cmd/internal/cli"
	"rasure/cmd/message"
)

// chinese are words that can be typed in the place of a code: the statement has the code.
var chinese = map[string]string{
	"绝密": "top-secret", "机密": "secret", "秘密": "confidential", "非密": "none",

	"机械硬盘": "magnetic", "固态硬盘": "ssd", "U盘": "usb-flash", "优盘": "usb-flash", "存储卡": "sd", "光盘": "optical", "磁带": "tape",
	"混合硬盘": "hybrid", "镜像": "image", "其他": "other", "未知": "unknown",

	"内部留用": "inside", "调出": "outside", "销毁": "destroy", "借用": "borrow", "携带外出": "carry", "传递": "send", "出境": "abroad",
	"维修": "repair", "复制": "copy",

	"认可": "accept", "不认可": "reject", "全程": "all", "开始和结束": "begin-and-end", "仅结束": "end-only",
	"已完成": "done", "未完成": "not-done", "异常": "irregular",
	"机要交通": "confidential-courier", "机要通信": "confidential-post", "专人": "dedicated-person",
	"粉碎": "shred", "切碎": "shred", "碎解": "disintegrate", "研磨": "grind", "熔化": "melt", "焚烧": "incinerate", "消磁": "degauss",
	"计算机": "computer", "打印机": "printer", "复印机": "copier", "扫描仪": "scanner", "销毁设备": "destruction-machine", "在用": "in-use", "离开": "leaves",
	"死亡": "dead", "辞退": "dismissed", "患病": "ill",
}

// truth are the words for a fact that is true, or is not.
var truth = map[string]string{"是": "true", "否": "false"}

// codeOf is a word that was typed as the code of a field: in Chinese as the table has it, or as the program shows it.
func codeOf(f statement.Field, word string) string {
	if code, ok := chinese[word]; ok && slices.Contains(f.Words, code) {
		return code
	}
	for _, code := range f.Words {
		if shown := shownAs(f.Words, code); shown.In(message.Chinese) == word || shown.In(message.English) == word {
			return code
		}
	}
	return word
}

// shownAs is one of the codes of a field as a word of the reader's language.
func shownAs(codes []string, code string) message.Text {
	if slices.Contains(codes, "top-secret") {
		return cli.Class(code)
	}
	return cli.Word(code)
}

// wordList is the codes of a field as words of the reader's language.
func wordList(codes []string) message.Text {
	args := make([]any, len(codes))
	for i, code := range codes {
		args[i] = shownAs(codes, code)
	}
	return message.Text{Format: strings.TrimPrefix(strings.Repeat(", %s", len(codes)), ", "), Args: args}
}
