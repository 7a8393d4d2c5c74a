package draft

import (
	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// Log is what a draft of version 2 says of the log that it is for: its signers see what they sign about.
type Log interface {
	Head() (statement.Head, error)
	Medium(number string) (statement.Medium, error) // as the register has it
	Target(index int64) (statement.Target, error)   // an entry, and what it says
	Text(index int64) (string, error)               // of an entry, without its signatures
	Value(number, field string) (string, bool)      // of a medium, that a correction can change
	Custodian(number string) string                 // who has a medium; "" if nobody of the office
	Number(typed string) string                     // as the register spells it; as typed if it has none like it
	Policy() *statement.Ref                         // the entry with the policy in force; nil if there is none
}

// LogOf is the log of a state.
func LogOf(state *audit.State) Log { return logOf{state} }

type logOf struct{ *audit.State }

func (l logOf) Head() (statement.Head, error) {
	first, err := l.Log.Entry(0)
	if err != nil {
		return statement.Head{}, err
	}
	return audit.HeadOf(certify.TextSHA256(first), l.Checkpoint), nil
}

func (l logOf) Medium(number string) (statement.Medium, error) { return l.Register.SubjectOf(number) }
func (l logOf) Target(index int64) (statement.Target, error)   { return l.Register.TargetOf(index) }
func (l logOf) Value(number, field string) (string, bool)      { return l.Register.ValueOf(number, field) }
func (l logOf) Custodian(number string) string {
	if m := l.Register.Medium(number); m != nil && m.Active() {
		return m.Custodian
	}
	return ""
}

func (l logOf) Number(typed string) string {
	if m := l.Register.Medium(typed); m != nil {
		return m.Number
	}
	return typed
}

func (l logOf) Policy() *statement.Ref { return l.Register.PolicyRef() }

func (l logOf) Text(index int64) (string, error) {
	if index < 0 || index >= l.Checkpoint.Size {
		return "", message.Errorf("the log has %d entries: there is no entry %d", l.Checkpoint.Size, index)
	}
	entry, err := l.Log.Entry(index)
	return certify.TextOf(entry), err
}
