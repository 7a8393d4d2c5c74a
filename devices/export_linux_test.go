package devices

import "io/fs"

// RootAt is what [Live] reads, with another directory in the place of "/".
func RootAt(dir string) fs.FS { return liveRoot{dir} }
