package main

// share tells every job how many of them are at work on the same way into the machine, so that together they do not fill
// its queue. One that is done early leaves its part unused: two transfers of a disk keep it busy anyhow.
func share(jobs []*job) {
	n := map[string]int{}
	for _, j := range jobs {
		n[j.Disk.Link()]++
	}
	for _, j := range jobs {
		if link := j.Disk.Link(); link != "" {
			j.sharing = n[link]
		}
	}
}
