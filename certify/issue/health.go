package issue

import (
	"rasure/certify/statement"
	"rasure/devices/health"
)

// maxReasons is how many codes a statement lists.
const maxReasons = 32

// HealthOf is what a drive reported of itself as statements have it: the numbers that decide, and the codes of the reasons, each once.
func HealthOf(r health.Report) *statement.Health {
	h := &statement.Health{Verdict: string(r.Verdict), Reasons: []string{}, Source: string(r.Source), Hours: r.PowerOnHours, Reallocated: r.Reallocated,
		Pending: r.Pending, MediaErrors: r.MediaErrors, Used: r.PercentageUsed, Celsius: r.Celsius}
	seen := map[health.Code]bool{}
	for _, why := range r.Reasons {
		if !seen[why.Code] && len(h.Reasons) < maxReasons {
			h.Reasons = append(h.Reasons, string(why.Code))
		}
		seen[why.Code] = true
	}
	return h
}
