//go:build !linux

package main

import "syscall"

// diesWithUs does nothing here: only Linux can.
func diesWithUs() *syscall.SysProcAttr { return nil }
