package message

// The limits of [Recognize].
const (
	MostSteps = mostSteps
	Deepest   = deepest
)

// StepsOf is [Recognize], and how many steps it took.
func StepsOf(english string) (Text, int) {
	r := reader{steps: mostSteps}
	t := r.recognize(english)
	return t, mostSteps - r.steps
}
