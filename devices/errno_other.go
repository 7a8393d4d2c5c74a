//go:build !linux

package devices

import "rasure/cmd/message"

func lostErrno(error) bool { return false }

func busyErrno(error) bool { return false }

func lockedErrno(error) bool { return false }

func limitErrno(error) bool { return false }

func limitText(err error) message.Text {
	return message.Of("the machine has too little memory: %v", err)
}
