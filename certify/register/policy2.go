package register

import (
	"strings"

	"rasure/certify"
	"rasure/certify/statement"
)

// enacted is a policy that the log has put into force, for the entries behind it.
type enacted struct {
	index int64
	text  string
}

// Given is the policy with which the register was made. It is in force until the log has another one.
func (r *Register) Given() *Policy { return r.given }

// PolicyRef is the entry that has the policy in force, which a begin of version 2 names; nil if the log has none.
func (r *Register) PolicyRef() *statement.Ref {
	if len(r.policies) == 0 {
		return nil
	}
	index := r.policies[len(r.policies)-1].index
	return &statement.Ref{Index: index, SHA256: r.records[index].text}
}

// policy puts rules into force, from the next entry on: what was before is judged by what was in force then.
func (v *verdict) policy(*certify.Declaration) func() {
	b := v.body().(*statement.Policy)
	text := strings.Join(b.Lines, "\n") + "\n"
	p, err := ParsePolicy([]byte(text))
	switch have := v.r.PolicyRef(); {
	case err != nil:
		v.deny("policy", nil, "%v", err)
		return nil
	case p.Name != b.Name || p.Source != b.Source:
		v.deny("policy", nil, "the name or the source of the policy is another one in its lines")
	case (have == nil) != (b.Replaces == nil) || have != nil && *have != *b.Replaces:
		v.deny("policy", nil, "it replaces another policy than the one in force")
	}
	return func() {
		v.r.Policy = p
		v.r.policies = append(v.r.policies, enacted{v.e.Index, text})
	}
}

// checkPolicy compares the policy that a begin of version 2 names with the one in force. registered is whether its medium is in the register.
func (v *verdict) checkPolicy(registered bool) {
	b, ok := v.body().(*statement.Begin)
	if !ok {
		return
	}
	v.checkRetired()
	switch have := v.r.PolicyRef(); {
	case b.Policy == nil && have != nil && registered:
		v.deny("no-policy", []int64{have.Index}, "the job does not name the policy in force, entry %d", have.Index)
	case b.Policy != nil && have == nil:
		v.deny("policy", nil, "the job names a policy, and the log has none")
	case b.Policy != nil && *b.Policy != *have:
		v.deny("policy", []int64{have.Index}, "the job names another policy than the one in force, entry %d", have.Index)
	}
}
