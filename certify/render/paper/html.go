package paper

import (
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
)

// HTML writes a document as one file: it loads nothing, runs nothing, and prints as the PDF does.
func HTML(w io.Writer, d Document) error {
	p := &htmlPage{}
	p.put(`<!DOCTYPE html><html lang="%s"><head><meta charset="utf-8">`, esc(d.Lang))
	p.raw(`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">`)
	p.put("<title>%s</title><style>@page{size:%.1fmm %.1fmm;margin:%.0fmm;@bottom-right{content:counter(page) \" / \" counter(pages);font-size:7pt}}\n%s</style></head><body>\n", esc(d.Title), d.Size.Width, d.Size.Height, d.Size.Margin, style)
	for i := range d.Sheets {
		s := &d.Sheets[i]
		if s.Labels != nil {
			p.labels(s.Labels)
			continue
		}
		fit := ""
		if s.Fit {
			fit = fmt.Sprintf(` fit" style="min-height:%.0fmm`, d.Size.Height-2*d.Size.Margin-1)
			if s.Dense {
				fit = " dense" + fit
			}
		}
		p.put(`<section class="sheet%s">`, fit)
		p.head(s.Head)
		for _, b := range s.Blocks {
			p.block(b)
		}
		p.foot(s.Foot)
		p.raw("</section>\n")
	}
	p.raw("</body></html>\n")
	if p.err != nil {
		return p.err
	}
	_, err := io.WriteString(w, p.String())
	return err
}

// style has the faces that offices have; the browser's own stands in for the others.
const style = `body{font:9pt/1.3 Arial,"Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei",SimSun,"WenQuanYi Micro Hei",sans-serif;color:#000;margin:0}
.sheet{break-after:page;display:flex;flex-direction:column}.sheet:last-child{break-after:auto}
.fit{font-size:8.4pt}.dense{font-size:7.1pt;line-height:1.24}.dense h1{font-size:13pt}.dense h2{margin:1.4mm 0 .5mm}.dense .verdict b{font-size:15pt}.dense .pen td{height:6.6mm}
@media screen{body{background:#ddd}.sheet{background:#fff;max-width:190mm;margin:6mm auto;padding:10mm;box-shadow:0 0 3mm #888}.wide .sheet{max-width:270mm}}
header.owner{display:flex;gap:4mm;align-items:center;margin-bottom:2mm}header.owner img{max-height:14mm;max-width:60mm}
.title{display:flex;justify-content:space-between;align-items:end;border-bottom:.5mm solid #000;margin-bottom:2mm;gap:4mm}
h1{font-size:17pt;line-height:1.2;margin:0 0 .5mm}.title div{font-size:7.4pt;text-align:right;white-space:nowrap}
h2{font-size:1.05em;margin:2mm 0 .8mm;border-bottom:.2mm solid #777;break-after:avoid}
.verdict{display:flex;align-items:center;gap:4mm;border:.8mm solid;padding:2mm 4mm;margin:1mm 0}.verdict b{font-size:19pt;line-height:1.15}
.verdict span{color:#000}.verdict .bars{margin-left:auto;text-align:center;font-size:7.4pt;color:#000;flex:none}
.check{color:#0c5c2e}.cross{color:#960c0c}.wait{color:#804800}.mark{flex:none}
dl{display:grid;grid-template-columns:29mm 1fr 29mm 1fr;gap:.4mm 2mm;margin:0}dt{color:#555;font-size:.9em}dd{margin:0;overflow-wrap:anywhere;white-space:pre-line}
dd.wide{grid-column:2/5}dt.wide{grid-column:1}
p{margin:0 0 .6mm;white-space:pre-line;overflow-wrap:anywhere}.small{font-size:.86em}
table{border-collapse:collapse;width:100%;font-size:.9em}th{text-align:left;border-bottom:.3mm solid #000}td{border-bottom:.1mm solid #999}
th,td{padding:.4mm 1mm;vertical-align:top;overflow-wrap:anywhere;white-space:pre-line}.ruled th,.ruled td{border:.2mm solid #000}.right{text-align:right}
tr{break-inside:avoid}thead{display:table-header-group}tr.strong td{font-weight:bold}.pen td{height:7.6mm}.totals{font-weight:bold;margin-top:1mm}
.seal{border:.2mm dashed #888;width:56mm;height:15mm;margin:2mm 0 0 auto;color:#555;padding:1mm;box-sizing:border-box;font-size:.9em}
.blank{border:.2mm solid #000}
footer{display:flex;gap:4mm;border-top:.3mm solid #000;margin-top:auto;padding-top:1.5mm;font-size:6.8pt;line-height:1.25;break-inside:avoid}footer svg{flex:none}
.labels{break-after:page;display:grid;width:max-content}.label{width:62mm;height:29mm;position:relative;overflow:hidden;font-size:8.4pt;line-height:1.25}
.label .q{position:absolute;right:2mm;top:1.5mm}.label .t{position:absolute;left:2mm;top:2mm;width:37mm}.label .t b{font-size:11pt}.label .s{position:absolute;left:2mm;bottom:1mm;font-size:7pt}.label .s svg{display:block}
`

