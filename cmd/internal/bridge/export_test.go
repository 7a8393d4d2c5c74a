package bridge

// Try makes the checks, of a disk that is described otherwise than it was found.
var Try = try
