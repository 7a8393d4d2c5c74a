package benchtest

import (
	"fmt"
	"time"

	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/progress"
	"rasure/devices"
)

// Now is the time on the clock of every state of this package.
var Now = time.Date(2026, 11, 29, 14, 3, 0, 0, time.FixedZone("CST", 8*3600))

// Disk is a disk that is ready.
func Disk(bay, name string, size int64, model, serial string) jobs.Disk {
	d := jobs.Disk{Key: name, Bay: bay, Word: serial, Ready: true, OnIt: "GPT, 2 partitions: EFI (fat32), Windows (NTFS, 212 GB used)",
		Health: jobs.Health{Verdict: "good", Reasons: []string{"12,345 hours"}}, Minutes: int(size / 150e6 / 60 * 2)}
	d.Name, d.Path, d.Size, d.Model, d.Serial = name, "/dev/"+name, size, model, serial
	d.Port = fmt.Sprintf("ata %d", name[len(name)-1]%16)
	d.Bus, d.Disk.Medium = devices.SATA, devices.Magnetic
	return d
}

// Office is a workstation with eight bays, whose disks show what a technician meets: one that fails, one that is mounted, one without a
// serial number, a medium of the register, an empty bay, and the disk of the machine itself.
func Office() jobs.State {
	failing := Disk("A3", "sdd", 2e12, "ST2000DM008-2FR102", "ZFL1ABCD")
	failing.Health = jobs.Health{Verdict: "failing", Reasons: []string{"1,240 reallocated sectors", "18 pending", "41,233 hours"}}
	failing.Medium = &jobs.Entry{Number: "机密★2026-017号", Class: "secret", Custodian: "甲", Approved: "乙", Until: Now.AddDate(0, 2, 2)}
	stick := Disk("A5", "sde", 16e9, "DataTraveler 3.0", "")
	stick.Word, stick.Port, stick.Bus, stick.Disk.Medium, stick.OnIt = "usb1-2", "usb 1-2", devices.USB, devices.Flash, "FAT32 \"TRAVEL\", 3.1 GB used"
	stick.Health = jobs.Health{Verdict: "unknown"}
	stick.Arrived = true
	mounted := Disk("A6", "sdf", 1e12, "HGST HTS721010A9E630", "JR1000D31AAAAA")
	mounted.Ready = false
	mounted.Hazards = []jobs.Note{{Code: "mounted", Text: "sdf1 is mounted on /media/photos", Hint: "unmount it, or press u"}}
	erased := Disk("B2", "nvme2n1", 512e9, "SAMSUNG MZVL2512HCJQ", "S64KNX0T123456")
	erased.Erased, erased.OnIt = &jobs.Done{Time: Now.Add(-3 * time.Hour), Index: 1201, Outcome: "verified"}, "nothing known: random, encrypted or foreign data"
	system := Disk("", "sda", 256e9, "KINGSTON SUV400S37240G", "50026B7266012345")
	system.Ready = false
	system.Hazards = []jobs.Note{{Code: "system", Text: "this machine runs from it"}}
	worn := Disk("A2", "sdc", 500e9, "Samsung SSD 860 EVO 500GB", "S3Z2NB0K991234")
	worn.Health, worn.Disk.Medium = jobs.Health{Verdict: "worn", Reasons: []string{"82 % of its writes are used"}}, devices.Flash
	return jobs.State{
		Station: jobs.Station{Name: "bench7", Version: "0.2", Assurance: "tpm-verified", Entries: 1204, Zone: "Asia/Shanghai", KeepsAwake: true},
		Disks: []jobs.Disk{
			Disk("A1", "sdb", 4e12, "WDC WD40EFRX-68N32N0", "WD-WCC7K4AB12C"), worn, failing,
			{Key: "bay A4", Bay: "A4", Empty: true, Disk: devices.Disk{Port: "ata 4"}}, stick, mounted,
			Disk("B1", "nvme1n1", 1e12, "KINGSTON SNV2S1000G", "50026B7785A10C"), erased, system,
		},
		Time: Now,
	}
}

// Running is a job that is under way on a disk.
func Running(d jobs.Disk, percent int) jobs.Job {
	eta, celsius, limit := int64(840), 41, 60
	done := 2 * d.Size * int64(percent) / 100
	j := jobs.Job{ID: "01J9" + d.Name, Disk: d.Key, Phase: jobs.Running, Started: Now.Add(-time.Hour), Done: done, Total: 2 * d.Size, Scheme: "clear-random", Level: "clear",
		Verify: "full", Operator: "li", Index: -1}
	j.Progress = progress.Snapshot{Time: Now, Disk: d.Name, Serial: d.Serial, Pass: 1, Passes: 1, Pattern: "random", Done: min(done, d.Size), Total: d.Size, JobDone: done,
		JobTotal: 2 * d.Size, Speed: 498e6, Mean: 482e6, ETA: &eta, Celsius: &celsius, Limit: &limit, Verifying: done > d.Size}
	for i := range int64(60) {
		j.History = append(j.History, 400e6+(i*37%11)*10e6)
	}
	return j
}

// Work is [Office] in the middle of the day: jobs run, need attention, and have ended in each way.
func Work() jobs.State {
	s := Office()
	set := func(i int, f func(*jobs.Job)) {
		s.Disks[i].Ready, s.Disks[i].Hazards, s.Disks[i].Arrived = false, nil, false
		j := Running(s.Disks[i], 41+i)
		f(&j)
		s.Disks[i].Job = j.ID
		s.Jobs = append(s.Jobs, j)
	}
	end := func(outcome string, resumable bool, index int64) func(*jobs.Job) {
		return func(j *jobs.Job) {
			j.Phase, j.Outcome, j.Resumable, j.Index, j.Path = jobs.Ended, outcome, resumable, index, fmt.Sprintf("/var/lib/rasure/certificates/%d.cert", index)
		}
	}
	set(0, func(*jobs.Job) {})
	set(1, end("verified", false, 1205))
	set(2, func(j *jobs.Job) {
		end("failed", false, 1206)(j)
		j.Problems = []jobs.Note{{Code: "unreadable", Text: "212 sectors could not be written"}}
	})
	set(4, func(j *jobs.Job) { j.Progress.Silent = 40 })
	set(5, func(j *jobs.Job) { j.Phase, j.Why = jobs.Paused, "the drive has 63C and its limit is 60C" })
	set(6, end("interrupted", true, 1207))
	s.Disks[6].Gone = true
	return s
}
