// Package ioctl sends requests to the driver behind an open file: the one thing that all builders of commands do alike.
package ioctl
