package certify

var AsWritten = asWritten
