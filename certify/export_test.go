package certify

var (
	AsWritten = asWritten
	OpenNote  = openNote
)
