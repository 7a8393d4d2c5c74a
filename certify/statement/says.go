package statement

// sayings are what the signers of an act state, by the name of its kind. They are part of the format: an act has one of them word for word, and a
// change of a word is a new version of that kind.
var sayings = map[string][]Saying{
	"roster":    {{"", "I decide that these persons, and only these, may sign from now on.", "我决定：自此以下人员有权签署，其他人无权签署。"}},
	"policy":    {{"", "I put these rules into force.", "我批准本规则生效。"}},
	"enrolment": {{"", "I verified that this key is in this TPM, and enrol the station.", "我已核实该密钥位于此TPM中，并登记本工作站。"}},
	"registration": {
		{"", "I take this medium into the register under this number, and into my custody.", "我将此载体以此编号登记入册，并由我保管。"},
		{"lists", "I take all media of these lists into the register, and into my custody.", "我将清单所列全部载体登记入册，并由我保管。"}},
	"approval": {
		{"inside", "I approve that these media are erased and used again at the same or a higher level.", "我批准将这些载体清除后在同级或更高密级范围内重新使用。"},
		{"outside", "I approve that these media are erased and used at a lower level or by others.", "我批准将这些载体清除后降级使用或交他人使用。"},
		{"destroy", "I approve that these media are destroyed.", "我批准销毁这些载体。"},
		{"borrow", "I approve that these media are borrowed.", "我批准借用这些载体。"},
		{"carry", "I approve that these media are carried out of the office.", "我批准携带这些载体外出。"},
		{"send", "I approve that these media are sent.", "我批准传递这些载体。"},
		{"abroad", "I approve that these media are taken abroad.", "我批准携带这些载体出境。"},
		{"repair", "I approve that these media are repaired.", "我批准维修这些载体。"},
		{"copy", "I approve that these media are copied.", "我批准复制这些载体。"}},
	"handover": {
		{"inside", "These media changed hands between us.", "这些载体已在我们之间交接。"},
		{"outside", "I handed these media over to this organisation.", "我已将这些载体移交该单位。"}},
	"carry":    {{"", "I carry these media out of the office, with approval, and bring them back.", "经批准，我携带这些载体外出，并将带回。"}},
	"back":     {{"", "These media were brought back and examined.", "这些载体已带回并经检查。"}},
	"return":   {{"", "I gave these media back to the organisation that issued them.", "我已将这些载体清退给制发单位。"}},
	"transfer": {{"", "These media were taken over from a person who cannot hand them over.", "这些载体的原保管人无法办理交接，现已移交接管。"}},
	"result": {
		{"done", "I did this erasure as the certificate says.", "我已按证书所述完成本次清除。"},
		{"not-done", "This erasure was not done.", "本次清除未完成。"},
		{"irregular", "This erasure did not go as it should have.", "本次清除过程有异常。"}},
	"witness": {
		{"all", "I was present all the time and saw this.", "我全程在场并目睹。"},
		{"begin-and-end", "I was present at the beginning and at the end and saw this.", "我在开始和结束时在场并目睹。"},
		{"end-only", "I was present at the end and saw this.", "我仅在结束时在场并目睹。"}},
	"validation": {
		{"accept", "I examined what was done, and accept it.", "我已核查所做处理，予以认可。"},
		{"reject", "I examined what was done, and reject it.", "我已核查所做处理，不予认可。"}},
	"destruction": {{"", "These media were destroyed. I did it or saw it.", "这些载体已被销毁，由我实施或监销。"}},
	"inventory":   {{"", "I counted these media against the register.", "我已对照登记簿清点这些载体。"}},
	"loss":        {{"", "These media are lost.", "这些载体已丢失。"}},
	"report":      {{"", "I reported this to these organisations.", "我已将此事报告以下单位。"}},
	"found":       {{"", "These media were lost and are found.", "这些丢失的载体已找回。"}},
	"reclassify":  {{"", "I decide that these media have this classification from now on.", "我决定自此变更这些载体的密级。"}},
	"retype":      {{"", "The register has the wrong type for this medium. This is the right one.", "登记的载体类型有误，现予更正。"}},
	"correction": {
		{"change", "The statement named here was wrong, and is corrected as described.", "所指声明有误，按所述内容更正。"},
		{"withdraw", "The statement named here was wrong, and is withdrawn.", "所指声明有误，予以撤回。"}},
	"void":     {{"", "I take back the statement named here, which I signed.", "我撤销所指的、由我签署的声明。"}},
	"incident": {{"", "This happened, and I took these measures.", "发生了此事件，我已采取所述措施。"}},
	"equipment": {
		{"in-use", "The office uses this device. What is stated of it is so.", "本单位在用此设备，所述情况属实。"},
		{"leaves", "This device leaves the office. No data of the office are on it.", "此设备离开本单位，其中不含本单位数据。"}},
	"closure":    {{"", "I know this finding, and close it with this measure.", "我已知悉此项审计发现，以所述措施予以关闭。"}},
	"recount":    {{"", "The counter of this station counted without entries. It counts on from this value.", "本工作站计数器有无记录的计数，自此值起继续计数。"}},
	"succession": {{"", "The new log continues the old one, which is closed.", "新日志接续旧日志，旧日志就此关闭。"}},
	"audit":      {{"", "I audited this log up to this entry, with this result.", "我已审计本日志至此条目，结果如所述。"}},
}

func (r *Registration) variant() string {
	if len(r.Lists) > 0 {
		return "lists"
	}
	return ""
}

func (a *Approval) variant() string { return a.Purpose }

func (h *Handover) variant() string {
	if h.Receiver != nil {
		return "outside"
	}
	return "inside"
}

func (r *Result) variant() string     { return r.Statement }
func (w *Witness) variant() string    { return w.Present }
func (v *Validation) variant() string { return v.Decision }

func (c *Correction) variant() string {
	if c.Withdraws {
		return "withdraw"
	}
	return "change"
}
