package firmware

import "rasure/cmd/message"

// NeverOnRealDrive belongs wherever a method of this package is offered or was used, in a plan and on a certificate, until the first
// line of HARDWARE.md is ticked on a physical drive. It is a whole sentence.
var NeverOnRealDrive = message.Of("The firmware commands of rasure have not run on a physical drive yet, only on simulated drives and in QEMU.")
