package main

import "syscall"

// diesWithUs has the kernel end a child whose supervisor was killed.
func diesWithUs() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}
