//go:build !linux

package scenario

func inMemory() string { return "" }
