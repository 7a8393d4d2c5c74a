package contents

import "io"

// Tables reads what needs no file system to be opened.
func Tables(r io.ReaderAt, size int64, block int) Summary {
	return disk{r: r, size: size, block: block}.tables()
}