type htmlPage struct {
	strings.Builder
	err error
}

func (p *htmlPage) raw(s string) { p.WriteString(s) }

// put formats; every text among the arguments has passed through esc.
func (p *htmlPage) put(format string, args ...any) { fmt.Fprintf(p, format, args...) }

func esc(s string) string { return html.EscapeString(visible(s)) }

func (p *htmlPage) head(h Head) {
	if len(h.Owner) > 0 || h.Logo != nil {
		p.raw(`<header class="owner">`)
		if h.Logo != nil {
			p.put(`<img alt="" src="data:image/png;base64,%s">`, base64.StdEncoding.EncodeToString(h.Logo))
		}
		p.raw("<div>")
		for i, s := range h.Owner {
			if i == 0 {
				p.put("<b>%s</b>", esc(s))
				continue
			}
			p.put("<br>%s", esc(s))
		}
		p.raw("</div></header>")
	}
	p.put(`<div class="title"><h1>%s</h1><div>`, lines(h.Title))
	for i, s := range h.Right {
		if i > 0 {
			p.raw("<br>")
		}
		p.raw(esc(s))
	}
	p.raw("</div></div>\n")
}

func lines(s string) string { return strings.ReplaceAll(esc(s), "\n", "<br>") }

func (p *htmlPage) title(s string) {
	if s != "" {
		p.put("<h2>%s</h2>\n", esc(s))
	}
}

func (p *htmlPage) block(b Block) {
	switch b := b.(type) {
	case Verdict:
		p.put(`<div class="verdict %s">%s<span><b class="%s">%s</b>`, b.Mark.class(), b.Mark.svg(11), b.Mark.class(), lines(b.Word))
		for _, s := range b.Detail {
			p.put("<br>%s", lines(s))
		}
		p.raw("</span>")
		if m, ok := bars(b.Bars); ok {
			p.put(`<div class="bars">%s<br>%s</div>`, m.svg(min(float64(m.width)*0.33, 62), 9), esc(b.Under))
		}
		p.raw("</div>\n")
	case Fields:
		p.title(b.Title)
		p.raw("<dl>")
		for _, f := range b.Pairs {
			if f.Value == "" {
				continue
			}
			class := ""
			if f.Wide {
				class = ` class="wide"`
			}
			p.put("<dt%s>%s</dt><dd%s>%s</dd>", class, esc(f.Label), class, esc(f.Value))
		}
		p.raw("</dl>\n")
	case Text:
		p.title(b.Title)
		for _, s := range b.Paragraphs {
			if b.Small {
				p.put(`<p class="small">%s</p>`, esc(s))
			} else {
				p.put("<p>%s</p>", esc(s))
			}
		}
	case Table:
		class := "list"
		if b.Ruled {
			class = "ruled"
		}
		p.title(b.Title)
		p.table(class, b.Columns, b.Rows)
		for _, s := range b.Totals {
			p.put(`<p class="totals">%s</p>`, esc(s))
		}
	case Signatures:
		p.title(b.Title)
		p.table("ruled pen", b.Columns, b.Rows)
		if b.Seal != "" {
			p.put(`<div class="seal">%s</div>`, esc(b.Seal))
		}
	case Graph:
		p.title(b.Title)
		p.graph(b)
	case Blank:
		p.title(b.Title)
		p.put(`<div class="blank" style="height:%.0fmm"></div>`, b.Height)
	}
}

func (p *htmlPage) table(class string, columns []Column, rows []Row) {
	sum := 0.0
	for _, c := range columns {
		sum += c.Weight
	}
	p.put(`<table class="%s"><thead><tr>`, class)
	for _, c := range columns {
		p.put(`<th style="width:%.1f%%"%s>%s</th>`, c.Weight/sum*100, right(c), esc(c.Head))
	}
	p.raw("</tr></thead><tbody>\n")
	for _, r := range rows {
		if r.Strong {
			p.raw(`<tr class="strong">`)
		} else {
			p.raw("<tr>")
		}
		for i, c := range columns {
			cell := ""
			if i < len(r.Cells) {
				cell = r.Cells[i]
			}
			p.put("<td%s>%s</td>", right(c), esc(cell))
		}
		p.raw("</tr>\n")
	}
	p.raw("</tbody></table>\n")
}

func right(c Column) string {
	if c.Right {
		return ` class="right"`
	}
	return ""
}

