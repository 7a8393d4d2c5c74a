package verifier

import "rasure/cmd/message"

// Texts are the words of the page, by the names that its elements have.
func Texts() map[string]message.Text {
	return map[string]message.Text{
		"title":    message.Of("Verify erasure certificates"),
		"intro":    message.Of("Give the station card (.card) or the station's public key (.pem) as the office gave it to you, and what is to be verified: certificates with their proofs, a bundle, or the directory of a log. Nothing leaves this computer."),
		"files":    message.Of("Files"),
		"folder":   message.Of("Folder"),
		"drop":     message.Of("Drop files or a folder here"),
		"clear":    message.Of("Start again"),
		"given":    message.Of("Given:"),
		"working":  message.Of("Verifying ..."),
		"good":     message.Of("Genuine"),
		"limited":  message.Of("Genuine, with limits"),
		"bad":      message.Of("Does not verify"),
		"unclear":  message.Of("Not verified"),
		"genuine":  message.Of("Genuine does not mean erased. What happened to the disk is on the page below."),
		"save":     message.Of("Save the page"),
		"compare":  message.Of("Compare with a printed page"),
		"scanned":  message.Of("Text of the QR code"),
		"photo":    message.Of("Photograph of the QR code"),
		"camera":   message.Of("Read with the camera"),
		"nocode":   message.Of("The picture has no QR code that can be read."),
		"nocamera": message.Of("The camera cannot be used."),
		"broken":   message.Of("This browser cannot run the verifier."),
		"noscript": message.Of("The verifier needs JavaScript. Without it, use the command rasure verify."),
		"sample":   message.Of("Try it with a sample"),
		"stays":    message.Of("The station card must not come from whom you check. A card that came with the certificate proves nothing."),
	}
}
