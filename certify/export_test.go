package certify

var (
	DecodeCanonical = decodeCanonical
	DecodeStrict    = decodeStrict
	OpenNote        = openNote
)