func (p *htmlPage) foot(f Foot) {
	if len(f.Lines) == 0 {
		return
	}
	p.raw("<footer>")
	if f.QR != "" {
		m, err := qrCode(f.QR)
		if err != nil {
			p.err = err
			return
		}
		p.raw(m.svg(qrSize, qrSize))
	}
	p.raw("<div>")
	for _, s := range f.Lines {
		p.put("%s<br>", lines(s))
	}
	p.raw("</div></footer>")
}

// svg is a bar code of that size in millimetres.
func (m matrix) svg(w, h float64) string {
	var path strings.Builder
	for _, r := range m.runs {
		fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", r.x, r.y, r.n, r.n)
	}
	return fmt.Sprintf(`<svg width="%.1fmm" height="%.1fmm" viewBox="0 0 %d %d" preserveAspectRatio="none" shape-rendering="crispEdges"><path d="%s"/></svg>`,
		w, h, m.width, m.height, path.String())
}

func (m Mark) class() string {
	return [...]string{Check: "check", Cross: "cross", Wait: "wait"}[m]
}

// svg is the shape of a mark, so high in millimetres.
func (m Mark) svg(mm float64) string {
	shape := [...]string{
		Check: `<circle cx="12" cy="12" r="10.5"/><path d="M7 12.3l3.7 4.2L17.2 8" stroke-width="3"/>`,
		Cross: `<rect x="1.5" y="1.5" width="21" height="21"/><path d="M7 7l10 10M7 17L17 7" stroke-width="3"/>`,
		Wait:  `<path d="M12 2l11 19.5H1z"/><path d="M12 9v6M12 18v.3" stroke-width="3"/>`,
	}[m]
	return fmt.Sprintf(`<svg class="mark %s" width="%.1fmm" height="%.1fmm" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round">%s</svg>`, m.class(), mm, mm, shape)
}

func (p *htmlPage) graph(g Graph) {
	const w, h = 600.0, 100.0
	top := float64(g.top())
	p.put(`<svg width="100%%" viewBox="-34 -6 %.0f %.0f" font-size="9" fill="none" stroke="#000">`, w+40, h+34)
	for i := range 3 {
		y := h * float64(i) / 2
		p.put(`<path d="M0 %.0fH%.0f" stroke="#aaa" stroke-width=".5"/><text x="-4" y="%.0f" text-anchor="end" fill="#000" stroke="none">%d</text>`, y, w, y+3, g.top()*int64(2-i)/2)
	}
	legend := []string{g.Unit}
	for i, s := range g.Series {
		var d strings.Builder
		for j, v := range s.Values {
			fmt.Fprintf(&d, "%c%.1f %.1f", "ML"[min(j, 1)], w*(float64(j)+0.5)/float64(len(s.Values)), h*(1-float64(v)/top))
		}
		dash := ""
		if i > 0 {
			dash = ` stroke-dasharray="4 2"`
		}
		p.put(`<path d="%s"%s/>`, d.String(), dash)
		legend = append(legend, []string{"——", "- - -"}[min(i, 1)]+" "+s.Name)
	}
	for _, m := range g.Marks {
		p.put(`<rect x="%.2f" y="%.0f" width="%.2f" height="9" fill="#000" stroke="none"/>`, w*m.From, h-9, max(w*(m.To-m.From), 1))
	}
	if len(g.Marks) > 0 {
		legend = append(legend, "■ "+g.Legend)
	}
	p.put(`<text x="0" y="%.0f" fill="#000" stroke="none">0 %%</text><text x="%.0f" y="%.0f" text-anchor="end" fill="#000" stroke="none">100 %%</text>`, h+11, w, h+11)
	p.put(`<text x="0" y="%.0f" fill="#000" stroke="none">%s</text></svg>`, h+24, esc(strings.Join(legend, "    ")))
}

func (p *htmlPage) labels(l *Labels) {
	for all := range slices.Chunk(l.All, l.Columns*l.Rows) {
		p.put(`<div class="labels" style="grid-template-columns:repeat(%d,%.1fmm);grid-auto-rows:%.1fmm;padding-top:%.1fmm">`, l.Columns, max(l.StepX, 62), max(l.StepY, 29), l.Top)
		for _, one := range all {
			m, err := qrCode(one.QR)
			if err != nil {
				p.err = err
				return
			}
			p.put(`<div class="label"><div class="t"><span class="%s">%s <b>%s</b></span><br><b style="font-size:8.4pt">%s</b><br>%s<br>%s</div>`,
				one.Mark.class(), one.Mark.svg(5), esc(one.Word), esc(one.Number), esc(one.Class), esc(one.Date))
			p.put(`<div class="q">%s</div><div class="s">`, m.svg(18, 18))
			if b, ok := bars(one.Serial); ok {
				p.raw(b.svg(min(float64(b.width)*0.34, 58), 4))
			}
			p.put("%s</div></div>", esc(one.Serial))
		}
		p.raw("</div>\n")
	}
}
