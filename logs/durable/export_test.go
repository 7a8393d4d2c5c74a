package durable

// IsNew is the check of a directory that [Make] has made.
var IsNew = isNew
